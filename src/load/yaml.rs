//! Parses YAML text into plain data, within limits.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::load::diagnostic::{File, Key, MOST_NOTES, Note, written};
use crate::text::sanitize::is_unfit;

/// Maximum number of values in one file after alias expansion.
const MOST_VALUES: usize = 100_000;
/// Maximum number of bytes of text in one file after alias expansion.
const MOST_TEXT: usize = 1 << 20;

/// Parses a file into plain data. Duplicate keys are reported and do not stop the parser.
pub(super) fn tree(file: &File) -> Option<Value> {
    let reader = Reader::default();
    let value = reader.deserialize(serde_yaml::Deserializer::from_str(&file.text));
    for (path, unseen) in reader.unseen.into_inner() {
        let message = format!("holds U+{:04X}, which is invisible", u32::from(unseen));
        let help = "write it as an escape, such as `\\033` for `printf`".into();
        file.note(Note { path, message, help, position: None });
    }
    for path in reader.twice.into_inner() {
        let message = format!("`{}` is defined twice", written(&path));
        file.note(Note { path, message, help: "keep one of the two".into(), position: None });
    }
    let error = match value {
        Ok(value) => return Some(value),
        Err(error) => error,
    };
    let position = error.location().map(|place| (place.line(), place.column()));
    let help = match position {
        Some(_) if reader.values.get() <= MOST_VALUES && reader.text.get() <= MOST_TEXT => "check that line and the one above it",
        Some(_) | None => "write it out as one document without aliases",
    };
    file.note(Note { path: Vec::new(), message: format!("failed to read as YAML: {error}"), help: help.into(), position });
    None
}

#[derive(Default)]
struct Reader {
    values: Cell<usize>,
    text: Cell<usize>,
    path: RefCell<Vec<Key>>,
    twice: RefCell<Vec<Vec<Key>>>,
    /// Key paths of texts with characters that a terminal or an editor would not show, and the first such character.
    unseen: RefCell<Vec<(Vec<Key>, char)>>,
}

impl Reader {
    /// Counts one value. Aliases make a small file large, so this counts after their expansion.
    fn count<E: Error>(&self) -> Result<(), E> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > MOST_VALUES { Err(E::custom(format!("more than {MOST_VALUES} values"))) } else { Ok(()) }
    }

    /// Records the current key path, up to a limit.
    fn note<T>(&self, list: &RefCell<Vec<T>>, note: impl FnOnce(Vec<Key>) -> T) {
        let mut list = list.borrow_mut();
        if list.len() < MOST_NOTES {
            list.push(note(self.path.borrow().clone()));
        }
    }

    /// Counts a text and looks for invisible characters in it: a command must do what it shows.
    fn text<E: Error>(&self, text: &str) -> Result<(), E> {
        self.text.set(self.text.get() + text.len());
        let unseen = |c: &char| (c.is_control() && !"\n\t".contains(*c)) || is_unfit(*c);
        if let Some(unseen) = text.chars().find(unseen) {
            self.note(&self.unseen, |path| (path, unseen));
        }
        if self.text.get() > MOST_TEXT { Err(E::custom(format!("more than {MOST_TEXT} bytes of text"))) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for &Reader {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, a list or a mapping, without tags")
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.count().map(|()| Value::Bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.count().map(|()| Value::from(value))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.count().map(|()| Value::from(value))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.count()?;
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.text(value)?;
        self.count().map(|()| Value::from(value))
    }
    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.count().map(|()| Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        self.count()?;
        let mut values = Vec::new();
        loop {
            self.path.borrow_mut().push(Key::Index(values.len()));
            let value = list.next_element_seed(self)?;
            self.path.borrow_mut().pop();
            match value {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        self.count()?;
        let mut values = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.path.borrow_mut().push(Key::Name(key.clone()));
            self.text(&key)?;
            if values.contains_key(&key) {
                self.note(&self.twice, |path| path);
            }
            values.insert(key, entries.next_value_seed(self)?);
            self.path.borrow_mut().pop();
        }
        Ok(Value::Object(values))
    }
}
