//! What is wrong with dockerfiles, or with what is asked of them.

use std::fmt;
use std::path::PathBuf;

use super::archive::SourceError;
use crate::subject::example;
use crate::text::suggest::suggest;

/// What is wrong with dockerfiles or what is asked of them. `at` is a file and a line.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The pins cannot be used.
    #[error(transparent)]
    Pins(#[from] SourceError),
    #[error("failed to read `{}`: {cause}", path.display())]
    Read { path: PathBuf, cause: std::io::Error },
    /// A file or folder that is too large, or of a kind that could lead elsewhere.
    #[error("`{}` {problem}\nhelp: {help}", path.display())]
    Unfit { path: PathBuf, problem: String, help: &'static str },
    /// A line of a dockerfile that is refused.
    #[error("{at}: {problem}\nhelp: {help}")]
    Dockerfile { at: String, problem: String, help: String },
    /// An archive without a pin.
    #[error("{at}: `{file}` is not pinned\nhelp: {help}")]
    Unpinned { at: String, file: String, help: String },
    /// No dockerfile has this name; `known` are the names that exist.
    #[error("there is no dockerfile `{name}`\nhelp: {}", String::from(suggest(name, known.iter().map(String::as_str))))]
    Unknown { name: String, known: Vec<String> },
    /// No base can have this name.
    #[error(
        "`{name}` is not the name of a base\nhelp: a base is a suite or a suite and an architecture, such as {} or {}",
        example::BASE,
        example::FOREIGN_BASE
    )]
    Base { name: String },
}

/// Everything that is wrong with the catalogue.
#[derive(Debug)]
pub struct ImageErrors(pub Vec<ImageError>);

impl fmt::Display for ImageErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for ImageErrors {}
