//! The output of a build: what BuildKit reports, and the last lines for an error.

use std::collections::{BTreeSet, VecDeque};

use crate::engine::{Cause, OnLine};
use crate::text::sanitize::plain;

/// Number of last lines of a failed build in its error.
const BUILD_TAIL: usize = 15;
/// Number of characters that are kept of a long error, at its beginning and at its end.
const HEAD: usize = 100;
const END: usize = 60;

/// BuildKit's `StatusResponse`, as far as it is shown.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Status {
    #[prost(message, repeated, tag = "1")]
    pub(super) steps: Vec<Step>,
    #[prost(message, repeated, tag = "3")]
    pub(super) logs: Vec<Log>,
}

/// BuildKit's `Vertex`: an instruction.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Step {
    #[prost(string, tag = "1")]
    pub(super) digest: String,
    #[prost(string, tag = "3")]
    pub(super) name: String,
    #[prost(message, optional, tag = "5")]
    pub(super) started: Option<Time>,
}

/// A point in time, of which only the presence matters.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Time {}

/// BuildKit's `VertexLog`: a piece of an instruction's output.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Log {
    #[prost(bytes = "vec", tag = "4")]
    pub(super) text: Vec<u8>,
}

/// The output of a build: the incomplete last line, and the last complete lines.
pub(super) struct BuildLog<'a> {
    line: OnLine<'a>,
    incomplete: String,
    tail: VecDeque<String>,
    /// Instructions that have begun; BuildKit reports each several times.
    begun: BTreeSet<String>,
}

impl<'a> BuildLog<'a> {
    pub(super) fn new(line: OnLine<'a>) -> Self {
        BuildLog { line, incomplete: String::new(), tail: VecDeque::new(), begun: BTreeSet::new() }
    }

    /// Adds what BuildKit reports: the instructions that have begun, and their output.
    pub(super) fn report(&mut self, status: Status) {
        for step in status.steps.into_iter().filter(|step| step.started.is_some() && !step.name.starts_with("[internal]")) {
            if self.begun.insert(step.digest) {
                self.add(&format!("{}\n", step.name));
            }
        }
        status.logs.iter().for_each(|log| self.add(&String::from_utf8_lossy(&log.text)));
    }

    pub(super) fn add(&mut self, text: &str) {
        self.incomplete.push_str(text);
        while let Some(end) = self.incomplete.find('\n') {
            let whole: String = self.incomplete.drain(..=end).collect();
            // The builder colours lines of standard error.
            let whole = plain(whole.trim_end());
            if whole.is_empty() {
                continue;
            }
            (self.line)(&whole);
            if self.tail.len() == BUILD_TAIL {
                self.tail.pop_front();
            }
            self.tail.push_back(whole);
        }
    }

    pub(super) fn with_tail(&self, cause: &Cause) -> Cause {
        let tail: String = self.tail.iter().map(|line| format!("\n    {line}")).collect();
        format!("{}{tail}", ends(&cause.to_string())).into()
    }
}

/// The beginning and the end of an error: what is between them is the command that failed, which may be a whole script.
fn ends(error: &str) -> String {
    let count = error.chars().count();
    if count <= HEAD + END {
        return error.to_owned();
    }
    let (head, end) = (error.chars().take(HEAD), error.chars().skip(count - END));
    head.chain(" [...] ".chars()).chain(end).collect()
}

#[test]
fn a_script_in_an_error_is_shortened() {
    let error = format!("executor failed running [/bin/sh -c set -e; {}]: exit code: 1", "true; ".repeat(100));
    let cause: Cause = error.into();
    let mut log = BuildLog::new(&|_| {});
    log.add("gcc: fatal error: no input files\n");
    let shown = log.with_tail(&cause).to_string();
    assert!(shown.starts_with("executor failed running [/bin/sh -c set -e; true"), "{shown}");
    assert!(shown.ends_with("]: exit code: 1\n    gcc: fatal error: no input files") && shown.chars().count() < 230, "{shown}");
    assert_eq!(log.with_tail(&Cause::from("exit code: 1")).to_string(), "exit code: 1\n    gcc: fatal error: no input files");
}
