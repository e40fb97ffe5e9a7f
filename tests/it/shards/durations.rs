//! Expected durations of cells and builds.

use matrix::model::id::CellRef;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use matrix::image::Catalog;
use matrix::load;
use matrix::model::cause::{Cause, Trouble};
use matrix::model::cell::Cell;
use matrix::model::cell::expand::expand;
use matrix::model::record::{ImageRecord, Record};
use matrix::plan::timings::{Durations, FILE};

use crate::support::record;

const SCENARIO: &str = "missing-python-headers";

fn cell(record: &Record, place: usize) -> CellRef<'_> {
    record.cells[place].cell_ref()
}

/// Nine cells, the first of 10 s, the next of 20 s and so on, and three builds of one dockerfile.
fn recorded() -> Record {
    let mut record = record::good();
    record.cells.iter_mut().zip(1..).for_each(|(cell, tens)| cell.millis = tens * 10_000);
    let image = |dockerfiles: &[&str], millis, built| ImageRecord {
        tag: "matrix/apache:a".to_owned(),
        id: String::new(),
        dockerfiles: dockerfiles.iter().map(|name| (*name).to_owned()).collect(),
        built,
        millis,
        pulled: false,
        warnings: Vec::new(),
    };
    // A build of two dockerfiles, and one of a record that does not name them.
    record.images = vec![
        image(&["apache", "other"], 14_000, true),
        image(&[], 0, false),
        image(&[], 9_000, true),
        image(&["apache"], 8_000, true),
    ];
    record
}

#[test]
fn recorded_durations_are_used_and_others_are_estimated_by_the_nearest_median() {
    let record = recorded();
    let durations = Durations::of(std::slice::from_ref(&record));
    assert_eq!(durations.expected(cell(&record, 1)), Some(20_000));
    let (here, another, elsewhere) = (SCENARIO.into(), "another".into(), "elsewhere".into());
    let new = CellRef { scenario: &here, cell: &elsewhere };
    assert_eq!(durations.expected(new), None);
    assert_eq!(durations.guess(cell(&record, 1)), 20_000);
    assert_eq!(durations.guess(new), 50_000, "the median of the scenario");
    assert_eq!(durations.guess(CellRef { scenario: &another, ..new }), 50_000, "the median of all");
    assert_eq!((durations.guess_build("apache"), durations.guess_build("unknown")), (8_000, 8_000), "only builds count");
    assert!(Durations::default().guess(new) > 0, "without any record, all cells are alike and not free");
}

#[test]
fn the_last_of_several_records_counts_except_for_cells_with_trouble() {
    let earlier = recorded();
    let mut later = recorded();
    later.cells[0].millis = 1;
    later.cells[1].millis = 2;
    later.cells[1].phases[0].trouble = Some(Trouble { cause: Cause::Image, detail: "no image".into() });
    let durations = Durations::of(&[earlier.clone(), later]);
    assert_eq!(durations.expected(cell(&earlier, 0)), Some(1));
    assert_eq!(durations.expected(cell(&earlier, 1)), Some(20_000), "as it was when it came to its end");
}

#[test]
fn report_writes_the_durations_of_a_record_and_plans_read_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.json");
    fs::write(&path, serde_json::to_string(&recorded()).unwrap()).unwrap();
    let file = dir.path().join(FILE);
    let status = Command::new(env!("CARGO_BIN_EXE_matrix")).arg("report").arg(&path).arg("--durations").arg(&file).status();
    assert_eq!(status.unwrap().code(), Some(0));
    assert_eq!(Durations::read(dir.path()).unwrap(), Durations::of(&[recorded()]));
    assert_eq!(Durations::read(&dir.path().join("none")).unwrap(), Durations::default(), "no file, only guesses");
}

#[test]
fn an_invalid_durations_file_is_refused_with_a_next_move() {
    let dir = tempfile::tempdir().unwrap();
    let refusal = |text: &str| {
        fs::write(dir.path().join(FILE), text).unwrap();
        Durations::read(dir.path()).unwrap_err().to_string()
    };
    for text in [
        "",
        "[]",
        r#"{"format": 2, "cells": {}, "dockerfiles": {}}"#,
        r#"{"format": 1, "cells": {"a": {"b": -1}}, "dockerfiles": {}}"#,
    ] {
        let refusal = refusal(text);
        assert!(refusal.contains(FILE) && refusal.contains("help: create it again"), "{refusal}");
    }
    assert!(refusal(r#"{"format": 2, "cells": {}, "dockerfiles": {}}"#).contains("its format is 2, this version reads format 1"));
}

#[test]
fn the_shipped_durations_are_of_cells_and_dockerfiles_that_exist() {
    let folder = Path::new("scenarios");
    let durations = Durations::read(folder).unwrap();
    let library = load::folder(folder).unwrap();
    let cells: Vec<_> = library.scenarios.iter().flat_map(expand).collect();
    let known: BTreeSet<_> = cells.iter().map(Cell::cell_ref).collect();
    let gone: Vec<_> = durations.cells().filter(|name| !known.contains(name)).collect();
    assert!(gone.is_empty(), "no such cells any more: {gone:?}");
    assert!(durations.cells().next().is_some());
    let catalog = Catalog::read(Path::new("dockerfiles")).unwrap();
    assert!(durations.dockerfiles().count() > 0);
    for dockerfile in durations.dockerfiles() {
        assert!(catalog.root().join(dockerfile).is_dir(), "there is no dockerfile `{dockerfile}` any more");
    }
}
