//! Patches by topic, and corrections that the maintainers refused.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use matrix::model::claim::{Claim, Ledger};
use matrix::model::drift::Drift;
use matrix::model::record::Record;
use matrix::model::rejection::Rejection;
use matrix::model::verdict::Ruling;
use matrix::page::Page;
use matrix::page::audit::{Refusal, Survey};
use matrix::page::edit::{Way, edited, edits};
use matrix::page::mail::Patches;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::forms::forms;
use crate::support::page::{PAGE, ledger, run};

fn git(folder: &Path, arguments: &[&str]) -> Output {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=x", "-c", "user.email=x@example.invalid"]).args(arguments).current_dir(folder);
    let output = git.output().expect("git is installed");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// A repository with the page, and its patches beside it.
fn repository(page: &Page, patches: &Patches) -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(&page.path), &page.text).unwrap();
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["config", "core.autocrlf", "false"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "--message", "page"]);
    let files: Vec<PathBuf> = patches.topics.iter().map(|topic| folder.path().join(&topic.file)).collect();
    patches.topics.iter().zip(&files).for_each(|(topic, file)| std::fs::write(file, &topic.text).unwrap());
    (folder, files)
}

fn patches(page: &Page, ledger: &Ledger, run: &Record) -> Patches {
    Patches::of(&Survey::of(page, ledger, Some(run))).unwrap()
}

#[test]
fn every_topic_applies_alone_and_all_of_them_one_after_another() {
    let (ledger, run) = (ledger(), run());
    for form in forms(PAGE) {
        let page = form.page();
        let patches = patches(&page, &ledger, &run);
        let names: Vec<&str> = patches.topics.iter().map(|topic| topic.file.as_str()).collect();
        assert_eq!(names, ["01-headers.more-files.patch", "02-headers.dev-package.patch"], "{}", form.name);
        let (folder, files) = repository(&page, &patches);
        let file = folder.path().join(&page.path);
        for topic in &files {
            let topic = topic.to_str().unwrap();
            git(folder.path(), &["apply", topic]);
            assert_ne!(std::fs::read_to_string(&file).unwrap(), page.text);
            git(folder.path(), &["checkout", "--quiet", "--", "."]);
            git(folder.path(), &["am", "--quiet", "--keep-cr", topic]);
            git(folder.path(), &["reset", "--quiet", "--hard", "HEAD~1"]);
        }
        for order in [files.clone(), files.iter().rev().cloned().collect()] {
            order.iter().for_each(|topic| drop(git(folder.path(), &["am", "--quiet", "--keep-cr", topic.to_str().unwrap()])));
            let survey = Survey::of(&page, &ledger, Some(&run));
            let whole = edited(&page, &edits(&page, &survey.binding, &survey.corrections));
            assert_eq!(std::fs::read_to_string(&file).unwrap(), whole, "{}", form.name);
            git(folder.path(), &["reset", "--quiet", "--hard", "HEAD~2"]);
        }
    }
}

#[test]
fn a_topic_says_what_was_documented_and_observed_and_which_command_shows_it() {
    let page = forms(PAGE)[2].page();
    let patches = patches(&page, &ledger(), &run());
    let (folder, files) = repository(&page, &patches);
    git(folder.path(), &["am", "--quiet", files[1].to_str().unwrap()]);
    let message = git(folder.path(), &["log", "-1", "--format=%an%n%ad%n%B", "--date=iso"]);
    insta::assert_snapshot!(String::from_utf8(message.stdout).unwrap().trim_end(), @r"
    matrix
    2026-11-22 10:00:00 +0000
    Missing Python Header Files: note where it does not hold

    What runs showed about the claims of the page, which are in the words of their ledger,
    and the commands that show it again:

      headers.dev-package (workaround): holds in part
        install the developer package that matches the runtime package
        confirmed: mod_wsgi up to 4.9.4 (change > 4.9.4, <= 5.0.2), 4 of 9 cells
          observed:   HTTP/1.1 200 OK
          cell:       missing-python-headers bookworm/python-3.11/mod_wsgi-4.9.4
          repeat:     matrix run missing-python-headers --only bookworm/python-3.11/mod_wsgi-4.9.4 --full
        drifted (workaround-fails): mod_wsgi from 5.0.2 on (change > 4.9.4, <= 5.0.2), 5 of 9 cells
          why:        since mod_wsgi 5.0.2 `python3-dev` has *another* name (step install)
          documented: HTTP/1.1 200
          observed:   HTTP/1.1 200 OK
          cell:       missing-python-headers trixie/python-3.13/mod_wsgi-6.1.1
          repeat:     matrix run missing-python-headers --only trixie/python-3.13/mod_wsgi-6.1.1 --full
    ");
}

/// A page, a claim about its second sentence, which introduces output, and a run in which it holds up to 4.9.4.
fn bounded(text: &str, quotes: &[&str]) -> (Page, Ledger, Record) {
    let page = Page::parse("page.rst".as_ref(), text.to_owned(), matrix::page::Markup::Rst).unwrap();
    let mut ledger = ledger();
    ledger.waivers.clear();
    ledger.claims.retain(|claim| claim.id == "headers.python-h");
    let claim: &mut Claim = &mut ledger.claims[0];
    claim.quotes = quotes.iter().map(|quote| (*quote).to_owned()).collect();
    let mut run = run();
    run.verdicts.retain(|verdict| verdict.claim == "headers.python-h");
    for verdict in run.verdicts.iter_mut().filter(|verdict| verdict.axes["mod_wsgi"].as_str() > "5") {
        (verdict.verdict, verdict.drift) = (Ruling::Drifted, Some(Drift::Absent));
        verdict.stated = Some("since mod_wsgi 5.0.2 it is gone".into());
    }
    (page, ledger, run)
}

const INTRODUCED: &str = "Missing Python Header Files\n---------------------------\n\nIt is built. If it is wrong, one sees a warning\nsuch as::\n\n    x.c: gone astray\n\nThat is all.\n";

#[test]
fn a_sentence_that_introduces_output_is_limited_to_the_versions_that_print_it() {
    let (page, ledger, run) = bounded(INTRODUCED, &["x.c: gone astray"]);
    let survey = Survey::of(&page, &ledger, Some(&run));
    let all = edits(&page, &survey.binding, &survey.corrections);
    assert_eq!(all.iter().map(|edit| edit.way).collect::<Vec<_>>(), [Way::Sentence]);
    let text = edited(&page, &all);
    let wanted = "It is built.\nWith mod_wsgi up to 4.9.4 (not 5.0.2),\nif it is wrong, one sees a warning\nsuch as::\n\n    x.c: gone astray\n";
    assert!(text.contains(wanted), "{text}");
    let after = Page::parse(&page.path, text, page.markup).unwrap();
    let survey = Survey::of(&after, &ledger, Some(&run));
    assert!(survey.is_corrected(&"headers.python-h".into()) && survey.is_covered(), "{:?}", survey.uncovered);
    assert_eq!(Patches::of(&survey), None);
    // Another run finds another bound, which replaces the first.
    let mut later = run.clone();
    for verdict in later.verdicts.iter_mut().filter(|verdict| verdict.axes["mod_wsgi"] == "5.0.2") {
        (verdict.verdict, verdict.drift, verdict.stated) = (Ruling::Confirmed, None, None);
    }
    let survey = Survey::of(&after, &ledger, Some(&later));
    let text = edited(&after, &edits(&after, &survey.binding, &survey.corrections));
    assert!(text.contains("It is built.\nWith mod_wsgi up to 5.0.2 (not 6.1.1),\nif it is wrong,"), "{text}");
    assert!(!text.contains("4.9.4"), "{text}");
}

#[test]
fn a_sentence_is_not_limited_where_it_says_more_or_the_cause_is_not_known() {
    let ways = |(page, ledger, run): &(Page, Ledger, Record)| {
        let survey = Survey::of(page, ledger, Some(run));
        edits(page, &survey.binding, &survey.corrections).into_iter().map(|edit| edit.way).collect::<Vec<_>>()
    };
    let prose = |sentence: &str| INTRODUCED.replace("That is all.", sentence);
    assert_eq!(ways(&bounded(&prose("The module goes astray there."), &["module goes astray"])), [Way::Sentence]);
    for sentence in
        ["The module goes astray, which is bad.", "The module goes astray and burns.", "Modules go where the module goes astray."]
    {
        assert_eq!(ways(&bounded(&prose(sentence), &["module goes astray"])), [Way::Note], "{sentence}");
    }
    // A name at its start is not written small.
    assert_eq!(ways(&bounded(&prose("Apache says the module goes astray."), &["module goes astray"])), [Way::Note]);
    // The base differs throughout, too, and the reason names neither.
    let (page, ledger, mut run) = bounded(INTRODUCED, &["x.c: gone astray"]);
    for verdict in &mut run.verdicts {
        let is_old = verdict.axes["mod_wsgi"].as_str() < "5";
        verdict.axes.insert("base".into(), if is_old { "old" } else { "new" }.into());
        verdict.stated = verdict.stated.take().map(|_| "it is gone".into());
    }
    assert_eq!(ways(&(page, ledger, run)), [Way::Note]);
}

#[test]
fn a_note_comes_after_the_sentence_that_goes_on_after_output() {
    let text =
        INTRODUCED.replace("That is all.", "and so on. That is all.").replace("such as::", "and, such as that of Apache::");
    let (page, mut ledger, run) = bounded(&text, &["x.c: gone astray"]);
    // Two claims with the same result share a note.
    let mut other = ledger.claims[0].clone();
    (other.id, other.says) = ("headers.more-files".into(), "the same goes for others".into());
    other.quotes = vec!["It is built".into(), "x.c: gone astray".into()];
    ledger.claims.push(other);
    let mut run = run;
    let mut more = run.verdicts.clone();
    more.iter_mut().for_each(|verdict| verdict.claim = "headers.more-files".into());
    run.verdicts.extend(more);
    for verdict in &mut run.verdicts {
        verdict.axes.insert("layout".into(), if verdict.verdict == Ruling::Confirmed { "a" } else { "b" }.into());
        verdict.stated = verdict.stated.take().map(|_| "it is gone".into());
    }
    let survey = Survey::of(&page, &ledger, Some(&run));
    let text = edited(&page, &edits(&page, &survey.binding, &survey.corrections));
    assert_eq!(text.matches(".. note::").count(), 1, "{text}");
    assert!(text.contains("and so on. That is all.\n\n.. note::\n\n   “without the developer package"), "{text}");
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(joined.contains("” and “the same goes for others”: seen with"), "{text}");
    let after = Page::parse(&page.path, text, page.markup).unwrap();
    assert_eq!(Patches::of(&Survey::of(&after, &ledger, Some(&run))), None);
}

fn rejection(claim: &str, proposal: &str) -> Rejection {
    Rejection { claim: claim.into(), proposal: proposal.into(), reason: "the maintainers know better".into() }
}

#[test]
fn a_refused_correction_is_not_proposed_again_until_it_changes() {
    let (mut ledger, run) = (ledger(), run());
    for form in forms(PAGE) {
        let page = form.page();
        ledger.rejections.clear();
        let identity = |claim: &str| {
            let survey = Survey::of(&page, &ledger, Some(&run));
            survey.correction(&claim.into()).unwrap().identity.clone()
        };
        let refused = rejection("headers.dev-package", &identity("headers.dev-package").replace(' ', "\n"));
        ledger.rejections = vec![refused];
        let survey = Survey::of(&page, &ledger, Some(&run));
        let summary = survey.summary();
        assert_eq!((summary.refused.len(), summary.refused[0].state), (1, Refusal::Kept), "{}", form.name);
        let patches = Patches::of(&survey).unwrap();
        assert!(!patches.whole.contains("helps with") && patches.topics.len() == 1, "{}", patches.whole);
        // Another result writes another note.
        let mut later = run.clone();
        for verdict in later.verdicts.iter_mut().filter(|of| of.claim == "headers.dev-package" && of.axes["mod_wsgi"] == "5.0.2")
        {
            (verdict.verdict, verdict.drift, verdict.stated) = (Ruling::Confirmed, None, None);
        }
        let survey = Survey::of(&page, &ledger, Some(&later));
        assert_eq!(survey.summary().refused[0].state, Refusal::Changed);
        assert_eq!(Patches::of(&survey).unwrap().topics.len(), 2);
        // Nothing is due where the claim holds.
        for verdict in later.verdicts.iter_mut().filter(|of| of.claim == "headers.dev-package") {
            (verdict.verdict, verdict.drift, verdict.stated) = (Ruling::Confirmed, None, None);
        }
        assert_eq!(Survey::of(&page, &ledger, Some(&later)).summary().refused[0].state, Refusal::Unused);
        assert_eq!(Survey::of(&page, &ledger, None).summary().refused[0].state, Refusal::Unknown);
    }
}

/// The record as a run writes it.
fn written(mut record: Record) -> String {
    for verdict in &mut record.verdicts {
        verdict.expected = verdict.is_as_expected();
    }
    serde_json::to_string(&record).unwrap()
}

/// A folder of scenarios with the ledger of the test page, the page, and the record of a run.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger();
    let claim = |claim: &Claim| json!({"id": claim.id, "kind": claim.kind, "says": claim.says, "quotes": claim.quotes});
    let section = |(id, heading): &(matrix::model::id::SectionId, String)| json!({"id": id, "heading": heading, "claims": ledger.of_section(id).map(claim).collect::<Vec<_>>()});
    let sections: Vec<Value> = ledger.sections.iter().map(section).collect();
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("scenarios")).unwrap();
    write("scenarios/claims.yaml", json!({ "sections": sections }).to_string());
    write("page.rst", forms(PAGE)[2].text.clone());
    write("record.json", written(run()));
    folder
}

fn page(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
    command.args(["page", "page.rst", "--record", "record.json", "--report-dir", "out", "--exit-zero"]).args(arguments);
    let output = command.current_dir(folder).env("XDG_STATE_HOME", folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn topics(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder.join("out/page.patches")).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_folder_of_topics_has_no_patch_of_an_earlier_run_and_keeps_other_files() {
    let folder = folder();
    let of_topics = folder.path().join("out/page.patches");
    std::fs::create_dir_all(&of_topics).unwrap();
    std::fs::write(of_topics.join("07-old.claim.patch"), "old").unwrap();
    std::fs::write(of_topics.join("mine.txt"), "kept").unwrap();
    let (code, out, err) = page(folder.path(), &[]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.ends_with("wrote out/page.html\nwrote out/page.patch\nwrote out/page.patches\n"), "{out}");
    assert_eq!(topics(folder.path()), ["01-headers.more-files.patch", "02-headers.dev-package.patch", "mine.txt"]);
    // A run without a drift leaves neither patch.
    let mut record = run();
    for verdict in record.verdicts.iter_mut().filter(|verdict| verdict.verdict == Ruling::Drifted) {
        (verdict.verdict, verdict.drift, verdict.known, verdict.stated) = (Ruling::Confirmed, None, false, None);
    }
    std::fs::write(folder.path().join("record.json"), written(record)).unwrap();
    assert_eq!(page(folder.path(), &[]).2, "");
    assert_eq!(topics(folder.path()), ["mine.txt"]);
    assert!(!folder.path().join("out/page.patch").exists());
}

#[test]
fn a_topic_is_refused_on_the_command_line_with_its_reason() {
    let folder = folder();
    let (code, out, err) = page(folder.path(), &["--reject", "09-headers.dev-package.patch", "--reason", "it's: fine"]);
    assert_eq!((code, err.as_str()), (0, "noted one correction refused in scenarios/rejected.yaml\n"), "{out}");
    assert!(out.contains("refused corrections\n  headers.dev-package        it's: fine\n"), "{out}");
    assert_eq!(topics(folder.path()), ["01-headers.more-files.patch"]);
    let (_, again, err) = page(folder.path(), &[]);
    assert_eq!((again.as_str(), err.as_str()), (out.as_str(), ""));
    let (code, _, err) = page(folder.path(), &["--reject", "headers.dev-package", "--reason", "again"]);
    assert_eq!((code, err.lines().next()), (2, Some("error: no topic is named `headers.dev-package`")));
    let (code, _, err) = page(folder.path(), &["--reject", "headers.more-files"]);
    assert!(code == 2 && err.contains("--reason"), "{err}");
    let (code, _, err) = page(folder.path(), &["--reject", "headers.more-files", "--reason", " "]);
    assert_eq!((code, err.lines().next()), (2, Some("error: `--reason` does not say anything")));
}

#[test]
fn mistakes_in_refused_corrections_are_told_with_their_place() {
    let folder = folder();
    let text = "rejected:\n  - {claim: headers.dev-pakage, proposal: x, reason: y}\n  - {claim: headers.dev-name, proposal: a b, reason: y}\n  - {claim: headers.dev-name, proposal: a  b, reason: z}\n  - {claim: headers.dev-name, text: a, reason: z}\n";
    std::fs::write(folder.path().join("scenarios/rejected.yaml"), text.lines().take(4).collect::<Vec<_>>().join("\n")).unwrap();
    insta::assert_snapshot!(page(folder.path(), &[]).2, @r"
    error: 2 mistakes in the scenarios
    scenarios/rejected.yaml:2:6: rejected[0].claim: no claim is named `headers.dev-pakage`
      help: did you mean `headers.dev-package`?
    scenarios/rejected.yaml:4:5: rejected[2]: this correction of `headers.dev-name` is refused twice
      help: remove one of the two entries
    ");
    std::fs::write(folder.path().join("scenarios/rejected.yaml"), text).unwrap();
    let (code, _, err) = page(folder.path(), &[]);
    assert!(code == 2 && err.contains("rejected[3].text: no key is named `text` here"), "{err}");
}
