//! Joined records of shards.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use matrix::model::id::CellId;
use matrix::model::record::join::join;
use matrix::model::record::{Record, ShardRecord};
use tempfile::TempDir;

use crate::support::record;

/// A whole run, and the same in three shards that were given every third cell.
fn shards() -> (Record, Vec<Record>) {
    let whole = record::good();
    let selection = vec![(whole.cells[0].scenario.clone(), whole.cells.iter().map(|cell| cell.cell.clone()).collect())];
    let shard = |index: usize| {
        let mine = |cell: &CellId| whole.cells.iter().position(|other| other.cell == *cell).unwrap() % 3 == index - 1;
        let mut record = whole.clone();
        record.cells.retain(|cell| mine(&cell.cell));
        record.verdicts.retain(|verdict| mine(&verdict.cell));
        record.runs = vec![format!("run-{index}")];
        record.shard = Some(ShardRecord { index, count: 3, division: "abc".into(), selection: selection.clone() });
        record
    };
    let parts = (1..=3).map(shard).collect();
    (whole, parts)
}

fn refusal(records: Vec<Record>) -> String {
    join(records, false).unwrap_err().to_string()
}

#[test]
fn all_shards_in_any_order_are_the_whole_run() {
    let (whole, shards) = shards();
    for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
        let joined = join(order.map(|place| shards[place].clone()).to_vec(), false).unwrap();
        assert_eq!(
            joined,
            Record { runs: joined.runs.clone(), ..whole.clone() },
            "in the plan's order, whatever that of the shards"
        );
    }
}

#[test]
fn a_missing_shard_is_named_and_the_joined_record_has_no_end() {
    let (_, mut shards) = shards();
    shards.remove(1);
    insta::assert_snapshot!(refusal(shards.clone()), @"
    missing shard 2/3: 3 of 9 cells are in no record
    help: give the record of every shard, or add --allow-missing-shards to report on the given ones
    ");
    insta::assert_snapshot!(refusal(shards[..1].to_vec()), @"
    missing shards 2/3, 3/3: 6 of 9 cells are in no record
    help: give the record of every shard, or add --allow-missing-shards to report on the given ones
    ");
    let joined = join(shards, true).unwrap();
    assert_eq!((joined.cells.len(), joined.ended), (6, None));
}

#[test]
fn an_interrupted_shard_makes_the_joined_record_incomplete() {
    let (_, mut shards) = shards();
    shards[2].ended = None;
    shards[2].cells.pop();
    let joined = join(shards, false).unwrap();
    assert_eq!((joined.cells.len(), joined.ended), (8, None));
}

#[test]
fn a_record_that_lacks_a_cell_leaves_the_joined_record_incomplete() {
    let (_, mut shards) = shards();
    shards[2].cells.pop();
    assert_eq!(join(shards, false).unwrap().ended, None);
}

#[test]
fn shards_of_different_selections_or_versions_are_refused() {
    let (_, shards) = shards();
    let with = |change: fn(&mut Record)| {
        let mut shards = shards.clone();
        change(&mut shards[1]);
        refusal(shards)
    };
    insta::assert_snapshot!(with(|record| record.shard.as_mut().unwrap().division = "xyz".into()), @"
    run `run-1` and run `run-2` are shards of different selections: their cells, scenarios, images or durations differ
    help: every shard must run with the same version, scenarios, dockerfiles, durations and options; add --allow-missing-shards to report on the given ones
    ");
    assert!(with(|record| record.matrix = "0.2.0".into()).contains("one was written by version 0.1.0, the other by 0.2.0"));
    assert!(with(|record| record.shard.as_mut().unwrap().count = 4).contains("one is 1/3, the other 2/4"));
}

#[test]
fn a_shard_run_again_and_a_cell_run_again_count_as_they_last_were() {
    let (_, mut shards) = shards();
    let mut again = shards[1].clone();
    again.cells[0].millis = 1;
    let mut alone = Record { shard: None, ..shards[2].clone() };
    alone.cells.truncate(1);
    alone.cells[0].millis = 2;
    shards.extend([again, alone]);
    let joined = join(shards, false).unwrap();
    assert_eq!(joined.cells.iter().map(|cell| cell.millis).filter(|millis| *millis < 3).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(joined.cells.len(), 9);
}

#[test]
fn a_record_of_a_shard_names_it_and_any_other_record_is_complete() {
    let (whole, shards) = shards();
    let text = serde_json::to_string(&whole).unwrap();
    assert!(!text.contains("\"shard\""), "as records were before");
    assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), whole);
    let text = serde_json::to_string(&shards[0]).unwrap();
    assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), shards[0]);
    assert!(join(vec![shards[0].clone()], false).unwrap_err().message.starts_with("missing shard"));
}

/// The records on disk, and `matrix report` of them.
fn report(records: &[Record], more: &[&str]) -> (i32, String, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let path = |(record, number): (&Record, usize)| -> PathBuf {
        let path = dir.path().join(format!("{number}.json"));
        fs::write(&path, serde_json::to_string(record).unwrap()).unwrap();
        path
    };
    let paths: Vec<PathBuf> = records.iter().zip(0..).map(path).collect();
    let out = dir.path().join("out");
    let output = Command::new(env!("CARGO_BIN_EXE_matrix"))
        .arg("report")
        .args(paths)
        .arg("--report-dir")
        .arg(out)
        .args(more)
        .output()
        .unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap(), dir)
}

#[test]
fn report_exits_2_for_a_missing_shard_and_3_if_missing_shards_are_allowed() {
    let (whole, shards) = shards();
    let (code, err, dir) = report(&shards[1..], &[]);
    assert_eq!(code, 2);
    assert!(err.starts_with("error: missing shard 1/3"), "{err}");
    assert!(!dir.path().join("out").exists(), "half a run is not reported by oversight");
    let (code, err, dir) = report(&shards[1..], &["--allow-missing-shards"]);
    assert_eq!((code, err.as_str()), (3, ""));
    assert!(dir.path().join("out/report.html").is_file());
    let (code, _, dir) = report(&shards, &[]);
    assert_eq!(code, 0);
    let joined = matrix::report::read(&dir.path().join("out/record.json")).unwrap();
    assert_eq!(joined.cells, whole.cells);
}
