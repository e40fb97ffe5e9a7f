//! Errors of dockerfiles and pins.

use std::fmt;

use crate::text::advice::Advice;

#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The pins cannot be used.
    #[error(transparent)]
    Pins(Advice),
    #[error(transparent)]
    Unpinned(Advice),
    #[error("{advice}")]
    Unknown { name: String, advice: Advice },
    /// A file, or a line of a dockerfile, is rejected or cannot be read.
    #[error(transparent)]
    Other(#[from] Advice),
}

impl ImageError {
    pub fn advice(&self) -> &Advice {
        match self {
            ImageError::Pins(advice)
            | ImageError::Unpinned(advice)
            | ImageError::Unknown { advice, .. }
            | ImageError::Other(advice) => advice,
        }
    }
}

/// All errors of a catalogue.
#[derive(Debug)]
pub struct ImageErrors(pub Vec<ImageError>);

impl fmt::Display for ImageErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for ImageErrors {}
