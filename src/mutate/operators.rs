//! Every mutant of a scenario.

use serde_json::{Value, json};

use super::edit::{Edit, at, join, name, place};
use super::expectations;
use super::maker::Maker;
use super::mutant::{Mutant, Operator};
use crate::load::Key;

/// All mutants of a scenario, from the plain data of its file. The same seed gives the same mutants.
pub fn mutants(tree: &Value, seed: u64) -> Vec<Mutant> {
    let maker = Maker { tree };
    let mut all = Vec::new();
    all.extend(maker.images());
    all.extend(maker.fronts());
    all.extend(maker.workarounds());
    all.extend(maker.steps_left_out(&[name("resolved")]));
    all.extend(maker.replacements_left_out(&[name("control"), name("replace")]));
    all.extend(expectations::mutants(&maker, seed));
    all.extend(maker.claims_swapped());
    all.extend(maker.drifts(seed));
    all
}

impl Maker<'_> {
    fn images(&self) -> Vec<Mutant> {
        let (defect, control) = (vec![name("image")], vec![name("control"), name("image")]);
        let mut found = Vec::new();
        if let (Some(with), Some(without)) = (at(self.tree, &defect), at(self.tree, &control)) {
            let set = |path: &Vec<Key>, value: &Value| Edit::Set(path.clone(), value.clone());
            found.push(self.mutant(
                Operator::ImagesSwapped,
                defect.clone(),
                "exchanged with that of the control".to_owned(),
                vec![set(&defect, without), set(&control, with)],
            ));
            found.push(self.mutant(
                Operator::SameImage,
                defect.clone(),
                "that of the control".to_owned(),
                vec![set(&defect, without)],
            ));
            found.push(self.mutant(
                Operator::SameImage,
                control.clone(),
                "the one with the defect".to_owned(),
                vec![set(&control, with)],
            ));
        }
        for stack in [defect, control] {
            let layers = self.list(&stack);
            for (index, layer) in layers.iter().enumerate().filter(|_| layers.len() > 1) {
                let path = join(&stack, [Key::Index(index)]);
                let change = format!("without `{}`", layer.as_str().or_else(|| layer["dockerfile"].as_str()).unwrap_or_default());
                found.push(self.mutant(Operator::DockerfileLeftOut, path.clone(), change, vec![Edit::Remove(path)]));
            }
        }
        found
    }

    /// Inserts a step at the front of every list of steps except `verify`.
    fn fronts(&self) -> Vec<Mutant> {
        let does = |path: &Vec<Key>| !matches!(path.last(), Some(Key::Name(part)) if part == "verify");
        let mut found = Vec::new();
        for path in self.lists().into_iter().filter(does) {
            for (operator, command) in [(Operator::FailingStepInFront, "false"), (Operator::IdleStepInFront, "true")] {
                let step = json!({"name": "put-in-front", "run": command});
                let change = format!("`run: {command}` in front");
                found.push(self.mutant(operator, path.clone(), change, vec![Edit::Prepend(path.clone(), step)]));
            }
        }
        found
    }

    fn workarounds(&self) -> Vec<Mutant> {
        let all = [name("workarounds")];
        let mut found = Vec::new();
        let count = self.list(&all).len();
        for index in 0..count {
            let path = join(&all, [Key::Index(index)]);
            found.push(self.mutant(
                Operator::WorkaroundWithoutSteps,
                path.clone(),
                "does nothing".to_owned(),
                self.emptied(&path),
            ));
            found.extend(self.steps_left_out(&join(&path, [name("steps")])));
            found.extend(self.replacements_left_out(&join(&path, [name("replace")])));
            for other in index + 1..count {
                found.extend(self.swapped(&path, &join(&all, [Key::Index(other)])));
            }
        }
        found
    }

    /// Edits that make a workaround do nothing: its only step is `sleep 0`.
    fn emptied(&self, path: &[Key]) -> Vec<Edit> {
        let idle = json!([{"name": "left-out", "run": "sleep 0"}]);
        let others = ["replace", "env", "directory"].map(|key| join(path, [name(key)]));
        let others = others.into_iter().filter(|path| at(self.tree, path).is_some()).map(Edit::Remove);
        std::iter::once(Edit::Set(join(path, [name("steps")]), idle)).chain(others).collect()
    }

    /// Omits each step of a list, unless it is the only one.
    fn steps_left_out(&self, list: &[Key]) -> Vec<Mutant> {
        let steps = self.list(list).len();
        let left_out = |index| {
            let path = join(list, [Key::Index(index)]);
            self.mutant(Operator::StepLeftOut, path.clone(), "left out".to_owned(), vec![Edit::Remove(path)])
        };
        (0..steps).filter(|_| steps > 1).map(left_out).collect()
    }

    /// Omits each replacement of a step, so that the step runs as in the failing procedure.
    fn replacements_left_out(&self, map: &[Key]) -> Vec<Mutant> {
        let names = at(self.tree, map).and_then(Value::as_object).into_iter().flat_map(serde_json::Map::keys);
        let left_out = |key: &String| {
            let path = join(map, [name(key)]);
            self.mutant(Operator::StepLeftOut, path.clone(), "left out".to_owned(), vec![Edit::Remove(path)])
        };
        names.map(left_out).collect()
    }

    /// Exchanges the actions of two workarounds.
    fn swapped(&self, one: &[Key], other: &[Key]) -> Option<Mutant> {
        let mut edits = Vec::new();
        for key in ["steps", "replace", "env", "directory"] {
            for (to, from) in [(one, other), (other, one)] {
                let place = join(to, [name(key)]);
                match at(self.tree, &join(from, [name(key)])) {
                    Some(value) => edits.push(Edit::Set(place, value.clone())),
                    None if at(self.tree, &place).is_some() => edits.push(Edit::Remove(place)),
                    None => {}
                }
            }
        }
        let same = |path: &[Key]| at(self.tree, &join(path, [name("steps")]));
        let change = format!("does what `{}` does, and the reverse", place(self.tree, other));
        (same(one) != same(other)).then(|| self.mutant(Operator::WorkaroundsSwapped, one.to_vec(), change, edits))
    }

    /// Exchanges the claims of each two expectations, and of each two workarounds.
    fn claims_swapped(&self) -> Vec<Mutant> {
        let checks = expectations::entries(self);
        let workarounds = (0..self.list(&[name("workarounds")]).len()).map(|i| vec![name("workarounds"), Key::Index(i)]);
        let mut found = Vec::new();
        for group in [checks, workarounds.collect()] {
            let claims: Vec<(Vec<Key>, &str)> = group
                .iter()
                .map(|path| join(path, [name("claim")]))
                .filter_map(|path| Some((path.clone(), at(self.tree, &path)?.as_str()?)))
                .collect();
            for (index, (one, first)) in claims.iter().enumerate() {
                for (other, second) in claims[index + 1..].iter().filter(|(_, second)| second != first) {
                    let edits = vec![Edit::Set(one.clone(), json!(second)), Edit::Set(other.clone(), json!(first))];
                    let change = format!("`{first}` exchanged with `{second}` of `{}`", place(self.tree, other));
                    found.push(self.mutant(Operator::ClaimsSwapped, one.clone(), change, edits));
                }
            }
        }
        found
    }

    fn drifts(&self, seed: u64) -> Vec<Mutant> {
        let mut found = Vec::new();
        for list in ["known-drift", "not-reproduced"] {
            for index in 0..self.list(&[name(list)]).len() {
                let path = vec![name(list), Key::Index(index)];
                let drop = vec![Edit::Remove(path.clone())];
                found.push(self.mutant(Operator::DriftDropped, path.clone(), "left out".to_owned(), drop));
                found.extend(self.other_kinds(&join(&path, [name("drift")])));
                for key in ["seen", "above", "below"] {
                    let changed = expectations::altered(self, &join(&path, [name(key)]), seed);
                    found.extend(changed.map(|mutant| Mutant { operator: Operator::DriftTextChanged, ..mutant }));
                }
            }
        }
        found
    }

    fn other_kinds(&self, path: &[Key]) -> Vec<Mutant> {
        let now = at(self.tree, path).and_then(Value::as_str).unwrap_or_default();
        let kinds = match now {
            "absent" | "reworded" | "off-measure" => vec!["absent", "reworded", "off-measure"],
            "workaround-fails" | "workaround-unneeded" => vec!["workaround-fails", "workaround-unneeded"],
            _ => Vec::new(),
        };
        let other = |kind: &str| {
            let edits = vec![Edit::Set(path.to_vec(), json!(kind))];
            self.mutant(Operator::DriftKindChanged, path.to_vec(), format!("`{now}` becomes `{kind}`"), edits)
        };
        kinds.into_iter().filter(|kind| *kind != now).map(other).collect()
    }
}
