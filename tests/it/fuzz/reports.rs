//! The reports with arbitrary output of steps and arbitrary records: all of it stays text.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use matrix::model::observed::Observed;
use matrix::model::record::Record;
use matrix::page::audit::Survey;
use matrix::page::{Markup, Page};
use matrix::report::accuracy::Accuracy;
use matrix::report::page::PageView;
use matrix::report::view::View;
use matrix::report::{console, html, json, junit, markdown};
use proptest::prelude::*;
use serde_json::Value;

use super::markup::{self, Shape, fit};
use super::{changed, changes, config, corpus, nasty};
use crate::support::{page, record};

/// A record with something of everything, as plain data.
static BAD: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(record::bad()).unwrap());
/// What the report holds when nothing in it is hostile.
static USUAL: LazyLock<Shape> = LazyLock::new(|| markup::html(&html::render(&View::new(&record::bad())).unwrap()));

/// Renders every report and parses each.
fn read(record: &Record) {
    let view = View::new(record);
    let page = markup::html(&html::render(&view).unwrap());
    assert!(page.elements.is_subset(&USUAL.elements), "{:?}", page.elements.difference(&USUAL.elements));
    assert!(page.attributes.is_subset(&USUAL.attributes), "{:?}", page.attributes.difference(&USUAL.attributes));
    assert_eq!((&page.scripts, &page.links), (&USUAL.scripts, &USUAL.links));
    assert_eq!(markup::xml(&junit::render(record).unwrap()), record.verdicts.len());
    markup::markdown(&markdown::render(&view).unwrap());
    markup::markdown(&markdown::accuracy(&Accuracy::new(record, None)).unwrap());
    let mut out = anstream::StripStream::new(Vec::new());
    console::table(record, Path::new("out"), &mut out).unwrap();
    let printed = String::from_utf8(out.into_inner()).unwrap();
    assert!(fit(&printed), "{printed:?}");
    let again: Record = serde_json::from_str(&json::render(record).unwrap()).unwrap();
    assert_eq!(again, *record);
}

/// A record in which a step printed this, and every text that comes from outside holds a part of it.
fn printing(bytes: &[u8]) -> Record {
    let mut record = record::bad();
    // Of each kind of verdict some.
    record.cells = [0, 4, 8].map(|cell| record.cells[cell].clone()).into();
    record.verdicts.retain(|verdict| record.cells.iter().any(|cell| cell.cell == verdict.cell));
    let text = String::from_utf8_lossy(bytes).into_owned();
    for observation in record.cells.iter_mut().flat_map(|cell| &mut cell.phases).flat_map(|phase| &mut phase.observations) {
        (observation.stdout, observation.stderr) = (text.clone(), text.clone());
    }
    for (verdict, line) in record.verdicts.iter_mut().zip(text.lines().cycle()) {
        verdict.observed = Observed::line(line.to_owned());
    }
    record
}

#[test]
fn the_corpus_of_output_stays_text_in_every_report() {
    for (_, bytes) in corpus("output") {
        read(&printing(&bytes));
    }
}

#[test]
fn the_corpus_of_changed_records_stays_text_in_every_report() {
    for (path, bytes) in corpus("records") {
        let mut tree = BAD.clone();
        let changes: BTreeMap<String, Value> = serde_json::from_slice(&bytes).unwrap();
        for (place, value) in changes {
            *tree.pointer_mut(&place).unwrap_or_else(|| panic!("{}: no {place}", path.display())) = value;
        }
        read(&serde_json::from_value(tree).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
    }
}

proptest! {
    #![proptest_config(config(12, "tests/data/corpus/reports.txt"))]

    #[test]
    fn any_output_stays_text_in_every_report(bytes in prop_oneof![any::<Vec<u8>>(), nasty().prop_map(String::into_bytes)]) {
        read(&printing(&bytes));
    }

    #[test]
    fn any_content_of_a_record_stays_text_in_every_report(changes in changes()) {
        // Of the changes that leave it a record.
        if let Ok(record) = serde_json::from_value::<Record>(changed(&BAD, &changes)) {
            read(&record);
        }
    }

    #[test]
    fn any_content_of_a_page_stays_text_in_the_annotated_page(text in nasty(), more in nasty()) {
        let text = format!("{}\n\n{text}\n\n{more}\n", page::PAGE);
        let (ledger, run) = (page::ledger(), page::run());
        let usual = markup::html(&annotated(page::PAGE, Markup::Rst).unwrap());
        for format in [Markup::Rst, Markup::Markdown, Markup::Html, Markup::AsciiDoc, Markup::Plain] {
            let Ok(page) = Page::parse("page".as_ref(), text.clone(), format) else { continue };
            let survey = Survey::of(&page, &ledger, Some(&run));
            let shape = markup::html(&html::page(&PageView::new(&survey, "report.html")).unwrap());
            prop_assert_eq!((&shape.scripts, &shape.links), (&usual.scripts, &usual.links));
        }
    }
}

fn annotated(text: &str, format: Markup) -> Option<String> {
    let page = Page::parse("page".as_ref(), text.to_owned(), format).ok()?;
    let (ledger, run) = (page::ledger(), page::run());
    html::page(&PageView::new(&Survey::of(&page, &ledger, Some(&run)), "report.html")).ok()
}
