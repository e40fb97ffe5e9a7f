//! Files: the reports, reading a record, the journal of a killed run.

use std::fs;
use std::path::Path;
use std::process::Command;

use matrix::model::record::join::join;
use matrix::model::record::{CellRecord, Record};
use matrix::report::json::Journal;
use matrix::report::{self, json};

use super::page::page;
use crate::support::record;

const REPORTS: [&str; 5] = ["record.json", "junit.xml", "report.html", "report.md", "badge.json"];

#[test]
fn all_reports_are_written_and_the_record_reads_back() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("reports/out");
    report::write(&record::bad(), &out).unwrap();
    let mut files: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["badge.json", "badges", "junit.xml", "record.json", "report.html", "report.md"]);
    assert_eq!(report::read(&out.join("record.json")).unwrap(), record::bad());
}

#[test]
fn an_unwritable_place_is_reported_with_help() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let message = report::write(&record::good(), &file.join("out")).unwrap_err().to_string();
    assert!(message.starts_with(&format!("failed to write `{}", file.display())), "{message}");
    assert!(message.contains("\nhelp: "), "{message}");
}

/// What [`a_full_disk_leaves_the_earlier_reports_unchanged`] does where files may not grow.
#[test]
#[ignore = "run by another test under a limit on the size of files"]
fn write_under_a_limit() {
    let dir = std::env::var("MATRIX_TEST_DIR").expect("the test that sets the limit sets MATRIX_TEST_DIR");
    let error = report::write(&record::bad(), Path::new(&dir)).unwrap_err();
    assert!(error.message.starts_with("failed to write") && error.message.contains("report.html`"), "{error}");
}

/// Runs a test of this file where no file may grow beyond so many blocks of 512 bytes.
fn under_a_limit(test: &str, blocks: usize, dir: &Path) {
    let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" --exact --ignored {test}");
    let mut shell = Command::new("/bin/sh");
    let this = std::env::current_exe().expect("this test has a file");
    let output = shell.arg("-c").arg(limit).arg(this).env("MATRIX_TEST_DIR", dir).output().expect("there is a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_full_disk_leaves_the_earlier_reports_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    report::write(&record::good(), dir.path()).unwrap();
    let read = || REPORTS.map(|name| fs::read(dir.path().join(name)).unwrap());
    let before = read();
    // Room for the record, not for the page that is written after it.
    let (record, page) = (json::render(&record::bad()).unwrap().len(), page(&record::bad()).len());
    assert!(record + 1024 < page);
    under_a_limit("reports::files::write_under_a_limit", record.div_ceil(512), dir.path());
    assert_eq!(read(), before);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), REPORTS.len() + 1, "something half-written is left beside the badges");
}

fn refusal(name: &str, text: &str) -> String {
    let dir = tempfile::tempdir().expect("a scratch file is written");
    let path = dir.path().join(name);
    fs::write(&path, text).expect("a scratch file is written");
    report::read(&path).expect_err("that is no record").to_string().replace(&dir.path().display().to_string(), "DIR")
}

#[test]
fn a_file_that_is_not_a_record_is_refused_with_its_place() {
    assert_eq!(
        refusal("record.json", "{\n  \"format\": oops"),
        "failed to read `DIR/record.json`, line 2, column 13: expected value\nhelp: create it again with `matrix run`"
    );
    assert_eq!(
        refusal("record.json", "{\"format\": 3}"),
        "failed to read `DIR/record.json`: its format is 3, this version reads formats 1 to 2\nhelp: read it with the version of matrix that wrote it"
    );
    assert!(refusal("record.json", "[]").contains("its format is missing"));
    assert!(refusal("record.json", "{\"format\": 1}").contains("missing field `matrix`"));
    assert!(refusal("journal.jsonl", "").contains("the first line of a journal must describe its run"));
}

#[test]
fn a_record_of_format_1_is_read() {
    let record = record::bad();
    let mut old: serde_json::Value = serde_json::from_str(&json::render(&record).unwrap()).unwrap();
    let map = old.as_object_mut().unwrap();
    map.remove("runs");
    map.insert("run".to_owned(), record.run().into());
    map.insert("format".to_owned(), 1.into());
    for (old, verdict) in old["verdicts"].as_array_mut().unwrap().iter_mut().zip(&record.verdicts) {
        old["observed"] = verdict.observed.to_string().into();
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("record.json");
    fs::write(&path, old.to_string()).unwrap();
    assert_eq!(report::read(&path).unwrap(), record, "as a record of the current format");
}

/// A journal of a run of two cells, and the record of that run.
fn journal(dir: &Path) -> (Journal, Record) {
    let mut record = record::empty();
    let header = Record { ended: None, ..record::empty() };
    let journal = Journal::create(dir, &header).expect("a journal begins");
    for cell in [record::CELLS[0], record::CELLS[8]] {
        let earlier = record.verdicts.len();
        record::add(&mut record, "missing-python-headers", cell);
        journal.cell(&record.cells[record.cells.len() - 1], &record.verdicts[earlier..]).expect("a cell is noted");
    }
    (journal, record)
}

#[test]
fn a_journal_reads_back_as_the_record_of_its_run() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, mut record) = journal(dir.path());
    record.bases = record::good().bases;
    record.images = record::good().images;
    record.bases.iter().for_each(|base| journal.base(base).unwrap());
    record.images.iter().for_each(|image| journal.image(image).unwrap());
    journal.end(record.ended.unwrap()).unwrap();
    assert_eq!(report::read(&dir.path().join("journal.jsonl")).unwrap(), record);
}

#[test]
fn a_second_run_with_the_same_folder_is_refused_and_leaves_the_journal_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (first, record) = journal(dir.path());
    let refused = Journal::create(dir.path(), &record::empty()).unwrap_err();
    assert_eq!(
        refused.to_string().replace(&dir.path().display().to_string(), "DIR"),
        "failed to write into `DIR`: another run is writing its reports there\nhelp: choose another folder with --report-dir"
    );
    first.end(record.ended.unwrap()).unwrap();
    assert_eq!(report::read(&dir.path().join("journal.jsonl")).unwrap(), record);
    drop(first);
    Journal::create(dir.path(), &record::empty()).unwrap();
    assert_eq!(report::read(&dir.path().join("journal.jsonl")).unwrap(), record::empty(), "nothing of the first is left");
}

/// What [`a_line_that_does_not_fit_is_not_written_in_part`] does where files may not grow.
#[test]
#[ignore = "run by another test under a limit on the size of files"]
fn journal_under_a_limit() {
    let dir = std::env::var("MATRIX_TEST_DIR").expect("the test that sets the limit sets MATRIX_TEST_DIR");
    let (journal, record) = journal(Path::new(&dir));
    let before = fs::read(Path::new(&dir).join("journal.jsonl")).unwrap();
    let cell = CellRecord { title: "x".repeat(1 << 20), ..record.cells[0].clone() };
    assert!(journal.cell(&cell, &[]).unwrap_err().message.starts_with("failed to write"));
    assert_eq!(fs::read(Path::new(&dir).join("journal.jsonl")).unwrap(), before);
    journal.end(record.ended.unwrap()).unwrap();
}

#[test]
fn a_line_that_does_not_fit_is_not_written_in_part() {
    let dir = tempfile::tempdir().unwrap();
    under_a_limit("reports::files::journal_under_a_limit", 1 << 10, dir.path());
    let record = journal(tempfile::tempdir().unwrap().path()).1;
    assert_eq!(report::read(&dir.path().join("journal.jsonl")).unwrap(), record);
}

#[test]
fn a_killed_run_leaves_every_cell_but_the_one_being_written() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, mut record) = journal(dir.path());
    let path = dir.path().join("journal.jsonl");
    let cell = CellRecord { title: "cut off in é".into(), ..record.cells[0].clone() };
    journal.cell(&cell, &[]).unwrap();
    let text = fs::read(&path).unwrap();
    let half = 1 + text.windows(2).rposition(|bytes| bytes == "é".as_bytes()).unwrap();
    fs::write(&path, &text[..half]).unwrap();
    record.ended = None;
    assert_eq!(report::read(&path).unwrap(), record);
}

#[test]
fn a_journal_damaged_in_the_middle_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    journal(dir.path());
    let text = fs::read_to_string(dir.path().join("journal.jsonl")).unwrap();
    let spoilt = text.replacen("\n{\"event\":\"cell\"", "\n{\"event\":\"cull\"", 1);
    assert!(
        refusal("journal.jsonl", &spoilt).contains("`DIR/journal.jsonl`, line 2, column "),
        "{}",
        refusal("journal.jsonl", &spoilt)
    );
}

#[test]
fn a_later_record_replaces_cells_of_an_earlier_one() {
    let (earlier, later) = (record::bad(), record::one());
    let (cells, verdicts) = (earlier.cells.len(), earlier.verdicts.len());
    let joined = join(vec![earlier.clone(), later.clone()], false).unwrap();
    assert_eq!((joined.cells.len(), joined.verdicts.len()), (cells, verdicts), "the one cell was there already");
    let of = |record: &Record| record.verdicts.iter().filter(|v| v.cell == later.cells[0].cell).cloned().collect::<Vec<_>>();
    assert_eq!(of(&joined), later.verdicts);
    assert_eq!(joined.verdicts[0], earlier.verdicts[0]);
    let mut more = record::empty();
    record::add(&mut more, "forkpty", record::CELLS[0]);
    let joined = join(vec![joined, Record { ended: None, ..more }], false).unwrap();
    assert_eq!((joined.cells.len(), joined.ended), (cells + 1, None), "one that was cut off cuts the whole off");
}

#[test]
fn the_page_and_each_section_have_a_badge_and_one_of_another_page_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let badges = dir.path().join("badges");
    fs::create_dir_all(&badges).unwrap();
    fs::write(badges.join("gone.json"), "{}").unwrap();
    fs::write(badges.join("own.svg"), "").unwrap();
    report::write(&record::bad(), dir.path()).unwrap();
    let read =
        |name: &str| -> serde_json::Value { serde_json::from_str(&fs::read_to_string(dir.path().join(name)).unwrap()).unwrap() };
    assert_eq!(
        read("badge.json"),
        serde_json::json!({"schemaVersion": 1, "label": "Installation Issues", "message": "not decided, 6 inconclusive", "color": "lightgrey"})
    );
    let forkpty = read("badges/forkpty.json");
    assert_eq!((&forkpty["label"], &forkpty["message"]), (&"Undefined 'forkpty' On Fedora 7".into(), &"not decided".into()));
    let mut files: Vec<_> =
        fs::read_dir(&badges).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["forkpty.json", "missing-python-headers.json", "own.svg"]);
}
