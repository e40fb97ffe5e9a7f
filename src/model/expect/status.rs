//! `status`: the HTTP status of the answer.


use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::outcome::{Context, Outcome};
use crate::model::kinds::Keys;
use crate::model::observation::Observation;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// HTTP status of the response.
    #[schemars(range(min = 200, max = 599))]
    pub status: u16,
}

impl Status {
    pub fn new(status: u16) -> Self {
        Status { status }
    }

    pub(super) fn map<T, U>(&self, _: &mut impl FnMut(&'static str, Option<usize>, &T) -> U) -> Status {
        self.clone()
    }
}

impl Keys for Status {
    const KEYS: &'static [&'static str] = &["status"];
}

impl Kind for Status {
    fn compare(&self, context: &Context<'_>) -> Outcome {
        let found = context.observation.status;
        if found == Some(self.status) {
            return Outcome::default();
        }
        let found = found.map_or("no answer".to_owned(), |status| format!("status {status}"));
        Outcome::default().mismatch(format!("expected HTTP status {}, got {found}", self.status))
    }

    fn words(&self) -> Vec<String> {
        vec![format!("HTTP status {}", self.status)]
    }

    fn observed(&self, observation: &Observation) -> Vec<Option<String>> {
        vec![observation.status.map(|status| format!("HTTP status {status}"))]
    }
}
