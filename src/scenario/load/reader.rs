//! YAML text into plain data, within bounds. It must not know what the data means.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::scenario::mistake::{File, Key, Note, written};

/// Most values in one file, counted after aliases are followed.
const MOST_VALUES: usize = 100_000;

/// The file as plain data. Keys given twice are noted and do not stop the reading.
pub(super) fn tree(file: &File) -> Option<Value> {
    let reader = Reader::default();
    let value = reader.deserialize(serde_yaml::Deserializer::from_str(&file.text));
    for path in reader.twice.into_inner() {
        let message = format!("`{}` is given twice", written(&path));
        file.note(Note { path, message, help: "keep one of the two".into(), position: None });
    }
    let error = match value {
        Ok(value) => return Some(value),
        Err(error) => error,
    };
    let position = error.location().map(|place| (place.line(), place.column()));
    let help = match position {
        Some(_) if reader.values.get() <= MOST_VALUES => "see the line named, and the one above it",
        Some(_) | None => "write it out without aliases",
    };
    file.note(Note { path: Vec::new(), message: format!("failed to read as YAML: {error}"), help: help.into(), position });
    None
}

/// Reads YAML into plain data, within bounds.
#[derive(Default)]
struct Reader {
    values: Cell<usize>,
    path: RefCell<Vec<Key>>,
    twice: RefCell<Vec<Vec<Key>>>,
}

impl Reader {
    /// Counts one more value. Aliases make a small file large, so the count is of what comes out.
    fn count<E: Error>(&self) -> Result<(), E> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > MOST_VALUES { Err(E::custom(format!("more than {MOST_VALUES} values"))) } else { Ok(()) }
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
            if values.contains_key(&key) {
                self.twice.borrow_mut().push(self.path.borrow().clone());
            }
            values.insert(key, entries.next_value_seed(self)?);
            self.path.borrow_mut().pop();
        }
        Ok(Value::Object(values))
    }
}
