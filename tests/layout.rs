//! Holds the fences and the housekeeping of the repository: who may name which crate and module, how long a file
//! is, that what the documentation names exists. It reads the tree as text and needs no git.

#![expect(clippy::unwrap_used, reason = "a helper of tests that panics fails the test")]

#[path = "layout/teeth.rs"]
mod teeth;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

/// A crate, and the files or folders that may name it. A file's own folder of submodules counts as the file.
const FENCES: [(&str, &[&str]); 11] = [
    ("bollard", &["src/engine/docker.rs"]),
    ("serde_yaml", &["src/scenario/load.rs"]),
    ("tera", &["src/report/html.rs", "src/report/markdown.rs"]),
    ("junit_report", &["src/report/junit.rs"]),
    ("clap", &["src/cli.rs"]),
    ("clap_complete", &["src/cli.rs"]),
    ("clap_mangen", &["src/cli.rs"]),
    ("pulldown_cmark", &["src/page/markdown.rs"]),
    ("html5gum", &["src/page/html.rs"]),
    ("rustix", &["src/run/terminal.rs", "src/files.rs"]),
    ("tokio", &["src/main.rs", "src/engine/", "src/run/"]),
];

/// All that may lie at the top, besides what git ignores.
const TOP: &str = "Cargo.toml Cargo.lock src scenarios dockerfiles reports .github README.md tests docs benches .ci \
                   .gitignore LICENSE CHANGELOG.md CONTRIBUTING.md Makefile clippy.toml rustfmt.toml .cargo deny.toml";

/// Where a name in the documentation is a path of this repository.
const ROOTS: [&str; 7] = ["src/", "scenarios/", "dockerfiles/", "tests/", "docs/", ".github/", "reports/"];

/// Hosts of package registries and mirrors, cut at `|` so that this file does not name one.
const HOSTS: &str = "deb|debian.org archive|debian.org security|debian.org snapshot|debian.org ftp|debian.org archive|ubuntu.com \
                     pypi|org pypi|python.org files|pythonhosted.org crates|io registry-1|docker.io index|docker.io auth|docker.io \
                     hub|docker.com docker|io/ ghcr|io quay|io gcr|io mcr|microsoft.com registry|npmjs.org rubygems|org \
                     proxy|golang.org dl-cdn|alpinelinux.org mirrors|fedoraproject.org registry|fedoraproject.org";

const LINES: usize = 400;

struct File {
    path: String,
    text: String,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    fn is(&self, folder: &str, ending: &str) -> bool {
        self.path.starts_with(folder) && self.path.ends_with(ending)
    }
}

/// Every file that git does not ignore.
fn tree() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ignore = fs::read_to_string(root.join(".gitignore")).unwrap();
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).unwrap().map(Result::unwrap) {
            let path = format!("{folder}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().unwrap();
            if path == ".git" || ignored(&path, &ignore) {
                continue;
            } else if kind.is_dir() {
                folders.push(format!("{path}/"));
            } else if kind.is_file() {
                files.push(File::new(&path, &String::from_utf8_lossy(&fs::read(entry.path()).unwrap())));
            }
        }
    }
    assert!(files.iter().any(|file| file.path == "Cargo.toml"));
    files
}

/// Whether `.gitignore` names a path. Of its language only names and anchored paths are understood.
fn ignored(path: &str, ignore: &str) -> bool {
    ignore.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).any(|line| {
        let name = line.trim_end_matches('/');
        assert!(!name.contains(['*', '?', '[', '!']), "`.gitignore` holds `{line}`, which this test does not understand");
        match name.strip_prefix('/') {
            Some(name) => path == name,
            None => path == name || path.rsplit('/').next() == Some(name),
        }
    })
}

/// Rust without comments and with empty literals.
fn code(text: &str) -> String {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        let raw = ["###", "##", "#", ""].map(|hashes| format!(r#"r{hashes}".*?"{hashes}"#)).join("|");
        let quote = r#"'(?:\\u\{\w+\}|\\x\w\w|\\.|[^\\'\n])'"#;
        Regex::new(&format!(r#"(?s)//[^\n]*|/\*.*?\*/|{raw}|"(?:\\.|[^"\\])*"|{quote}"#)).unwrap()
    });
    TOKEN.replace_all(text, |found: &regex::Captures| if found[0].starts_with('/') { " " } else { "\"\"" }).into_owned()
}

/// Every path the code names, `use` trees taken apart, without a leading `crate`, `matrix`, `self` or `super`.
fn paths(text: &str) -> Vec<Vec<String>> {
    static USE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(?:use|extern\s+crate)\s+([^;]*);").unwrap());
    static INLINE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\w+(?:\s*::\s*\w+)+").unwrap());
    let code = code(text);
    let mut found = Vec::new();
    USE.captures_iter(&code).for_each(|tree| flatten("", &tree[1], &mut found));
    found.extend(INLINE.find_iter(&USE.replace_all(&code, ";")).map(|path| path.as_str().to_owned()));
    let local = |name: &&str| ["crate", "matrix", "self", "super", ""].contains(name);
    found.iter().map(|path| path.split("::").map(str::trim).skip_while(local).map(str::to_owned).collect()).collect()
}

fn flatten(prefix: &str, tree: &str, found: &mut Vec<String>) {
    let Some((head, rest)) = tree.split_once('{') else {
        let leaf = tree.split(" as ").next().unwrap_or(tree);
        return found.push(format!("{prefix}{}", leaf.trim()));
    };
    let (inner, _) = rest.rsplit_once('}').unwrap();
    let prefix = format!("{prefix}{}", head.trim());
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                flatten(&prefix, &inner[start..at], found);
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// Whether a file is one of these, below one of these, or in one of these folders.
fn within(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| {
        let folder = place.strip_suffix(".rs").map_or((*place).to_owned(), |stem| format!("{stem}/"));
        path == *place || path.starts_with(&folder)
    })
}

fn crossed_fences(file: &File) -> Vec<String> {
    let foreign = |path: &Vec<String>| {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let outside = |places| !within(&file.path, places);
        match names.as_slice() {
            ["app", ..] => outside(&["src/main.rs", "src/app.rs"]),
            ["engine", "EngineInfo", ..] => false,
            ["engine", ..] | ["run", "cell", ..] => !outside(&["src/report.rs"]),
            [name, ..] => FENCES.iter().any(|(fenced, places)| fenced == name && outside(places)),
            [] => false,
        }
    };
    let crossed = paths(&file.text).into_iter().filter(foreign);
    crossed.map(|path| format!("{} must not name `{}`", file.path, path.join("::"))).collect()
}

fn allows(file: &File) -> bool {
    static ALLOW: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"#!?\[[^\]]*\ballow\s*\(").unwrap());
    ALLOW.is_match(&code(&file.text))
}

fn hosts(file: &File) -> Vec<String> {
    let text = file.text.to_lowercase();
    let hosts = HOSTS.split_whitespace().map(|host| host.replace('|', "."));
    hosts.filter(|host| text.contains(host)).map(|host| format!("{} names `{host}`", file.path)).collect()
}

/// Paths of this repository that a page names in backticks, outside blocks of code. Names with a placeholder are none.
fn named_paths(page: &str) -> Vec<String> {
    let mut block = false;
    let mut named = Vec::new();
    for line in page.lines() {
        block ^= line.trim_start().starts_with("```");
        if !block {
            named.extend(line.split('`').skip(1).step_by(2).filter(|name| is_path(name)).map(str::to_owned));
        }
    }
    named
}

fn is_path(name: &str) -> bool {
    ROOTS.iter().any(|root| name.starts_with(root))
        && !name.starts_with("reports/out")
        && !name.contains(|c: char| c.is_whitespace() || "<>*{}[]…".contains(c))
}

fn assert_none(complaints: impl IntoIterator<Item = String>) {
    let complaints: Vec<String> = complaints.into_iter().collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn fenced_crates_and_modules_are_named_only_inside_their_fences() {
    assert_none(tree().iter().filter(|file| file.is("src/", ".rs")).flat_map(crossed_fences));
}

#[test]
fn no_wait_and_no_duration_of_a_run_hangs_on_a_clock_that_can_be_set() {
    let runs = |file: &&File| file.is("src/engine/", ".rs") || file.is("src/run/", ".rs");
    let settable = |file: &File| {
        let found = settable_clock(&file.text);
        found.map(|name| format!("{} reckons with `{name}`: a clock that jumps would end a wait or stretch it", file.path))
    };
    assert_none(tree().iter().filter(runs).filter_map(settable));
}

/// What a text does with the time of day besides noting it.
fn settable_clock(text: &str) -> Option<String> {
    static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
        let reckoning =
            r"\.\s*(?:duration_since|duration_until|since|until|as_second|as_millisecond|as_microsecond|as_nanosecond)\s*\(";
        Regex::new(&format!(r"\b(?:SystemTime|UNIX_EPOCH|Zoned)\b|{reckoning}")).unwrap()
    });
    CLOCK.find(&code(text)).map(|found| found.as_str().to_owned())
}

#[test]
fn every_source_file_says_what_it_is_for_and_is_short() {
    let files = tree();
    let sources = || files.iter().filter(|file| file.is("src/", ".rs"));
    assert_none(sources().filter(|file| !opens(file)).map(|file| format!("{} does not open with `//!`", file.path)));
    assert_none(sources().filter(|file| long(file)).map(|file| format!("{} has more than {LINES} lines", file.path)));
}

fn opens(file: &File) -> bool {
    file.text.starts_with("//!")
}

fn long(file: &File) -> bool {
    file.text.lines().count() > LINES
}

#[test]
fn no_lint_is_allowed_away() {
    assert_none(
        tree().iter().filter(|file| file.is("", ".rs") && allows(file)).map(|file| format!("{}: use `expect`", file.path)),
    );
}

#[test]
fn no_file_names_the_host_of_a_package_registry() {
    // Cargo writes the index it resolved from into its lock file, in its own words.
    assert_none(tree().iter().filter(|file| file.path != "Cargo.lock").flat_map(hosts));
}

#[test]
fn every_path_named_in_the_documentation_exists() {
    let files = tree();
    let pages =
        files.iter().filter(|file| file.is("docs/", ".md") || ["README.md", "CONTRIBUTING.md"].contains(&file.path.as_str()));
    let missing = |page: &File| {
        let gone = named_paths(&page.text).into_iter().filter(|path| !Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists());
        gone.map(|path| format!("{} names `{path}`, which does not exist", page.path)).collect::<Vec<_>>()
    };
    assert_none(pages.flat_map(missing));
}

#[test]
fn nothing_unknown_lies_at_the_top() {
    assert_none(tree().iter().filter_map(|file| stray(&file.path)));
}

fn stray(path: &str) -> Option<String> {
    let top = path.split('/').next().unwrap_or(path);
    (!TOP.split_whitespace().any(|known| known == top)).then(|| format!("`{top}` does not belong at the top"))
}
