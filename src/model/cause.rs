//! The names of causes, as the command line and records spell them.

use serde::{Deserialize, Serialize};

impl Cause {
    pub const ALL: [Cause; 16] = [
        Cause::Image,
        Cause::Engine,
        Cause::Timeout,
        Cause::Silence,
        Cause::OutOfMemory,
        Cause::Processes,
        Cause::DiskFull,
        Cause::FileSize,
        Cause::NoDirectory,
        Cause::Flood,
        Cause::Prepare,
        Cause::NotReproduced,
        Cause::Unstable,
        Cause::Control,
        Cause::NonDiscriminating,
        Cause::Interrupted,
    ];

    /// The spelling in records, and a short description. A new cause must also be added to [`Cause::ALL`].
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Cause::Image => ("image", "a base or image could not be had"),
            Cause::Engine => ("engine", "the engine failed"),
            Cause::Timeout => ("timeout", "a step ran out of time"),
            Cause::Silence => ("silence", "a step printed nothing for too long"),
            Cause::OutOfMemory => ("out-of-memory", "a step ran out of memory"),
            Cause::Processes => ("processes", "a step needed too many processes"),
            Cause::DiskFull => ("disk-full", "a step found the disk full"),
            Cause::FileSize => ("file-size", "a step wanted to write too large a file"),
            Cause::NoDirectory => ("no-directory", "the working directory of a step is not there"),
            Cause::Flood => ("flood", "a step printed too much"),
            Cause::Prepare => ("prepare", "a documented step that must succeed did not"),
            Cause::NotReproduced => ("not-reproduced", "the documented failure did not occur"),
            Cause::Unstable => ("unstable", "the failure did not come again in the placebo"),
            Cause::Control => ("control", "the healthy environment does not work"),
            Cause::NonDiscriminating => ("non-discriminating", "an expectation holds with and without the defect"),
            Cause::Interrupted => ("interrupted", "the run was interrupted"),
        }
    }
}

/// Why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A base or an image is not available.
    Image,
    Engine,
    /// A step exceeded its timeout.
    Timeout,
    /// A step exceeded the silence timeout.
    Silence,
    OutOfMemory,
    /// A step reached the process limit of its container.
    Processes,
    DiskFull,
    /// A step reached the file size limit of its container.
    FileSize,
    /// The working directory of a step does not exist.
    NoDirectory,
    /// A step exceeded the output limit.
    Flood,
    /// A documented step that must succeed failed.
    Prepare,
    /// The documented failure did not occur.
    NotReproduced,
    /// The failure did not occur again in the placebo.
    Unstable,
    /// The healthy environment fails too.
    Control,
    /// An expectation holds with and without the defect, so it proves nothing.
    #[serde(alias = "toothless")]
    NonDiscriminating,
    /// The run was interrupted before the verdict.
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
    fn every_cause_is_named_as_records_spell_it() {
        for cause in Cause::ALL {
            assert_eq!(spelled(cause), cause.name().0);
        }
    }

    #[test]
    fn no_cause_is_left_out() {
        // Serde lists all names of the type, including one that records before version 0.2 use.
        let told = serde_json::from_str::<Cause>("\"nothing\"").unwrap_err().to_string();
        let known: Vec<&str> = told.split('`').skip(3).step_by(2).filter(|name| *name != "toothless").collect();
        assert_eq!(known, Cause::ALL.map(|cause| cause.name().0), "{told}");
    }
}
