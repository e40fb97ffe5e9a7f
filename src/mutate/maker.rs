//! Builds mutants from a scenario as plain data.

use serde_json::Value;

use super::edit::{Edit, at, name, place};
use super::mutant::{Mutant, Operator};
use crate::load::Key;

/// The keys of lists of steps.
const LISTS: [&str; 3] = ["prepare", "reproduce", "resolved"];

pub(super) struct Maker<'a> {
    pub(super) tree: &'a Value,
}

impl<'a> Maker<'a> {
    pub(super) fn mutant(&self, operator: Operator, path: Vec<Key>, change: String, edits: Vec<Edit>) -> Mutant {
        Mutant { operator, place: place(self.tree, &path), path, change, edits }
    }

    pub(super) fn list(&self, path: &[Key]) -> &'a [Value] {
        at(self.tree, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(super) fn lists(&self) -> Vec<Vec<Key>> {
        let workarounds = (0..self.list(&[name("workarounds")]).len())
            .flat_map(|index| ["steps", "verify"].map(|part| vec![name("workarounds"), Key::Index(index), name(part)]));
        let control = vec![name("control"), name("verify")];
        let lists = LISTS.iter().map(|part| vec![name(part)]).chain(workarounds).chain([control]);
        lists.filter(|path| at(self.tree, path).is_some_and(Value::is_array)).collect()
    }
}
