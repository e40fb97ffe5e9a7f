//! Mappings whose keys belong to kinds: each kind has its own keys, beside those that all kinds share. The first of a kind's
//! keys is its main key; the others require it.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The keys of a kind in YAML.
pub trait Keys {
    /// The main key comes first.
    const KEYS: &'static [&'static str];
}

/// A key without the main key of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orphan {
    pub key: &'static str,
    /// The missing main key.
    pub main: &'static str,
}

/// Removes the keys of a kind from a mapping and deserialises the kind from them.
pub(super) fn take<K: Keys + DeserializeOwned>(
    map: &mut Map<String, Value>,
    orphans: &mut Vec<Orphan>,
) -> Result<Option<K>, serde_json::Error> {
    let main = K::KEYS[0];
    let has_main = map.contains_key(main);
    let own: Map<String, Value> = K::KEYS.iter().filter_map(|key| map.shift_remove_entry(*key)).collect();
    if has_main {
        return serde_json::from_value(Value::Object(own)).map(Some);
    }
    orphans.extend(K::KEYS.iter().filter(|key| own.contains_key(**key)).map(|key| Orphan { key, main }));
    Ok(None)
}

/// Adds the keys of a kind to the schema of the mapping that contains them.
pub(super) fn describe<K: JsonSchema>(schema: &mut Schema, generator: &mut SchemaGenerator) {
    let kind = K::json_schema(generator);
    let properties = kind.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(Value::Object(all)) = schema.get_mut("properties") {
        all.extend(properties);
    }
}
