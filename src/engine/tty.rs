//! Interactive shells: their streams and the size of their terminal.

use std::collections::BTreeMap;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

/// An interactive shell: the container's `bash`, or its `sh`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShellRequest {
    /// Working directory, used if it exists.
    pub directory: Option<String>,
    /// Variables added to the image's.
    pub env: BTreeMap<String, String>,
    /// Name or number of the user; `None` is root.
    pub user: Option<String>,
}

/// TerminalSize of a terminal in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalSize {
    pub columns: u16,
    pub rows: u16,
}

pub struct ShellStreams<'a> {
    /// The shell ends when this ends.
    pub input: &'a mut (dyn AsyncRead + Send + Unpin),
    /// Standard output; at a terminal, all output.
    pub output: &'a mut (dyn AsyncWrite + Send + Unpin),
    pub errors: &'a mut (dyn AsyncWrite + Send + Unpin),
    /// TerminalSize of the terminal and its changes; `None` without a terminal.
    pub size: Option<watch::Receiver<TerminalSize>>,
}

impl std::fmt::Debug for ShellStreams<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShellStreams").field("size", &self.size).finish_non_exhaustive()
    }
}
