//! Errors in dockerfiles, or in requests for them.

use std::fmt;
use std::path::PathBuf;

use super::archive::SourceError;
use crate::subject::example;
use crate::text::suggest::suggest;

/// An error in a dockerfile, or in a request for one. `at` is a file and a line.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The pins cannot be used.
    #[error(transparent)]
    Pins(#[from] SourceError),
    #[error("failed to read `{}`: {cause}", path.display())]
    Read { path: PathBuf, cause: std::io::Error },
    /// A file or folder that is too large, or of a type that is not safe to read.
    #[error("`{}` {problem}\nhelp: {help}", path.display())]
    Unfit { path: PathBuf, problem: String, help: &'static str },
    /// A line of a dockerfile is rejected.
    #[error("{at}: {problem}\nhelp: {help}")]
    Dockerfile { at: String, problem: String, help: String },
    /// An archive has no pin.
    #[error("{at}: `{file}` is not pinned\nhelp: {help}")]
    Unpinned { at: String, file: String, help: String },
    /// No dockerfile has this name; `known` contains the existing names.
    #[error("there is no dockerfile `{name}`\nhelp: {}", String::from(suggest(name, known.iter().map(String::as_str))))]
    Unknown { name: String, known: Vec<String> },
    /// A base cannot have this name.
    #[error(
        "`{name}` is not the name of a base\nhelp: a base is a suite or a suite and an architecture, such as {} or {}",
        example::BASE,
        example::FOREIGN_BASE
    )]
    Base { name: String },
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
