//! Errors of writing reports and reading records.

use std::fmt;
use std::path::Path;

use crate::text::advice::Advice;

/// The help for a record with invalid content.
const AGAIN: &str = "create it again with `matrix run`";

/// A file could not be written; an earlier file of that name is unchanged.
pub(super) fn unwritable(path: &Path, cause: &impl fmt::Display) -> Advice {
    let help = "free some space there, or choose another folder with --report-dir";
    Advice::new(format!("failed to write `{}`: {cause}", path.display()), help)
}

/// A record could not be opened or read.
pub(super) fn unreadable(path: &Path, cause: &impl fmt::Display) -> Advice {
    let help = "give a record.json or journal.jsonl written by `matrix run`";
    Advice::new(format!("failed to read `{}`: {cause}", path.display()), help)
}

/// The text is not JSON, or does not have the expected structure. Line and column count from 1.
pub(super) fn malformed(path: &Path, line: usize, column: usize, cause: &str) -> Advice {
    Advice::new(format!("failed to read `{}`, line {line}, column {column}: {cause}", path.display()), AGAIN)
}

/// The record lacks verdicts, or has verdicts that contradict each other.
pub(super) fn incomplete(path: &Path, cause: &str) -> Advice {
    Advice::new(format!("failed to read `{}`: {cause}", path.display()), AGAIN)
}

pub(super) fn unrendered(report: &str, cause: &impl fmt::Display) -> Advice {
    let help = "the record is intact; please report this as a bug in matrix";
    Advice::new(format!("failed to render `{report}`: {cause}"), help)
}
