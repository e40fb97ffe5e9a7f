//! The versions that bound a claim: with them it is confirmed, beyond them it was seen to fail, and nothing else that differs
//! between these cells can be the cause.

use std::collections::BTreeSet;

use super::claim::{Group, Outcome};
use super::conditions::{Condition, Traits, mentions};
use crate::model::verdict::Ruling;

/// The trait that names the scenario, which is no version.
const CASE: &str = "case";
/// The trait that names the base, whose name says nothing to a reader of the page.
const BASE: &str = "base";

/// The versions with which a claim that holds in part is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// Whether every drift is beyond it. Otherwise something else than versions matters too.
    pub is_whole: bool,
}

impl Bound {
    /// `None` if more than one range is needed, if a condition is not about versions, or if another trait of the cells has the
    /// same bounds and the reason of the drift does not say which one matters.
    pub fn of(outcome: &Outcome<'_>) -> Option<Self> {
        let confirmed: Vec<&Group<'_>> = outcome.of_ruling(Ruling::Confirmed).collect();
        let ([confirmed], drifted) = (confirmed.as_slice(), outcome.of_ruling(Ruling::Drifted).collect::<Vec<_>>()) else {
            return None;
        };
        let [range] = confirmed.ranges.as_slice() else { return None };
        let conditions: Vec<Condition> = range.conditions.iter().filter(|of| of.name != CASE).cloned().collect();
        let is_version = |of: &Condition| of.name != BASE && of.versions().is_some();
        let decisive = |(at, of): (usize, &Condition)| of.name == CASE || is_decisive(&range.conditions, at, confirmed, &drifted);
        let is_sound = range.cases == confirmed.verdicts.len()
            && !conditions.is_empty()
            && conditions.iter().all(is_version)
            && range.conditions.iter().enumerate().all(decisive);
        let within = |case: &Traits| conditions.iter().all(|of| of.holds(case));
        let is_whole = !drifted.iter().flat_map(|group| &group.cases).any(within);
        is_sound.then_some(Bound { conditions, is_whole })
    }
}

/// Whether cells that differ from the confirmed ones in this condition drift, and differ in no other trait throughout, unless the
/// reason of their drift mentions versions of this one only.
fn is_decisive(conditions: &[Condition], at: usize, confirmed: &Group<'_>, drifted: &[&Group<'_>]) -> bool {
    let condition = &conditions[at];
    let rest = |case: &Traits| conditions.iter().enumerate().all(|(other, of)| other == at || of.holds(case));
    let beyond = |case: &&Traits| case.contains_key(&condition.name) && !condition.holds(case) && rest(case);
    let contrast: Vec<&Traits> = drifted.iter().flat_map(|group| group.cases.iter().filter(beyond)).collect();
    let reasons = || drifted.iter().filter(|group| group.cases.iter().any(|case| beyond(&case))).map(|group| group.reason());
    let named = |name: &str| reasons().any(|reason| mentions(reason, name));
    let names: BTreeSet<&String> = contrast.iter().flat_map(|case| case.keys()).collect();
    let mut rivals = names.into_iter().filter(|name| **name != condition.name && *name != CASE);
    let separates = |name: &String| {
        let values = |cases: &[&Traits]| cases.iter().map(|case| case.get(name).cloned()).collect::<BTreeSet<_>>();
        values(&contrast).is_disjoint(&values(&confirmed.cases.iter().collect::<Vec<_>>()))
    };
    let is_named = named(&condition.name) || named(&condition.label);
    !contrast.is_empty() && rivals.all(|name| !separates(name) || (is_named && !named(name)))
}
