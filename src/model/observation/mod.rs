//! What was seen: one observation per executed step. Pure data and the reading of it; it must not know what was
//! expected.

mod number;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::plan::StepPlan;
use crate::text::sanitize::{decoded, lines};

/// A phase of a cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Phase {
    /// Documented steps that must succeed.
    Prepare,
    /// Ends in the documented failure.
    Reproduce,
    /// The failing steps again, with nothing done in between.
    Placebo,
    /// One documented workaround, from the failed state.
    Workaround(String),
    /// The same procedure in the healthy environment.
    Control,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Phase::Prepare => f.write_str("prepare"),
            Phase::Reproduce => f.write_str("reproduce"),
            Phase::Placebo => f.write_str("placebo"),
            Phase::Workaround(id) => write!(f, "workaround:{id}"),
            Phase::Control => f.write_str("control"),
        }
    }
}

impl From<Phase> for String {
    fn from(phase: Phase) -> Self {
        phase.to_string()
    }
}

impl TryFrom<String> for Phase {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "prepare" => Ok(Phase::Prepare),
            "reproduce" => Ok(Phase::Reproduce),
            "placebo" => Ok(Phase::Placebo),
            "control" => Ok(Phase::Control),
            other => other
                .strip_prefix("workaround:")
                .map(|id| Phase::Workaround(id.to_owned()))
                .ok_or_else(|| format!("no phase is named `{other}`")),
        }
    }
}

/// The part of the scenario a step was written in. The same part is executed in several phases, which is what
/// lets an expectation be tried where it must not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// `prepare`.
    Prepare,
    /// `reproduce`.
    Reproduce,
    /// The steps of a workaround.
    Workaround(String),
    /// `resolved`.
    Resolved,
    /// `verify` of a workaround.
    #[serde(alias = "shows")]
    Verify(String),
    /// `verify` of the control.
    #[serde(alias = "control-shows")]
    ControlVerify,
}

/// What one executed step did show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Part of the scenario it was written in.
    pub part: Part,
    /// The step's name.
    pub step: String,
    /// The command, as run.
    pub command: String,
    /// Its working directory, when the step names one.
    pub directory: Option<String>,
    /// Environment added.
    pub env: BTreeMap<String, String>,
    /// Most seconds it was given; `None` in older records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// Exit status; `None` when it was stopped.
    pub exit: Option<i64>,
    /// Standard output; each byte that is not UTF-8 is read as Windows-1252.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
    /// HTTP status of the answer, for a request that got one.
    pub status: Option<u16>,
    /// Numbers taken from the output.
    pub numbers: BTreeMap<String, f64>,
    /// Why a number that was to be taken is none, where a line has the pattern.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unreadable: BTreeMap<String, String>,
    /// Milliseconds it took, engine included.
    pub millis: u64,
}

impl Observation {
    /// What a step showed, read from its raw streams. `exit` is `None` when it was stopped.
    pub fn read(part: Part, step: &StepPlan, exit: Option<i64>, streams: (&[u8], &[u8]), millis: u64) -> Self {
        let observation = Observation {
            part,
            step: step.name.clone(),
            command: step.command.clone(),
            directory: step.directory.clone(),
            env: step.env.clone(),
            timeout: Some(step.timeout),
            exit,
            stdout: decoded(streams.0),
            stderr: decoded(streams.1),
            status: None,
            numbers: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            millis,
        };
        observation.reread(step)
    }

    /// The same output, read by what the step takes from it now. Its part and its name, command, directory and environment
    /// stay those of the step that was executed.
    #[must_use]
    pub fn reread(self, step: &StepPlan) -> Self {
        let (mut numbers, mut unreadable) = (BTreeMap::new(), BTreeMap::new());
        for (name, pattern) in &step.capture {
            match number::taken(self.lines(), pattern) {
                Some(Ok(number)) => drop(numbers.insert(name.clone(), number)),
                Some(Err(why)) => drop(unreadable.insert(name.clone(), why)),
                None => {}
            }
        }
        let status = if step.http { status(&self.stdout) } else { None };
        Observation { status, numbers, unreadable, ..self }
    }

    /// Every line of both streams, standard output first, as [`lines`] reads them.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        lines(&self.stdout).chain(lines(&self.stderr))
    }

    /// A number that was taken from the output; why not, where there is none though a line has the pattern.
    pub fn number(&self, name: &str) -> Option<Result<f64, &str>> {
        let unreadable = || self.unreadable.get(name).map(|why| Err(why.as_str()));
        self.numbers.get(name).map(|number| Ok(*number)).or_else(unreadable)
    }
}

/// The status of the last response head in `curl -i` output (an interim `100 Continue` comes before it).
fn status(response: &str) -> Option<u16> {
    let mut found = None;
    for line in response.lines() {
        match line.strip_prefix("HTTP/").and_then(|rest| rest.split_whitespace().nth(1)) {
            Some(code) => found = code.parse().ok(),
            None if found.is_some_and(|code: u16| code >= 200) && line.is_empty() => break,
            None => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_final_status_is_read_past_an_interim_one_and_not_from_the_body() {
        assert_eq!(status("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 Oops\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n"), Some(500));
        assert_eq!(status(""), None);
    }

    #[test]
    fn a_phase_reads_back_as_it_prints() {
        for phase in [Phase::Prepare, Phase::Reproduce, Phase::Placebo, Phase::Control, Phase::Workaround("a-b".into())] {
            assert_eq!(Phase::try_from(phase.to_string()), Ok(phase));
        }
        assert!(Phase::try_from("workarounds".to_owned()).is_err());
    }
}
