//! Pages compared with a ledger and a record: the same text in every format, changed text, and patches.

mod authors;
mod drafts;
mod forms;
mod malformed;
mod patches;
mod proposed;
mod real_page;
mod topics;

use matrix::model::claim::Ledger;
use matrix::page::Page;
use matrix::page::audit::Survey;
use matrix::page::locate::Wording;

use crate::support::page::{PAGE, ledger};
use forms::forms;

/// Claims that differ from the ledger, and uncovered text.
fn findings(page: &Page, ledger: &Ledger) -> (Vec<String>, Vec<String>) {
    let survey = Survey::of(page, ledger, None);
    let summary = survey.summary();
    let claims = summary.claims.iter().filter(|claim| claim.wording != Wording::Found);
    let claims = claims.map(|claim| format!("{:?} {}", claim.wording, claim.claim)).collect();
    (claims, summary.uncovered.iter().map(|uncovered| uncovered.text.clone()).collect())
}

#[test]
fn every_format_of_a_page_gives_the_same_result() {
    let ledger = ledger();
    for form in forms(PAGE) {
        assert_eq!(findings(&form.page(), &ledger), (vec![], vec![]), "{}:\n{}", form.name, form.text);
    }
}

#[test]
fn a_claim_is_found_on_the_line_where_its_quote_begins() {
    let ledger = ledger();
    for form in forms(PAGE) {
        let page = form.page();
        let lines: Vec<&str> = form.text.lines().collect();
        let survey = Survey::of(&page, &ledger, None);
        for bound in &survey.binding.claims {
            for (place, quote) in bound.places.iter().zip(&bound.claim.quotes) {
                let first = matrix::page::words(quote)[0].text.clone();
                let line = lines[place.line(&page) - 1].to_lowercase();
                assert!(line.contains(&first), "{}: {quote}: line {} is {line}", form.name, place.line(&page));
            }
        }
    }
    let page = forms(PAGE)[0].page();
    let survey = Survey::of(&page, &ledger, None);
    let lines: Vec<Vec<usize>> = survey.summary().claims.into_iter().map(|claim| claim.lines).collect();
    assert_eq!(lines, [vec![7, 9], vec![10, 11], vec![12], vec![13], vec![15], vec![15], vec![21, 25]]);
}

#[test]
fn reworded_removed_and_added_sentences_are_the_only_findings() {
    let ledger = ledger();
    let reworded = PAGE.replace("error: node.h: No such file or directory", "fatal error: node.h: no such file or folder");
    let (kept, removed) = reworded.split_once("Undefined ‘forkpty’").unwrap();
    assert!(removed.contains("undefined symbol"));
    let added = format!("{kept}A New Section\n\nIt takes 40 seconds. Nothing else does.\n\n$ make -j2\n\nmake: done\n");
    for form in forms(&added) {
        let (claims, uncovered) = findings(&form.page(), &ledger);
        assert_eq!(claims, ["Changed headers.more-files", "Gone forkpty.undefined"], "{}", form.name);
        assert_eq!(uncovered, ["It takes 40 seconds.", "$ make -j2", "make: done"], "{}", form.name);
    }
}

#[test]
fn a_changed_sentence_is_reported_with_its_nearest_place() {
    let ledger = ledger();
    let text = PAGE.replace("undefined symbol: forkpty", "symbol forkpty is undefined");
    let page = forms(&text)[0].page();
    let survey = Survey::of(&page, &ledger, None);
    let summary = survey.summary();
    let claim = summary.claims.iter().find(|claim| claim.claim == "forkpty.undefined").unwrap();
    assert_eq!((claim.wording, claim.lines.as_slice()), (Wording::Changed, &[21][..]));
    let [change] = claim.changes.as_slice() else { panic!("one quote changed") };
    assert_eq!((change.quote, change.line), ("undefined symbol: forkpty", Some(25)));
    assert!(!survey.is_covered());
}

#[test]
fn only_file_names_may_be_missing() {
    let mut ledger = ledger();
    let forkpty = ledger.claims.last_mut().unwrap();
    forkpty.quotes = vec!["load /etc/httpd/modules/mod_wsgi.so into server".into(), "/usr/lib/lost.so".into()];
    let lost = PAGE.replace("/etc/httpd/modules/mod_wsgi.so", "/etc/");
    assert_eq!(findings(&forms(&lost)[0].page(), &ledger).0, [] as [&str; 0]);
    let other = lost.replace("into server", "to server");
    assert_eq!(findings(&forms(&other)[0].page(), &ledger).0, ["Changed forkpty.undefined"]);
}

#[test]
fn a_renamed_section_loses_no_claim() {
    let ledger = ledger();
    let renamed = PAGE.replace("Undefined ‘forkpty’ On Fedora 7", "Undefined Functions");
    for form in forms(&renamed) {
        let page = form.page();
        let survey = Survey::of(&page, &ledger, None);
        assert_eq!(survey.binding.without, ["Undefined 'forkpty' On Fedora 7"]);
        assert!(survey.binding.claims.iter().all(|bound| bound.wording() == Wording::Found), "{}", form.name);
    }
}
