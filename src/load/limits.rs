//! Limits the size of a scenario: lists that are used many times, and cells times steps. The size is computed before
//! the scenario is expanded, so that a small file cannot cause hours of work or exhaust memory.

use std::collections::BTreeMap;

use super::diagnostic::Place;
use super::raw;
use super::scope::Common;
use crate::model::action::{Action, Http};
use crate::model::keys;

/// Maximum number of parts of one scenario: steps and their expectations, rules and the values they name, workarounds.
/// The steps of a named list count for each use of the list.
const MOST_PARTS: usize = 2_000;
/// Maximum total size of the plans of one scenario's cells, in bytes.
const MOST_PLANNED: usize = 1 << 30;
/// Maximum number of lookups of the form "what decides this claim in this cell?", each of which visits every part.
const MOST_QUESTIONS: usize = 4_000_000_000;

/// Whether the number of parts of a scenario is within its limit.
pub(super) fn few_parts(raw: &raw::Scenario, common: Common<'_>, place: &Place<'_>) -> bool {
    let few = parts(raw, common) <= MOST_PARTS;
    if !few {
        let message = format!("has more than {MOST_PARTS} parts, counting steps, expectations, rules and the values they name");
        place.note(message, "make several scenarios of it; a named list of steps counts each time it is used");
    }
    few
}

/// The size of a scenario.
pub(super) struct Size {
    pub(super) cells: usize,
    pub(super) claims: usize,
    /// Texts of the plan of one cell, without those of its steps.
    pub(super) bytes: usize,
}

/// Whether the number of cells is within the limits for lookups and for the size of plans.
pub(super) fn few_cells(raw: &raw::Scenario, common: Common<'_>, Size { cells, claims, bytes }: Size, place: &Place<'_>) -> bool {
    let bytes = bytes.saturating_add(texts(raw, common));
    // Each of these repeats the steps of the whole procedure in its own phase.
    let again = raw.workarounds.iter().filter(|w| w.directory.is_some() || !w.env.is_empty() || !w.replace.is_empty()).count();
    let bytes = bytes.saturating_mul(1 + again + usize::from(!raw.control.replace.is_empty()));
    let questions = parts(raw, common).saturating_mul(claims + raw.known_drift.len() + raw.not_reproduced.len());
    let few = cells.saturating_mul(bytes) <= MOST_PLANNED && cells.saturating_mul(questions) <= MOST_QUESTIONS;
    // If the file has other mistakes, the sizes may be wrong too.
    if !few && !place.file.flawed() {
        let message = format!("{cells} cells are too many for {bytes} bytes of steps and texts in each, and {claims} claims");
        place.note(message, "use fewer values, shorter texts, or several scenarios");
    }
    few
}

fn parts(raw: &raw::Scenario, common: Common<'_>) -> usize {
    let sizes: BTreeMap<&str, usize> = common
        .into_iter()
        .flat_map(|(_, common)| &common.steps)
        .map(|(name, list)| (name.0.as_str(), list.iter().map(size).sum()))
        .collect();
    let list = |steps: &[raw::Step]| -> usize {
        let used = |step: &raw::Step| step.list.as_deref().and_then(|name| sizes.get(name)).copied().unwrap_or(0);
        steps.iter().map(|step| size(step).saturating_add(used(step))).fold(0, usize::saturating_add)
    };
    let set = raw.cells.as_deref().zip(common).and_then(|(name, (_, common))| common.cells.iter().find(|(set, _)| set.0 == name));
    let replaced = |replace: &BTreeMap<_, raw::Substitute>| replace.values().map(|other| 1 + other.env.len()).sum::<usize>();
    let workarounds = raw.workarounds.iter().map(|workaround| {
        let own = 1 + values(&workaround.when) + workaround.env.len() + replaced(&workaround.replace);
        own.saturating_add(list(&workaround.steps)).saturating_add(list(&workaround.verify))
    });
    let excluded = raw.exclude.iter().chain(set.into_iter().flat_map(|(_, set)| &set.exclude)).map(|rule| &rule.when);
    let whens = excluded.chain(&raw.default).chain(raw.fidelity.iter().map(|rule| &rule.when));
    let whens = whens.chain(raw.skipped.iter().map(|skip| &skip.when)).chain(raw.known_drift.iter().map(|known| &known.when));
    let whens = whens.chain(raw.not_reproduced.iter().map(|stated| &stated.when));
    let rules = [
        whens.map(|when| 1 + values(when)).sum(),
        raw.values.0.len(),
        raw.capabilities.len(),
        common.map_or(0, |(_, common)| common.capabilities.len()),
        raw.image.len(),
        raw.control.image.as_ref().map_or(0, Vec::len),
        replaced(&raw.control.replace),
        raw.claims.as_ref().map_or(0, Vec::len),
    ];
    let steps = [list(&raw.prepare), list(&raw.reproduce), list(&raw.resolved), list(&raw.control.verify)];
    rules.into_iter().chain(steps).chain(workarounds).fold(0, usize::saturating_add)
}

fn size(step: &raw::Step) -> usize {
    let expected = step.expect.iter().map(|check| 1 + values(&check.when));
    1 + values(&step.when) + step.capture.len() + step.env.len() + expected.sum::<usize>()
}

/// The size of a condition is the number of its values.
fn values(when: &keys::When) -> usize {
    when.values().map(|values| values.0.len()).sum()
}

/// Total size of the texts that are copied into every plan, in bytes.
fn texts(raw: &raw::Scenario, common: Common<'_>) -> usize {
    let kept = raw.capabilities.iter().chain(common.into_iter().flat_map(|(_, common)| &common.capabilities));
    let reasons = raw.skipped.iter().map(|skip| &skip.reason).chain(raw.known_drift.iter().map(|known| &known.reason));
    let reasons = reasons.chain(raw.not_reproduced.iter().map(|stated| &stated.reason));
    let reasons = reasons.chain(kept.map(|kept| &kept.reason));
    let because = raw.fidelity.iter().map(|rule| &rule.reason);
    let sentences = [&raw.title, &raw.source.heading].into_iter().chain(reasons).chain(because).map(|text| text.0.len());
    let steps = [&raw.prepare, &raw.reproduce, &raw.resolved, &raw.control.verify];
    let tried = raw.workarounds.iter().flat_map(|workaround| [&workaround.steps, &workaround.verify]);
    let actions = steps.into_iter().chain(tried).flatten().flat_map(|step| &step.actions);
    let requests = actions.filter_map(|action| if let Action::Http(Http { http }) = action { Some(http) } else { None });
    let headers = requests.flat_map(|http| &http.headers).map(|(name, value)| name.0.len() + value.len());
    sentences.chain(headers).sum()
}
