//! Errors of writing reports and reading records.

use std::io;
use std::path::PathBuf;

/// Why a report could not be written, or a record could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file could not be written; an earlier file of that name is unchanged.
    #[error("failed to write `{path}`: {cause}\nhelp: free some space there, or name another directory with --report-dir")]
    Write { path: PathBuf, cause: io::Error },
    /// The journal there belongs to a running run.
    #[error("failed to write into `{dir}`: another run writes its reports there\nhelp: name another directory with --report-dir")]
    Busy { dir: PathBuf },
    /// A record could not be opened or read.
    #[error("failed to read `{path}`: {cause}\nhelp: name a record.json or journal.jsonl written by `matrix run`")]
    Read { path: PathBuf, cause: io::Error },
    /// The text is not JSON, or does not have the expected structure.
    #[error("failed to read `{path}`, line {line}, column {column}: {cause}\nhelp: create it again with `matrix run`")]
    Parse {
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        cause: String,
    },
    /// The record has a format that this version does not know.
    #[error(
        "failed to read `{path}`: its format is {found}, this version reads formats 1 to {known}\nhelp: read it with the version of matrix that wrote it"
    )]
    Format { path: PathBuf, found: String, known: u32 },
    /// The record lacks verdicts, or has verdicts that contradict each other.
    #[error("failed to read `{path}`: {cause}\nhelp: create it again with `matrix run`")]
    Incomplete {
        path: PathBuf,
        /// The missing or contradictory verdict, with its claim and cell.
        cause: String,
    },
    /// A report could not be rendered.
    #[error("failed to render `{report}`: {cause}\nhelp: the record is intact; please report this as a bug in matrix")]
    Render { report: &'static str, cause: Box<dyn std::error::Error + Send + Sync> },
}
