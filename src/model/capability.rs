//! Kernel capabilities that containers keep.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A capability that a container may keep. None of them reaches beyond the container; those that could, such as mounting,
/// making devices, setting the clock or looking into other processes, cannot be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Giving files to another user or group.
    Chown,
    /// Reading, writing and entering what belongs to others.
    DacOverride,
    /// Changing modes and times of what belongs to others.
    Fowner,
    /// Keeping set-id bits of files that change.
    Fsetid,
    /// Signalling processes of others.
    Kill,
    /// Changing group.
    Setgid,
    /// Changing user.
    Setuid,
    /// Changing the root directory.
    SysChroot,
}

/// A capability that the scenario's containers keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub capability: Capability,
    /// Why they need it.
    pub reason: String,
}
