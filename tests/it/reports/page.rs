//! The HTML report: every verdict leads to its evidence, and hostile text has no effect.

use std::collections::BTreeSet;

use matrix::model::cause::{Cause, Trouble};
use matrix::model::record::Record;
use matrix::report::html;
use matrix::report::view::View;
use serde_json::Value;

use crate::support::record;

/// Every value of an attribute in a page.
fn values<'a>(page: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
    page.split(attribute).skip(1).filter_map(|rest| rest.strip_prefix("=\"")?.split('"').next())
}

pub(crate) fn page(record: &Record) -> String {
    html::render(&View::new(record)).expect("a record makes a page")
}

#[test]
fn every_verdict_of_the_page_leads_to_its_evidence_and_every_link_somewhere() {
    let record = record::bad();
    let page = page(&record);
    let ids: Vec<&str> = values(&page, " id").collect();
    let places: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), places.len(), "an id stands twice");
    let links: BTreeSet<&str> =
        values(&page, " href").map(|link| link.strip_prefix('#').expect("links stay in the page")).collect();
    let lost: Vec<_> = links.difference(&places).collect();
    assert!(lost.is_empty(), "{lost:?}");
    for verdict in &record.verdicts {
        let evidence = format!("{}/{}/{}", verdict.scenario, verdict.cell, verdict.claim);
        assert!(links.contains(evidence.as_str()), "{evidence}");
    }
}

#[test]
fn the_page_fetches_nothing() {
    let page = page(&record::good());
    for fetched in ["http:", "https:", " src=", "url(", "@import", "<link", "//cdn"] {
        assert!(!page.replace("curl -si http://localhost", "").contains(fetched), "{fetched}");
    }
}

#[test]
fn hostile_output_stays_text_in_the_page() {
    let page = page(&record::hostile());
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (1, 1));
    assert!(!page.contains("<img") && !page.contains("<b>&amp; {{"));
    assert!(page.contains("]]&gt;&lt;/system-out&gt;&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; red ␡"));
    assert!(page.contains("{{ 7 * 7 }} {% raw %}"));
    assert!(page.chars().all(|character| !character.is_control() || character == '\n'));
}

#[test]
fn a_line_that_decides_several_claims_is_marked_once() {
    let mut record = record::empty();
    record::add(&mut record, "missing-python-headers", record::CELLS[8]);
    let page = page(&record);
    let marks: Vec<&str> = page.split("<mark>").skip(1).filter_map(|rest| rest.split("</mark>").next()).collect();
    assert_eq!(marks.len(), 2, "{marks:?}");
    assert!(marks[0].ends_with("mod_wsgi.c:34:10: fatal error: Python.h: No such file or directory\n"), "{marks:?}");
    assert_eq!(marks[0].matches("class=\"decides\"").count(), 4);
    assert!(marks[1].ends_with("HTTP/1.1 200 OK\n"), "{marks:?}");
}

#[test]
fn each_section_is_summarised_and_sections_that_were_not_run_are_named() {
    let mut record = record::bad();
    record::add(&mut record, "missing-python-headers-again", record::CELLS[0]);
    let summary = serde_json::to_value(View::new(&record)).unwrap()["summary"].take();
    let in_words = |row: &Value| format!("{} {} {} {} {}", row["name"], row["claims"], row["cells"], row["counts"], row["took"]);
    let rows: Vec<String> = summary["rows"].as_array().unwrap().iter().chain([&summary["total"]]).map(in_words).collect();
    insta::assert_snapshot!(rows.join("\n"), @r#"
    "Missing Python Header Files" 6 10 [1,1,6,26,17,9] "2 min 03 s"
    "missing-python-headers" 6 9 [1,1,6,23,15,8] "1 min 51 s"
    "missing-python-headers-again" 6 1 [0,0,0,3,2,1] "12 s"
    "The whole run" 6 10 [1,1,6,26,17,9] "2 min 03 s"
    "#);
    assert_eq!(summary["not_run"], serde_json::json!(["Undefined 'forkpty' On Fedora 7"]));
}

#[test]
fn the_cells_that_took_longest_come_first_as_shares_of_the_longest() {
    let mut record = record::good();
    (record.cells[3].millis, record.cells[5].millis) = (90_000, 60_000);
    let view = serde_json::to_value(View::new(&record)).unwrap();
    let longest = view["summary"]["longest"].as_array().unwrap();
    let rows: Vec<_> = longest.iter().map(|long| (long["anchor"].as_str().unwrap(), long["percent"].as_u64().unwrap())).collect();
    assert_eq!(rows[..2].iter().map(|(_, percent)| *percent).collect::<Vec<_>>(), [100, 67]);
    assert!(rows[0].0.ends_with(record.cells[3].cell.as_str()) && rows[1].0.ends_with(record.cells[5].cell.as_str()), "{rows:?}");
    assert!(rows[2..].iter().all(|(_, percent)| *percent == 14), "{rows:?}");
}

/// The panels in the verdict of the first claim of the only cell.
fn panels(record: &Record) -> Vec<Value> {
    let mut view = serde_json::to_value(View::new(record)).expect("a view is JSON");
    let panels = view["scenarios"][0]["cells"][0]["verdicts"][0]["evidence"]["panels"].take();
    panels.as_array().expect("the verdict has evidence").clone()
}

#[test]
fn each_panel_has_few_lines_even_for_long_output() {
    let mut record = record::one();
    for observation in record.cells[0].phases.iter_mut().flat_map(|phase| &mut phase.observations) {
        observation.stdout += &"after\n".repeat(5000);
        observation.stderr = format!("{}{}{}", "before\n".repeat(5000), observation.stderr, "x".repeat(1 << 20) + "\n");
    }
    let panels = panels(&record);
    assert_eq!(
        panels.iter().map(|panel| panel["phase"].as_str().unwrap()).collect::<Vec<_>>(),
        ["reproduce", "placebo", "control"]
    );
    for panel in &panels {
        assert_eq!(panel["lines"].as_array().unwrap().len(), 5, "{panel}");
        assert!(panel.to_string().len() < 2000, "{panel}");
    }
    assert_eq!([&panels[0]["above"], &panels[0]["below"], &panels[2]["above"], &panels[2]["below"]], [4999, 3, 4996, 0]);
}

#[test]
fn a_phase_without_the_deciding_step_says_why() {
    let mut record = record::one();
    record.cells[0].phases[1].observations.truncate(1);
    record.cells[0].phases.truncate(3);
    let missing =
        |record: &Record| panels(record).iter().map(|panel| panel["missing"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(missing(&record), ["", "does not have this step", "was not reached"]);
    record.cells[0].phases[1].trouble = Some(Trouble { cause: Cause::Timeout, detail: "`make` did not end within 600 s".into() });
    assert_eq!(missing(&record), ["", "ended before this step", "was not reached"]);
}

#[test]
fn a_page_of_a_full_matrix_with_long_output_opens() {
    let mut record = record::empty();
    for scenario in 0..11 {
        for cell in 0..20 {
            record::add(&mut record, &format!("scenario-{scenario}"), ["trixie", "3.13", &format!("5.{cell}")]);
        }
    }
    for observation in record.cells.iter_mut().flat_map(|cell| &mut cell.phases).flat_map(|phase| &mut phase.observations) {
        observation.stdout += &"checking whether it goes on... yes\n".repeat(300);
    }
    let bytes = page(&record).len();
    assert!(bytes < 32 << 20, "{bytes}");
}

/// JSON with an item per line, or all on one line where that is short.
fn outline(value: &Value, indent: usize) -> String {
    let line = value.to_string();
    let items: Vec<String> = match value {
        _ if line.chars().count() + indent <= 120 => return line,
        Value::Object(map) => map.iter().map(|(key, value)| format!("\"{key}\": {}", outline(value, indent + 2))).collect(),
        Value::Array(list) => list.iter().map(|value| outline(value, indent + 2)).collect(),
        _ => return line,
    };
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    let (inner, outer) = (" ".repeat(indent + 2), " ".repeat(indent));
    format!("{open}\n{inner}{}\n{outer}{close}", items.join(&format!(",\n{inner}")))
}

/// Puts its label in place of every state but those of the legend.
fn label_states(value: &mut Value) {
    match value {
        Value::Object(map) if map.contains_key("symbol") => *value = map["label"].take(),
        Value::Object(map) => map.iter_mut().filter(|(key, _)| *key != "legend").for_each(|(_, value)| label_states(value)),
        Value::Array(list) => list.iter_mut().for_each(label_states),
        _ => {}
    }
}

#[test]
fn the_view_of_one_cell() {
    let mut record = record::one();
    // One phase shows how all are arranged.
    record.cells[0].phases.truncate(1);
    let mut run = serde_json::to_value(View::new(&record)).unwrap();
    label_states(&mut run);
    let take = |value: &mut Value, key: &str| value.as_object_mut().unwrap().shift_remove(key).unwrap();
    let mut scenario = take(&mut run, "scenarios")[0].take();
    let mut cell = take(&mut scenario, "cells")[0].take();
    let (verdicts, phases) = (take(&mut cell, "verdicts"), take(&mut cell, "phases"));
    insta::assert_snapshot!("view_run", outline(&run, 0));
    insta::assert_snapshot!("view_scenario", outline(&scenario, 0));
    insta::assert_snapshot!("view_cell", outline(&cell, 0));
    for (index, state) in [(0, "drifted"), (1, "known"), (4, "confirmed"), (5, "skipped")] {
        insta::assert_snapshot!(format!("view_verdict_{state}"), outline(&verdicts[index], 0));
    }
    insta::assert_snapshot!("view_phase", outline(&phases[0], 0));
}

/// The parts of a page of one cell, in order; those without a name are like one before.
const PARTS: [&str; 15] = [
    "head",
    "filter",
    "grid",
    "cell",
    "drifted",
    "known",
    "",
    "",
    "confirmed",
    "skipped",
    "reproduce",
    "",
    "workaround",
    "",
    "about",
];

#[test]
fn the_page_of_one_cell() {
    let page = page(&record::one());
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    let (body, _) = body.split_once("<script>").unwrap();
    let begins = [
        "<form class=\"filter\"",
        "<section class=\"scenario\"",
        "<details class=\"cell\"",
        "<article",
        "<details class=\"phase\"",
        "<section class=\"about\"",
    ];
    let mut parts = vec![String::new()];
    for line in format!("{head}{body}").lines() {
        if begins.iter().any(|begin| line.starts_with(begin)) {
            parts.push(String::new());
        }
        *parts.last_mut().unwrap() += &format!("{line}\n");
    }
    assert_eq!(parts.len(), PARTS.len());
    for (name, part) in PARTS.iter().zip(parts).filter(|(name, _)| !name.is_empty()) {
        insta::assert_snapshot!(format!("page_{name}"), part);
    }
}
