//! `matrix export` without an engine: what is written, and that a shell can read it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Ended, matrix};

/// Exports a cell of the tiny scenario.
fn export(folder: &Path, more: &[&str]) -> Ended {
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
    (place, folder)
}

#[test]
fn an_export_holds_one_dockerfile_a_script_and_a_page() {
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

    FROM broken AS defect

    # ---- dockerfiles/healthy
    FROM broken AS healthy
    # The header is there from the start.
    RUN install-the-header

    FROM healthy AS control
    ");
    assert!(fs::metadata(folder.join("reproduce.sh")).unwrap().permissions().mode() & 0o111 != 0);
    assert!(read("README.md").contains("- `header.warning`: the build also warns of y.h. Known to differ here (absent)"));
    assert!(folder.join("files/broken/Dockerfile").is_file());
    assert!(!folder.join("sources").exists(), "nothing is added from archives");
}

#[test]
fn the_script_is_the_procedure_word_for_word() {
    let (_place, folder) = exported();
    let script = fs::read_to_string(folder.join("reproduce.sh")).unwrap();
    let own = &script[script.find("# steps_prepare").unwrap()..];
    insta::assert_snapshot!(own);
}

#[test]
fn shellcheck_has_nothing_to_say_about_the_script_of_any_scenario() {
    let place = tempfile::tempdir().unwrap();
    let library = matrix::scenario::load::folder(Path::new("scenarios")).unwrap();
    let catalog = matrix::image::Catalog::read(Path::new("dockerfiles")).unwrap();
    let mut command = Command::new("shellcheck");
    for scenario in &library.scenarios {
        let cell = matrix::cell::expand::expand(scenario).remove(0);
        let plan = matrix::plan::plan(scenario, cell, &library.ledger, &catalog).unwrap();
        let file = place.path().join(&scenario.id);
        fs::write(&file, matrix::export::script(&plan).unwrap()).unwrap();
        command.arg(file);
    }
    let ended = Ended::of(&mut command, "");
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
}

#[test]
fn a_folder_that_is_no_export_is_left_alone_and_an_earlier_one_is_replaced() {
    let (_place, folder) = exported();
    assert_eq!(export(&folder, &[]).code, 0);
    fs::write(folder.join("mine"), "").unwrap();
    let ended = export(&folder, &[]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("it holds `mine`") && ended.stderr.contains("help: "), "{}", ended.stderr);
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
