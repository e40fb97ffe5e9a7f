//! Mutants of single expectations: omitted, inverted, generalised, altered.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::edit::{Edit, at, join, name};
use super::maker::Maker;
use super::mutant::{Mutant, Operator};
use super::text;
use crate::load::Key;

/// Keys of an expectation that hold texts.
const TEXTS: [&str; 3] = ["has", "lacks", "reworded"];
/// Pairs of keys; exchanging them inverts an expectation.
const OPPOSITES: [(&str, &str); 2] = [("has", "lacks"), ("below", "above")];

pub(super) fn entries(maker: &Maker<'_>) -> Vec<Vec<Key>> {
    let mut found = Vec::new();
    for list in maker.lists() {
        for step in 0..maker.list(&list).len() {
            let expect = join(&list, [Key::Index(step), name("expect")]);
            found.extend((0..maker.list(&expect).len()).map(|index| join(&expect, [Key::Index(index)])));
        }
    }
    found
}

pub(super) fn mutants(maker: &Maker<'_>, seed: u64) -> Vec<Mutant> {
    let common = words(maker.tree);
    let mut found = Vec::new();
    for path in entries(maker) {
        let Some(check) = at(maker.tree, &path).and_then(Value::as_object) else { continue };
        let whole = vec![Edit::Remove(path.clone())];
        found.push(maker.mutant(Operator::ExpectationDropped, path.clone(), "left out".to_owned(), whole));
        for (one, other) in OPPOSITES.into_iter().flat_map(|(one, other)| [(one, other), (other, one)]) {
            if let Some(value) = check.get(one).filter(|_| !check.contains_key(other)) {
                let key = |key| join(&path, [name(key)]);
                let edits = vec![Edit::Set(key(other), value.clone()), Edit::Remove(key(one))];
                found.push(maker.mutant(Operator::ExpectationInverted, key(one), format!("`{one}` becomes `{other}`"), edits));
            }
        }
        found.extend(exits(maker, &path, check.get("exit")));
        found.extend(check.get("status").and_then(Value::as_u64).map(|status| {
            let other = if status < 300 { 500 } else { 200 };
            set(maker, Operator::ExpectationInverted, join(&path, [name("status")]), json!(other))
        }));
        for key in ["below", "above", "minus"] {
            found.extend(altered(maker, &join(&path, [name(key)]), seed));
        }
        for place in texts(maker, &path) {
            // Under `lacks`, a shorter text is a stricter expectation.
            if !place.contains(&name("lacks")) {
                found.extend(generalised(maker, &place, &common));
            }
            found.extend(altered(maker, &place, seed));
            if matches!(place.last(), Some(Key::Index(_))) && maker.list(&place[..place.len() - 1]).len() > 1 {
                let edits = vec![Edit::Remove(place.clone())];
                found.push(maker.mutant(Operator::TextDropped, place, "left out".to_owned(), edits));
            }
        }
    }
    found
}

fn texts(maker: &Maker<'_>, path: &[Key]) -> Vec<Vec<Key>> {
    let mut found = Vec::new();
    for key in TEXTS {
        let place = join(path, [name(key)]);
        match at(maker.tree, &place) {
            Some(Value::Array(list)) => found.extend((0..list.len()).map(|index| join(&place, [Key::Index(index)]))),
            Some(Value::String(_)) => found.push(place),
            _ => {}
        }
    }
    found
}

fn set(maker: &Maker<'_>, operator: Operator, path: Vec<Key>, value: Value) -> Mutant {
    let shown = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
    let now = at(maker.tree, &path).map(shown).unwrap_or_default();
    let change = format!("`{now}` becomes `{}`", shown(&value));
    maker.mutant(operator, path.clone(), change, vec![Edit::Set(path, value)])
}

/// The opposite of an exit rule, and a neighbouring exit status.
fn exits(maker: &Maker<'_>, path: &[Key], exit: Option<&Value>) -> Vec<Mutant> {
    let path = join(path, [name("exit")]);
    let others: Vec<(Operator, Value)> = match exit {
        None => Vec::new(),
        Some(Value::String(rule)) if rule == "success" => {
            vec![(Operator::ExpectationInverted, json!("failure")), (Operator::ExitChanged, json!(1))]
        }
        Some(Value::String(_)) => {
            vec![(Operator::ExpectationInverted, json!("success")), (Operator::ExitChanged, json!(99))]
        }
        Some(code) => {
            let next = code.as_u64().unwrap_or_default() + 1;
            vec![
                (Operator::ExpectationInverted, json!(if next == 1 { "failure" } else { "success" })),
                (Operator::ExitChanged, json!(next)),
            ]
        }
    };
    others.into_iter().map(|(operator, value)| set(maker, operator, path.clone(), value)).collect()
}

fn generalised(maker: &Maker<'_>, path: &[Key], common: &BTreeMap<String, usize>) -> Vec<Mutant> {
    let Some(whole) = at(maker.tree, path).and_then(Value::as_str) else { return Vec::new() };
    let less = |(part, less): (&str, String)| {
        let change = format!("`{whole}` cut down to {part}, `{less}`");
        maker.mutant(Operator::TextGeneralised, path.to_vec(), change, vec![Edit::Set(path.to_vec(), json!(less))])
    };
    text::generalised(whole, common).into_iter().map(less).collect()
}

/// The text or number at a place with one character changed.
pub(super) fn altered(maker: &Maker<'_>, path: &[Key], seed: u64) -> Option<Mutant> {
    let value = match at(maker.tree, path)? {
        Value::String(text) => json!(text::altered(text, seed)?),
        Value::Number(number) => serde_json::from_str(&text::altered(&number.to_string(), seed)?).ok()?,
        _ => return None,
    };
    Some(set(maker, Operator::CharacterChanged, path.to_vec(), value))
}

/// The number of occurrences of each word in the texts of a scenario.
fn words(tree: &Value) -> BTreeMap<String, usize> {
    fn count(value: &Value, counts: &mut BTreeMap<String, usize>) {
        match value {
            Value::String(line) => text::words(line).iter().for_each(|word| *counts.entry((*word).to_owned()).or_default() += 1),
            Value::Array(list) => list.iter().for_each(|value| count(value, counts)),
            Value::Object(map) => map.values().for_each(|value| count(value, counts)),
            _ => {}
        }
    }
    let mut counts = BTreeMap::new();
    count(tree, &mut counts);
    counts
}
