//! Maps key paths to lines and columns.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::load::diagnostic::{File, Key};

/// A scalar as the file spells it. For a number this may differ from the parsed value.
pub(in crate::load) fn spelled(file: &File, path: &[Key]) -> Option<String> {
    let (line, column) = position(&file.text, path, End::Value)?;
    let rest = file.text.lines().nth(line - 1)?.chars().skip(column - 1);
    let token: String = rest.take_while(|c| !c.is_whitespace() && !",]}".contains(*c)).collect();
    (!token.is_empty()).then_some(token)
}

/// Whether a position is that of the key or the value of a mapping entry.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum End {
    Key,
    Value,
}

/// Line and column of a key path, or of its longest prefix that exists. The parser reports positions only in errors, so
/// this parses the text again and fails at the place in question.
pub(super) fn position(text: &str, path: &[Key], end: End) -> Option<(usize, usize)> {
    if path.is_empty() {
        return None;
    }
    let place = Seek { path, end }.deserialize(serde_yaml::Deserializer::from_str(text)).err()?.location()?;
    Some((place.line(), place.column()))
}

/// Follows a key path and fails at its end.
struct Seek<'a> {
    path: &'a [Key],
    end: End,
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    // The default methods of the trait reject every other type, which locates a scalar at the end of the path.
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing: the place is found")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if let [Key::Index(index), rest @ ..] = self.path {
            for _ in 0..*index {
                list.next_element::<IgnoredAny>()?;
            }
            list.next_element_seed(Seek { path: rest, end: self.end })?;
        }
        Err(A::Error::custom("found"))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        if let [Key::Name(name), rest @ ..] = self.path {
            let last = rest.is_empty() && self.end == End::Key;
            while let Some(met) = entries.next_key_seed(Meet { name, last })? {
                if met {
                    entries.next_value_seed(Seek { path: rest, end: self.end })?;
                } else {
                    entries.next_value::<IgnoredAny>()?;
                }
            }
        }
        Err(A::Error::custom("found"))
    }
}

/// Compares a key. Fails at the matching key if it is the last one of the path.
struct Meet<'a> {
    name: &'a str,
    last: bool,
}

impl<'de> DeserializeSeed<'de> for Meet<'_> {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Meet<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E: Error>(self, key: &str) -> Result<bool, E> {
        match key == self.name {
            true if self.last => Err(E::custom("found")),
            met => Ok(met),
        }
    }
}
