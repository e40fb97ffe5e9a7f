//! An error with the reader's next move, for errors that no caller distinguishes.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    pub message: String,
    /// The next move; may be empty.
    pub help: String,
}

impl Advice {
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Advice {
        Advice { message: message.into(), help: help.into() }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "\nhelp: {}", self.help) }
    }
}

impl std::error::Error for Advice {}
