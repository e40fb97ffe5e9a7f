//! What was seen: one observation per executed step. Pure data and the reading of it; it must not know what was
//! expected.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::StepPlan;

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
    /// What a workaround shows.
    Shows(String),
    /// What the control shows.
    ControlShows,
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
    /// Standard output; bytes that are not UTF-8 are replaced.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
    /// HTTP status of the answer, for a request that got one.
    pub status: Option<u16>,
    /// Numbers taken from the output.
    pub numbers: BTreeMap<String, f64>,
    /// Milliseconds it took, engine included.
    pub millis: u64,
}

impl Observation {
    /// What a step showed, read from its raw streams. `exit` is `None` when it was stopped.
    pub fn read(part: Part, step: &StepPlan, exit: Option<i64>, streams: (&[u8], &[u8]), millis: u64) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut observation = Observation {
            part,
            step: step.name.clone(),
            command: step.command.clone(),
            directory: step.directory.clone(),
            env: step.env.clone(),
            timeout: Some(step.timeout),
            exit,
            stdout: text(streams.0),
            stderr: text(streams.1),
            status: None,
            numbers: BTreeMap::new(),
            millis,
        };
        if step.http {
            observation.status = status(&observation.stdout);
        }
        observation.numbers =
            step.capture.iter().filter_map(|(name, pattern)| Some((name.clone(), observation.number(pattern)?))).collect();
        observation
    }

    /// Every line of both streams, standard output first, colour codes and carriage returns removed.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.stdout.lines().chain(self.stderr.lines()).map(crate::normalize::plain)
    }

    /// A number that JSON cannot hold would make the record unreadable, so it counts as none.
    fn number(&self, pattern: &str) -> Option<f64> {
        let pattern = regex::Regex::new(pattern).ok()?;
        let captured = |line: String| pattern.captures(&line)?.get(1)?.as_str().parse().ok();
        self.lines().find_map(captured).filter(|number: &f64| number.is_finite())
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
