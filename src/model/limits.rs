//! Limits of each container of a cell.

use std::time::Duration;

use serde::Serialize;

/// By default ten times the memory that a large C module needs to be compiled, and many times the processes of a web server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Memory and swap together, in bytes.
    pub memory: u64,
    /// Processes that run at the same time.
    pub processes: u32,
    /// Processor time in thousandths of a processor, so that one container does not starve the others.
    pub cpu: u32,
    /// Size of one file, and of all files of the container if the engine supports such a limit, in bytes.
    pub disk: u64,
    /// Seconds without output after which a step is stopped; longer than any silence of compilers and package managers.
    pub silence: u64,
}

impl Limits {
    pub fn silence(&self) -> Duration {
        Duration::from_secs(self.silence)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits { memory: 2 << 30, processes: 1024, cpu: 2000, disk: 4 << 30, silence: 300 }
    }
}
