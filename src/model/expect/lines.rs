//! Text, or a list of texts.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Texts of one line each; `[..]` matches any text. In YAML a single text needs no list.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Lines<T>(pub Vec<T>);

impl<T> Lines<T> {
    /// The same with mapped texts. `f` gets the index in the list, `None` for a single text, and the text.
    pub(super) fn map<U>(&self, mut f: impl FnMut(Option<usize>, &T) -> U) -> Lines<U> {
        let alone = self.0.len() == 1;
        Lines(self.0.iter().enumerate().map(|(index, text)| f((!alone).then_some(index), text)).collect())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lines<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = match Value::deserialize(deserializer)? {
            Value::Array(list) => list,
            one => vec![one],
        };
        list.into_iter().map(serde_json::from_value).collect::<Result<_, _>>().map(Lines).map_err(D::Error::custom)
    }
}

impl<T> JsonSchema for Lines<T> {
    fn schema_name() -> Cow<'static, str> {
        "Lines".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "text or a list of texts",
            "description": "Text of one line; `[..]` matches any text.",
            "oneOf": [
                {"type": "string"},
                {"type": "array", "minItems": 1, "items": {"title": "text", "type": "string"}},
            ],
        })
    }
}
