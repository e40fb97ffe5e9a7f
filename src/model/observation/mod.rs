//! Observations: one for each executed step. Pure data and the parsing of output.

mod number;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use regex::Regex;

use super::id::WorkaroundId;
use super::observed::Ending;
use crate::text::pattern;
use crate::text::sanitize::{decoded, lines};

/// A phase of a cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Phase {
    /// Documented steps that must succeed.
    Prepare,
    /// Steps that end in the documented failure.
    Reproduce,
    /// The failing steps again, without any change in between.
    Placebo,
    /// One documented workaround, applied to the failed state.
    Workaround(WorkaroundId),
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
                .map(|id| Phase::Workaround(id.into()))
                .ok_or_else(|| format!("no phase is named `{other}`")),
        }
    }
}

/// The part of the scenario that contains a step. Several phases execute the same part, so an expectation can be tested where it
/// must not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    Prepare,
    Reproduce,
    /// The steps of a workaround.
    Workaround(WorkaroundId),
    Resolved,
    /// `verify` of a workaround.
    #[serde(alias = "shows")]
    Verify(WorkaroundId),
    /// `verify` of the control.
    #[serde(alias = "control-shows")]
    ControlVerify,
}

/// The raw output of a step.
#[derive(Debug, Clone, Copy)]
pub struct Streams<'a> {
    pub stdout: &'a [u8],
    pub stderr: &'a [u8],
}

/// The output of one executed step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The part of the scenario that contains the step.
    pub part: Part,
    pub step: String,
    /// The executed command.
    pub command: String,
    /// Its working directory, if the step sets one.
    pub directory: Option<String>,
    pub env: BTreeMap<String, String>,
    /// The user that executed it; `None` is root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Timeout in seconds; `None` in older records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// Exit status; `None` if it was stopped.
    pub exit: Option<i64>,
    /// Standard output. Bytes that are not UTF-8 are decoded as Windows-1252.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
    /// HTTP status of the response, if there was one.
    pub status: Option<u16>,
    /// Numbers taken from the output.
    pub numbers: BTreeMap<String, f64>,
    /// For a number that could not be parsed although a line matches its pattern: the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unreadable: BTreeMap<String, String>,
    /// Duration in milliseconds, including the engine's overhead.
    pub millis: u64,
}

impl Observation {
    /// An observation with decoded output. The other fields are empty, and nothing is parsed yet.
    pub fn new(part: Part, exit: Option<i64>, streams: Streams<'_>, millis: u64) -> Self {
        Observation {
            part,
            step: String::new(),
            command: String::new(),
            directory: None,
            env: BTreeMap::new(),
            user: None,
            timeout: None,
            exit,
            stdout: decoded(streams.stdout),
            stderr: decoded(streams.stderr),
            status: None,
            numbers: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            millis,
        }
    }

    /// The same observation with parsed output: the numbers that these patterns match, by name, and the HTTP status of a
    /// request.
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

    /// Every line of both streams, standard output first, as returned by [`lines`].
    pub fn lines(&self) -> impl Iterator<Item = String> {
        lines(&self.stdout).chain(lines(&self.stderr))
    }

    /// The first line that matches the pattern completely.
    pub fn line(&self, pattern: &str) -> Option<String> {
        self.find(&pattern::line(pattern))
    }

    /// The first line that contains a match of the pattern.
    pub fn line_with(&self, pattern: &str) -> Option<String> {
        self.find(&pattern::pattern(pattern))
    }

    fn find(&self, pattern: &Regex) -> Option<String> {
        self.lines().find(|line| pattern.is_match(line)).map(|line| line.trim().to_owned())
    }

    /// A number taken from the output, or the reason that it could not be parsed although a line matches its pattern.
    pub fn number(&self, name: &str) -> Option<Result<f64, &str>> {
        let unreadable = || self.unreadable.get(name).map(|why| Err(why.as_str()));
        self.numbers.get(name).map(|number| Ok(*number)).or_else(unreadable)
    }

    /// How the command ended.
    pub fn ending(&self) -> Ending {
        self.exit.into()
    }

    /// The line which reports that the file to inspect does not exist.
    pub fn missing_file(&self) -> Option<String> {
        let failed = self.exit != Some(0);
        let mut errors = lines(&self.stderr).filter(|_| failed);
        errors.find(|line| line.ends_with("No such file or directory")).map(|line| line.trim().to_owned())
    }
}

/// The status of the last response head in the output of a request; an interim `100 Continue` comes before it.
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
