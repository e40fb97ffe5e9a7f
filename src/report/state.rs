//! The state of a verdict as reports show it.

use crate::model::verdict::{Ruling, Verdict};

/// The ruling of a verdict, and whether it was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Drifted,
    DriftGone,
    Inconclusive,
    KnownDrift,
    Confirmed,
    Skipped,
}

impl State {
    /// The most urgent first.
    pub(super) const ALL: [State; 6] =
        [State::Drifted, State::DriftGone, State::Inconclusive, State::KnownDrift, State::Confirmed, State::Skipped];

    pub(super) fn of(verdict: &Verdict) -> Self {
        match (verdict.verdict, verdict.is_as_expected()) {
            (Ruling::Drifted, false) => State::Drifted,
            (Ruling::Drifted, true) => State::KnownDrift,
            (Ruling::Confirmed, true) => State::Confirmed,
            (Ruling::Confirmed | Ruling::Skipped, false) => State::DriftGone,
            (Ruling::Inconclusive, _) => State::Inconclusive,
            (Ruling::Skipped, true) => State::Skipped,
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            State::Drifted => "drifted",
            State::DriftGone => "drift gone",
            State::Inconclusive => "inconclusive",
            State::KnownDrift => "known drift",
            State::Confirmed => "confirmed",
            State::Skipped => "skipped",
        }
    }

    /// What the word means, for a legend.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            State::Drifted => "something else was observed, which no scenario states",
            State::DriftGone => "the scenario states a drift that was not observed",
            State::Inconclusive => "no verdict was possible",
            State::KnownDrift => "something else was observed, as the scenario states",
            State::Confirmed => "the documented behaviour was observed",
            State::Skipped => "cannot be decided here",
        }
    }

    /// One character that identifies it without colour.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            State::Drifted => "✗",
            State::DriftGone => "≠",
            State::Inconclusive => "!",
            State::KnownDrift => "≈",
            State::Confirmed => "✓",
            State::Skipped => "–",
        }
    }

    /// Class name in style sheets.
    pub(super) fn class(self) -> &'static str {
        match self {
            State::Drifted => "drifted",
            State::DriftGone => "gone",
            State::Inconclusive => "inconclusive",
            State::KnownDrift => "known",
            State::Confirmed => "confirmed",
            State::Skipped => "skipped",
        }
    }

    /// Whether it needs attention.
    pub(super) fn is_news(self) -> bool {
        match self {
            State::Drifted | State::DriftGone | State::Inconclusive => true,
            State::KnownDrift | State::Confirmed | State::Skipped => false,
        }
    }
}

/// The number of verdicts in each state, without empty states.
pub(super) fn count<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Vec<(State, usize)> {
    let states: Vec<State> = verdicts.into_iter().map(State::of).collect();
    let of = |state: State| states.iter().filter(|other| **other == state).count();
    State::ALL.into_iter().map(|state| (state, of(state))).filter(|(_, count)| *count > 0).collect()
}
