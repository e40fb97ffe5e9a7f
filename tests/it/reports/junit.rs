//! JUnit: accepted by strict parsers for any output.

use std::collections::BTreeSet;

use matrix::report::view::View;
use matrix::report::{html, junit, markdown};
use quick_xml::events::{BytesStart, Event};

use crate::support::record;

/// One case of a JUnit file: its attributes, the element it ends in, and all text within.
#[derive(Debug, Default)]
struct Case {
    class: String,
    name: String,
    seconds: f64,
    end: String,
    kind: String,
    text: String,
}

fn attribute(element: &BytesStart<'_>, name: &str) -> String {
    let attribute = element.try_get_attribute(name).expect("attributes are well formed");
    attribute.map(|attribute| attribute.unescape_value().expect("a value is well formed").into_owned()).unwrap_or_default()
}

/// The attributes of the suites and the cases, parsed strictly.
fn parse(xml: &str) -> (Vec<[String; 7]>, Vec<Case>) {
    assert!(
        xml.chars().all(|c| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)),
        "a character XML forbids"
    );
    let (mut suites, mut cases) = (Vec::new(), Vec::<Case>::new());
    let mut reader = quick_xml::Reader::from_str(xml);
    loop {
        match reader.read_event().expect("the file is well formed") {
            Event::Eof => return (suites, cases),
            Event::Start(element) | Event::Empty(element) => match element.name().as_ref() {
                b"testsuite" => suites.push(
                    ["name", "tests", "failures", "errors", "skipped", "time", "timestamp"].map(|name| attribute(&element, name)),
                ),
                b"testcase" => cases.push(Case {
                    class: attribute(&element, "classname"),
                    name: attribute(&element, "name"),
                    seconds: attribute(&element, "time").parse().expect("a time is a number"),
                    ..Case::default()
                }),
                end @ (b"failure" | b"error" | b"skipped") => {
                    let case = cases.last_mut().expect("an end stands in a case");
                    case.end = String::from_utf8_lossy(end).into_owned();
                    case.kind = attribute(&element, "type");
                    assert!(!attribute(&element, "message").contains('\n'));
                }
                _ => {}
            },
            Event::CData(data) => {
                cases.last_mut().expect("text stands in a case").text += &String::from_utf8_lossy(&data);
            }
            Event::Text(text) => assert!(text.trim_ascii().is_empty(), "text outside of CDATA"),
            _ => {}
        }
    }
}

#[test]
fn a_junit_suite_counts_its_cases_and_names_each_once() {
    let (suites, cases) = parse(&junit::render(&record::bad()).unwrap());
    assert_eq!(suites, [["missing-python-headers", "54", "2", "6", "8", "111.105", "2026-11-22T10:00:12Z"].map(str::to_owned)]);
    let keys: BTreeSet<_> = cases.iter().map(|case| (&case.class, &case.name)).collect();
    assert_eq!((cases.len(), keys.len()), (54, 54));
    assert!(cases.iter().all(|case| !case.name.is_empty() && case.class.matches('.').count() == 1), "{cases:?}");
}

#[test]
fn the_seconds_of_a_cell_are_counted_once() {
    let record = record::bad();
    let (_, cases) = parse(&junit::render(&record).unwrap());
    let reported: f64 = cases.iter().map(|case| case.seconds).sum();
    let taken: u64 = record.cells.iter().map(|cell| cell.millis).sum();
    assert!((reported * 1000.0 - taken as f64).abs() < 1.0, "{reported} s reported, {taken} ms taken");
}

#[test]
fn each_verdict_has_the_matching_junit_result() {
    let (_, cases) = parse(&junit::render(&record::bad()).unwrap());
    let end = |cell: &str, claim: &str| {
        let case = cases.iter().find(|case| case.class.ends_with(cell) && case.name == claim).unwrap();
        (case.end.as_str(), case.kind.as_str())
    };
    assert_eq!(end("trixie/python-3_13/mod_wsgi-6_1_1", "headers.python-h"), ("failure", "reworded"));
    assert_eq!(end("bullseye/python-2_7/mod_wsgi-4_4_0", "headers.more-files"), ("failure", "drift-gone"));
    assert_eq!(end("bookworm/python-3_11/mod_wsgi-4_9_4", "headers.dev-package"), ("error", "timeout"));
    assert_eq!(end("bullseye/python-2_7/mod_wsgi-4_9_4", "headers.more-files"), ("", ""));
    assert_eq!(end("bullseye/python-2_7/mod_wsgi-4_9_4", "headers.dev-name"), ("skipped", "skipped"));
}

#[test]
fn a_junit_failure_holds_the_evidence_and_a_known_drift_is_named() {
    let (_, cases) = parse(&junit::render(&record::bad()).unwrap());
    let failure = &cases.iter().find(|case| case.end == "failure" && case.kind == "reworded").unwrap().text;
    for part in [
        "documented: mod_wsgi.c:[..]: Python.h: No such file or folder",
        "observed:   mod_wsgi.c:34:10: fatal error: Python.h: No such file or directory",
        "why:        the build stops, but with other words",
        "repeat:     matrix run missing-python-headers --only trixie/python-3.13/mod_wsgi-6.1.1 --full",
        "[reproduce: make, exit 2]",
        "compilation terminated.",
    ] {
        assert!(failure.contains(part), "{part} in {failure}");
    }
    let known = cases.iter().find(|case| case.name == "headers.thread-error" && case.end.is_empty()).unwrap();
    let bad = record::bad();
    let says = bad.cells.iter().find_map(|cell| cell.claims.get(known.name.as_str())).unwrap();
    assert!(known.text.starts_with(&format!("claim: {says}\n")), "{}", known.text);
    assert!(known.text.contains("\nknown drift (reworded): today's compilers stop at the first missing file"), "{}", known.text);
}

#[test]
fn hostile_output_stays_text_in_junit() {
    let (suites, cases) = parse(&junit::render(&record::hostile()).unwrap());
    assert_eq!((suites.len(), cases.len()), (1, 6));
    let shown = "]]></system-out></script><img src=x onerror=alert(1)> red ␡ ⟨U+FFFE⟩⟨U+FFFF⟩⟨U+202E⟩";
    assert!(cases[0].text.contains(shown), "{}", cases[0].text);
}

#[test]
fn fifty_megabytes_of_output_bloat_no_report() {
    let mut record = record::bad();
    let make = &mut record.cells[0].phases[0].observations[1];
    make.stdout = "]]>\u{1b}[31m\0 and so on\n".repeat(50 << 20 >> 4);
    make.stderr = format!("{}\n{}", "x".repeat(1 << 20), make.stderr);
    let (xml, view) = (junit::render(&record).unwrap(), View::new(&record));
    let sizes = [xml.len(), html::render(&view).unwrap().len(), markdown::render(&view).unwrap().len()];
    assert!(sizes[0] < 200 << 10 && sizes[1] < 1 << 20 && sizes[2] < 50 << 10, "{sizes:?}");
    parse(&xml);
}
