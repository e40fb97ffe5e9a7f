//! A page as SARIF: valid for the schema of SARIF 2.1.0, on the page's own lines, and the same result after the page has moved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jsonschema::Draft;
use matrix::model::cause::Cause;
use matrix::model::record::Record;
use matrix::model::verdict::Ruling;
use matrix::page::audit::Survey;
use matrix::page::{Markup, Page};
use matrix::report::sarif::{Subject, render};
use serde_json::Value;

use crate::support::page::{PAGE, ledger, run};
use crate::support::record;

const SCHEMA: &str = "target/sarif/sarif-2.1.0.json";

/// The log of a page, which the schema accepts.
fn log(text: &str, record: Option<&Record>) -> Value {
    let ledger = ledger();
    let page = Page::parse(Path::new("issues.txt"), text.to_owned(), Markup::Plain).unwrap();
    let survey = Survey::of(&page, &ledger, record);
    let subject = Subject { uri: "docs/issues%20.txt".to_owned(), category: "matrix/issues".to_owned() };
    let log = serde_json::from_str(&render(&survey, &subject).unwrap()).unwrap();
    assert_valid(&log);
    log
}

fn assert_valid(log: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCHEMA);
    let schema = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("failed to read `{}`: {error}\nhelp: run `.ci/setup tests`, which fetches it", path.display())
    });
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(true).build(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    // The schema is what it says, and not one that accepts everything.
    assert!(!validator.is_valid(&serde_json::json!({"version": "2.1.0", "runs": [{"results": []}]})));
}

fn results(log: &Value) -> &[Value] {
    log["runs"][0]["results"].as_array().unwrap()
}

/// Rule, claim or message, level, and the text of the page in the region.
fn shown(log: &Value, text: &str) -> Vec<String> {
    let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
    let of = |result: &Value| {
        let region = &result["locations"][0]["physicalLocation"]["region"];
        let number = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
        let line = &lines[number("startLine") - 1];
        let end = if number("startLine") == number("endLine") { number("endColumn") - 1 } else { line.len() };
        let marked: String = line[number("startColumn") - 1..end].iter().collect();
        let claim = result["properties"]["claim"].as_str().unwrap_or("-");
        format!(
            "{} {} {}: line {} {marked}",
            result["level"].as_str().unwrap(),
            result["ruleId"].as_str().unwrap(),
            claim,
            number("startLine")
        )
    };
    results(log).iter().map(of).collect()
}

#[test]
fn results_are_on_the_lines_that_a_run_contradicts() {
    let mut record = run();
    for verdict in record.verdicts.iter_mut().filter(|verdict| verdict.claim == "headers.thread-error") {
        (verdict.verdict, verdict.drift, verdict.cause) = (Ruling::Inconclusive, None, Some(Cause::Timeout));
        (verdict.known, verdict.stated) = (false, None);
        verdict.why = "`make` did not end within 600 s".into();
    }
    let log = log(PAGE, Some(&record));
    insta::assert_snapshot!(shown(&log, PAGE).join("\n"), @"
    error contradicted headers.more-files: line 10 error: compile.h: No such file or directory
    error contradicted headers.version-error: line 12 error needs at least Python 2.3.0
    note inconclusive headers.thread-error: line 13 error needs a Python that supports threads
    warning contradicted-in-part headers.dev-package: line 15 install the headers’ own package of your distribution
    ");
    let message =
        |rule: &str| results(&log).iter().find(|result| result["ruleId"] == rule).unwrap()["message"]["text"].as_str().unwrap();
    insta::assert_snapshot!(message("contradicted-in-part"), @"
    headers.dev-package: install the developer package that matches the runtime package.
    confirmed with mod_wsgi up to 4.9.4 (change > 4.9.4, <= 5.0.2) (4 of 9 cells).
    drifted (workaround-fails) with mod_wsgi from 5.0.2 on (change > 4.9.4, <= 5.0.2) (5 of 9 cells): since mod_wsgi 5.0.2 `python3-dev` has *another* name (step install). Observed: “HTTP/1.1 200 OK”.
    Repeat: matrix run missing-python-headers --only bullseye/python-3.9/mod_wsgi-5.0.2 --full
    ");
    insta::assert_snapshot!(message("inconclusive"), @"
    headers.thread-error: an #error says that threads are required.
    inconclusive in every tested cell (9): `make` did not end within 600 s.
    Repeat: matrix run missing-python-headers --only bullseye/python-2.7/mod_wsgi-4.4.0 --full
    ");
}

#[test]
fn every_result_has_a_rule_with_help_and_a_level() {
    let log = log(PAGE, Some(&run()));
    let driver = &log["runs"][0]["tool"]["driver"];
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        assert!(
            !rule["help"]["text"].as_str().unwrap().is_empty() && !rule["shortDescription"]["text"].as_str().unwrap().is_empty()
        );
    }
    for result in results(&log) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(rules[index]["defaultConfiguration"]["level"], result["level"]);
        let artifact = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(*artifact, serde_json::json!({"uri": "docs/issues%20.txt", "uriBaseId": "%SRCROOT%"}));
    }
    assert_eq!(log["runs"][0]["automationDetails"]["id"], "matrix/issues/");
}

/// The identity of each result with its line.
fn identities(log: &Value) -> BTreeMap<String, u64> {
    let of = |result: &Value| {
        let fingerprints = result["partialFingerprints"].as_object().unwrap();
        let region = &result["locations"][0]["physicalLocation"]["region"];
        (fingerprints["matrixResult/v1"].as_str().unwrap().to_owned(), region["startLine"].as_u64().unwrap())
    };
    results(log).iter().map(of).collect()
}

#[test]
fn a_result_keeps_its_identity_when_its_line_moves_and_no_two_share_one() {
    let text = PAGE.replace("undefined symbol: forkpty", "no such symbol at all").replace("needs 12 minutes", "needs 90 minutes")
        + "\nIt takes 40 seconds.\n\n$ make -j2\n\n$ make -j2\n";
    let moved = format!("A first line that says nothing.\n\n{text}");
    let (before, after) = (log(&text, Some(&run())), log(&moved, Some(&run())));
    assert_eq!(identities(&before).len(), results(&before).len(), "no two share one");
    let rules: BTreeSet<&str> = results(&before).iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
    assert!(
        ["contradicted", "contradicted-in-part", "not-covered", "wording-changed"].iter().all(|rule| rules.contains(rule)),
        "{rules:?}"
    );
    let moved: BTreeMap<String, u64> = identities(&before).into_iter().map(|(identity, line)| (identity, line + 2)).collect();
    assert_eq!(identities(&after), moved);
}

#[test]
fn without_results_only_the_wording_is_compared() {
    assert_eq!(shown(&log(PAGE, None), PAGE), [""; 0]);
    let lost = PAGE.split("Undefined").next().unwrap();
    let shown = shown(&log(lost, None), lost);
    assert!(shown.iter().any(|line| line.starts_with("warning claim-gone forkpty.undefined: line 1 ")), "{shown:?}");
}

#[test]
fn what_the_page_says_as_the_run_observed_it_is_no_result() {
    let ledger = ledger();
    let page = Page::parse(Path::new("issues.txt"), PAGE.to_owned(), Markup::Plain).unwrap();
    let run = run();
    let survey = Survey::of(&page, &ledger, Some(&run));
    let correction = survey.correction(&"headers.dev-package".into()).unwrap();
    let note = correction.proposal.note.as_ref().unwrap().text();
    let corrected = format!("{PAGE}\n{note}\n");
    let corrected = corrected.replacen("Undefined ‘forkpty’", &format!("{note}\n\nUndefined ‘forkpty’"), 1);
    let claims = |text: &str| shown(&log(text, Some(&run)), text).into_iter().filter(|line| line.contains("dev-package")).count();
    assert_eq!((claims(PAGE), claims(&corrected)), (1, 0));
}

#[test]
fn hostile_text_stays_text() {
    let mut record = run();
    for verdict in &mut record.verdicts {
        verdict.stated = verdict.stated.as_ref().map(|_| record::HOSTILE.to_owned());
    }
    let log = log(PAGE, Some(&record));
    let contradicted = results(&log).iter().find(|result| result["ruleId"] == "contradicted").unwrap();
    let text = contradicted["message"]["text"].as_str().unwrap();
    assert!(text.chars().all(|character| !character.is_control() || character == '\n'), "{text:?}");
    assert!(text.contains("{{{{ 7 * 7 }}}}"), "braces are doubled, as they would begin a placeholder: {text}");
}
