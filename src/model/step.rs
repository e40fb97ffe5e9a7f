//! Steps: what is run, and what is expected of it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::expect::Check;
use super::when::When;
use crate::text::template::Template;

/// One command run in a container, with its expectation.
#[derive(Debug, Clone)]
pub struct Step {
    /// Name, unique within its part of the scenario.
    pub name: String,
    /// In which cells it is executed.
    pub when: When,
    /// What is run.
    pub act: Act,
    /// A log that is shown too, after the output of a command or a request: what was appended to it since the phase began.
    pub log: Option<Template>,
    /// Working directory, when not the scenario's.
    pub directory: Option<Template>,
    /// Environment added for this step; a value may use what the image has, see [`crate::text::variables`].
    pub env: BTreeMap<String, Template>,
    /// Most time in all.
    pub timeout: Duration,
    /// Whether it must succeed besides what is expected of it: a condition, and no sign of the failure.
    pub must_succeed: bool,
    /// Expectations. None means: it must succeed, and that proves nothing more.
    pub expect: Vec<Check>,
    /// Numbers taken from the output: name and a pattern with one group.
    pub capture: BTreeMap<String, Template>,
}

/// What a step runs. All but `Run` only look, so they can be repeated anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A shell command.
    Run(Template),
    /// A request to Apache in the container.
    Http(HttpRequest),
    /// What was appended to a file, such as a log, since the phase began.
    Read(Template),
    /// All the text of a file.
    ReadWhole(Template),
    /// Size of a file in bytes, as the number `bytes`.
    Size(Template),
    /// The libraries the loader finds for a binary.
    Ldd(Template),
    /// The dynamic section of a binary.
    Readelf(Template),
}

/// One HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Path and query, e.g. `/hello`.
    pub path: Template,
    /// Method; default `GET`.
    pub method: String,
    /// Extra headers.
    pub headers: BTreeMap<String, String>,
    /// Body, if any.
    pub body: Option<Template>,
}

/// Another way to do a step. Its name, its expectations and the numbers it takes stay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Substitute {
    /// The shell command, if it is another.
    pub run: Option<Template>,
    /// Working directory, if it is another.
    pub directory: Option<Template>,
    /// Environment, in front of the step's own.
    pub env: BTreeMap<String, Template>,
    /// Most time in all, if it is another.
    pub timeout: Option<Duration>,
}

impl Step {
    /// The same step, done in another way.
    pub fn done_by(&self, other: &Substitute) -> Step {
        let mut step = self.clone();
        if let Some(run) = &other.run {
            step.act = Act::Run(run.clone());
        }
        step.directory = other.directory.clone().or(step.directory);
        step.env.extend(other.env.clone());
        step.timeout = other.timeout.unwrap_or(step.timeout);
        step
    }
}
