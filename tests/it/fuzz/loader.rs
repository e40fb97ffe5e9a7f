//! The loader with arbitrary input: it never panics, its messages are printable, and accepted input can be planned.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use matrix::image::Catalog;
use matrix::load;
use matrix::model::cell::expand::expand;
use matrix::model::project::{Edition, Page, Project};
use matrix::plan::plan;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::markup::fit;
use super::{changed, changes, config, corpus, nasty};

/// The ledger of the later edition.
const LATER: &str = "claims-2026.yaml";

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::read(Path::new("dockerfiles")).unwrap());

/// The shipped scenario files, as plain data.
static SHIPPED: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let entries = fs::read_dir("scenarios").unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    paths.sort();
    let tree = |path: &Path| serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    paths.iter().map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), tree(path))).collect()
});

fn shipped(name: &str) -> Value {
    SHIPPED.iter().find(|(found, _)| found == name).unwrap().1.clone()
}

/// Loads a folder of these files, and plans every cell if it is accepted. Returns whether it is.
fn held(files: &[(&str, Vec<u8>)]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let edition = |(id, name): (&str, &str)| Edition { id: id.to_owned(), text: None, ledger: folder.path().join(name) };
    let has_two = files.iter().any(|(name, _)| *name == LATER);
    let editions = if has_two { [("classic", "claims.yaml"), ("2026", LATER)].map(edition).into() } else { Vec::new() };
    match load::page(&Project::default(), &Page { editions, ..Page::of_folder(folder.path()) }) {
        Err(mistakes) => {
            let message = mistakes.to_string();
            assert!(fit(&message) && message.len() < 400_000, "{message:?}");
            false
        }
        Ok(library) => {
            for scenario in &library.scenarios {
                for cell in expand(scenario) {
                    // A missing dockerfile is reported here, because only the catalogue knows them.
                    let planned = plan(scenario, cell, &library.ledger, &CATALOG);
                    let text = planned.map_or_else(|error| error.to_string(), |plan| serde_json::to_string(&plan).unwrap());
                    assert!(fit(&text), "{text:?}");
                }
            }
            true
        }
    }
}

fn json(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

#[test]
fn the_corpus_of_scenarios_is_refused_with_printable_messages() {
    for (path, bytes) in corpus("scenarios") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let files = ["claims.yaml", "common.yaml"].map(|name| (name, json(&shipped(name))));
        assert!(!held(&[files.as_slice(), &[(name.as_str(), bytes)]].concat()), "{name} is accepted");
    }
}

#[test]
fn the_shipped_scenarios_are_accepted_as_plain_data() {
    let files: Vec<(&str, Vec<u8>)> = SHIPPED.iter().map(|(name, tree)| (name.as_str(), json(tree))).collect();
    assert!(held(&files));
}

proptest! {
    #![proptest_config(config(24, "tests/data/corpus/loader.txt"))]

    #[test]
    fn a_shipped_scenario_with_other_data_in_it_is_refused_or_planned(file in any::<Index>(), changes in changes()) {
        let (name, tree) = file.get(&SHIPPED);
        let mut files: Vec<_> = ["claims.yaml", LATER, "common.yaml"].map(|name| (name, json(&shipped(name)))).into();
        files.retain(|(other, _)| other != name);
        files.push((name, json(&changed(tree, &changes))));
        held(&files);
    }

    #[test]
    fn any_text_is_refused_or_planned(text in text(), beside in nasty()) {
        held(&[("claims.yaml", json(&shipped("claims.yaml"))), ("any.yaml", text.clone().into_bytes()), ("common.yaml", beside.into_bytes())]);
        held(&[("claims.yaml", text.into_bytes())]);
    }
}

/// The parts of [`text`].
const WORDS: &[&str] = &[
    "\n",
    "\n  ",
    "\n    ",
    "\n- ",
    "\n  - ",
    ": ",
    ":\n",
    "- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "&a ",
    "*a",
    "!!",
    "!x ",
    "|\n",
    ">-\n",
    "\"",
    "'",
    "#",
    "%YAML 1.2\n",
    "---\n",
    "...\n",
    "<<: ",
    "~",
    "null",
    "true",
    "0x1f",
    ".inf",
    "1_000",
    "\t",
    "\u{feff}",
    "\\e",
    "scenario",
    "any",
    "section",
    "axes",
    "base",
    "exclude",
    "when",
    "reproduce",
    "name",
    "run",
    "expect",
    "exit",
    "failure",
    "has",
    "claim",
    "headers.python-h",
    "http",
    "path",
    "resolved",
    "control",
    "image",
    "apache",
    "workarounds",
    "known-drift",
    "values",
    "{{ base }}",
    "{{",
    "}}",
    "use",
    "cells",
    "steps",
    "sections",
    "claims",
    "id",
    "kind",
    "says",
    "symptom",
    "quotes",
    "timeout",
];

/// Text of parts with a meaning in YAML and in a scenario.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![8 => prop::sample::select(WORDS).prop_map(str::to_owned), 1 => nasty()];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}
