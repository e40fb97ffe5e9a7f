//! The names of causes, as the command line and records spell them.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Why there is no verdict. The command line has the same names, with these descriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A base or an image was not available.
    Image,
    /// The engine failed.
    Engine,
    /// A step ran out of time.
    Timeout,
    /// A step printed nothing for too long.
    Silence,
    /// A step ran out of memory.
    OutOfMemory,
    /// A step needed too many processes.
    Processes,
    /// A step ran out of disk space.
    DiskFull,
    /// A step wrote a file larger than the limit.
    FileSize,
    /// The working directory of a step does not exist.
    NoDirectory,
    /// The user of a step does not exist.
    NoUser,
    /// A step printed too much.
    Flood,
    /// A documented step that must succeed failed.
    Prepare,
    /// The documented failure did not occur.
    NotReproduced,
    /// The failure did not occur again in the placebo.
    Unstable,
    /// The healthy environment does not work.
    Control,
    /// An expectation holds with and without the defect.
    #[serde(alias = "toothless")]
    NonDiscriminating,
    /// The run was interrupted.
    Interrupted,
}

/// What stopped a phase early. It is never evidence against a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    pub cause: Cause,
    pub detail: String,
}

/// The spelling of a value in `record.json`.
pub(crate) fn spelled(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_names_every_cause_as_records_spell_it() {
        for cause in Cause::value_variants() {
            assert_eq!(spelled(cause), cause.to_possible_value().unwrap().get_name());
        }
    }
}
