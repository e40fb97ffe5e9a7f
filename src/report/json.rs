//! The record as JSON: `record.json`, and `journal.jsonl`, which is appended during the run so that a killed run leaves its
//! results.

use std::borrow::Cow;
use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::{malformed, unreadable, unrendered, unwritable};
use crate::model::id::{CellId, CellRef, ScenarioId};
use crate::model::record::join::latest;
use crate::model::record::{BaseRecord, CellRecord, FORMAT, ImageRecord, Judged, Record, Selection, whole};
use crate::model::verdict::Verdict;
use crate::mutate::score::{self, Score};
use crate::text::advice::Advice;
use crate::text::files;

/// Maximum size of a record or journal in bytes: several times that of a run of every cell.
const LONGEST: u64 = 256 << 20;
const JOURNAL: &str = "journal.jsonl";

pub fn render(record: &Record) -> Result<String, Advice> {
    let text = serde_json::to_string_pretty(record);
    text.map(|text| text + "\n").map_err(|error| unrendered("record.json", &error))
}

pub(super) fn read(path: &Path) -> Result<Record, Advice> {
    let text = files::read_text(path, LONGEST).map_err(|cause| unreadable(path, &cause))?;
    parse(&text, path, 1)
}

pub(super) fn read_score(path: &Path) -> Result<Score, Advice> {
    let failed = |cause| unreadable(path, &cause);
    let text = files::read_text(path, LONGEST).map_err(failed)?;
    let score: Score = shape(&text, path, 1)?;
    match score.format == score::FORMAT {
        true => Ok(score),
        false => Err(unreadable(path, &format!("format {} is not the one of this version", score.format))),
    }
}

/// One line of the journal.
#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Line<'a> {
    // In boxes, because they are much larger than the other lines.
    Run(Box<Cow<'a, Record>>),
    Base(Cow<'a, BaseRecord>),
    Image(Cow<'a, ImageRecord>),
    /// A cell starts. A cell without a later line was not finished.
    Started {
        scenario: Cow<'a, ScenarioId>,
        cell: Cow<'a, CellId>,
        at: Timestamp,
    },
    Cell {
        record: Box<Cow<'a, CellRecord>>,
        verdicts: Cow<'a, [Verdict]>,
    },
    End {
        ended: Timestamp,
    },
}

/// The results of a run so far, on disk.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// Locked during the run, and positioned at the end of the last complete line.
    file: Mutex<File>,
}

impl Journal {
    /// Starts `journal.jsonl` in `dir` with a record without cells. Replaces an earlier journal, unless its run is still
    /// running.
    pub fn create(dir: &Path, header: &Record) -> Result<Self, Advice> {
        let journal = Self::open(dir)?;
        journal.cut(0)?;
        journal.append(&Line::Run(Box::new(Cow::Borrowed(header))))?;
        Ok(journal)
    }

    /// Continues the journal of an interrupted run, and returns the record so far. An incomplete last line is removed.
    pub fn resume(dir: &Path) -> Result<(Self, Record), Advice> {
        let path = dir.join(JOURNAL);
        let failed = |cause| unreadable(&path, &cause);
        fs::metadata(&path).map_err(failed)?;
        let journal = Self::open(dir)?;
        let text = files::read(&path, LONGEST).map_err(failed)?;
        let record = Self::assemble(&text, &path)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        journal.cut(whole as u64)?;
        Ok((journal, Record { ended: None, ..record }))
    }

    /// The selection of the run whose journal is in `dir`; `None` if the run was interrupted before it wrote one.
    pub fn selection(dir: &Path) -> Result<Option<Selection>, Advice> {
        let path = dir.join(JOURNAL);
        let text = files::read(&path, LONGEST).map_err(|cause| unreadable(&path, &cause))?;
        let end = text.iter().position(|byte| *byte == b'\n');
        end.map(|end| Ok(Self::assemble(&text[..=end], &path)?.selection)).transpose()
    }

    /// Opens and locks the journal in `dir`.
    fn open(dir: &Path) -> Result<Self, Advice> {
        let path = dir.join(JOURNAL);
        let failed = |cause| unwritable(&path, &cause);
        // Truncated only after the lock is held.
        let file = fs::create_dir_all(dir).and_then(|()| files::open_own(&path)).map_err(failed)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Advice::new(
                format!("failed to write into `{}`: another run is writing its reports there", dir.display()),
                "choose another folder with --report-dir",
            ),
            TryLockError::Error(cause) => failed(cause),
        })?;
        Ok(Journal { path, file: Mutex::new(file) })
    }

    /// Truncates the file to `length` bytes, and continues there.
    fn cut(&self, length: u64) -> Result<(), Advice> {
        let file = &mut *self.file.lock().expect("no thread panics while it holds the lock");
        let cut = file.set_len(length).and_then(|()| file.seek(SeekFrom::Start(length)));
        cut.map(drop).map_err(|cause| unwritable(&self.path, &cause))
    }

    pub fn base(&self, base: &BaseRecord) -> Result<(), Advice> {
        self.append(&Line::Base(Cow::Borrowed(base)))
    }

    pub fn image(&self, image: &ImageRecord) -> Result<(), Advice> {
        self.append(&Line::Image(Cow::Borrowed(image)))
    }

    pub fn started(&self, cell: CellRef<'_>) -> Result<(), Advice> {
        self.append(&Line::Started {
            scenario: Cow::Borrowed(cell.scenario),
            cell: Cow::Borrowed(cell.cell),
            at: Timestamp::now(),
        })
    }

    /// Adds a judged cell, synced to disk before this returns.
    pub fn cell(&self, record: &CellRecord, verdicts: &[Verdict]) -> Result<(), Advice> {
        self.append(&Line::Cell { record: Box::new(Cow::Borrowed(record)), verdicts: Cow::Borrowed(verdicts) })?;
        let file = self.file.lock().expect("no thread panics while it holds the lock");
        file.sync_data().map_err(|cause| unwritable(&self.path, &cause))
    }

    /// Adds the end of the run.
    pub fn end(&self, ended: Timestamp) -> Result<(), Advice> {
        self.append(&Line::End { ended })
    }

    /// Assembles the record from the lines, up to where the run was interrupted.
    pub fn read(path: &Path) -> Result<Record, Advice> {
        let text = files::read(path, LONGEST).map_err(|cause| unreadable(path, &cause))?;
        Self::assemble(&text, path)
    }

    fn assemble(text: &[u8], path: &Path) -> Result<Record, Advice> {
        // A killed run may have left an incomplete character.
        let text = String::from_utf8_lossy(text);
        let mut lines = (1..).zip(text.split_inclusive('\n')).filter(|(_, line)| !line.trim().is_empty()).peekable();
        let mut record: Option<Record> = None;
        let mut finished: Vec<Judged> = Vec::new();
        while let Some((number, line)) = lines.next() {
            let whole = line.ends_with('\n') || lines.peek().is_some();
            let parsed = match &record {
                None => parse::<Line<'_>>(line, path, number),
                Some(_) => shape(line, path, number),
            };
            match (parsed, &mut record) {
                (Ok(Line::Run(header)), none @ None) => *none = Some(header.into_owned()),
                (Ok(line), Some(record)) => {
                    line.check().map_err(|cause| malformed(path, number, 1, &cause))?;
                    line.add_to(record, &mut finished);
                }
                (Ok(_), None) => break,
                // A killed run may leave an incomplete last line; the lines before it are complete.
                (Err(_), Some(_)) if !whole => break,
                (Err(error), _) => return Err(error),
            }
        }
        let record = record.ok_or_else(|| malformed(path, 1, 1, "the first line of a journal must describe its run"))?;
        // A cell that a resumed run executed again, because it was undecided, keeps its place.
        latest(&mut finished, |(cell, _)| (cell.scenario.clone(), cell.cell.clone()));
        let (cells, verdicts): (Vec<_>, Vec<_>) = finished.into_iter().unzip();
        Ok(Record { cells, verdicts: verdicts.concat(), ..record })
    }

    /// Writes one complete line or nothing, one at a time.
    fn append(&self, line: &Line<'_>) -> Result<(), Advice> {
        let file = &mut *self.file.lock().expect("no thread panics while it holds the lock");
        let written = serde_json::to_vec(line).map_err(io::Error::from).and_then(|mut text| {
            text.push(b'\n');
            write_whole(file, &text)
        });
        written.map_err(|cause| unwritable(&self.path, &cause))
    }
}

impl Line<'_> {
    /// A cell is written with all of its verdicts.
    fn check(&self) -> Result<(), String> {
        match self {
            Line::Cell { record, verdicts } => whole::check_cell(record, verdicts.iter()),
            Line::Run(_) | Line::Base(_) | Line::Image(_) | Line::Started { .. } | Line::End { .. } => Ok(()),
        }
    }

    fn add_to(self, record: &mut Record, finished: &mut Vec<Judged>) {
        match self {
            Line::Run(other) => *record = other.into_owned(),
            Line::Base(base) => record.bases.push(base.into_owned()),
            Line::Image(image) => record.images.push(image.into_owned()),
            Line::Started { .. } => {}
            Line::Cell { record: cell, verdicts } => finished.push((cell.into_owned(), verdicts.into_owned())),
            Line::End { ended } => record.ended = Some(ended),
        }
    }
}

/// Writes a whole line. An incomplete line would corrupt the next one, so it is removed.
fn write_whole(file: &mut File, line: &[u8]) -> io::Result<()> {
    let start = file.stream_position()?;
    file.write_all(line).inspect_err(|_| {
        // The failed write is reported; the next line overwrites what could not be removed.
        let _ = file.set_len(start);
        let _ = file.seek(SeekFrom::Start(start));
    })
}

/// Parses JSON of a known format. `first` is the line on which `text` begins.
fn parse<T: DeserializeOwned>(text: &str, path: &Path, first: usize) -> Result<T, Advice> {
    let value: serde_json::Value = shape(text, path, first)?;
    let found = value.get("format").map_or("missing".to_owned(), ToString::to_string);
    match (1..=FORMAT).any(|format| found == format.to_string()) {
        // Parsed again from the text, because only then do errors have a position.
        true => shape(text, path, first),
        false => Err(Advice::new(
            format!("failed to read `{}`: its format is {found}, this version reads formats 1 to {FORMAT}", path.display()),
            "read it with the version of matrix that wrote it",
        )),
    }
}

fn shape<T: DeserializeOwned>(text: &str, path: &Path, first: usize) -> Result<T, Advice> {
    serde_json::from_str(text)
        .map_err(|error| malformed(path, first + error.line().saturating_sub(1), error.column(), &sentence(&error)))
}

/// The error without its position, which is printed before it.
fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}
