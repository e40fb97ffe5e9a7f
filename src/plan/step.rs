//! Steps made ready to run: every act becomes one shell command. It must not know containers.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::expect::Check;
use crate::model::plan::{CheckPlan, StepPlan, appended};
use crate::model::step::{Act, HttpRequest, Step, Substitute};
use crate::text::shell::quoted;
use crate::text::template::Template;
use crate::text::template::fill;

/// The names a template may use, with their values.
pub(super) type Names = BTreeMap<String, String>;

/// What holds for all steps of a list.
#[derive(Clone, Copy, Default)]
pub(super) struct Around<'a> {
    /// Working directory of a step that names none.
    pub(super) directory: Option<&'a Template>,
    /// Environment besides a step's own, which comes first.
    pub(super) env: Option<&'a BTreeMap<String, Template>>,
    /// Other ways to do some of them, by name.
    pub(super) replace: Option<&'a BTreeMap<String, Substitute>>,
}

impl<'a> Around<'a> {
    /// What of its environment a step has: a command all of it, and the loader, which is asked what it would do in it. What
    /// looks at the container from outside does not depend on it.
    fn env_of(&self, step: &Step) -> impl Iterator<Item = (&'a String, &'a Template)> {
        let has = match step.act {
            Act::Run(_) | Act::Ldd(_) => true,
            Act::Http(_) | Act::Read(_) | Act::ReadWhole(_) | Act::Size(_) | Act::Readelf(_) => false,
        };
        self.env.filter(|_| has).into_iter().flatten()
    }
}

/// The steps that a cell with these axis values executes, filled in.
pub(super) fn steps(steps: &[Step], around: &Around<'_>, axes: &BTreeMap<String, String>, names: &Names) -> Vec<StepPlan> {
    let planned = |step: &Step| match around.replace.and_then(|replace| replace.get(&step.name)) {
        Some(substitute) => plan(&step.done_by(substitute), around, axes, names),
        None => plan(step, around, axes, names),
    };
    steps.iter().filter(|step| step.when.holds(axes)).map(planned).collect()
}

fn plan(step: &Step, around: &Around<'_>, axes: &BTreeMap<String, String>, names: &Names) -> StepPlan {
    let mut capture: BTreeMap<_, _> = step.capture.iter().map(|(name, pattern)| (name.clone(), fill(pattern, names))).collect();
    if matches!(step.act, Act::Size(_)) {
        capture.insert("bytes".to_owned(), "^([0-9]+)$".to_owned());
    }
    let read = if let Act::Read(path) = &step.act { Some(path) } else { step.log.as_ref() };
    let appended = read.map(|path| fill(path, names));
    StepPlan {
        name: step.name.clone(),
        command: match step.log.as_ref().and(appended.as_ref()) {
            Some(log) => with_log(&command(&step.act, step.timeout, names), log),
            None => command(&step.act, step.timeout, names),
        },
        directory: step.directory.as_ref().or(around.directory).map(|template| fill(template, names)),
        env: around
            .env_of(step)
            .chain(&step.env)
            .filter(|(name, _)| is_heeded(&step.act, name))
            .map(|(name, value)| (name.clone(), fill(value, names)))
            .collect(),
        timeout: step.timeout.as_secs(),
        http: matches!(step.act, Act::Http(_)),
        must_succeed: step.must_succeed,
        checks: step.expect.iter().filter(|check| check.when.holds(axes)).map(|check| self::check(check, names)).collect(),
        capture,
        appended,
    }
}

/// Whether a variable of the environment means anything to an act. What is not the page's command must be found and must
/// work whatever a step sets; only the loader's own variables decide which libraries it finds.
fn is_heeded(act: &Act, variable: &str) -> bool {
    match act {
        Act::Run(_) => true,
        Act::Ldd(_) => variable.starts_with("LD_"),
        Act::Http(_) | Act::Read(_) | Act::ReadWhole(_) | Act::Size(_) | Act::Readelf(_) => false,
    }
}

fn command(act: &Act, timeout: Duration, names: &Names) -> String {
    match act {
        Act::Run(command) => strict(fill(command, names).trim_end()),
        Act::Http(request) => curl(request, timeout, names),
        Act::Read(path) => appended::command(&fill(path, names)),
        Act::ReadWhole(path) => format!("cat -- {}", quoted(&fill(path, names))),
        Act::Size(path) => format!("stat -L -c %s -- {}", quoted(&fill(path, names))),
        Act::Ldd(path) => format!("ldd -- {}", quoted(&fill(path, names))),
        Act::Readelf(path) => format!("readelf -dW -- {}", quoted(&fill(path, names))),
    }
}

/// A command that shows a log too and ends as it would without.
fn with_log(command: &str, log: &str) -> String {
    format!("(\n{command}\n); ended=$?\n{}\nexit $ended", appended::command(log))
}

/// A command of several lines ends at the first that fails, and says so.
fn strict(command: &str) -> String {
    let several = command.contains('\n') && command.lines().next() != Some("set -e");
    if several { format!("set -e\n{command}") } else { command.to_owned() }
}

fn curl(request: &HttpRequest, timeout: Duration, names: &Names) -> String {
    let mut words = vec![format!("curl -sS -i --max-time {}", timeout.as_secs())];
    if request.method != "GET" {
        words.push(format!("-X {}", quoted(&request.method)));
    }
    words.extend(request.headers.iter().map(|(name, value)| format!("-H {}", quoted(&format!("{name}: {value}")))));
    words.extend(request.body.iter().map(|body| format!("--data-binary {}", quoted(&fill(body, names)))));
    words.push(quoted(&format!("http://localhost{}", fill(&request.path, names))));
    words.join(" ")
}

fn check(check: &Check, names: &Names) -> CheckPlan {
    let number = check.number.as_ref();
    CheckPlan {
        claim: check.claim.clone(),
        at: check.at.clone(),
        exit: check.exit,
        has: check.has.iter().map(|pattern| fill(&pattern.0, names)).collect(),
        lacks: check.lacks.iter().map(|pattern| fill(&pattern.0, names)).collect(),
        status: check.status,
        number: number.map(|rule| rule.of.clone()),
        minus: number.and_then(|rule| rule.minus.clone()),
        below: number.and_then(|rule| rule.below.clone()),
        above: number.and_then(|rule| rule.above.clone()),
        reworded: check.reworded.as_ref().map(|pattern| fill(&pattern.0, names)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_with_a_quote_or_a_space_stays_one_word() {
        assert_eq!(quoted("/a/b-c.so"), "/a/b-c.so");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn a_command_of_several_lines_says_that_it_ends_at_the_first_that_fails() {
        assert_eq!(strict("make"), "make");
        assert_eq!(strict("make\nmake install"), "set -e\nmake\nmake install");
        assert_eq!(strict("set -e\nmake"), "set -e\nmake");
    }

    #[test]
    fn a_request_becomes_one_curl_command() {
        let request = HttpRequest {
            path: Template("/hello?{{ q }}".into()),
            method: "POST".into(),
            headers: BTreeMap::from([("Expect".into(), "100-continue".into())]),
            body: Some(Template("a b".into())),
        };
        let names = Names::from([("q".into(), "zero".into())]);
        insta::assert_snapshot!(curl(&request, Duration::from_secs(15), &names), @"curl -sS -i --max-time 15 -X POST -H 'Expect: 100-continue' --data-binary 'a b' 'http://localhost/hello?zero'");
    }
}
