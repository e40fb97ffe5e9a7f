use std::process::Command;

use matrix::model::claim::{ClaimKind, Ledger};
use matrix::model::drift::Drift;
use matrix::model::observed::{Measured, Observed};
use matrix::model::record::Record;
use matrix::model::verdict::Ruling;
use matrix::page::audit::Survey;
use matrix::page::mail::Patches;
use matrix::page::{Markup, Page};

use super::forms::forms;
use crate::support::page::{PAGE, ledger, run};

pub(super) fn patched(page: &Page, ledger: &Ledger, run: &Record) -> Option<String> {
    Patches::of(&Survey::of(page, ledger, Some(run))).map(|patches| patches.whole)
}

/// The page after `git apply`.
pub(super) fn applied(page: &Page, patch: &str) -> Page {
    let folder = tempfile::tempdir().unwrap();
    let (file, diff) = (folder.path().join(&page.path), folder.path().join("page.patch"));
    std::fs::write(&file, &page.text).unwrap();
    std::fs::write(&diff, patch).unwrap();
    for check in [true, false] {
        let mut git = Command::new("git");
        git.args(["apply"]).args(check.then_some("--check")).arg(&diff).current_dir(folder.path());
        let output = git.output().expect("git is installed");
        assert!(output.status.success(), "{}\n{patch}", String::from_utf8_lossy(&output.stderr));
    }
    Page::parse(&page.path, std::fs::read_to_string(file).unwrap(), page.markup).unwrap()
}

#[test]
fn a_patch_applies_and_leaves_no_drift_in_any_form() {
    let (ledger, run) = (ledger(), run());
    for form in forms(PAGE) {
        let page = form.page();
        let survey = Survey::of(&page, &ledger, Some(&run));
        let drifted: Vec<&str> = survey.corrections.iter().map(|correction| correction.claim.id.as_str()).collect();
        assert_eq!(drifted, ["headers.more-files", "headers.version-error", "headers.thread-error", "headers.dev-package"]);
        let after = applied(&page, &patched(&page, &ledger, &run).unwrap());
        let survey = Survey::of(&after, &ledger, Some(&run));
        for correction in &survey.corrections {
            assert!(correction.is_stated(), "{}: {}\n{}", form.name, correction.claim.id, after.text);
        }
        assert!(survey.is_covered(), "{}: {:?}\n{}", form.name, survey.uncovered, after.text);
        assert_eq!(patched(&after, &ledger, &run), None, "{}", form.name);
    }
}

#[test]
fn a_patch_says_what_is_printed_and_where_a_sentence_holds() {
    let page = forms(PAGE).into_iter().find(|form| form.markup == Markup::Rst).unwrap().page();
    insta::assert_snapshot!(patched(&page, &ledger(), &run()).unwrap());
}

#[test]
fn a_note_of_an_earlier_run_is_replaced() {
    let (ledger, run) = (ledger(), run());
    let mut later = run.clone();
    for verdict in later.verdicts.iter_mut().filter(|verdict| verdict.claim == "headers.dev-package") {
        if verdict.axes["mod_wsgi"] == "5.0.2" {
            (verdict.verdict, verdict.drift, verdict.stated) = (Ruling::Confirmed, None, None);
        }
    }
    for form in forms(PAGE) {
        let once = applied(&form.page(), &patched(&form.page(), &ledger, &run).unwrap());
        let twice = applied(&once, &patched(&once, &ledger, &later).unwrap());
        let notes =
            |page: &Page| page.text.split_whitespace().collect::<Vec<_>>().join(" ").matches("install the developer").count();
        assert_eq!((notes(&once), notes(&twice)), (1, 1), "{}\n{}", form.name, twice.text);
        assert_eq!(patched(&twice, &ledger, &later), None, "{}", form.name);
    }
}

/// The run with a claim that is a measure, with these numbers in its cells.
fn measured(run: &Record, numbers: &[f64]) -> (Ledger, Record) {
    let (mut ledger, mut run) = (ledger(), run.clone());
    let claim = ledger.claims.iter_mut().find(|claim| claim.id == "headers.dev-package").unwrap();
    claim.kind = ClaimKind::Measure;
    run.verdicts.retain(|verdict| verdict.claim == "headers.dev-package");
    for (verdict, value) in run.verdicts.iter_mut().zip(numbers.iter().cycle()) {
        (verdict.verdict, verdict.drift, verdict.stated, verdict.known) = (Ruling::Drifted, Some(Drift::OffMeasure), None, false);
        verdict.why = format!("not as documented in step `x`: expected `private - control.private` below 10, it is {value}");
        verdict.observed = Observed {
            number: Some(Measured { name: "private - control.private".into(), value: *value }),
            ..Observed::default()
        };
    }
    (ledger, run)
}

#[test]
fn a_page_with_a_measured_number_stays_corrected_while_the_next_runs_measure_about_the_same() {
    let run = run();
    for form in forms(PAGE) {
        let (ledger, first) = measured(&run, &[80.0, 78.0]);
        let once = applied(&form.page(), &patched(&form.page(), &ledger, &first).unwrap());
        let text = once.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("is between 70 and 88.") && !text.contains("it is 80"), "{}: {}", form.name, once.text);
        for numbers in [&[76.0][..], &[80.0, 71.0, 87.5], &[88.0]] {
            let next = measured(&run, numbers).1;
            assert_eq!(patched(&once, &ledger, &next), None, "{}: {numbers:?}", form.name);
            assert!(Survey::of(&once, &ledger, Some(&next)).is_corrected(&"headers.dev-package".into()));
        }
        let far = measured(&run, &[120.0]).1;
        let twice = applied(&once, &patched(&once, &ledger, &far).unwrap());
        let text = twice.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("is between 70 and 140.") && !text.contains("70 and 88"), "{}: {}", form.name, twice.text);
        assert_eq!(patched(&twice, &ledger, &first), None, "{}", form.name);
    }
}

#[test]
fn no_line_of_a_patch_ends_in_white_space() {
    let (ledger, mut run) = (ledger(), run());
    for verdict in &mut run.verdicts {
        if let Some(line) = &mut verdict.observed.line {
            line.push_str(" \t ");
        }
    }
    for form in forms(PAGE) {
        // The page's own lines end in spaces, as copied output does.
        let text = form.text.replace(".h: No such file or directory\n", ".h: No such file or directory \t \n");
        let text = text.replace("threads\n", "threads  \n").replace("at its end.", "at its end. ");
        let page = Page::parse(form.name.as_ref(), text, form.markup).unwrap();
        let patch = patched(&page, &ledger, &run).unwrap();
        let added = patch.lines().filter(|line| line.starts_with('+') && !line.starts_with("+++"));
        let ended: Vec<&str> = added.filter(|line| line.ends_with([' ', '\t'])).collect();
        assert_eq!(ended, [] as [&str; 0], "{}\n{patch}", form.name);
        let after = applied(&page, &patch);
        assert_eq!(patched(&after, &ledger, &run), None, "{}", form.name);
    }
}

#[test]
fn a_page_without_a_last_line_break_and_one_with_carriage_returns_are_patched() {
    let (ledger, run) = (ledger(), run());
    let end = PAGE.find("Undefined").unwrap();
    for text in [PAGE[..end].trim_end().to_owned(), PAGE.replace('\n', "\r\n")] {
        let page = Page::parse("page.txt".as_ref(), text, Markup::Plain).unwrap();
        let after = applied(&page, &patched(&page, &ledger, &run).unwrap());
        let survey = Survey::of(&after, &ledger, Some(&run));
        assert!(survey.corrections.iter().all(|correction| correction.is_stated()), "{}", after.text);
    }
}

#[test]
fn an_inconclusive_verdict_corrects_nothing() {
    let (ledger, mut run) = (ledger(), run());
    run.verdicts.iter_mut().for_each(|verdict| verdict.verdict = Ruling::Inconclusive);
    assert_eq!(patched(&forms(PAGE)[0].page(), &ledger, &run), None);
}

#[test]
fn hostile_output_stays_inside_the_patch_and_inside_the_page() {
    let (ledger, run) = (ledger(), crate::support::record::hostile());
    for form in forms(PAGE) {
        let page = form.page();
        let after = applied(&page, &patched(&page, &ledger, &run).unwrap());
        let survey = Survey::of(&after, &ledger, Some(&run));
        let open: Vec<&str> = survey.corrections.iter().filter(|of| !of.is_stated()).map(|of| of.claim.id.as_str()).collect();
        assert_eq!(open, [""; 0], "{}\n{}", form.name, after.text);
        assert!(form.markup != Markup::Html || !after.text.contains("<img"), "{}", after.text);
    }
}

#[test]
fn a_patch_names_a_page_of_any_name_so_that_git_finds_it() {
    use std::os::unix::ffi::OsStrExt;
    let (ledger, run) = (ledger(), run());
    let form = forms(PAGE).into_iter().find(|form| form.markup == Markup::Rst).unwrap();
    let tricky: [&[u8]; 7] = [
        b"na\nme.rst",
        b"a \"b\" \\c.rst",
        b"two words.rst",
        b"\ttab\x07\x1b\x7f.rst",
        b"\xff.rst",
        "\u{e4}.rst".as_bytes(),
        b"a\n--- b.rst",
    ];
    for name in tricky {
        let mut page = form.page();
        page.path = std::ffi::OsStr::from_bytes(name).into();
        let patch = patched(&page, &ledger, &run).unwrap();
        assert_ne!(applied(&page, &patch).text, page.text, "{patch}");
    }
    let mut page = form.page();
    page.path = "a/na\nme".into();
    let patch = patched(&page, &ledger, &run).unwrap();
    assert!(patch.contains("\n--- \"a/a/na\\nme\"\n+++ \"b/a/na\\nme\"\n@@"), "{patch}");
}
