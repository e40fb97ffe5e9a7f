//! Exit codes: what scripts and CI rely on. The table is the contract of `docs/command-line.md`.

use std::process::ExitCode;

use crate::model::record::Record;
use crate::model::verdict::Ruling;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every verdict is as expected.
    Expected,
    /// A drift that is not stated, or a stated one that was not seen.
    Drift,
    /// Usage, a scenario or the selection is invalid; a selection of nothing included.
    Usage,
    /// Nothing is contradicted, but something could not be told; an engine that does not answer included.
    Inconclusive,
    /// The program's own fault, or its results could not be stored.
    Fault,
    /// `matrix shell` ends as the shell in the container did.
    Shell(u8),
}

impl Exit {
    /// The code a finished run earns.
    pub fn of(record: &Record) -> Self {
        let unexpected = |ruling: fn(Ruling) -> bool| record.verdicts.iter().any(|v| !v.is_as_expected() && ruling(v.verdict));
        // Only a shard may be left without a cell.
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
