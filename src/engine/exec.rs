//! Containers to start, and commands to run in them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::object::{ImageId, Labels};

/// Limit of each output stream of one command, in bytes. A command that prints more is stopped.
pub const OUTPUT_LIMIT: usize = 4 << 20;

/// A container to start. It waits for the commands of `Engine::exec`.
#[derive(Debug, Clone)]
pub struct StartRequest {
    pub image: ImageId,
    /// Always with `RUN_LABEL` and `HOST_LABEL`.
    pub labels: Labels,
    /// Limit of memory and swap together, in bytes.
    pub memory: u64,
    /// Limit of processes that run at the same time.
    pub processes: u32,
    /// Limit of processor time, in thousandths of one processor.
    pub cpu: u32,
    /// Limit of one file in bytes, and of the whole file system where the engine supports that.
    pub disk: u64,
    /// Kernel capabilities to keep, such as `SETUID`; all others are dropped.
    pub capabilities: Vec<String>,
    /// Variables of every command, added to the image's.
    pub env: BTreeMap<String, String>,
    /// Whether its commands make requests, so that it needs the program for them.
    pub makes_requests: bool,
}

/// A command to run in a container with `/bin/sh -c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecRequest {
    pub command: String,
    /// `None` is the image's working directory.
    pub directory: Option<String>,
    /// Variables added to the image's. A value may refer to others: see [`crate::text::variables`].
    pub env: BTreeMap<String, String>,
    /// Name or number of the user; `None` is root.
    pub user: Option<String>,
    /// Total timeout.
    pub timeout: Duration,
    /// Timeout between two bytes of output.
    pub silence: Duration,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExecEnd {
    /// The command ended by itself, with this exit status.
    Exit(i64),
    /// The total timeout. The container must not be used again.
    Timeout,
    /// The silence timeout. The container must not be used again.
    Silence,
    /// The command printed more than [`OUTPUT_LIMIT`]. The container must not be used again.
    Flood,
    /// The kernel killed the command or another process of the container for lack of memory.
    OutOfMemory,
    /// The kernel refused another process at the limit. The container must not be used again.
    Processes,
    /// The command reported a full disk, and a disk is full.
    DiskFull,
    /// The command tried to write a file above the size limit.
    FileSize,
    /// The working directory does not exist, so the command was not started.
    NoDirectory,
    /// The container has no user of this name, so the command was not started.
    NoUser,
}

impl ExecEnd {
    /// Whether another command may follow in the container.
    pub fn leaves_usable(self) -> bool {
        match self {
            ExecEnd::Exit(_)
            | ExecEnd::OutOfMemory
            | ExecEnd::DiskFull
            | ExecEnd::FileSize
            | ExecEnd::NoDirectory
            | ExecEnd::NoUser => true,
            ExecEnd::Timeout | ExecEnd::Silence | ExecEnd::Flood | ExecEnd::Processes => false,
        }
    }
}

/// Output and end of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutput {
    pub end: ExecEnd,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// Processor time of all processes of the container so far; zero if unknown.
    pub cpu: Duration,
}
