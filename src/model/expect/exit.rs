//! `exit`: how the command must end.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::kind::Kind;
use super::outcome::{Context, Outcome};
use crate::model::kinds::Keys;
use crate::model::observation::Observation;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exit {
    /// How the command must end: `success`, `failure` or an exit status.
    pub exit: ExitRule,
}

impl Exit {
    pub fn new(exit: ExitRule) -> Self {
        Exit { exit }
    }

    pub(super) fn map<T, U>(&self, _: &mut impl FnMut(&'static str, Option<usize>, &T) -> U) -> Exit {
        self.clone()
    }
}

impl Keys for Exit {
    const KEYS: &'static [&'static str] = &["exit"];
}

impl Kind for Exit {
    fn compare(&self, context: &Context<'_>) -> Outcome {
        if self.exit.allows(context.observation.exit) {
            return Outcome::default();
        }
        let ended = context.observation.ending();
        let outcome = Outcome { ended_otherwise: true, ..Outcome::default() };
        outcome.mismatch(format!("expected {}, the command ended with {ended}", self.exit))
    }

    fn words(&self) -> Vec<String> {
        vec![self.exit.to_string()]
    }

    fn observed(&self, observation: &Observation) -> Vec<Option<String>> {
        vec![Some(observation.ending().to_string())]
    }
}

/// How a command must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitRule {
    /// Status 0.
    Success,
    /// Any other status.
    Failure,
    /// Exactly this status.
    Code(i64),
}

impl ExitRule {
    /// Whether a command may end with this status; `None` means that it was stopped.
    pub fn allows(self, exit: Option<i64>) -> bool {
        match (self, exit) {
            (_, None) => false,
            (ExitRule::Success, Some(code)) => code == 0,
            (ExitRule::Failure, Some(code)) => code != 0,
            (ExitRule::Code(wanted), Some(code)) => code == wanted,
        }
    }
}

impl fmt::Display for ExitRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExitRule::Success => f.write_str("exit status 0"),
            ExitRule::Failure => f.write_str("an exit status other than 0"),
            ExitRule::Code(code) => write!(f, "exit status {code}"),
        }
    }
}

impl Serialize for ExitRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            ExitRule::Success => serializer.serialize_str("success"),
            ExitRule::Failure => serializer.serialize_str("failure"),
            ExitRule::Code(code) => serializer.serialize_i64(*code),
        }
    }
}

impl<'de> Deserialize<'de> for ExitRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) if text == "success" => Ok(ExitRule::Success),
            Value::String(text) if text == "failure" => Ok(ExitRule::Failure),
            value => value.as_i64().map(ExitRule::Code).ok_or_else(|| D::Error::custom("expected how a command must end")),
        }
    }
}

impl JsonSchema for ExitRule {
    fn schema_name() -> Cow<'static, str> {
        "Exit".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "`success`, `failure` or an exit status",
            "description": "How the command must end.",
            "oneOf": [{"enum": ["success", "failure"]}, {"type": "integer", "minimum": 0, "maximum": 255}],
        })
    }
}
