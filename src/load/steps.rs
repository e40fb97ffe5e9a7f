//! Validates steps: each has exactly one action and a unique name.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use regex::RegexBuilder;

use super::axes::described;
use super::diagnostic::Place;
use super::expectation::Looks;
use super::scope::{LONGEST_PATTERN, Names, spliced};
use super::{outlive, raw};
use crate::model::action::{self, Action, Http, Run};
use crate::model::expect::ExitRule;
use crate::model::keys::{Sentence, Timeout, Word};
use crate::model::step::Step;
use crate::text::suggest::quoted;
use crate::text::template;
use crate::text::template::Template;

/// Size limit of the compiled pattern of a number, in bytes.
const LARGEST_PATTERN: usize = 1 << 20;

impl Names<'_> {
    pub(super) fn part<'a>(&'a self, steps: &'a [raw::Step], place: &Place<'a>) -> Vec<Step<Template>> {
        for (at, step) in place.each(steps) {
            if step.list.is_some() && (step.name.is_some() || !step.actions.is_empty()) {
                at.note("`use` cannot be combined with other keys", "move the other keys to a separate step");
            }
        }
        let mut seen = BTreeSet::new();
        let mut valid = Vec::new();
        for (at, raw) in spliced(self.common, steps, place) {
            let step = self.step(raw, &at);
            self.emptied(&step, &at);
            if !step.name.is_empty() && !seen.insert(step.name.clone()) {
                at.key("name").note(format!("two steps of this part are named `{}`", step.name), "name each after its purpose");
            }
            valid.push(step);
        }
        valid
    }

    /// Reports a step that reads the appended part of a file before anything was executed in the container, so that
    /// nothing can have been appended.
    pub(super) fn first_read<'a>(&'a self, steps: &'a [raw::Step], place: &Place<'a>) {
        let acts = |step: &raw::Step| step.actions.iter().any(|action| action.kind().takes_log());
        for (at, step) in spliced(self.common, steps, place).into_iter().take_while(|(_, step)| !acts(step)) {
            for action in step.actions.iter().filter(|action| action.kind().appended().is_some()) {
                let message = "nothing was executed yet, so nothing was appended to the file since the phase began";
                at.key(action.key()).note(message, "add `whole: true` to read the whole file");
            }
        }
    }

    fn step(&self, raw: &raw::Step, place: &Place<'_>) -> Step<Template> {
        if raw.name.is_none() {
            place.note("`name` is missing", "name the step after its purpose, in kebab-case");
        }
        self.actions(raw, place);
        if raw.exit.is_some_and(|exit| exit != ExitRule::Success) {
            let help = "put any other exit status under `expect`, where it is a sign of the failure";
            place.key("exit").note("the `exit` of a step can only be `success`", help);
        }
        let action = self.action(raw, place);
        let captured = raw.capture.keys().map(|name| name.0.as_str());
        let looks = Looks {
            is_request: action.kind().is_request(),
            numbers: captured.chain(action.kind().number().map(|(name, _)| name)).collect(),
            inputs: self.inputs(raw),
        };
        let directory = raw.directory.as_ref();
        Step {
            name: raw.name.as_ref().map(|name| name.0.clone()).unwrap_or_default(),
            when: self.grid.rule(&raw.when, place),
            log: raw.log.as_ref().map(|text| self.template(&text.0, &place.key("log"))),
            directory: directory.map(|text| self.template(&text.0, &place.key("directory"))),
            env: self.environment(&raw.env, &place.key("env")),
            user: raw.user.as_ref().map(|user| user.0.clone()),
            timeout: raw.timeout.as_ref().and_then(time).unwrap_or(action.kind().timeout()),
            must_succeed: raw.exit.is_some(),
            expect: place.key("expect").each(&raw.expect).map(|(at, check)| self.expectation(check, &looks, &at)).collect(),
            capture: raw.capture.iter().map(|(name, text)| self.capture(name, text, &place.key("capture"))).collect(),
            action,
        }
    }

    /// Reports a step that observes something without an expectation or a comparison of a number that it captures.
    pub(super) fn shows_something(&self, raw: &raw::Step, place: &Place<'_>) {
        let compared = |name: &str| self.numbers.compared.contains(name);
        let own = raw.actions.iter().filter_map(|action| action.kind().number()).map(|(name, _)| name);
        let used = raw.capture.keys().map(|name| name.0.as_str()).chain(own).any(compared);
        if raw.expect.is_empty() && !used {
            place.note("the step inspects something but has no expectation", "add the expected result under `expect`");
        }
    }

    /// Reports a step whose expectations all do not apply in some cell. There it would have to succeed, which the
    /// author did not write.
    fn emptied(&self, step: &Step<Template>, place: &Place<'_>) {
        let counts = |cell: &_| step.expect.is_empty() || step.expect.iter().any(|check| check.when.holds(cell));
        if let Some(cell) = self.grid.cell(|cell| step.when.holds(cell) && !counts(cell)) {
            let message = format!("step `{}` has no expectation in {}", step.name, described(cell));
            place.note(message, "add a `when` to the step itself, or an expectation for that cell");
        }
    }

    /// Reports a step without an action, with several actions, or with keys that exclude each other.
    fn actions(&self, raw: &raw::Step, place: &Place<'_>) {
        match raw.actions.as_slice() {
            [] => {
                let keys = quoted(action::KEYS.iter().copied(), ", ");
                place.note("the step does nothing", format!("add one of {keys}"));
            }
            [_] => {}
            [first, second, ..] => {
                let message = format!("`{}` and `{}` exclude each other", first.key(), second.key());
                place.note(message, "split it into two steps");
            }
        }
        place.orphans(&raw.orphans);
        if let Some(run) = raw.run().filter(|_| !outlive::looks(raw)) {
            self.outlived(run, &place.key("run"));
        }
        if raw.log.is_some() && !raw.actions.iter().any(|action| action.kind().takes_log()) {
            place.key("log").note("`log` needs a `run`, a `look` or an `http`", "use `read` to read only a file");
        }
        if raw.user.is_some() && raw.actions.iter().any(|action| action.kind().is_request()) {
            place.key("user").note("a request has no `user`", "remove it, because `matrix` makes the request itself");
        }
        if raw.actions.first().is_some_and(|action| action.kind().only_looks()) {
            self.shows_something(raw, place);
        }
        if raw.expect.is_empty() && raw.run().is_some_and(is_idle) {
            place.key("run").note("the step does nothing and has no expectation", "remove the step");
        }
    }

    fn action(&self, raw: &raw::Step, place: &Place<'_>) -> Action<Template> {
        let Some(action) = raw.actions.first() else { return Action::Run(Run { run: Template(String::new()) }) };
        if let Action::Http(Http { http }) = action {
            for (name, _) in http.headers.iter().filter(|(_, value)| value.contains(['\r', '\n'])) {
                place.key("http").key("headers").key(&name.0).note("a header has one line", "write it on one line");
            }
        }
        action.map(&mut |keys, text| {
            let place = keys.iter().fold(place.clone(), |place, key| place.key(key));
            self.template(&text.0, &place)
        })
    }

    /// A pattern with one group. Placeholders are filled with any text, because their values do not affect its
    /// validity.
    fn capture(&self, name: &Word, text: &Sentence, place: &Place<'_>) -> (String, Template) {
        let place = place.key(&name.0);
        let template = self.bounded(&text.0, LONGEST_PATTERN, &place);
        let names = template::names(&template.0).unwrap_or_default();
        let names: BTreeMap<String, String> = names.into_iter().map(|name| (name.to_owned(), "x".to_owned())).collect();
        match RegexBuilder::new(&template::fill(&template, &names)).size_limit(LARGEST_PATTERN).build() {
            Ok(pattern) if pattern.captures_len() == 2 => {}
            Ok(_) if template.0.is_empty() => {}
            Ok(_) => place.note(
                "the pattern does not have exactly one group",
                "put parentheses around the number, and `(?:…)` around other groups",
            ),
            Err(error) => {
                let cause = error.to_string().lines().last().unwrap_or_default().replace("error: ", "");
                place.note(format!("not a regular expression: {cause}"), "put `\\` before literal characters");
            }
        }
        (name.0.clone(), template)
    }
}

/// Whether a command has no effect and always succeeds.
fn is_idle(command: &str) -> bool {
    let idle = |line: &str| line.is_empty() || line.starts_with('#') || ["true", ":", "exit 0", "/bin/true"].contains(&line);
    command.lines().flat_map(|line| line.split(';')).all(|part| idle(part.trim()))
}

/// Parses `90s` or `5m`.
pub(super) fn time(text: &Timeout) -> Option<Duration> {
    let (number, unit) = match text.0.strip_suffix('m') {
        Some(number) => (number, 60),
        None => (text.0.strip_suffix('s')?, 1),
    };
    Some(Duration::from_secs(unit * u64::from(number.parse::<u16>().ok()?)))
}
