//! Who sits at a shell in a container: their input, where output goes, and the size of their terminal. It knows neither
//! terminals nor engines.

use std::collections::BTreeMap;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

/// A shell to open in a container: the container's `bash`, else its `sh`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShellRequest {
    /// Working directory, if the container has it.
    pub directory: Option<String>,
    /// Environment added to the image's.
    pub env: BTreeMap<String, String>,
}

/// How much a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Characters across.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
}

/// One person, or one program, at a shell.
pub struct Seat<'a> {
    /// What they write; its end is the end of the shell's input.
    pub input: &'a mut (dyn AsyncRead + Send + Unpin),
    /// Where they see standard output, and at a terminal everything.
    pub output: &'a mut (dyn AsyncWrite + Send + Unpin),
    /// Where they see standard error.
    pub errors: &'a mut (dyn AsyncWrite + Send + Unpin),
    /// The size of their terminal, as it changes; `None` without a terminal.
    pub size: Option<watch::Receiver<Size>>,
}

impl std::fmt::Debug for Seat<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seat").field("size", &self.size).finish_non_exhaustive()
    }
}
