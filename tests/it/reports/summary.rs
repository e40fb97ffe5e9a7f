//! The summary of a CI job: bounded, and valid Markdown for any output.

use std::collections::BTreeSet;

use matrix::model::claim::Claim;
use matrix::model::record::Record;
use matrix::mutate::Operator;
use matrix::mutate::score::{Entry, FORMAT, Fate, Score};
use matrix::report::accuracy::Accuracy;
use matrix::report::view::View;
use matrix::report::{html, json, markdown};

use crate::support::record;

/// The cells of each table row, escaped bars aside.
fn columns(markdown: &str) -> BTreeSet<usize> {
    markdown.lines().filter(|line| line.starts_with('|')).map(|line| line.replace("\\|", "").matches('|').count()).collect()
}

/// A line of Markdown without its code spans.
fn without_code(line: &str) -> String {
    let ticks = line.len() - line.trim_start_matches('`').len();
    match line.find('`') {
        None => line.to_owned(),
        Some(0) => {
            let (fence, rest) = line.split_at(ticks);
            let whole = |index: &usize| !rest[..*index].ends_with('`') && !rest[index + ticks..].starts_with('`');
            let end = rest.match_indices(fence).map(|(index, _)| index).find(whole).expect("a code span ends");
            without_code(&rest[end + ticks..])
        }
        Some(index) if line[..index].ends_with('\\') => line[..index].to_owned() + without_code(&line[index + 1..]).as_str(),
        Some(index) => line[..index].to_owned() + without_code(&line[index..]).as_str(),
    }
}

#[test]
fn hostile_output_stays_text_in_the_summary() {
    let mut record = record::hostile();
    for verdict in &mut record.verdicts {
        verdict.cell = format!("a|b`c {}", record::HOSTILE).into();
    }
    let summary = markdown::render(&View::new(&record)).unwrap();
    assert_eq!(columns(&summary), BTreeSet::from([8]), "{summary}");
    let mut fence = None;
    for line in summary.lines() {
        match (line.strip_suffix("text").unwrap_or(line), fence) {
            (ticks, None) if ticks.starts_with("```") => fence = Some(ticks),
            (ticks, Some(open)) if ticks == open => fence = None,
            (_, Some(_)) => {}
            (_, None) => {
                let prose = without_code(line);
                assert!(!prose.contains("<img") && !prose.contains("<b>"), "{line}");
            }
        }
    }
    assert_eq!(fence, None, "a fence stays open");
}

#[test]
fn a_summary_of_a_disaster_fits_a_job_summary() {
    let mut record = record::empty();
    for cell in 0..400 {
        record::add(&mut record, "missing-python-headers", ["trixie", "3.13", &cell.to_string()]);
    }
    for verdict in &mut record.verdicts {
        record::spoil(verdict);
        verdict.documented = "what was documented ".repeat(100);
    }
    let summary = markdown::render(&View::new(&record)).unwrap();
    assert!(summary.len() < 1 << 20, "{}", summary.len());
    assert!(summary.ends_with("… the rest is in `report.html`.\n"));
    assert_eq!(summary.matches("```").count() % 2, 0, "a fence stays open");
}

#[test]
fn trouble_with_the_image_cache_is_in_the_reports_and_in_the_record() {
    let mut record = record::one();
    record.images.push(record::good().images.remove(0));
    let text = "failed to pull image `registry.example/x:y`: <unknown> blob; the image is built instead";
    record.images[0].warnings.push(text.to_owned());
    let view = View::new(&record);
    let summary = markdown::render(&view).unwrap();
    assert!(summary.contains("\n\n- warning: failed to pull image"), "{summary}");
    let page = html::render(&view).unwrap();
    assert!(page.contains("&lt;unknown&gt; blob; the image is built instead</li>"));
    let read: Record = serde_json::from_str(&json::render(&record).unwrap()).unwrap();
    assert_eq!(read.images[0].warnings, [text]);
}

#[test]
fn the_summary_of_one_cell() {
    insta::assert_snapshot!(markdown::render(&View::new(&record::one())).unwrap());
}

#[test]
fn the_page_of_a_run_in_which_one_claim_came_apart_in_part() {
    let mut record = record::good();
    for cell in [4, 5, 6] {
        let known = record::verdict(&mut record, cell, "headers.more-files");
        (known.verdict, known.drift, known.known) = (matrix::model::verdict::Ruling::Confirmed, None, false);
        known.stated = None;
    }
    insta::assert_snapshot!(markdown::accuracy(&Accuracy::new(&record, None)).unwrap());
}

#[test]
fn hostile_output_stays_text_in_the_page_of_a_run() {
    let record = record::hostile();
    for line in markdown::accuracy(&Accuracy::new(&record, None)).unwrap().lines() {
        let prose = without_code(line);
        assert!(!prose.contains("<img") && !prose.contains("<b>"), "{line}");
    }
}

#[test]
fn the_accuracy_report_lists_every_mutant_that_would_have_passed() {
    let mutant = |fate, change: &str| Entry {
        scenario: "sample".into(),
        file: "scenarios/sample.yaml".into(),
        line: Some(7),
        operator: Operator::StepLeftOut,
        place: "workarounds[copy].steps[link]".into(),
        change: change.into(),
        fate,
        why: format!("so <b>it</b> {} said", record::HOSTILE),
        executed: 1,
    };
    let mutants = vec![
        mutant(Fate::Killed, "left out"),
        mutant(Fate::Survived, "`a|b` left out"),
        mutant(Fate::Excused, "put in front"),
        mutant(Fate::Refused, "cut down"),
    ];
    let score = Score { format: FORMAT, matrix: "0".into(), seed: 3, seconds: 60, cells: 2, executed: 4, mutants };
    let page = markdown::accuracy(&Accuracy::new(&record::empty(), Some(&score))).unwrap();
    let section: Vec<&str> = page.lines().skip_while(|line| !line.starts_with("## Mutation testing")).take(14).collect();
    assert!(section[2].starts_with("4 mutants of the scenarios, each with one mistake, tested in 2 cells"), "{page}");
    assert!(
        section.contains(&"| sample | 1 | 1 |  | 1 | 1 |  |  |") && section.contains(&"| **all** | 1 | 1 | 0 | 1 | 1 | 0 | 0 |"),
        "{page}"
    );
    let passed: Vec<&&str> = section.iter().filter(|line| line.starts_with("- ")).collect();
    assert!(passed.len() == 2 && passed[0].starts_with("- excused: `scenarios/sample.yaml:7`"), "{page}");
    assert!(passed[1].contains("survived") && !without_code(passed[1]).contains("<b>"), "{page}");
}

#[test]
fn drafts_are_in_no_report() {
    let record = record::good();
    let mut drafted = record.clone();
    let draft = drafted.ledger.claims[0].clone();
    drafted.ledger.sections.push(("sketched".into(), "A Sketched Section".to_owned()));
    drafted.ledger.drafts.push(Claim {
        id: "sketched.draft".into(),
        section: "sketched".into(),
        says: "a sketch".to_owned(),
        ..draft
    });
    let reports = |record: &Record| {
        let folder = tempfile::tempdir().unwrap();
        matrix::report::write(record, folder.path()).unwrap();
        let accuracy = markdown::accuracy(&Accuracy::new(record, None)).unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        [accuracy, read("report.html"), read("report.md"), read("junit.xml")]
    };
    assert!(reports(&record) == reports(&drafted), "the reports are the same without the draft");
}
