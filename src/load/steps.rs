//! Steps, made valid: each does exactly one thing under a name of its own. It must not know which part of the
//! scenario it is looking at.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use regex::RegexBuilder;

use super::axes::described;
use super::diagnostic::Place;
use super::expectation::Looks;
use super::raw_types::{Sentence, Timeout, Word};
use super::scope::{LONGEST_PATTERN, Names, spliced};
use super::{outlive, raw};
use crate::model::expect::ExitRule;
use crate::model::step::{Act, HttpRequest, Step};
use crate::text::template;
use crate::text::template::Template;

/// Most bytes that the pattern of a number may take once compiled.
const LARGEST_PATTERN: usize = 1 << 20;
/// Most time of a step that names none.
const TIMEOUT: Duration = Duration::from_secs(600);
/// The same of a request, after which there is no answer: children that die one after the other never give one.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

impl Names<'_> {
    /// The steps of one part of the scenario.
    pub(super) fn part<'a>(&'a self, steps: &'a [raw::Step], place: &Place<'a>) -> Vec<Step> {
        for (at, step) in place.each(steps) {
            if step.list.is_some() && (step.name.is_some() || !given(step).is_empty()) {
                at.note("`use` stands alone", "make the step beside it one of its own");
            }
        }
        let mut seen = BTreeSet::new();
        let mut valid = Vec::new();
        for (at, raw) in spliced(self.common, steps, place) {
            let step = self.step(raw, &at);
            self.emptied(&step, &at);
            if !step.name.is_empty() && !seen.insert(step.name.clone()) {
                at.key("name").note(format!("two steps of this part are named `{}`", step.name), "name each after what it does");
            }
            valid.push(step);
        }
        valid
    }

    /// Notes files that are read as the first thing in a new container, to which nothing was appended there.
    pub(super) fn first_read<'a>(&'a self, steps: &'a [raw::Step], place: &Place<'a>) {
        let acts = |step: &raw::Step| step.command().is_some() || step.http.is_some();
        for (at, step) in spliced(self.common, steps, place).into_iter().take_while(|(_, step)| !acts(step)) {
            if step.read.is_some() && step.whole != Some(true) {
                let message = "nothing was executed yet, so nothing was appended to the file since the phase began";
                at.key("read").note(message, "add `whole: true` to read all that it holds");
            }
        }
    }

    fn step(&self, raw: &raw::Step, place: &Place<'_>) -> Step {
        if raw.name.is_none() {
            place.note("`name` is missing", "name the step after what it does, in kebab-case");
        }
        match given(raw).as_slice() {
            [] => place.note("the step does nothing", "add one of `run`, `look`, `http`, `read`, `size`, `ldd` and `readelf`"),
            [_] => {}
            [first, second, ..] => place.note(format!("`{first}` and `{second}` exclude each other"), "make two steps of it"),
        }
        if let Some(run) = raw.run.as_ref().filter(|_| !outlive::looks(raw)) {
            self.outlived(&run.0, &place.key("run"));
        }
        if raw.whole.is_some() && raw.read.is_none() {
            place.key("whole").note("`whole` without `read`", "say which file is read, or take it out");
        }
        if raw.log.is_some() && raw.command().is_none() && raw.http.is_none() {
            place.key("log").note("`log` stands beside a `run`, a `look` or an `http`", "use `read` to look at a file alone");
        }
        let looks = given(raw).first().is_some_and(|key| *key != "run");
        if looks {
            self.shows_something(raw, place);
        }
        if raw.expect.is_empty() && raw.run.as_ref().is_some_and(|run| is_idle(&run.0)) {
            place.key("run").note("the step does nothing and expects nothing", "leave the step out");
        }
        let act = self.act(raw, place);
        let looks = Looks::new(&act, raw, self.told(raw));
        let exit = raw.exit.as_ref().map(|exit| exit.0);
        if exit.is_some_and(|exit| exit != ExitRule::Success) {
            let help = "expect any other end under `expect`, where it is a sign of the failure";
            place.key("exit").note("a step's own `exit` says `success` and nothing else", help);
        }
        let directory = raw.directory.as_ref();
        let usual = if matches!(act, Act::Http(_)) { ANSWER_WITHIN } else { TIMEOUT };
        Step {
            name: raw.name.as_ref().map(|name| name.0.clone()).unwrap_or_default(),
            when: self.grid.rule(&raw.when, place),
            log: raw.log.as_ref().map(|text| self.template(&text.0, &place.key("log"))),
            directory: directory.map(|text| self.template(&text.0, &place.key("directory"))),
            env: self.environment(&raw.env, &place.key("env")),
            timeout: raw.timeout.as_ref().and_then(time).unwrap_or(usual),
            must_succeed: exit.is_some(),
            expect: place.key("expect").each(&raw.expect).map(|(at, check)| self.check(check, &looks, &at)).collect(),
            capture: raw.capture.iter().map(|entry| self.capture(entry, &place.key("capture"))).collect(),
            act,
        }
    }

    /// Notes a step that looks at something of which nothing is expected, here or by a number that it takes.
    pub(super) fn shows_something(&self, raw: &raw::Step, place: &Place<'_>) {
        let compared = |name: &str| self.numbers.compared.contains(name);
        let used = raw.capture.keys().any(|name| compared(&name.0)) || raw.size.is_some() && compared("bytes");
        if raw.expect.is_empty() && !used {
            place.note("the step looks at something and expects nothing of it", "say under `expect` what it must show");
        }
    }

    /// Notes expectations that leave a step without any in a cell: there it would have to succeed, which the author did not write.
    fn emptied(&self, step: &Step, place: &Place<'_>) {
        let counts = |cell: &_| step.expect.is_empty() || step.expect.iter().any(|check| check.when.holds(cell));
        if let Some(cell) = self.grid.cell(|cell| step.when.holds(cell) && !counts(cell)) {
            let message = format!("no expectation of step `{}` counts in {}", step.name, described(cell));
            place.note(message, "give the step itself a `when`, or add an expectation for that cell");
        }
    }

    fn act(&self, raw: &raw::Step, place: &Place<'_>) -> Act {
        let text = |key: &str, text: &Option<Sentence>| text.as_ref().map(|text| self.template(&text.0, &place.key(key)));
        let acts = [
            text("run", &raw.run).map(Act::Run),
            text("look", &raw.look).map(Act::Run),
            raw.http.as_ref().map(|http| Act::Http(self.request(http, &place.key("http")))),
            text("read", &raw.read).map(if raw.whole == Some(true) { Act::ReadWhole } else { Act::Read }),
            text("size", &raw.size).map(Act::Size),
            text("ldd", &raw.ldd).map(Act::Ldd),
            text("readelf", &raw.readelf).map(Act::Readelf),
        ];
        acts.into_iter().flatten().next().unwrap_or_else(|| Act::Run(Template(String::new())))
    }

    fn request(&self, raw: &raw::Http, place: &Place<'_>) -> HttpRequest {
        let header = |(name, value): (&super::raw_types::Header, &String)| {
            if value.contains(['\r', '\n']) {
                place.key("headers").key(&name.0).note("a header has one line", "write it on one line");
            }
            (name.0.clone(), value.clone())
        };
        HttpRequest {
            path: self.template(&raw.path.0, &place.key("path")),
            method: raw.method.as_ref().map_or_else(|| "GET".to_owned(), |method| method.0.clone()),
            headers: raw.headers.iter().map(header).collect(),
            body: raw.body.as_ref().map(|text| self.template(text, &place.key("body"))),
        }
    }

    /// A pattern with one group. What a place will hold does not matter to whether it is one.
    fn capture(&self, (name, text): (&Word, &Sentence), place: &Place<'_>) -> (String, Template) {
        let place = place.key(&name.0);
        let template = self.bounded(&text.0, LONGEST_PATTERN, &place);
        let names = template::names(&template.0).unwrap_or_default();
        let names: BTreeMap<String, String> = names.into_iter().map(|name| (name.to_owned(), "x".to_owned())).collect();
        match RegexBuilder::new(&template::fill(&template, &names)).size_limit(LARGEST_PATTERN).build() {
            Ok(pattern) if pattern.captures_len() == 2 => {}
            Ok(_) if template.0.is_empty() => {}
            Ok(_) => place.note(
                "the pattern does not have exactly one group",
                "put parentheses around the number, and `(?:…)` around what else belongs together",
            ),
            Err(error) => {
                let cause = error.to_string().lines().last().unwrap_or_default().replace("error: ", "");
                place.note(format!("not a regular expression: {cause}"), "put `\\` before what is meant as it stands");
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

/// The keys that say what a step does; normally one.
fn given(raw: &raw::Step) -> Vec<&'static str> {
    let keys = [
        ("run", raw.run.is_some()),
        ("look", raw.look.is_some()),
        ("http", raw.http.is_some()),
        ("read", raw.read.is_some()),
        ("size", raw.size.is_some()),
        ("ldd", raw.ldd.is_some()),
        ("readelf", raw.readelf.is_some()),
    ];
    keys.into_iter().filter(|(_, given)| *given).map(|(key, _)| key).collect()
}

/// `90s` or `5m`.
pub(super) fn time(text: &Timeout) -> Option<Duration> {
    let (number, unit) = match text.0.strip_suffix('m') {
        Some(number) => (number, 60),
        None => (text.0.strip_suffix('s')?, 1),
    };
    Some(Duration::from_secs(unit * u64::from(number.parse::<u16>().ok()?)))
}
