//! Each check of the layout fails on what it is there to find.

use super::*;

fn crosses(path: &str, text: &str) -> bool {
    !crossed_fences(&File::new(path, text)).is_empty()
}

#[test]
fn a_fenced_crate_is_found_in_every_way_of_naming_it() {
    for (name, places) in FENCES {
        for text in [
            format!("use {name};"),
            format!("use {name}::x as y;"),
            format!("use std::{{\n    fmt,\n}};\nuse {{std::io, {name}::{{x, y}}}};"),
            format!("extern crate {name};"),
            format!("fn f() -> ::{name}::X {{}}"),
            format!("#[{name}::x]\nfn f() {{}}"),
        ] {
            assert!(crosses("src/plan/mod.rs", &text), "{text}");
            assert!(!crosses(places[0], &text), "{text}");
        }
        for text in
            [format!("// {name}::x"), format!("//! [`{name}::x`]"), format!("f(\"{name}::x\")"), format!("{name}_util::x()")]
        {
            assert!(!crosses("src/plan/mod.rs", &text), "{text}");
        }
    }
}

#[test]
fn a_fence_holds_folders_and_the_submodules_of_a_file() {
    assert!(!crosses("src/engine/scripted.rs", "tokio::time::sleep()"));
    assert!(!crosses("src/engine/docker/exec.rs", "use bollard::Docker;"));
    assert!(crosses("src/engine/scripted.rs", "use bollard::Docker;"));
}

#[test]
fn a_report_that_names_the_engine_or_the_cell_runner_is_found() {
    for text in [
        "use crate::engine;",
        "use crate::engine::Engine;",
        "use crate::{engine::{EngineInfo, docker}};",
        "crate::run::cell::run()",
    ] {
        assert!(crosses("src/report/mod.rs", text), "{text}");
        assert!(!crosses("src/run/images.rs", text), "{text}");
    }
    assert!(!crosses("src/report/mod.rs", "use crate::engine::EngineInfo;\nuse crate::run::event::Event;"));
}

#[test]
fn whoever_names_app_besides_main_is_found() {
    for text in ["use crate::app;", "use crate::{app, cli};", "super::app::run()", "matrix::app::run()"] {
        assert!(crosses("src/cli.rs", text), "{text}");
        assert!(!crosses("src/main.rs", text), "{text}");
    }
    assert!(!crosses("src/lib.rs", "pub mod app;"));
}

#[test]
fn literals_and_comments_end_where_they_end() {
    for text in [
        "let a = '\"'; tera::x()",
        "f(r#\"\"\"#); tera::x()",
        "/* \" */ tera::x()",
        "\"//\"; tera::x()",
        "f::<'a>(\"'\"); tera::x()",
    ] {
        assert!(crosses("src/plan/mod.rs", text), "{text}");
    }
}

#[test]
fn a_file_without_its_purpose_or_too_long_is_found() {
    assert!(!opens(&File::new("src/x.rs", "// x\n//! y\n")));
    assert!(long(&File::new("src/x.rs", &"x\n".repeat(LINES + 1))) && !long(&File::new("src/x.rs", &"x\n".repeat(LINES))));
}

#[test]
fn a_lint_allowed_away_is_found() {
    let word = ["al", "low"].concat();
    for text in [format!("#[{word}(dead_code)]"), format!("#![{word}(x)]"), format!("#[cfg_attr(test, {word}(x))]")] {
        assert!(allows(&File::new("x.rs", &text)), "{text}");
    }
    assert!(!allows(&File::new("x.rs", "#[expect(dead_code)]\nfn f() { allow(1) } // #[")));
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
fn what_git_ignores_is_passed_over_and_nothing_else() {
    let ignore = "# x\n/target\n/reports/out/\n.idea\n";
    let found = ["target", "reports/out", "a/.idea", "src/target", "reports", "out"].map(|path| ignored(path, ignore));
    assert_eq!(found, [true, true, true, false, false, false]);
}

#[test]
fn reckoning_with_the_time_of_day_is_found_and_noting_it_is_not() {
    for text in [
        "std::time::SystemTime::now()",
        "began.duration_since(ended)",
        "now.as_second() + 5",
        "a . until (b)",
        "use jiff::Zoned;",
    ] {
        assert!(settable_clock(text).is_some(), "{text}");
    }
    for text in
        ["let started = Timestamp::now();", "Instant::now() + limit", "clock.elapsed()", "// SystemTime", "\"as_second()\""]
    {
        assert!(settable_clock(text).is_none(), "{text}");
    }
}
