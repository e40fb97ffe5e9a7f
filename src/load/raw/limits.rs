//! Limits of containers, as a scenario has them.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::keys::{Size, Timeout};
use crate::model::limits as model;

/// Limits of each container of a cell.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Limits {
    /// Memory and swap together.
    #[serde(default = "memory")]
    pub(in crate::load) memory: Size,
    /// Processes that run at the same time.
    #[serde(default = "processes")]
    #[schemars(range(min = 16, max = 1_000_000))]
    pub(in crate::load) processes: u32,
    /// Processors that it can use at the same time.
    #[serde(default = "cpu")]
    #[schemars(range(min = 1, max = 1024))]
    pub(in crate::load) cpu: u32,
    /// Size of one file, and of all files if the engine supports such a limit.
    #[serde(default = "disk")]
    pub(in crate::load) disk: Size,
    /// Time without output after which a step is stopped.
    #[serde(default = "silence")]
    pub(in crate::load) silence: Timeout,
}

fn memory() -> Size {
    gibibytes(model::Limits::default().memory)
}

fn processes() -> u32 {
    model::Limits::default().processes
}

fn cpu() -> u32 {
    model::Limits::default().cpu / 1000
}

fn disk() -> Size {
    gibibytes(model::Limits::default().disk)
}

fn silence() -> Timeout {
    Timeout(format!("{}m", model::Limits::default().silence / 60))
}

fn gibibytes(size: u64) -> Size {
    Size(format!("{}GiB", size >> 30))
}
