//! Exit codes, the contract of `docs/command-line.md`.

use std::process::ExitCode;

use crate::model::record::Record;
use crate::model::verdict::Ruling;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every verdict is as expected.
    Expected,
    /// An unstated drift, or a stated one that did not occur.
    Drift,
    /// Invalid usage, scenario or selection; also an empty selection.
    Usage,
    /// Nothing is contradicted, but a verdict is inconclusive; also an engine that does not answer.
    Inconclusive,
    /// An internal error, or results that could not be stored.
    Fault,
    /// Exit code of the shell of `matrix shell`.
    Shell(u8),
}

impl Exit {
    /// The exit code of a run.
    pub fn of(record: &Record) -> Self {
        let unexpected = |ruling: fn(Ruling) -> bool| record.verdicts.iter().any(|v| !v.is_as_expected() && ruling(v.verdict));
        // Only a shard may have no cells.
        let is_whole = record.ended.is_some() && (!record.verdicts.is_empty() || record.shard.is_some());
        if unexpected(|ruling| ruling != Ruling::Inconclusive) {
            Exit::Drift
        } else if unexpected(|ruling| ruling == Ruling::Inconclusive) || !is_whole {
            Exit::Inconclusive
        } else {
            Exit::Expected
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Expected => 0,
            Exit::Drift => 1,
            Exit::Usage => 2,
            Exit::Inconclusive => 3,
            Exit::Fault => 70,
            Exit::Shell(code) => code,
        })
    }
}
