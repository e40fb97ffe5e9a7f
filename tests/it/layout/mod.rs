//! The layout of the repository: dependencies of modules, lengths of files, and paths in the documentation.

mod rooms;
mod self_test;

use std::fs;
use std::path::Path;

/// Allowed entries of the top folder, except those ignored by git.
const TOP: &str = "Cargo.toml Cargo.lock src scenarios dockerfiles reports .github README.md tests docs benches examples .ci \
                   .gitignore LICENSE CHANGELOG.md CONTRIBUTING.md Makefile clippy.toml rustfmt.toml .cargo deny.toml \
                   matrix.yaml build.rs";

/// Where a name in the documentation is a path of this repository.
const ROOTS: [&str; 8] = ["src/", "examples/", "scenarios/", "dockerfiles/", "tests/", "docs/", ".github/", "reports/"];

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
fn every_source_file_is_short() {
    let files = tree();
    let long = files.iter().filter(|file| file.is("src/", ".rs") && file.text.lines().count() > LINES);
    assert_none(long.map(|file| format!("{} has more than {LINES} lines", file.path)));
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
fn the_top_folder_has_no_unknown_entries() {
    assert_none(tree().iter().filter_map(|file| stray(&file.path)));
}

fn stray(path: &str) -> Option<String> {
    let top = path.split('/').next().unwrap_or(path);
    (!TOP.split_whitespace().any(|known| known == top)).then(|| format!("`{top}` does not belong at the top"))
}
