//! The journal with arbitrary damage: reading it never panics, and no complete line before the damage is lost.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use matrix::model::record::Record;
use matrix::report;
use matrix::report::json::Journal;
use matrix::text::advice::Advice;
use proptest::prelude::*;
use proptest::sample::Index;

use super::config;
use crate::support::record;

/// A journal of a run of three cells, and the record after each of its lines.
static WHOLE: LazyLock<(Vec<u8>, Vec<Record>)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let mut record = Record { ended: None, ..record::empty() };
    let journal = Journal::create(dir.path(), &record).unwrap();
    let mut records = vec![record.clone()];
    for base in record::good().bases {
        journal.base(&base).unwrap();
        record.bases.push(base);
        records.push(record.clone());
    }
    for cell in &record::CELLS[..3] {
        let earlier = record.verdicts.len();
        record::add(&mut record, "missing-python-headers", *cell);
        let last = record.cells.last_mut().unwrap();
        last.phases.truncate(1);
        journal.cell(last, &record.verdicts[earlier..]).unwrap();
        records.push(record.clone());
    }
    (fs::read(dir.path().join("journal.jsonl")).unwrap(), records)
});

fn read(bytes: &[u8]) -> Result<Record, Advice> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.jsonl");
    fs::write(&path, bytes).unwrap();
    report::read(&path)
}

fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// A journal cut off after a number of bytes gives the content of its complete lines.
fn cut(at: usize) {
    let (bytes, records) = &*WHOLE;
    let whole = lines(&bytes[..at]);
    match read(&bytes[..at]) {
        Ok(record) => {
            assert!(records[whole.saturating_sub(1)..].iter().take(2).any(|expected| *expected == record), "cut at {at}")
        }
        Err(error) => assert_eq!(whole, 0, "cut at {at}: {error}"),
    }
}

#[test]
fn a_journal_has_a_line_for_every_fact() {
    let (bytes, records) = &*WHOLE;
    assert_eq!((lines(bytes), read(bytes).unwrap()), (records.len(), records.last().unwrap().clone()));
}

#[test]
fn a_journal_cut_off_around_the_end_of_a_line_keeps_every_whole_line() {
    let bytes = &WHOLE.0;
    let ends: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b'\n').collect();
    ends.into_iter().flat_map(|end| end.saturating_sub(3)..(end + 4).min(bytes.len())).for_each(cut);
}

#[test]
fn arbitrary_bytes_as_a_journal_are_read_or_refused() {
    for bytes in [
        &b""[..],
        b"\n\n",
        b"null\n",
        b"{}\n{}\n",
        b"\xff\xfe",
        b"{\"event\":\"end\",\"ended\":\"2026-11-22T10:00:12Z\"}\n",
        b"[[[[",
    ] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
    assert!(report::read(Path::new("/nowhere/journal.jsonl")).is_err());
}

proptest! {
    #![proptest_config(config(64, "tests/data/corpus/journal.txt"))]

    #[test]
    fn a_journal_cut_off_anywhere_keeps_every_whole_line(at in any::<Index>()) {
        cut(at.index(WHOLE.0.len() + 1));
    }

    #[test]
    fn a_byte_changed_anywhere_loses_no_line_before_it(at in any::<Index>(), change in 1..=255_u8) {
        let (bytes, records) = &*WHOLE;
        let at = at.index(bytes.len());
        let mut damaged = bytes.clone();
        damaged[at] ^= change;
        let line = lines(&bytes[..at]);
        match read(&damaged) {
            Ok(record) => {
                // What stood before the damaged line is as it was.
                let before = line.checked_sub(1).map(|last| &records[last]);
                prop_assert!(before.is_none_or(|before| record.cells.starts_with(&before.cells) && record.bases.starts_with(&before.bases)));
            }
            // Reported with its line, so that a reader can recover the lines before it.
            Err(error) => {
                let reported = error.message.split_once("`, line ").and_then(|(_, rest)| rest.split(',').next()?.parse::<usize>().ok());
                prop_assert!(reported.map_or(line == 0, |reported| reported > line), "line {} is damaged: {}", line + 1, error);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>()) {
        let _ = read(&bytes);
        let _ = read(&[WHOLE.0.as_slice(), &bytes].concat());
    }
}
