//! The record as JUnit XML for CI: one suite per scenario, one case per claim and cell.
//!
//! The crate does not escape CDATA and control characters, so all output of steps is sanitised here first.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use junit_report::{Duration, OffsetDateTime, Report, TestCase, TestResult, TestSuite};

use super::error::unrendered;
use super::runs::{cached, other_run};
use super::state::State;
use super::text::{bounded, deciding, excerpt, visible, visible_lines};
use crate::model::cause::spelled;
use crate::model::id::{CellRef, ScenarioId};
use crate::model::observation::{Observation, Phase};
use crate::model::record::{CellRecord, Record};
use crate::model::verdict::Verdict;
use crate::summary::query::{Cells, decided_by, page};
use crate::text::advice::Advice;

/// Maximum output of a case that needs attention, in bytes.
const OUTPUT: usize = 16 << 10;
/// Maximum output of any other case, in bytes.
const BRIEF: usize = 2 << 10;

pub fn render(record: &Record) -> Result<String, Advice> {
    let cells = Cells::of(record);
    let name = match record.subject.heading().as_str() {
        "" => String::new(),
        heading => format!(" name=\"{}\"", attribute(heading).replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")),
    };
    let mut xml = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites{name}>\n");
    for (id, scenario) in cells.scenarios(record).into_iter().enumerate() {
        xml += &suite_xml(id, suite(record, &cells, scenario))?;
        xml.push('\n');
    }
    Ok(xml + "</testsuites>\n")
}

/// One suite as XML. The crate leaves out the attribute `skipped`, which Jenkins and GitLab read. Each suite is written on
/// its own, so its first `id` is the suite's, and the attribute is added beside it.
fn suite_xml(id: usize, suite: TestSuite) -> Result<String, Advice> {
    let failed = |cause: &dyn fmt::Display| unrendered("junit.xml", &cause);
    let skipped = suite.skipped();
    let mut report = Report::new();
    report.add_testsuite(suite);
    let mut bytes = Vec::new();
    report.write_xml(&mut bytes).map_err(|error| failed(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| failed(&error))?;
    let inner = text.split_once("<testsuites>").and_then(|(_, rest)| rest.strip_suffix("</testsuites>"));
    let inner = inner.ok_or_else(|| failed(&"the suite has no root"))?;
    Ok(inner.replacen("id=\"0\"", &format!("id=\"{id}\" skipped=\"{skipped}\""), 1))
}

fn suite(record: &Record, cells: &Cells<'_>, scenario: &ScenarioId) -> TestSuite {
    let mut suite = TestSuite::new(&attribute(scenario));
    let began = record.cells.iter().filter(|cell| cell.scenario == *scenario).map(|cell| cell.started).min();
    let began = began.unwrap_or(record.started).as_second();
    suite.package = "matrix".to_owned();
    // The crate panics at years without four digits, which an edited record may contain.
    let time = OffsetDateTime::from_unix_timestamp(began).ok().filter(|time| (0..=9999).contains(&time.year()));
    suite.timestamp = time.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut classes = BTreeSet::new();
    for cell in cells.of_scenario(record, scenario) {
        let key = CellRef { scenario, cell };
        let mut class = class_name(key);
        while !classes.insert(class.clone()) {
            class.push('~');
        }
        suite.add_testcases(cases(record, cells, key).map(|mut case| {
            case.classname = Some(class.clone());
            case
        }));
    }
    suite
}

/// Jenkins splits a name at its last dot into package and class, so the only dot is the one between scenario and cell:
/// package `missing-python-headers`, class `bookworm/python-3_11/mod_wsgi-4_9_4`.
fn class_name(CellRef { scenario, cell }: CellRef<'_>) -> String {
    format!("{}.{}", attribute(scenario).replace('.', "_"), attribute(cell).replace('.', "_"))
}

/// The cases of one cell. Only the first case has the cell's duration, so that sums are correct.
fn cases<'a>(record: &'a Record, cells: &'a Cells<'a>, key: CellRef<'a>) -> impl Iterator<Item = TestCase> + 'a {
    let cell = cells.get(key);
    let verdicts = || record.verdicts.iter().filter(move |verdict| verdict.cell_ref() == key);
    let timed = verdicts().position(|verdict| State::of(verdict) != State::Skipped).unwrap_or(0);
    let run = cell
        .and_then(|cell| cached(record, cell).or_else(|| other_run(record, cell).map(|run| format!("executed by run {run}"))));
    // A cached cell took no time.
    let executed = cell.filter(|cell| !record.is_cached(cell));
    let millis = executed.map_or(0, |cell| i64::try_from(cell.millis).unwrap_or(i64::MAX));
    verdicts().enumerate().map(move |(index, verdict)| {
        let time = if index == timed { Duration::milliseconds(millis) } else { Duration::ZERO };
        case(record, verdict, time, run.as_deref())
    })
}

fn case(record: &Record, verdict: &Verdict, time: Duration, run: Option<&str>) -> TestCase {
    let (state, cell) = (State::of(verdict), record.cell_of(verdict));
    let mut case = TestCase::success(&attribute(&verdict.claim), time);
    let message = attribute(&format!("{}: {}", state.label(), verdict.why));
    let cause = Some(character_data(&body(record, verdict, cell)));
    case.result = match state {
        State::Confirmed | State::KnownDrift => TestResult::Success,
        State::Drifted | State::DriftGone => TestResult::Failure { type_: kind(verdict), message, cause },
        State::Inconclusive => TestResult::Error { type_: kind(verdict), message, cause },
        // Jenkins shows the message, GitLab the content.
        State::Skipped => {
            TestResult::SkippedWithCause { type_: "skipped".to_owned(), message, cause: Some(character_data(&verdict.why)) }
        }
    };
    case.system_out = output(verdict, cell, run).map(|output| character_data(&output));
    case
}

/// The kind of drift or the cause, as `record.json` spells it.
fn kind(verdict: &Verdict) -> String {
    let named = verdict.drift.map(spelled).or_else(|| verdict.cause.map(spelled));
    named.unwrap_or_else(|| State::of(verdict).label().replace(' ', "-"))
}

/// Everything that a reader of this case needs.
fn body(record: &Record, verdict: &Verdict, cell: Option<&CellRecord>) -> String {
    let mut text = String::new();
    let mut say = |name: &str, value: &str| {
        for (index, line) in value.lines().enumerate() {
            let name = if index == 0 { format!("{name}:") } else { String::new() };
            writeln!(text, "{name:<12}{line}").expect("writing to a string succeeds");
        }
    };
    if let Some(missing) = cell.and_then(|cell| cell.not_reproduced.as_ref()) {
        say("reproduce", &format!("step `{}` should show: {}", missing.step, missing.expected.replace('\n', "; ")));
        say("happened", &missing.seen);
        say("stated", missing.stated.as_deref().unwrap_or_default());
    }
    say("why", &verdict.why);
    say("documented", &verdict.documented);
    let observed = verdict.observed.to_string();
    say("observed", if observed.is_empty() { "no such output" } else { &observed });
    if let Some(cell) = cell {
        say("page", &page(record, cell, &verdict.claim));
        say("claim", cell.claims.get(&verdict.claim).map_or("", String::as_str));
        say("fidelity", &format!("{}: {}", spelled(cell.fidelity), cell.reason));
        for finding in &cell.findings {
            say("finding", finding);
        }
        say("revisit", &verdict.written);
        say("repeat", &cell.repeat);
    }
    bounded(&text, OUTPUT)
}

/// The claim, a known drift, and the deciding output.
fn output(verdict: &Verdict, cell: Option<&CellRecord>, run: Option<&str>) -> Option<String> {
    let state = State::of(verdict);
    let limit = if state.is_news() { OUTPUT } else { BRIEF };
    let known = (state == State::KnownDrift).then(|| format!("known drift ({}): {}\n", kind(verdict), verdict.why));
    let output = decided_by(verdict, cell?).map(|(phase, observation)| step(verdict, &phase.phase, observation, limit));
    let cell = cell?;
    let claim = cell.claims.get(&verdict.claim).map(|says| format!("claim: {}\n", bounded(says, BRIEF).trim_end()));
    let defect = format!("{} defect: {}\n", spelled(cell.fidelity), cell.reason);
    let run = run.map(|run| format!("{run}\n"));
    let missing = cell.not_reproduced.as_ref().map(|missing| format!("the failure was not reproduced: {missing}\n"));
    let text =
        missing.into_iter().chain(claim).chain(run).chain([defect]).chain(known).chain(output).collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

fn step(verdict: &Verdict, phase: &Phase, seen: &Observation, limit: usize) -> String {
    let exit = seen.exit.map_or("stopped".to_owned(), |exit| format!("exit {exit}"));
    let mut text = format!("[{phase}: {}, {exit}]\n$ {}\n", seen.step, bounded(&seen.command, limit / 8).trim_end());
    for stream in [&seen.stdout, &seen.stderr] {
        let mark = deciding(stream, &verdict.observed.printed()).into_iter().collect();
        text.extend(excerpt(stream, limit / 2 - limit / 16, &mark).iter().map(ToString::to_string));
    }
    text
}

/// Text for an attribute: one line without invisible characters. The crate escapes quotes and angle brackets there.
fn attribute(text: &(impl AsRef<str> + ?Sized)) -> String {
    let line = text.as_ref().lines().map(visible).collect::<Vec<_>>().join(" ").replace('\t', " ");
    bounded(&line, BRIEF).trim_end().to_owned()
}

/// Text for a CDATA section, without invisible characters, and with the end mark split over two sections.
fn character_data(text: &str) -> String {
    visible_lines(text).replace("]]>", "]]]]><![CDATA[>")
}
