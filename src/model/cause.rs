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

    /// As records spell it, and in a few words what it says. One that is added here belongs among [`Cause::ALL`] too.
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

/// Why it could not be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A base or image could not be had.
    Image,
    /// The engine failed.
    Engine,
    /// A step ran out of time.
    Timeout,
    /// A step printed nothing for too long.
    Silence,
    /// A step ran out of memory.
    OutOfMemory,
    /// A step needed more processes than a container may have.
    Processes,
    /// A step found the disk full.
    DiskFull,
    /// A step was to write a larger file than a container may have.
    FileSize,
    /// The working directory of a step is not there.
    NoDirectory,
    /// A step printed more than is kept.
    Flood,
    /// A documented step that must succeed did not.
    Prepare,
    /// The documented failure did not occur.
    NotReproduced,
    /// The failure did not come again in the placebo, nor was the problem gone.
    Unstable,
    /// The healthy environment does not work either.
    Control,
    /// An expectation holds with and without the defect, so it proves nothing.
    #[serde(alias = "toothless")]
    NonDiscriminating,
    /// The run was interrupted before this was decided.
    Interrupted,
}

/// What kept a phase from its end. Never a contradiction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    pub cause: Cause,
    pub detail: String,
}

/// A value as `record.json` spells it.
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
        // What serde knows is what the type has, and one name of records before version 0.2.
        let told = serde_json::from_str::<Cause>("\"nothing\"").unwrap_err().to_string();
        let known: Vec<&str> = told.split('`').skip(3).step_by(2).filter(|name| *name != "toothless").collect();
        assert_eq!(known, Cause::ALL.map(|cause| cause.name().0), "{told}");
    }
}
