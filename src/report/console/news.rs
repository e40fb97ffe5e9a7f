//! The verdicts that need attention.

use crate::model::verdict::Verdict;
use crate::report::state::State;
use crate::report::text::visible;

/// Verdicts that need attention, grouped where one cause left several claims undecided.
pub(super) fn unexpected(verdicts: &[Verdict]) -> Vec<Vec<&Verdict>> {
    let news: Vec<&Verdict> = verdicts.iter().filter(|verdict| State::of(verdict).is_news()).collect();
    let fate = |verdict: &Verdict| {
        let place = (verdict.scenario.clone(), verdict.cell.clone(), verdict.cause, verdict.why.clone());
        (State::of(verdict) == State::Inconclusive).then_some(place)
    };
    let alike = news.chunk_by(|left, right| fate(left).is_some_and(|left| Some(left) == fate(right)));
    alike.map(<[&Verdict]>::to_vec).collect()
}

/// Their claims in one line.
pub(super) fn claims_of(alike: &[&Verdict]) -> String {
    alike.iter().map(|verdict| visible(&verdict.claim)).collect::<Vec<_>>().join(", ")
}
