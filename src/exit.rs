//! Exit codes: what scripts and CI rely on. The table is the contract of `docs/command-line.md`.

use std::process::ExitCode;

use crate::record::{Record, Ruling};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Every verdict is as expected.
    Expected = 0,
    /// A drift nobody stated, or a stated one that was not seen.
    Drift = 1,
    /// Usage, a scenario or the selection is invalid; a selection of nothing included.
    Usage = 2,
    /// Nothing is contradicted, but something could not be told; an engine that does not answer included.
    Inconclusive = 3,
    /// The program's own fault, or its results could not be stored.
    Fault = 70,
}

impl Exit {
    /// The code a finished run earns.
    pub fn of(record: &Record) -> Self {
        let unexpected = |ruling: fn(Ruling) -> bool| record.verdicts.iter().any(|v| !v.expected && ruling(v.verdict));
        if unexpected(|ruling| ruling != Ruling::Inconclusive) {
            Exit::Drift
        } else if unexpected(|ruling| ruling == Ruling::Inconclusive) || record.ended.is_none() {
            Exit::Inconclusive
        } else {
            Exit::Expected
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}
