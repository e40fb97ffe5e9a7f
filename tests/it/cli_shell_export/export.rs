//! `matrix export` without an engine: the files it writes, and that a shell can parse the script.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Ended, matrix, tiny};
use matrix::model::action::{Action, Run};
use matrix::model::drift::Now;

/// Exports a cell of the tiny scenario.
pub(crate) fn export(folder: &Path, more: &[&str]) -> Ended {
    let mut command = matrix(&[
        "export",
        "absent-header:tiny/release-1",
        "--scenarios",
        "tests/data/scenarios",
        "--dockerfiles",
        "tests/data/dockerfiles",
    ]);
    Ended::of(command.arg("--output").arg(folder).args(more), "")
}

fn exported() -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("export");
    let ended = export(&folder, &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.starts_with("note: this cell has no results of a run, so the script compares nothing\nhelp: "));
    assert!(ended.stderr.contains("`matrix run absent-header --only tiny/release-1 "), "{}", ended.stderr);
    (place, folder)
}

#[test]
fn an_export_contains_one_dockerfile_a_script_and_a_readme() {
    let (_place, folder) = exported();
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    insta::assert_snapshot!(read("Dockerfile"), @r"
    # The environments of absent-header tiny/release-1: `defect`, in which
    # the failure occurs, and `control`, its healthy counterpart.
    #   docker build --target defect .
    ARG BASE_IMAGE=debian:tiny
    FROM ${BASE_IMAGE} AS base

    # ---- dockerfiles/broken
    FROM base AS broken
    # The environment with the defect.
    RUN true

    # ---- dockerfiles/healthy
    FROM broken AS healthy
    # The header is there from the start.
    RUN install-the-header

    FROM broken AS defect

    FROM healthy AS control
    ");
    assert!(fs::metadata(folder.join("reproduce.sh")).unwrap().permissions().mode() & 0o111 != 0);
    assert!(read("README.md").contains("- `header.warning`: the build also warns of y.h. Known to differ here (absent)"));
    assert!(read("README.md").contains("\n- 0: every step was executed\n- 2: trouble"), "nothing is compared");
    assert!(folder.join("files/broken/Dockerfile").is_file());
    assert!(!folder.join("sources").exists(), "nothing is added from archives");
}

#[test]
fn the_script_is_the_procedure_word_for_word() {
    let (_place, folder) = exported();
    let script = fs::read_to_string(folder.join("reproduce.sh")).unwrap();
    let own = &script[script.find("\nenter prepare").unwrap()..];
    insta::assert_snapshot!(own);
}

#[test]
fn shellcheck_accepts_the_script_of_every_scenario() {
    let place = tempfile::tempdir().unwrap();
    let library = matrix::load::folder(Path::new("scenarios")).unwrap();
    let catalog = matrix::image::Catalog::read(Path::new("dockerfiles")).unwrap();
    let mut command = Command::new("shellcheck");
    for scenario in &library.scenarios {
        let cell = matrix::model::cell::expand::expand(scenario).remove(0);
        let plan = matrix::plan::plan(scenario, cell, &library.ledger, &catalog).unwrap();
        let file = place.path().join(scenario.id.as_str());
        fs::write(&file, matrix::export::script(&plan, "debian:bookworm", None)).unwrap();
        command.arg(file);
    }
    let ended = Ended::of(&mut command, "");
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
}

#[test]
fn an_export_replaces_an_earlier_export_but_no_other_folder() {
    let (_place, folder) = exported();
    assert_eq!(export(&folder, &[]).code, 0);
    fs::write(folder.join("mine"), "").unwrap();
    let ended = export(&folder, &[]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("it contains `mine`") && ended.stderr.contains("help: "), "{}", ended.stderr);
}

#[test]
fn a_phase_or_a_record_of_other_cells_cannot_be_exported() {
    let place = tempfile::tempdir().unwrap();
    let mut command = matrix(&[
        "export",
        "absent-header/control",
        "--scenarios",
        "tests/data/scenarios",
        "--dockerfiles",
        "tests/data/dockerfiles",
    ]);
    let ended = Ended::of(command.arg("--output").arg(place.path().join("x")), "");
    assert!(ended.code == 2, "{}", ended.stderr);
    let ended = export(&place.path().join("x"), &["--record", "nowhere/record.json"]);
    assert!(ended.code == 2 && ended.stderr.contains("nowhere/record.json"), "{}", ended.stderr);
    assert!(!place.path().join("x").exists());
}

/// The parts of a script that a shell executes: without comments, without what is quoted, without here-documents.
fn executed(script: &str) -> String {
    let (mut left, mut found) = (script, String::new());
    let mut ends: Vec<&str> = Vec::new();
    let mut blank = true;
    while let Some(first) = left.chars().next() {
        let mut length = first.len_utf8();
        match first {
            '#' if blank => length = left.find('\n').unwrap_or(left.len()),
            '\'' => {
                length = left[1..].find('\'').expect("a quote ends") + 2;
                found.push('Q');
            }
            '\\' => {
                length = 1 + left[1..].chars().next().map_or(0, char::len_utf8);
                found.push('Q');
            }
            '<' if left.starts_with("<<'") => {
                length = left[3..].find('\'').expect("a quote ends") + 4;
                ends.push(&left[3..length - 1]);
                found.push('H');
            }
            '\n' if !ends.is_empty() => {
                let mut lines = left[1..].split_inclusive('\n');
                for end in ends.drain(..) {
                    length += lines
                        .by_ref()
                        .map_while(|line| (line.trim_end_matches('\n') != end).then_some(line.len()))
                        .sum::<usize>();
                    length += end.len() + 1;
                }
                found.push('\n');
            }
            other => found.push(other),
        }
        blank = first.is_whitespace();
        left = &left[length..];
    }
    // One word is quoted or not, as it needs; pieces of quotes stand together.
    let mut last = ' ';
    found.retain(|c| !(std::mem::replace(&mut last, c) == 'Q' && c == 'Q'));
    found
}

/// The tiny cell with other text everywhere.
pub(crate) fn reworded(words: [&str; 2]) -> matrix::model::plan::CellPlan {
    let mut plan = tiny();
    let [words, command] = words;
    plan.title = words.to_owned();
    plan.reason = words.to_owned();
    plan.source.heading = words.to_owned();
    plan.file = words.to_owned();
    for claim in &mut plan.claims {
        claim.says = words.to_owned();
        claim.skipped.iter_mut().for_each(|reason| words.clone_into(reason));
    }
    for known in &mut plan.known_drift {
        words.clone_into(&mut known.reason);
        known.seen = Now::Line(words.to_owned());
    }
    let remedies = plan.workarounds.iter_mut().flat_map(|workaround| [&mut workaround.steps, &mut workaround.verify]);
    let parts =
        [&mut plan.prepare, &mut plan.reproduce, &mut plan.resolved, &mut plan.control_verify].into_iter().chain(remedies);
    for step in parts.flatten() {
        step.action = Action::Run(Run { run: command.to_owned() });
        step.directory = Some(words.to_owned());
        step.env = [("NAME".to_owned(), words.to_owned())].into();
        for expected in &mut step.expect {
            *expected = expected.map(|_| words.to_owned());
        }
    }
    plan
}

/// Whether a shell can parse it.
fn is_readable(script: &str) -> bool {
    Ended::of(Command::new("sh").args(["-n", "-c", script]), "").code == 0
}

#[test]
fn no_text_becomes_a_command_of_the_script() {
    let benign = executed(&matrix::export::script(&reworded([" some words", "a command"]), "debian:tiny", None));
    assert!(benign.contains("\nenter prepare Q \"$defect\"\n") && !benign.contains("some words"), "{benign}");
    for text in [
        "x\ntouch /tmp/x\n#",
        "'; touch x; '",
        "COMMAND\ntouch x\nCOMMAND_",
        "$(touch x)`touch x`",
        "\\\n\"",
        "# 'x",
        "\rtouch x\u{b}y",
    ] {
        let script = matrix::export::script(&reworded([&format!(" {text}"), text]), "debian:tiny", None);
        assert_eq!(executed(&script), benign, "{text:?}");
        assert!(is_readable(&script), "{text:?}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_leaves_the_behaviour_of_the_script_unchanged(words in "(?s)[^\\x00]{0,40}", command in "(?s)([^\\x00]|\nCOMMAND_{0,2}\n){0,20}") {
        let script = |words: &str, command: &str| executed(&matrix::export::script(&reworded([&format!("a {words} z"), command]), "debian:tiny", None));
        proptest::prop_assert_eq!(script(&words, &command), script("w", "c"));
    }
}
