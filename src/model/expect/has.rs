//! `has`: whole lines that must be printed.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::outcome::{Context, Outcome, Shown};
use super::kind::Kind;
use super::lines::Lines;
use crate::model::kinds::Keys;
use crate::model::observation::Observation;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
pub struct Has<T> {
    /// Text that must be a whole line of the output; `[..]` matches any text. A list: each must be a line.
    pub has: Lines<T>,
}

impl<T> Keys for Has<T> {
    const KEYS: &'static [&'static str] = &["has"];
}

impl<T> Has<T> {
    pub(super) fn map<U>(&self, f: &mut impl FnMut(&'static str, Option<usize>, &T) -> U) -> Has<U> {
        Has { has: self.has.map(|index, text| f("has", index, text)) }
    }
}

impl<T: AsRef<str>> Kind for Has<T> {
    fn compare(&self, context: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        for pattern in self.has.0.iter().map(AsRef::as_ref) {
            if let Some(found) = context.observation.line(pattern) {
                outcome.shown = outcome.shown.or(Some(Shown::Line(found)));
                continue;
            }
            outcome.lacks_line = true;
            outcome.mismatches.push(match context.observation.line_with(pattern) {
                Some(more) => format!("no line is `{pattern}`, but one contains it and more: `{more}`"),
                None => format!("no line is `{pattern}`"),
            });
        }
        outcome
    }

    fn words(&self) -> Vec<String> {
        self.has.0.iter().map(|text| text.as_ref().to_owned()).collect()
    }

    fn observed(&self, observation: &Observation) -> Vec<Option<String>> {
        self.has.0.iter().map(|text| observation.line(text.as_ref())).collect()
    }
}
