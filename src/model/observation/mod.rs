//! What was seen: one observation per executed step. Pure data and the reading of it.

mod number;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use regex::Regex;

use super::observed::Ending;
use crate::text::pattern;
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
    pub step: String,
    /// The command, as run.
    pub command: String,
    /// Its working directory, when the step names one.
    pub directory: Option<String>,
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
    /// The output of a step that is filled in besides; nothing is read from it yet.
    pub fn new(part: Part, exit: Option<i64>, streams: (&[u8], &[u8]), millis: u64) -> Self {
        Observation {
            part,
            step: String::new(),
            command: String::new(),
            directory: None,
            env: BTreeMap::new(),
            timeout: None,
            exit,
            stdout: decoded(streams.0),
            stderr: decoded(streams.1),
            status: None,
            numbers: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            millis,
        }
    }

    /// The same output, with the numbers that these patterns find, by name, and, of a request, its HTTP status.
    #[must_use]
    pub fn read<'a>(self, patterns: impl Iterator<Item = (&'a str, &'a str)>, is_request: bool) -> Self {
        let (mut numbers, mut unreadable) = (BTreeMap::new(), BTreeMap::new());
        for (name, pattern) in patterns {
            match number::taken(self.lines(), pattern) {
                Some(Ok(number)) => drop(numbers.insert(name.to_owned(), number)),
                Some(Err(why)) => drop(unreadable.insert(name.to_owned(), why)),
                None => {}
            }
        }
        let status = if is_request { status(&self.stdout) } else { None };
        Observation { status, numbers, unreadable, ..self }
    }

    /// Every line of both streams, standard output first, as [`lines`] reads them.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        lines(&self.stdout).chain(lines(&self.stderr))
    }

    /// The first line that is the pattern, from its beginning to its end.
    pub fn line(&self, pattern: &str) -> Option<String> {
        self.find(&pattern::line(pattern))
    }

    /// The first line that has the pattern anywhere.
    pub fn line_with(&self, pattern: &str) -> Option<String> {
        self.find(&pattern::pattern(pattern))
    }

    fn find(&self, pattern: &Regex) -> Option<String> {
        self.lines().find(|line| pattern.is_match(line)).map(|line| line.trim().to_owned())
    }

    /// A number that was taken from the output; why not, where there is none though a line has the pattern.
    pub fn number(&self, name: &str) -> Option<Result<f64, &str>> {
        let unreadable = || self.unreadable.get(name).map(|why| Err(why.as_str()));
        self.numbers.get(name).map(|number| Ok(*number)).or_else(unreadable)
    }

    /// How the command ended.
    pub fn ending(&self) -> Ending {
        self.exit.into()
    }

    /// The line that says that the file to be looked at is not there.
    pub fn missing_file(&self) -> Option<String> {
        let failed = self.exit != Some(0);
        let mut errors = lines(&self.stderr).filter(|_| failed);
        errors.find(|line| line.ends_with("No such file or directory")).map(|line| line.trim().to_owned())
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
