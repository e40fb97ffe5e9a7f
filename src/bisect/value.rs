//! The values of an axis in the order of versions, and how each is tried: as itself where the scenario lists it, like a
//! neighbour that it lists where it does not. It must not know what is executed.

use std::collections::BTreeMap;

use super::{BisectError, Question};
use crate::model::scenario::{Axis, Scenario};
use crate::text::version::Version;

/// A value of the axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// As a version.
    pub version: Version,
    /// How it is tried in the chosen environment.
    pub tried: Tried,
}

/// How a value is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// In its own cell.
    Listed,
    /// In the cell of this value, put in its place.
    Like(String),
    /// Not at all, for this reason.
    Not(String),
}

impl Value {
    /// Whether it can be tried.
    pub fn is_open(&self) -> bool {
        self.reason().is_none()
    }

    /// Why it cannot be tried.
    pub fn reason(&self) -> Option<&str> {
        match &self.tried {
            Tried::Not(reason) => Some(reason),
            Tried::Listed | Tried::Like(_) => None,
        }
    }
}

/// The values that a scenario lists, in order.
pub(super) fn listed(scenario: &Scenario, axis: &Axis) -> Result<Vec<Version>, BisectError> {
    let version = |value: &String| {
        let (scenario, axis) = (scenario.id.clone(), axis.name.clone());
        Version::parse(value).ok_or_else(|| BisectError::NoOrder { scenario, axis, value: value.clone() })
    };
    let mut values = axis.values.iter().map(version).collect::<Result<Vec<_>, _>>()?;
    values.sort();
    values.dedup();
    Ok(values)
}

/// The values listed and published that lie in the range, in order.
pub(super) fn range(listed: &[Version], published: &[Version], question: &Question) -> Result<Vec<Version>, BisectError> {
    let mut all: Vec<Version> = listed.to_vec();
    all.extend(published.iter().filter(|version| !listed.contains(version)).cloned());
    all.sort();
    all.dedup();
    let Question { axis, from, to, .. } = question;
    let within =
        |version: &&Version| from.as_ref().is_none_or(|from| from <= version) && to.as_ref().is_none_or(|to| *version <= to);
    let found: Vec<Version> = all.iter().filter(within).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let bounds = [("from", from), ("to", to)].map(|(word, bound)| bound.as_ref().map(|bound| format!("{word} {bound}")));
    let range = bounds.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let (first, last) = (all.first(), all.last());
    let (first, last) = first.zip(last).expect("every axis has a value");
    Err(BisectError::EmptyRange { axis: axis.clone(), range, first: first.to_string(), last: last.to_string() })
}

/// An environment in which values are tried.
pub(super) struct Place<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) question: &'a Question,
    pub(super) environment: &'a BTreeMap<String, String>,
}

impl Place<'_> {
    /// How a version is tried here. One that is not listed is tried like the nearest lower one, else like the nearest higher
    /// one, of those that make a cell. Where neither does, or it lies beyond one at the end that does not, neither does it.
    pub(super) fn value(&self, version: &Version, listed: &[Version]) -> Value {
        let below = listed.iter().rev().find(|listed| *listed <= version).map(|listed| (listed, self.bar(listed)));
        let above = listed.iter().find(|listed| *listed > version).map(|listed| (listed, self.bar(listed)));
        let tried = match (below, above) {
            (Some((same, None)), _) if same == version => Tried::Listed,
            (Some((same, Some(reason))), _) if same == version => Tried::Not(reason),
            (Some((like, None)), _) | (Some((_, Some(_))) | None, Some((like, None))) => Tried::Like(like.to_string()),
            // What is excluded speaks for what lies beyond it.
            (Some((_, Some(reason))), None | Some((_, Some(_)))) | (None, Some((_, Some(reason)))) => Tried::Not(reason),
            (None, None) => unreachable!("every axis has a value"),
        };
        // A listed version counts in the scenario's own words: `4.5` is `4.5.0`.
        let own = listed.iter().find(|listed| *listed == version).unwrap_or(version);
        Value { version: own.clone(), tried }
    }

    /// Why the cell of a listed value cannot tell: it is none, or the scenario skips the claim in it.
    fn bar(&self, value: &Version) -> Option<String> {
        let axes = with(self.environment, &self.question.axis, value.as_str());
        let excluded = self.scenario.exclude.iter().find(|rule| rule.when.holds(&axes)).map(|rule| &rule.reason);
        let skip = || self.scenario.skipped.iter().find(|skip| skip.claim == self.question.claim && skip.when.holds(&axes));
        excluded.or_else(|| skip().map(|skip| &skip.reason)).cloned()
    }
}

/// Axis values with one of them set.
pub(super) fn with(axes: &BTreeMap<String, String>, axis: &str, value: &str) -> BTreeMap<String, String> {
    let mut axes = axes.clone();
    axes.insert(axis.to_owned(), value.to_owned());
    axes
}
