//! Steps, made valid: each does exactly one thing under a name of its own. It must not know which part of the
//! scenario it is looking at.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use regex::RegexBuilder;

use super::checks::Looks;
use super::grid::described;
use super::mistake::Place;
use super::names::{LONGEST_PATTERN, Names, spliced};
use super::words::{Sentence, Timeout, Word};
use super::{Act, HttpRequest, Step, Template, raw};
use crate::plan::fill;

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

    fn step(&self, raw: &raw::Step, place: &Place<'_>) -> Step {
        if raw.name.is_none() {
            place.note("`name` is missing", "name the step after what it does, in kebab-case");
        }
        match given(raw).as_slice() {
            [] => place.note("the step does nothing", "add one of `run`, `http`, `read`, `size`, `ldd` and `readelf`"),
            [_] => {}
            [first, second, ..] => place.note(format!("`{first}` and `{second}` exclude each other"), "make two steps of it"),
        }
        let act = self.act(raw, place);
        let looks = Looks::new(&act, raw, self.told(raw));
        let env = raw.env.iter().map(|(name, text)| (name.0.clone(), self.template(text, &place.key("env").key(&name.0))));
        let directory = raw.directory.as_ref();
        let usual = if matches!(act, Act::Http(_)) { ANSWER_WITHIN } else { TIMEOUT };
        Step {
            name: raw.name.as_ref().map(|name| name.0.clone()).unwrap_or_default(),
            when: self.grid.rule(&raw.when, place),
            directory: directory.map(|text| self.template(&text.0, &place.key("directory"))),
            env: env.collect(),
            timeout: raw.timeout.as_ref().and_then(time).unwrap_or(usual),
            expect: place.key("expect").each(&raw.expect).map(|(at, check)| self.check(check, &looks, &at)).collect(),
            capture: raw.capture.iter().map(|entry| self.capture(entry, &place.key("capture"))).collect(),
            act,
        }
    }

    /// Notes expectations that leave a step without any in a cell: there it would have to succeed, which nobody wrote.
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
            raw.http.as_ref().map(|http| Act::Http(self.request(http, &place.key("http")))),
            text("read", &raw.read).map(Act::Read),
            text("size", &raw.size).map(Act::Size),
            text("ldd", &raw.ldd).map(Act::Ldd),
            text("readelf", &raw.readelf).map(Act::Readelf),
        ];
        acts.into_iter().flatten().next().unwrap_or_else(|| Act::Run(Template(String::new())))
    }

    fn request(&self, raw: &raw::Http, place: &Place<'_>) -> HttpRequest {
        let header = |(name, value): (&super::words::Header, &String)| {
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
        let names = fill::names(&template.0).unwrap_or_default();
        let names: BTreeMap<String, String> = names.into_iter().map(|name| (name.to_owned(), "x".to_owned())).collect();
        match RegexBuilder::new(&fill::fill(&template, &names)).size_limit(LARGEST_PATTERN).build() {
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

/// The keys that say what a step does; normally one.
fn given(raw: &raw::Step) -> Vec<&'static str> {
    let keys = [
        ("run", raw.run.is_some()),
        ("http", raw.http.is_some()),
        ("read", raw.read.is_some()),
        ("size", raw.size.is_some()),
        ("ldd", raw.ldd.is_some()),
        ("readelf", raw.readelf.is_some()),
    ];
    keys.into_iter().filter(|(_, given)| *given).map(|(key, _)| key).collect()
}

/// `90s` or `5m`.
fn time(text: &Timeout) -> Option<Duration> {
    let (number, unit) = match text.0.strip_suffix('m') {
        Some(number) => (number, 60),
        None => (text.0.strip_suffix('s')?, 1),
    };
    Some(Duration::from_secs(unit * u64::from(number.parse::<u16>().ok()?)))
}
