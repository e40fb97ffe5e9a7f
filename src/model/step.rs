//! Steps: what is done, and what is expected of it. One type from the loader to the runner: its texts are templates in a scenario, and
//! plain text in the plan of a cell.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::action::{Action, Run};
use super::expect::Expectation;
use super::observation::{Observation, Part};
use super::when::When;
use crate::text::appended;

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step<T> {
    /// Unique within its part of the scenario.
    pub name: String,
    /// In which cells it is executed.
    pub when: When,
    pub action: Action<T>,
    /// A log that is shown too, after the output of a command or a request: what was appended to it since the phase began.
    pub log: Option<T>,
    /// Working directory, where it is not the scenario's or the workaround's.
    pub directory: Option<T>,
    /// Environment added for this step; a value may use what the image has, see [`crate::text::variables`].
    pub env: BTreeMap<String, T>,
    /// Most time in all.
    pub timeout: Duration,
    /// Whether it must succeed besides what is expected of it: a condition, and no sign of the failure.
    pub must_succeed: bool,
    /// Without any, it must succeed, and that proves nothing more.
    pub expect: Vec<Expectation<T>>,
    /// Numbers taken from the output: name and a pattern with one group.
    pub capture: BTreeMap<String, T>,
}

/// Another way to do a step. Its name, its expectations and the numbers it takes stay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Substitute<T> {
    /// The shell command, if it is another.
    pub run: Option<T>,
    /// Working directory, if it is another.
    pub directory: Option<T>,
    /// Environment, before the step's own.
    pub env: BTreeMap<String, T>,
    /// Most time in all, if it is another.
    pub timeout: Option<Duration>,
}

impl<T> Default for Substitute<T> {
    fn default() -> Self {
        Substitute { run: None, directory: None, env: BTreeMap::new(), timeout: None }
    }
}

impl<T> Substitute<T> {
    /// The same with other texts.
    pub fn map<U>(&self, f: impl Fn(&T) -> U) -> Substitute<U> {
        Substitute {
            run: self.run.as_ref().map(&f),
            directory: self.directory.as_ref().map(&f),
            env: self.env.iter().map(|(name, value)| (name.clone(), f(value))).collect(),
            timeout: self.timeout,
        }
    }
}

impl<T: Clone> Step<T> {
    /// The same step, done in another way.
    #[must_use]
    pub fn done_by(&self, other: &Substitute<T>) -> Step<T> {
        let mut step = self.clone();
        if let Some(run) = &other.run {
            step.action = Action::Run(Run { run: run.clone() });
        }
        step.directory = other.directory.clone().or(step.directory);
        step.env.extend(other.env.clone());
        step.timeout = other.timeout.unwrap_or(step.timeout);
        step
    }
}

impl<T> Step<T> {
    /// The same step with other texts, where `holds` says of a condition whether it holds: expectations whose condition does not are
    /// left out.
    pub fn map<U>(&self, holds: impl Fn(&When) -> bool, f: impl Fn(&T) -> U) -> Step<U> {
        let texts = |map: &BTreeMap<String, T>| map.iter().map(|(name, text)| (name.clone(), f(text))).collect();
        Step {
            name: self.name.clone(),
            when: self.when.clone(),
            action: self.action.map(&mut |_, text| f(text)),
            log: self.log.as_ref().map(&f),
            directory: self.directory.as_ref().map(&f),
            env: texts(&self.env),
            timeout: self.timeout,
            must_succeed: self.must_succeed,
            expect: self.expect.iter().filter(|expected| holds(&expected.when)).map(|expected| expected.map(&f)).collect(),
            capture: texts(&self.capture),
        }
    }

    /// The file of which it shows only what was appended since the phase began.
    pub fn appended(&self) -> Option<&T> {
        self.log.as_ref().or_else(|| self.action.kind().appended())
    }
}

impl Step<String> {
    /// The shell command it is executed by. One that shows a log too ends as it would without.
    pub fn command(&self) -> String {
        let command = self.action.command(self.timeout);
        match &self.log {
            Some(log) => format!("(\n{command}\n); ended=$?\n{}\nexit $ended", appended::command(log)),
            None => command,
        }
    }

    /// What is expected of it that decides no claim. Success comes first where it is a condition: where the step says so, and where it
    /// says nothing at all. That expectation stands in no file, and shows no failure.
    pub fn unclaimed(&self) -> Vec<Expectation<String>> {
        let condition = (self.must_succeed || self.expect.is_empty()).then(Expectation::success);
        condition.into_iter().chain(self.expect.iter().filter(|expected| expected.claim.is_none()).cloned()).collect()
    }

    /// Patterns of the numbers taken from its output, by name.
    pub fn numbers(&self) -> impl Iterator<Item = (&str, &str)> {
        let captured = self.capture.iter().map(|(name, pattern)| (name.as_str(), pattern.as_str()));
        captured.chain(self.action.kind().number())
    }

    /// What the step showed, read from its raw streams. `exit` is `None` when it was stopped.
    pub fn observe(&self, part: Part, exit: Option<i64>, streams: (&[u8], &[u8]), millis: u64) -> Observation {
        let observation = Observation {
            step: self.name.clone(),
            command: self.command(),
            directory: self.directory.clone(),
            env: self.env.clone(),
            timeout: Some(self.timeout.as_secs()),
            ..Observation::new(part, exit, streams, millis)
        };
        self.read(observation)
    }

    /// The same output, read by what the step takes from it.
    #[must_use]
    pub fn read(&self, observation: Observation) -> Observation {
        observation.read(self.numbers(), self.action.kind().is_request())
    }
}

/// As a plan shows it: with the command.
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
