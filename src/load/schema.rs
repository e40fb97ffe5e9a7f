//! The JSON Schema of the files, generated from their mirror types: an editor shows it, and `shape` checks files
//! against it.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::raw;

/// The JSON Schema of a scenario, with `$defs` for the ledger, the shared file and the refused corrections.
pub(super) static SCENARIO: LazyLock<Value> = LazyLock::new(|| {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    generator.subschema_for::<raw::Ledger>();
    generator.subschema_for::<raw::Common>();
    generator.subschema_for::<raw::Rejected>();
    settled(generator.into_root_schema_for::<raw::Scenario>().to_value())
});

/// The JSON Schema of a project file.
pub(super) static PROJECT: LazyLock<Value> = LazyLock::new(|| {
    settled(SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<raw::project::Project>().to_value())
});

/// The schema that has a definition, and the definition.
pub(super) fn of(definition: &str) -> (&'static Value, &'static Value) {
    let whole = if definition == "Project" { &*PROJECT } else { &*SCENARIO };
    (whole, whole.pointer(&format!("/$defs/{definition}")).unwrap_or(whole))
}

fn settled(mut schema: Value) -> Value {
    settle(&mut schema);
    let first =
        ["$schema", "title", "description"].into_iter().filter_map(|key| Some((key.to_owned(), schema.get(key)?.clone())));
    let rest = schema.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone()));
    first.chain(rest).collect()
}

/// Simplifies the generated schema. An optional key may be left out but not be null. Descriptions become one line.
fn settle(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(about)) = map.get_mut("description") {
                *about = about.replace('\n', " ");
            }
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [one] = types.as_slice() {
                    map["type"] = one.clone();
                }
            }
            if let Some(Value::Array(kinds)) = map.get_mut("anyOf") {
                kinds.retain(|kind| kind.get("type").is_none_or(|kind| kind != "null"));
                if let [Value::Object(one)] = kinds.as_slice() {
                    let one = one.clone();
                    map.remove("anyOf");
                    map.extend(one);
                }
            }
            // An empty default has no meaning for the author.
            if map.get("default").is_some_and(|value| ["{}", "[]", "false"].contains(&value.to_string().as_str())) {
                map.remove("default");
            }
            map.values_mut().for_each(settle);
        }
        Value::Array(list) => list.iter_mut().for_each(settle),
        _ => {}
    }
}
