//! The right-hand side of a comparison of numbers.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::model::keys::ANY_TEXT;
use crate::model::observation::Phase;

/// A number, or the name of a captured number.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    Literal(f64),
    /// A number that was captured in the same phase or in another one (`control.bytes`).
    Captured {
        /// `None` means the same phase.
        phase: Option<Phase>,
        /// Still with its prefix if that is not a phase, which the loader reports.
        name: String,
    },
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Literal(value) => write!(f, "{value}"),
            Operand::Captured { phase: Some(phase), name } => write!(f, "{phase}.{name}"),
            Operand::Captured { phase: None, name } => f.write_str(name),
        }
    }
}

impl Serialize for Operand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Operand::Literal(value) => serializer.serialize_f64(*value),
            captured @ Operand::Captured { .. } => serializer.collect_str(captured),
        }
    }
}

impl<'de> Deserialize<'de> for Operand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Some(number) = value.as_f64() {
            return Ok(Operand::Literal(number));
        }
        let text = value.as_str().ok_or_else(|| D::Error::custom("expected a number or a name"))?;
        let of_phase = text.rsplit_once('.').and_then(|(phase, name)| Some((Phase::try_from(phase.to_owned()).ok()?, name)));
        let (phase, name) = of_phase.map_or((None, text), |(phase, name)| (Some(phase), name));
        Ok(Operand::Captured { phase, name: name.to_owned() })
    }
}

impl JsonSchema for Operand {
    fn schema_name() -> Cow<'static, str> {
        "Bound".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "a number, or the name of a captured one such as `control.bytes`",
            "description": "The number to compare with.",
            "oneOf": [{"type": "number"}, {"type": "string", "pattern": ANY_TEXT}],
        })
    }
}
