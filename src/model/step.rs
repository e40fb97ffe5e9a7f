//! Steps: an action and its expectations. From the loader to the runner there is one type; its texts are templates in a scenario
//! and plain text in the plan of a cell.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::action::{Action, Run};
use super::expect::Expectation;
use super::observation::{Observation, Part, Streams};
use super::when::When;
use crate::text::appended;

#[derive(Debug, Clone, PartialEq)]
pub struct Step<T> {
    /// Unique within its part of the scenario.
    pub name: String,
    pub when: When,
    pub action: Action<T>,
    /// A log to print after the output of a command or a request: the part that was appended since the start of the phase.
    pub log: Option<T>,
    /// Working directory, if it differs from that of the scenario or the workaround.
    pub directory: Option<T>,
    /// Additional environment. A value may refer to the image's environment, see [`crate::text::variables`].
    pub env: BTreeMap<String, T>,
    /// The user that executes it; `None` is root.
    pub user: Option<String>,
    /// Total timeout.
    pub timeout: Duration,
    /// Whether it must succeed in addition to its expectations. This is a precondition, not a sign of the failure.
    pub must_succeed: bool,
    /// Without expectations the step must succeed, which proves nothing else.
    pub expect: Vec<Expectation<T>>,
    /// Numbers to take from the output: name and a pattern with one group.
    pub capture: BTreeMap<String, T>,
}

/// A substitute for a step. The name, the expectations and the captured numbers of the step remain.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Substitute<T> {
    /// The shell command, if it differs.
    pub run: Option<T>,
    /// The working directory, if it differs.
    pub directory: Option<T>,
    /// Additional environment; the step's own takes precedence.
    pub env: BTreeMap<String, T>,
    /// The user that executes it, if it differs.
    pub user: Option<String>,
    /// Total timeout, if it differs.
    pub timeout: Option<Duration>,
}

impl<T> Default for Substitute<T> {
    fn default() -> Self {
        Substitute { run: None, directory: None, env: BTreeMap::new(), user: None, timeout: None }
    }
}

impl<T> Substitute<T> {
    /// The same substitute with mapped texts.
    pub fn map<U>(&self, f: impl Fn(&T) -> U) -> Substitute<U> {
        Substitute {
            run: self.run.as_ref().map(&f),
            directory: self.directory.as_ref().map(&f),
            env: self.env.iter().map(|(name, value)| (name.clone(), f(value))).collect(),
            user: self.user.clone(),
            timeout: self.timeout,
        }
    }
}

impl<T: Clone> Step<T> {
    /// The same step, executed as the substitute specifies.
    #[must_use]
    pub fn done_by(&self, other: &Substitute<T>) -> Step<T> {
        let mut step = self.clone();
        if let Some(run) = &other.run {
            step.action = Action::Run(Run { run: run.clone() });
        }
        step.directory = other.directory.clone().or(step.directory);
        step.env.extend(other.env.clone());
        step.user = other.user.clone().or(step.user);
        step.timeout = other.timeout.unwrap_or(step.timeout);
        step
    }
}

impl<T> Step<T> {
    /// The same step with mapped texts. Expectations whose condition does not hold according to `holds` are removed.
    pub fn map<U>(&self, holds: impl Fn(&When) -> bool, f: impl Fn(&T) -> U) -> Step<U> {
        let texts = |map: &BTreeMap<String, T>| map.iter().map(|(name, text)| (name.clone(), f(text))).collect();
        Step {
            name: self.name.clone(),
            when: self.when.clone(),
            action: self.action.map(&mut |_, text| f(text)),
            log: self.log.as_ref().map(&f),
            directory: self.directory.as_ref().map(&f),
            env: texts(&self.env),
            user: self.user.clone(),
            timeout: self.timeout,
            must_succeed: self.must_succeed,
            expect: self.expect.iter().filter(|expected| holds(&expected.when)).map(|expected| expected.map(&f)).collect(),
            capture: texts(&self.capture),
        }
    }

    /// The file of which it prints only what was appended since the start of the phase.
    pub fn appended(&self) -> Option<&T> {
        self.log.as_ref().or_else(|| self.action.kind().appended())
    }
}

impl Step<String> {
    /// The shell command that executes it. With a log, the exit status remains that of the action.
    pub fn command(&self) -> String {
        let command = self.action.command(self.timeout);
        match &self.log {
            Some(log) => format!("(\n{command}\n); ended=$?\n{}\nexit $ended", appended::command(log)),
            None => command,
        }
    }

    /// Its expectations without a claim. If the step requires success or has no expectations, the first one is that it succeeds;
    /// that expectation is in no file, and it is no sign of the failure.
    pub fn unclaimed(&self) -> Vec<Expectation<String>> {
        let condition = (self.must_succeed || self.expect.is_empty()).then(Expectation::success);
        condition.into_iter().chain(self.expect.iter().filter(|expected| expected.claim.is_none()).cloned()).collect()
    }

    /// Patterns of the numbers taken from its output, by name.
    pub fn numbers(&self) -> impl Iterator<Item = (&str, &str)> {
        let captured = self.capture.iter().map(|(name, pattern)| (name.as_str(), pattern.as_str()));
        captured.chain(self.action.kind().number())
    }

    /// The observation of the step, from its raw streams. `exit` is `None` if it was stopped.
    pub fn observe(&self, part: Part, exit: Option<i64>, streams: Streams<'_>, millis: u64) -> Observation {
        let observation = Observation {
            step: self.name.clone(),
            command: self.command(),
            directory: self.directory.clone(),
            env: self.env.clone(),
            user: self.user.clone(),
            timeout: Some(self.timeout.as_secs()),
            ..Observation::new(part, exit, streams, millis)
        };
        self.read(observation)
    }

    /// The same observation, parsed for the numbers and the status that the step takes from it.
    #[must_use]
    pub fn read(&self, observation: Observation) -> Observation {
        observation.read(self.numbers(), self.action.kind().is_request())
    }
}

/// The form in a plan, with the command.
impl Serialize for Step<String> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct View<'a> {
            name: &'a str,
            command: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            appended: Option<&'a str>,
            directory: Option<&'a str>,
            env: &'a BTreeMap<String, String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            user: Option<&'a str>,
            timeout: u64,
            http: bool,
            must_succeed: bool,
            expect: &'a [Expectation<String>],
            capture: BTreeMap<&'a str, &'a str>,
        }
        View {
            name: &self.name,
            command: self.command(),
            appended: self.appended().map(String::as_str),
            directory: self.directory.as_deref(),
            env: &self.env,
            user: self.user.as_deref(),
            timeout: self.timeout.as_secs(),
            http: self.action.kind().is_request(),
            must_succeed: self.must_succeed,
            expect: &self.expect,
            capture: self.numbers().collect(),
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
impl Step<String> {
    /// A step for tests.
    pub(crate) fn new(name: &str, action: Action<String>, expect: Vec<Expectation<String>>) -> Self {
        Step {
            name: name.to_owned(),
            when: When::default(),
            action,
            log: None,
            directory: None,
            env: BTreeMap::new(),
            user: None,
            timeout: Duration::from_secs(9),
            must_succeed: false,
            expect,
            capture: BTreeMap::new(),
        }
    }

    /// A step for tests that runs a command.
    pub(crate) fn run(name: &str, command: &str, expect: Vec<Expectation<String>>) -> Self {
        Step::new(name, Action::Run(Run { run: command.to_owned() }), expect)
    }
}
