//! Arbitrary scenarios, pages, journals and output: nothing panics, accepted input can be planned, and reports contain only text.
//! Each property is tested with the stored corpus in `tests/data/corpus` and with random input; `make fuzz` uses more of the
//! latter.

mod journal;
mod loader;
mod markup;
mod reports;

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::FileFailurePersistence;
use serde_json::Value;

/// `PROPTEST_CASES` cases, else `usual`. Failing cases are stored in `seeds`, next to the corpus.
fn config(usual: u32, seeds: &'static str) -> ProptestConfig {
    let config = ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(seeds))),
        max_shrink_iters: 2_000,
        ..ProptestConfig::default()
    };
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig { cases: if asked { config.cases } else { usual }, ..config }
}

/// The stored inputs of one kind, by name.
fn corpus(kind: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new("tests/data/corpus").join(kind);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths.into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

/// The parts of [`nasty`].
const SIGNS: &[&str] = &[
    "]]>",
    "<![CDATA[",
    "</system-out>",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "<img src=x onerror=alert(1)>",
    "\" onload=\"",
    "'",
    "\"",
    "&",
    "&amp;",
    "&#0;",
    "\u{1b}[31m",
    "\u{1b}]0;t\u{7}",
    "\u{1b}[2J",
    "\u{9b}",
    "\0",
    "\r",
    "\n",
    "\r\n",
    "\t",
    "\u{8}",
    "\u{7f}",
    "\u{202e}",
    "\u{2066}",
    "\u{feff}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{85}",
    "\u{2028}",
    "`",
    "``",
    "```\n",
    "~~~",
    "|",
    "||",
    "\\",
    "\\|",
    "*",
    "_",
    "[x](http://e.example)",
    "![x](y)",
    "<http://e.example>",
    "# ",
    "- ",
    "> ",
    "@all",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "{#",
    "[..]",
    "{{ python }}",
    "{{",
    "}}",
    "$(id)",
    "&& id",
    "../../etc/passwd",
    "/etc/passwd",
    "javascript:alert(1)",
    "HTTP/1.1 200 OK",
    "-1",
    "1e308",
    "NaN",
    ".",
    "/",
    ":",
    "bookworm",
    "error:",
];

/// Text that means something to a shell, a terminal, a browser, XML, Markdown, YAML or a template, and any other.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(SIGNS).prop_map(str::to_owned),
        2 => "[ -~]{0,12}",
        2 => any::<String>(),
        1 => Just("x".repeat(20_000)),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// One change of a tree of plain data.
#[derive(Debug, Clone)]
enum Change {
    Text(String),
    Number(f64),
    Whole(i64),
    Nothing,
    Truth(bool),
    Wrapped,
    Emptied,
    Another(Index),
    Removed(Index),
    Twice(Index),
    Renamed(Index, String),
}

fn change() -> impl Strategy<Value = Change> {
    let whole = prop_oneof![any::<i64>(), Just(0), Just(-1), Just(i64::MAX), Just(i64::MIN), 0..2000_i64];
    prop_oneof![
        8 => nasty().prop_map(Change::Text),
        2 => whole.prop_map(Change::Whole),
        1 => any::<f64>().prop_map(Change::Number),
        1 => Just(Change::Nothing),
        1 => any::<bool>().prop_map(Change::Truth),
        1 => Just(Change::Wrapped),
        1 => Just(Change::Emptied),
        3 => any::<Index>().prop_map(Change::Another),
        2 => any::<Index>().prop_map(Change::Removed),
        2 => any::<Index>().prop_map(Change::Twice),
        1 => (any::<Index>(), nasty()).prop_map(|(index, name)| Change::Renamed(index, name)),
    ]
}

/// Some changes, each of the node at some place.
fn changes() -> impl Strategy<Value = Vec<(Index, Change)>> {
    prop::collection::vec((any::<Index>(), change()), 1..5)
}

fn changed(tree: &Value, changes: &[(Index, Change)]) -> Value {
    let mut tree = tree.clone();
    for (place, change) in changes {
        let (places, whole) = (places(&tree), tree.clone());
        let at = |index: &Index| index.get(&places).clone();
        let node = tree.pointer_mut(&at(place)).unwrap();
        match change {
            Change::Text(text) => *node = text.clone().into(),
            Change::Number(number) => *node = (*number).into(),
            Change::Whole(number) => *node = (*number).into(),
            Change::Nothing => *node = Value::Null,
            Change::Truth(truth) => *node = (*truth).into(),
            Change::Wrapped => *node = Value::Array(vec![node.clone()]),
            Change::Another(other) => *node = whole.pointer(&at(other)).unwrap().clone(),
            Change::Emptied | Change::Removed(_) | Change::Twice(_) | Change::Renamed(..) => reshaped(node, change),
        }
    }
    tree
}

/// A change of the content of a list or a mapping; a scalar has none.
fn reshaped(node: &mut Value, change: &Change) {
    match (node, change) {
        (Value::Array(list), Change::Emptied) => list.clear(),
        (Value::Object(map), Change::Emptied) => map.clear(),
        (Value::Array(list), Change::Removed(index)) if !list.is_empty() => drop(list.remove(index.index(list.len()))),
        (Value::Array(list), Change::Twice(index)) if !list.is_empty() => list.push(list[index.index(list.len())].clone()),
        (Value::Object(map), Change::Removed(index) | Change::Renamed(index, _)) if !map.is_empty() => {
            let key = map.keys().nth(index.index(map.len())).unwrap().clone();
            let value = map.remove(&key).unwrap();
            if let Change::Renamed(_, name) = change {
                map.insert(name.clone(), value);
            }
        }
        _ => {}
    }
}

/// The JSON pointer of every node.
fn places(tree: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut next = 0;
    while next < found.len() {
        let at = found[next].clone();
        match tree.pointer(&at) {
            Some(Value::Array(list)) => found.extend((0..list.len()).map(|index| format!("{at}/{index}"))),
            Some(Value::Object(map)) => {
                found.extend(map.keys().map(|key| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))));
            }
            _ => {}
        }
        next += 1;
    }
    found
}
