//! `lacks`: text that no line may hold.

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
pub struct Lacks<T> {
    /// Text that no line may contain.
    pub lacks: Lines<T>,
}

impl<T> Keys for Lacks<T> {
    const KEYS: &'static [&'static str] = &["lacks"];
}

impl<T> Lacks<T> {
    pub(super) fn map<U>(&self, f: &mut impl FnMut(&'static str, Option<usize>, &T) -> U) -> Lacks<U> {
        Lacks { lacks: self.lacks.map(|index, text| f("lacks", index, text)) }
    }
}

impl<T: AsRef<str>> Kind for Lacks<T> {
    fn compare(&self, context: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        for pattern in self.lacks.0.iter().map(AsRef::as_ref) {
            if let Some(found) = context.observation.line_with(pattern) {
                outcome.mismatches.push(format!("a line has `{pattern}`"));
                outcome.against = Some(Shown::Line(found));
            }
        }
        outcome
    }

    fn words(&self) -> Vec<String> {
        self.lacks.0.iter().map(|text| format!("no line with `{}`", text.as_ref())).collect()
    }

    fn observed(&self, observation: &Observation) -> Vec<Option<String>> {
        self.lacks.0.iter().map(|text| observation.line_with(text.as_ref())).collect()
    }
}
