//! Checks a file against the published JSON Schema, and reports every unknown key, missing key and value of a wrong
//! kind at once.

use std::collections::BTreeMap;
use std::sync::Mutex;

use regex::Regex;
use serde_json::{Map, Value};

use super::diagnostic::{File, Key, Place};
use super::locate::spelled;
use super::schema;
use crate::model::keys::{ANY_TEXT, LONGEST_NAME, ONE_LINE};
use crate::text::suggest::{nearest, quoted, suggest};

/// Help for a text of several lines.
const FOLD: &str = "write it on one line; `>-` folds several lines into one";

/// Reports every deviation of a file from a definition of the schema, and returns whether parsing can continue.
/// Corrects misspelt keys and unquoted text in `tree`, so that they do not hide mistakes of meaning.
pub(super) fn check(tree: &mut Value, definition: &str, file: &File) -> bool {
    let (schema, start) = schema::of(definition);
    let mut walk = Walk { schema, readable: true, about: "" };
    walk.value(start, tree, &file.root());
    walk.readable
}

struct Walk<'a> {
    schema: &'a Value,
    readable: bool,
    /// The schema's description of the current value.
    about: &'a str,
}

impl<'a> Walk<'a> {
    fn value(&mut self, schema: &'a Value, value: &mut Value, place: &Place<'_>) {
        let about = [schema, self.resolved(schema)].into_iter().find_map(|schema| schema.get("description")?.as_str());
        let outer = self.about;
        self.about = about.unwrap_or(outer);
        self.kind(self.resolved(schema), value, place);
        self.about = outer;
    }

    fn kind(&mut self, schema: &'a Value, value: &mut Value, place: &Place<'_>) {
        if let Some(kinds) = alternatives(schema) {
            return match kinds.iter().find(|kind| self.fits(kind, value)) {
                Some(kind) => self.value(kind, value, place),
                None => self.unfit(schema, value, place),
            };
        }
        if !self.fits(schema, value) {
            return self.unfit(schema, value, place);
        }
        match value {
            Value::Object(map) => self.mapping(schema, map, place),
            Value::Array(list) => self.list(schema, list, place),
            Value::String(text) => self.text(schema, text, place),
            Value::Number(_) => self.number(schema, value, place),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let target =
            schema.get("$ref").and_then(Value::as_str).and_then(|target| self.schema.pointer(target.trim_start_matches('#')));
        target.unwrap_or(schema)
    }

    /// Whether a value has the right kind, regardless of its content.
    fn fits(&self, schema: &'a Value, value: &Value) -> bool {
        let schema = self.resolved(schema);
        if let Some(constant) = schema.get("const") {
            return constant == value;
        }
        if let Some(Value::Array(constants)) = schema.get("enum") {
            return constants.contains(value);
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            _ => alternatives(schema).is_none_or(|kinds| kinds.iter().any(|kind| self.fits(kind, value))),
        }
    }

    /// Reports a value of a wrong kind. If the schema expects text and YAML parsed something else, replaces the value
    /// by its spelling.
    fn unfit(&mut self, schema: &'a Value, value: &mut Value, place: &Place<'_>) {
        let message = format!("expected {}, found {}", self.title(schema), found(value));
        let (Value::Number(_) | Value::Bool(_), Some(text)) = (&*value, self.text_kind(schema)) else {
            let near = nearest(value.as_str().unwrap_or_default(), self.constants(schema));
            let help = if near.is_empty() { self.help(place) } else { suggest(&found(value), near).into() };
            place.note(message, help);
            return self.replace(schema, value);
        };
        let read = value.to_string();
        let spelled = spelled(place.file, &place.path).unwrap_or_else(|| read.clone());
        let help = match text.get("pattern").and_then(Value::as_str) {
            Some(pattern) if !matches(pattern, &spelled) => self.help(place),
            _ if spelled == read => "quote it".to_owned(),
            _ => format!("quote it: `{spelled}` would be read as {read}"),
        };
        place.note(message, help);
        *value = Value::String(spelled);
    }

    /// Replaces a wrong value by a valid one, so that the rest of the file can be checked.
    fn replace(&mut self, schema: &'a Value, value: &mut Value) {
        match self.stand_in(schema) {
            Some(right) => *value = right,
            None => self.readable = false,
        }
    }

    /// A valid value on which nothing else depends, if there is one.
    fn stand_in(&self, schema: &'a Value) -> Option<Value> {
        let schema = self.resolved(schema);
        if let Some(constant) = self.constants(schema).first() {
            return Some((*constant).into());
        }
        match schema.get("type")?.as_str()? {
            "integer" | "number" => Some(schema.get("minimum").cloned().unwrap_or_else(|| 0.into())),
            "string" => [ANY_TEXT, ONE_LINE].contains(&schema.get("pattern")?.as_str()?).then(|| "x".into()),
            _ => None,
        }
    }

    /// The schema's description of the current value, as the next move.
    fn help(&self, place: &Place<'_>) -> String {
        match place.path.iter().rev().find_map(|key| if let Key::Name(name) = key { Some(name) } else { None }) {
            Some(name) => format!("`{name}`: {}", lowered(self.about)),
            None => lowered(self.about),
        }
    }

    fn mapping(&mut self, schema: &'a Value, map: &mut Map<String, Value>, place: &Place<'_>) {
        let known = schema.get("properties").and_then(Value::as_object);
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let respelt = known.map(|known| respell(known, map, place)).unwrap_or_default();
        for (key, value) in map.iter_mut() {
            let place = place.key(respelt.get(key).unwrap_or(key));
            if let Some(schema) = known.and_then(|known| known.get(key)) {
                self.value(schema, value, &place);
            } else if let Some((pattern, schema)) = patterns.and_then(|patterns| patterns.iter().next()) {
                if !matches(pattern, key) {
                    place.note(format!("`{key}` cannot be a name here"), format!("names here match `{pattern}`"));
                } else if key.len() > LONGEST_NAME {
                    let begin: String = key.chars().take(20).collect();
                    place
                        .note(format!("`{begin}…` is too long for a name"), format!("names have at most {LONGEST_NAME} letters"));
                    // The key path of every value below would contain the long name.
                    self.readable = false;
                }
                self.value(schema, value, &place);
            }
        }
        for key in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if let (false, Some(schema)) = (map.contains_key(key), known.and_then(|known| known.get(key))) {
                let about = schema.get("description").and_then(Value::as_str).unwrap_or_default();
                place.note(format!("`{key}` is missing"), format!("add `{key}`: {}", lowered(about)));
                let mut value = Value::Null;
                self.replace(schema, &mut value);
                map.insert(key.to_owned(), value);
            }
        }
    }

    fn list(&mut self, schema: &'a Value, list: &mut [Value], place: &Place<'_>) {
        if (list.len() as u64) < schema.get("minItems").and_then(Value::as_u64).unwrap_or(0) {
            place.note("is an empty list", "list at least one");
        }
        if let Some(items) = schema.get("items") {
            for (index, value) in list.iter_mut().enumerate() {
                self.value(items, value, &place.index(index));
            }
        }
    }

    fn text(&mut self, schema: &'a Value, text: &str, place: &Place<'_>) {
        if let Some(what) = text.strip_prefix(TO_DO) {
            return place.note("is still to be written", what.trim());
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
            && !matches(pattern, text)
            // Invisible characters were reported when the file was parsed.
            && !(pattern == ONE_LINE && text.contains(|c: char| c.is_control() && !"\n\t".contains(c)))
        {
            let (found, help) = match text.trim() {
                "" => ("nothing".to_owned(), self.help(place)),
                text if text.contains('\n') => (format!("several: `{text}`"), FOLD.to_owned()),
                _ if text.ends_with('\n') => ("one with a line break at its end".to_owned(), FOLD.to_owned()),
                _ => (format!("`{text}`"), self.help(place)),
            };
            place.note(format!("expected {}, found {found}", self.title(schema)), help);
        }
        let longest = schema.get("maxLength").and_then(Value::as_u64).unwrap_or(u64::MAX);
        if text.chars().count() as u64 > longest {
            place.note(format!("is longer than {longest} letters"), "make it shorter");
        }
    }

    fn number(&mut self, schema: &'a Value, value: &mut Value, place: &Place<'_>) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let (least, most) = (bound("minimum").unwrap_or(f64::MIN), bound("maximum").unwrap_or(f64::MAX));
        if value.as_f64().is_some_and(|number| number < least || number > most) {
            place.note(format!("expected a number from {least} to {most}, found {value}"), self.help(place));
            self.replace(schema, value);
        }
    }

    /// The name of a kind of value in messages.
    fn title(&self, schema: &'a Value) -> String {
        let schema = self.resolved(schema);
        let constants = self.constants(schema);
        match (schema.get("title").and_then(Value::as_str), schema.get("type").and_then(Value::as_str)) {
            (Some(title), _) if schema.get("$schema").is_none() => title.to_owned(),
            _ if !constants.is_empty() => format!("one of {}", quoted(constants, ", ")),
            (_, Some("object")) => "a mapping".into(),
            (_, Some("array")) => "a list".into(),
            (_, Some("string")) => "text".into(),
            (_, Some("integer")) => "a whole number".into(),
            _ => "another value".into(),
        }
    }

    /// The allowed constants, if only constants are allowed.
    fn constants(&self, schema: &'a Value) -> Vec<&'a str> {
        let schema = self.resolved(schema);
        let of = |list: &'a [Value]| list.iter().flat_map(|kind| self.constants(kind));
        let listed = schema.get("enum").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let one = schema.get("const").and_then(Value::as_str);
        listed.iter().filter_map(Value::as_str).chain(one).chain(alternatives(schema).into_iter().flat_map(of)).collect()
    }

    /// The schema of the text that is allowed here, if any text is.
    fn text_kind(&self, schema: &'a Value) -> Option<&'a Value> {
        let schema = self.resolved(schema);
        let here = schema.get("type").is_some_and(|kind| kind == "string") && schema.get("const").is_none();
        let of = |kinds: &'a [Value]| kinds.iter().find_map(|kind| self.text_kind(kind));
        if here { Some(schema) } else { of(alternatives(schema)?) }
    }
}

/// The begin of a text that an author has not written yet, as in a new scenario. The rest says what to write.
pub const TO_DO: &str = "TODO:";

/// Keys renamed in version 0.2: old and new name.
const RENAMED: [(&str, &str); 2] = [("because", "reason"), ("shows", "verify")];

/// Reports unknown keys. A key that is similar to a known one is read as that key; any other key is dropped. Returns
/// the spelling in the file by the known key.
fn respell(known: &Map<String, Value>, map: &mut Map<String, Value>, place: &Place<'_>) -> BTreeMap<String, String> {
    let mut respelt = BTreeMap::new();
    let mut free: Vec<&str> = known.keys().map(String::as_str).filter(|name| !map.contains_key(*name)).collect();
    for (key, value) in std::mem::take(map) {
        if known.contains_key(&key) {
            map.insert(key, value);
            continue;
        }
        let renamed = RENAMED.iter().find(|(old, new)| *old == key && free.contains(new)).map(|(_, new)| *new);
        let near = renamed.or_else(|| nearest(&key, free.iter().copied()).first().copied());
        let help = match near {
            Some(name) if renamed.is_some() => format!("it was renamed to `{name}` in version 0.2"),
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("known here: {}", quoted(known.keys().map(String::as_str), ", ")),
        };
        place.key(&key).note(format!("no key is named `{key}` here"), help);
        if let Some(name) = near {
            free.retain(|other| *other != name);
            map.insert(name.to_owned(), value);
            respelt.insert(name.to_owned(), key);
        }
    }
    respelt
}

fn alternatives(schema: &Value) -> Option<&[Value]> {
    schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array).map(Vec::as_slice)
}

/// Caches compiled patterns: the schema has few patterns, and files have thousands of texts.
fn matches(pattern: &str, text: &str) -> bool {
    static COMPILED: Mutex<BTreeMap<String, Option<Regex>>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().expect("no thread panics while it holds the lock");
    if !compiled.contains_key(pattern) {
        compiled.insert(pattern.to_owned(), Regex::new(pattern).ok());
    }
    compiled[pattern].as_ref().is_some_and(|pattern| pattern.is_match(text))
}

fn found(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => format!("`{}`", text.lines().next().unwrap_or_default()),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "a mapping".into(),
    }
}

/// The first sentence of a description, for use within a message. Its first letter becomes lower case unless it begins
/// an abbreviation.
fn lowered(about: &str) -> String {
    let first = about.split(['.', ';']).next().unwrap_or(about);
    let mut letters = first.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(capital), Some(second)) if !second.is_uppercase() => capital.to_lowercase().chain(letters).collect(),
        _ => first.to_owned(),
    }
}
