//! What the host of an engine can do.

use std::path::PathBuf;

use serde::Deserialize;

/// What the host of an engine offers, as reported by the engine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineHost {
    /// Storage driver, e.g. `overlay2`.
    pub storage: String,
    /// Root folder of the storage, on the engine's host; empty if unknown.
    pub root: PathBuf,
    /// Version of control groups; `None` if unknown, as in Docker before 20.10.
    pub cgroups: Option<u8>,
    /// Whether the engine runs as an ordinary user.
    pub rootless: bool,
    /// Name of the builder of images.
    pub builder: String,
    /// Limits that the engine cannot set.
    pub lacks: Vec<Limit>,
}

/// A resource that a container can be limited in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    Memory,
    /// Swap in addition to memory.
    Swap,
    /// Number of processes.
    Processes,
    Cpu,
}
