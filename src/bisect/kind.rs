//! Kinds of verdicts that a bisection tells apart.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::model::cause::Cause;
use crate::model::drift::{Drift, words};
use crate::model::record::CellRecord;
use crate::model::verdict::{Ruling, Verdict};
use crate::text::pattern::known;

/// A verdict, as far as it counts for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Kind {
    verdict: Ruling,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<Drift>,
    /// Whether the documented failure did not occur at all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    not_reproduced: bool,
}

impl Kind {
    /// `None` for an undecided cell. A cell in which the documented failure does not occur is decided, and counts as a change.
    pub fn of(cell: &CellRecord, verdict: &Verdict) -> Option<Kind> {
        let not_reproduced = cell.not_reproduced.is_some();
        let decided = match verdict.verdict {
            Ruling::Confirmed | Ruling::Drifted => true,
            Ruling::Inconclusive => verdict.cause == Some(Cause::NotReproduced),
            Ruling::Skipped => not_reproduced,
        };
        // A drift is of the same kind whether or not the scenario states it.
        let ruling = if verdict.verdict == Ruling::Skipped { Ruling::Inconclusive } else { verdict.verdict };
        decided.then_some(Kind { verdict: ruling, drift: verdict.drift, not_reproduced })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = if self.not_reproduced { ", not reproduced" } else { "" };
        match (self.verdict, self.drift) {
            (Ruling::Inconclusive | Ruling::Skipped, _) => f.write_str("not reproduced"),
            (_, Some(drift)) => write!(f, "drifted ({}{suffix})", words(drift)),
            (_, None) => write!(f, "confirmed{suffix}"),
        }
    }
}

/// The reason without numbers, such as versions and line numbers, which differ between releases that fail the same way.
pub(super) fn trouble(cell: &CellRecord, verdict: &Verdict) -> String {
    static NUMBERS: LazyLock<Regex> = LazyLock::new(|| known("[0-9]+"));
    NUMBERS.replace_all(&reason(cell, verdict), "0").into_owned()
}

/// The line that best explains why a cell gave no verdict: the first error of a compiler or of `configure` in the phase
/// that failed or in the broken control, else the verdict's reason.
pub(super) fn reason(cell: &CellRecord, verdict: &Verdict) -> String {
    static ERROR: LazyLock<Regex> = LazyLock::new(|| known(r"(?:^|[ :])(?:fatal )?error: |^[A-Z]\w*Error: "));
    let control = verdict.cause == Some(Cause::Control);
    let phase = cell.phases.iter().find(|phase| match control {
        true => phase.phase == crate::model::observation::Phase::Control,
        false => phase.trouble.is_some(),
    });
    let observations = phase.iter().flat_map(|phase| &phase.observations);
    let error = observations.flat_map(|seen| seen.lines()).find(|line| ERROR.is_match(line));
    let why = verdict.why.lines().next().unwrap_or_default();
    match error.filter(|_| matches!(verdict.cause, Some(Cause::Prepare | Cause::Control))) {
        Some(error) => error.trim().to_owned(),
        None => why.to_owned(),
    }
}
