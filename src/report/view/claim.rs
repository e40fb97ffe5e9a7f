//! The claims of a scenario.

use serde::Serialize;

use super::anchor::short;
use crate::model::cause::spelled;
use crate::model::id::{ClaimId, ScenarioId};
use crate::model::record::Record;
use crate::model::verdict::Verdict;
use crate::report::text::visible;
use crate::summary::query::claims;

#[derive(Debug, Serialize)]
pub(super) struct ClaimView {
    pub(super) id: String,
    /// The id without its section.
    short: String,
    kind: String,
    pub(super) says: String,
}

pub(super) fn claim_views(record: &Record, scenario: &ScenarioId, verdicts: &[&Verdict]) -> Vec<ClaimView> {
    let cells = || record.cells.iter().filter(|cell| cell.scenario == *scenario);
    let claim = |id: &ClaimId| ClaimView {
        id: visible(id),
        short: visible(short(id)),
        kind: verdicts.iter().find(|verdict| verdict.claim == *id).map(|verdict| spelled(verdict.kind)).unwrap_or_default(),
        says: visible(cells().find_map(|cell| cell.claims.get(id)).map_or("", String::as_str)),
    };
    claims(record, scenario).into_iter().map(claim).collect()
}
