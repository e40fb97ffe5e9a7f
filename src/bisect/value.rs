//! The values of an axis in the order of versions, and how each is tried: a listed value in its own cell, any other in
//! the cell of a listed neighbour.

use std::collections::BTreeMap;

use super::question::Question;
use crate::model::scenario::{Axis, Scenario};
use crate::text::advice::Advice;
use crate::text::version::Version;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub version: Version,
    /// How it is run in the chosen environment.
    pub method: Method,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// In its own cell.
    Listed,
    /// In the cell of this listed value.
    Like(String),
    /// Not at all, for this reason.
    Excluded(String),
}

impl Value {
    pub fn is_open(&self) -> bool {
        self.reason().is_none()
    }

    pub fn reason(&self) -> Option<&str> {
        match &self.method {
            Method::Excluded(reason) => Some(reason),
            Method::Listed | Method::Like(_) => None,
        }
    }
}

pub(super) fn listed(scenario: &Scenario, axis: &Axis) -> Result<Vec<Version>, Advice> {
    let version = |value: &String| {
        Version::parse(value).ok_or_else(|| {
            let (axis, scenario) = (&axis.name, &scenario.id);
            let why = format!("its value `{value}` is not a version, so the values have no order");
            let help = "choose an axis of versions";
            Advice::new(format!("axis `{axis}` of `{scenario}` cannot be bisected: {why}"), help)
        })
    };
    let mut values = axis.values.iter().map(version).collect::<Result<Vec<_>, _>>()?;
    values.sort();
    values.dedup();
    Ok(values)
}

/// The values listed and published that lie in the range, in order.
pub(super) fn range(listed: &[Version], published: &[Version], question: &Question) -> Result<Vec<Version>, Advice> {
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
    Err(Advice::new(format!("`{axis}` has no value {range}"), format!("known values range from {first} to {last}")))
}

/// An environment in which values are tried.
pub(super) struct Place<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) question: &'a Question,
    pub(super) environment: &'a BTreeMap<String, String>,
}

impl Place<'_> {
    /// How a version is tried here. A version that is not listed runs in the cell of the nearest lower listed value that has
    /// one, else of the nearest higher. It is not tried if neither has a cell, or if it lies beyond an outermost listed value
    /// without a cell.
    pub(super) fn value(&self, version: &Version, listed: &[Version]) -> Value {
        let below = listed.iter().rev().find(|listed| *listed <= version).map(|listed| (listed, self.bar(listed)));
        let above = listed.iter().find(|listed| *listed > version).map(|listed| (listed, self.bar(listed)));
        let method = match (below, above) {
            (Some((same, None)), _) if same == version => Method::Listed,
            (Some((same, Some(reason))), _) if same == version => Method::Excluded(reason),
            (Some((like, None)), _) | (Some((_, Some(_))) | None, Some((like, None))) => Method::Like(like.to_string()),
            // An excluded value at an end also excludes the versions beyond it.
            (Some((_, Some(reason))), None | Some((_, Some(_)))) | (None, Some((_, Some(reason)))) => Method::Excluded(reason),
            (None, None) => unreachable!("every axis has a value"),
        };
        // A listed version is spelled as in the scenario: `4.5` equals `4.5.0`.
        let own = listed.iter().find(|listed| *listed == version).unwrap_or(version);
        Value { version: own.clone(), method }
    }

    /// Why a listed value cannot be tried: the scenario excludes its cell, or skips the claim there.
    fn bar(&self, value: &Version) -> Option<String> {
        let axes = with(self.environment, &self.question.axis, value.as_str());
        let excluded = self.scenario.exclude.iter().find(|rule| rule.when.holds(&axes)).map(|rule| &rule.reason);
        let skip = || self.scenario.skipped.iter().find(|skip| skip.claim == self.question.claim && skip.when.holds(&axes));
        excluded.or_else(|| skip().map(|skip| &skip.reason)).cloned()
    }
}

pub(super) fn with(axes: &BTreeMap<String, String>, axis: &str, value: &str) -> BTreeMap<String, String> {
    let mut axes = axes.clone();
    axes.insert(axis.to_owned(), value.to_owned());
    axes
}
