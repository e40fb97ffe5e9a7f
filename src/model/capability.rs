//! Kernel capabilities that containers keep.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An available capability. None has an effect outside of the container; those that could have one, such as mounting, creating
/// devices, setting the clock or reading other processes, are not available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Change the owner and group of files.
    Chown,
    /// Read, write and enter files and folders of other users.
    DacOverride,
    /// Change modes and times of files of other users.
    Fowner,
    /// Preserve set-id bits of changed files.
    Fsetid,
    /// Send signals to processes of other users.
    Kill,
    /// Change the group.
    Setgid,
    /// Change the user.
    Setuid,
    /// Change the root directory.
    SysChroot,
}

/// A capability that the scenario's containers keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub capability: Capability,
    /// Why they need it.
    pub reason: String,
}
