//! The real page, if available: `MATRIX_PAGE` is the path of its plain text, classic edition.

use std::path::Path;

use matrix::load;
use matrix::page::audit::Survey;
use matrix::page::locate::Wording;

use super::{findings, forms::forms};

/// Where each claim begins in the text of the classic edition.
const LINES: [usize; 58] = [
    13, 14, 17, 18, 20, 20, 24, 24, 26, 30, 32, 39, 39, 41, 60, 64, 68, 74, 76, 82, 84, 86, 88, 97, 101, 120, 120, 126, 127, 131,
    133, 135, 139, 149, 152, 154, 158, 164, 167, 169, 171, 173, 175, 179, 192, 198, 204, 206, 213, 214, 220, 225, 231, 239, 241,
    245, 245, 256,
];

#[test]
#[ignore = "needs the page"]
fn the_page_and_the_ledger_cover_each_other_in_every_form() {
    let text = std::fs::read_to_string(std::env::var("MATRIX_PAGE").expect("MATRIX_PAGE names the page")).unwrap();
    let ledger = load::folder(Path::new("scenarios")).unwrap_or_else(|mistakes| panic!("{mistakes}")).ledger;
    let ledger = &ledger.edition("classic").unwrap().ledger;
    for form in forms(&text) {
        assert_eq!(findings(&form.page(), ledger), (vec![], vec![]), "{}", form.name);
    }
    let page = forms(&text)[0].page();
    let survey = Survey::of(&page, ledger, None);
    let summary = survey.summary();
    assert_eq!(summary.claims.iter().map(|claim| claim.lines[0]).collect::<Vec<_>>(), LINES);
    assert!(summary.claims.iter().all(|claim| claim.wording == Wording::Found));
}

#[test]
#[ignore = "needs the page"]
fn a_reworded_message_a_removed_and_an_added_section_are_the_only_findings() {
    let text = std::fs::read_to_string(std::env::var("MATRIX_PAGE").expect("MATRIX_PAGE names the page")).unwrap();
    let ledger = load::folder(Path::new("scenarios")).unwrap_or_else(|mistakes| panic!("{mistakes}")).ledger;
    let ledger = &ledger.edition("classic").unwrap().ledger;
    let reworded = text
        .replace("cannot open shared object file: No such file or directory", "cannot open shared file: there is no such file");
    let (before, after) = reworded.split_once("Using ModPython and ModWsgi").unwrap();
    let (_, after) = after.split_once("Python Patch Level Mismatch").unwrap();
    let text = format!("{before}Python Patch Level Mismatch{after}\n\nAnother Matter\n\nIt has 3 parts.\n\n$ make again\n");
    for form in forms(&text) {
        let (claims, uncovered) = findings(&form.page(), ledger);
        assert_eq!(claims, ["Gone modpython.aborts", "Gone modpython.remove", "Changed notfound.error"], "{}", form.name);
        assert_eq!(uncovered, ["It has 3 parts.", "$ make again"], "{}", form.name);
    }
}
