//! Dependencies between modules of `src`: rooms use only rooms below them, and there are no cycles.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{ItemMod, ItemUse, UseTree, Visibility};

use super::tree;

/// The rooms of `src`, from the top: each uses only those below it.
const ROOMS: [&str; 18] = [
    "commands", "cli", "ci", "export", "report", "bisect", "page", "run", "mutate", "plan", "image", "engine", "summary",
    "judge", "load", "model", "subject", "text",
];

/// The modules of a crate by path, such as `run::cell`, and the modules that each uses.
pub(crate) type Uses = BTreeMap<String, BTreeSet<String>>;

/// Which module uses which, from the path and text of each file below `src`.
pub(crate) fn uses<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Uses {
    let parsed = files.map(|(path, text)| {
        let path = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        let module = if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() };
        (module, syn::parse_file(text).expect("Rust"))
    });
    let parsed: Vec<(Vec<String>, syn::File)> = parsed.collect();
    let known: BTreeSet<String> = parsed.iter().map(|(module, _)| module.join("::")).collect();
    let found = parsed.iter().map(|(module, file)| {
        let mut paths = Paths { module: module.clone(), children: BTreeSet::new(), found: Vec::new() };
        paths.visit_file(file);
        let used =
            paths.absolute().filter_map(|path| (1..=path.len()).rev().map(|n| path[..n].join("::")).find(|m| known.contains(m)));
        let own = module.join("::");
        (own.clone(), used.filter(|used| *used != own).collect())
    });
    found.collect()
}

/// Uses of a room by one that is not above it.
pub(crate) fn upward(uses: &Uses) -> Vec<String> {
    let rank = |module: &str| {
        let room = module.split("::").next().unwrap_or(module);
        ROOMS.iter().position(|known| *known == room)
    };
    let wrong = |(from, to): &(&String, &String)| matches!((rank(from), rank(to)), (Some(from), Some(to)) if to < from);
    let all = uses.iter().flat_map(|(from, used)| used.iter().map(move |to| (from, to)));
    all.filter(wrong).map(|(from, to)| format!("`{from}` uses `{to}`, a room above it")).collect()
}

/// Modules that use each other: each is followed to every module that it reaches.
pub(crate) fn cycles(uses: &Uses) -> Vec<String> {
    let reached = |from: &String| {
        let mut reached: BTreeSet<&String> = BTreeSet::new();
        let mut next: Vec<&String> = uses[from].iter().collect();
        while let Some(module) = next.pop() {
            if reached.insert(module) {
                next.extend(&uses[module]);
            }
        }
        reached
    };
    let reached: BTreeMap<&String, BTreeSet<&String>> = uses.keys().map(|module| (module, reached(module))).collect();
    let mutual = |module: &String, other: &String| reached[module].contains(other) && reached[other].contains(module);
    let pairs = uses.iter().flat_map(|(module, used)| used.iter().map(move |other| (module, other)));
    pairs
        .filter(|(module, other)| mutual(module, other))
        .map(|(module, other)| format!("`{module}` uses `{other}` and is used by it"))
        .collect()
}

/// The paths that a file names, tests left out.
struct Paths {
    module: Vec<String>,
    children: BTreeSet<String>,
    found: Vec<Vec<String>>,
}

impl Paths {
    /// Those that begin in this crate, from its root.
    fn absolute(&self) -> impl Iterator<Item = Vec<String>> {
        self.found.iter().filter_map(|path| {
            let up = path.iter().take_while(|name| *name == "super").count();
            let (base, rest): (&[String], _) = match path.first()?.as_str() {
                "crate" => (&[], &path[1..]),
                "self" => (&self.module, &path[1..]),
                "super" => (&self.module[..self.module.len() - up], &path[up..]),
                child if self.children.contains(child) && path.len() > 1 => (&self.module, &path[..]),
                _ => return None,
            };
            Some([base, rest].concat())
        })
    }

    fn tree(&mut self, before: &[String], tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.tree(&[before, &[path.ident.to_string()]].concat(), &path.tree),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(before, tree)),
            UseTree::Name(name) => self.found.push([before, &[name.ident.to_string()]].concat()),
            UseTree::Rename(name) => self.found.push([before, &[name.ident.to_string()]].concat()),
            UseTree::Glob(_) => self.found.push(before.to_vec()),
        }
    }
}

impl<'a> Visit<'a> for Paths {
    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        if item.content.is_none() && item.attrs.is_empty() {
            self.children.insert(item.ident.to_string());
        }
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        self.tree(&[], &item.tree);
    }

    /// `pub(super)` uses nothing.
    fn visit_visibility(&mut self, _: &'a Visibility) {}

    fn visit_path(&mut self, path: &'a syn::Path) {
        self.found.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

fn source() -> Uses {
    let files = tree();
    let source =
        files.iter().filter(|file| file.is("src/", ".rs") && !file.path.ends_with("tests.rs") && !file.path.contains("/tests/"));
    uses(source.map(|file| (file.path.as_str(), file.text.as_str())))
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    let uses = source();
    let unknown: Vec<&String> = uses.keys().filter(|module| !ROOMS.contains(&module.split("::").next().unwrap_or(""))).collect();
    assert_eq!(unknown, ["", "main"], "a new folder of `src` has its place in `ROOMS`");
    assert_eq!(upward(&uses), [""; 0]);
}

#[test]
fn no_modules_use_each_other() {
    assert_eq!(cycles(&source()), [""; 0]);
}
