//! Tests of the checks of the layout.

use super::rooms::{cycles, upward, uses};
use super::*;

#[test]
fn a_room_above_and_modules_that_use_each_other_are_found() {
    let files = [
        ("src/lib.rs", "pub mod run;\npub mod text;\npub mod report;"),
        ("src/text/mod.rs", "pub mod a;\npub mod b;"),
        ("src/text/a.rs", "use super::b::{self, y};\nfn f() {}"),
        ("src/text/b.rs", "pub(super) fn y() -> crate::text::a::X { }\n#[cfg(test)]\nmod tests { use crate::report::x; }"),
        ("src/run/mod.rs", "mod cell;\nfn f() { cell::g() }"),
        ("src/run/cell.rs", "use {std::fmt, crate::{report::{Report as R}}};\nfn g() {}"),
        ("src/report/mod.rs", "use crate::text::*;"),
    ];
    let uses = uses(files.into_iter());
    assert_eq!(upward(&uses), ["`run::cell` uses `report`, a room above it"]);
    assert_eq!(
        cycles(&uses),
        ["`text::a` uses `text::b` and is used by it", "`text::b` uses `text::a` and is used by it"],
        "what only tests use does not count"
    );
}

#[test]
fn the_host_of_a_package_registry_is_found() {
    for host in
        [["deb", "debian.org"], ["PyPI", "org"], ["crates", "io"], ["registry-1", "docker.io"], ["docker", "io/library/debian"]]
    {
        assert!(!hosts(&File::new("x", &format!("from {}", host.join(".")))).is_empty(), "{host:?}");
    }
    assert_eq!(hosts(&File::new("x", &format!("apt-get install docker.io # see www.{}.org", "debian"))), [""; 0]);
}

#[test]
fn a_path_in_the_documentation_is_found_and_a_placeholder_is_not() {
    let page = "`src/a.rs` and `docs/b.md`, `dockerfiles/<name>`, `reports/out/x`, `tests/*.rs`, `a/b`\n```\n`src/c.rs`\n```\n`src/d.rs`";
    assert_eq!(named_paths(page), ["src/a.rs", "docs/b.md", "src/d.rs"]);
}

#[test]
fn a_stray_file_at_the_top_is_found() {
    assert!(stray("notes.txt").is_some() && stray("src/x/notes.txt").is_none());
}

#[test]
fn only_files_ignored_by_git_are_skipped() {
    let ignore = "# x\n/target\n/reports/out/\n.idea\n";
    let found = ["target", "reports/out", "a/.idea", "src/target", "reports", "out"].map(|path| ignored(path, ignore));
    assert_eq!(found, [true, true, true, false, false, false]);
}
