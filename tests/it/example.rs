//! The shipped example of another project, and the tutorial that builds it: the project is valid, its page and its ledger cover each
//! other, and the tutorial shows its files and commands as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Its section about the example.
const TUTORIAL: &str = include_str!("../../docs/your-own-page.md");
const EXAMPLE: &str = "examples/psycopg";

/// A copy of the example, in which commands may write.
fn copy() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    assert!(Command::new("cp").args(["-r", EXAMPLE]).arg(dir.path()).status().is_ok_and(|status| status.success()));
    let folder = dir.path().join("psycopg");
    (dir, folder)
}

fn matrix(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
    let own = ["MATRIX_SCENARIOS", "MATRIX_DOCKERFILES", "MATRIX_REPORT_DIR"];
    own.iter().for_each(|name| {
        command.env_remove(name);
    });
    command.args(arguments).current_dir(folder).env("XDG_STATE_HOME", folder).output().unwrap()
}

fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = matrix(folder, arguments);
    let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "matrix {}\n{printed}", arguments.join(" "));
    printed
}

/// The blocks of the section with this language, without their fences.
fn blocks(language: &str) -> Vec<&'static str> {
    let section = TUTORIAL.split("\n## ").find(|section| section.starts_with("A real page")).expect("there is a section");
    let all = section.split("\n```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
    all.filter_map(|(found, text)| (found == language).then_some(text)).collect()
}

#[test]
fn the_example_is_valid_and_every_claim_is_bound() {
    let (_dir, folder) = copy();
    assert_eq!(succeeds(&folder, &["check"]), "7 scenarios, 18 cells: valid\n");
}

#[test]
fn the_page_of_the_example_has_every_claim_and_nothing_that_none_covers() {
    let (_dir, folder) = copy();
    let printed = succeeds(&folder, &["page", "page.rst"]);
    assert!(printed.contains("page.rst: 27 of 27 claims found\n"), "{printed}");
}

#[test]
fn the_tutorial_shows_the_files_of_the_example_as_they_are() {
    let shown: Vec<(&str, &str)> = ["yaml", "dockerfile"].iter().flat_map(|language| blocks(language)).map(named).collect();
    assert!(shown.len() > 4, "{shown:?}");
    for (name, text) in shown {
        let file = fs::read_to_string(Path::new(EXAMPLE).join(name)).unwrap_or_else(|cause| panic!("{name}: {cause}"));
        assert!(format!("\n{file}").contains(&format!("\n{text}\n")), "{name} does not have\n{text}");
    }
}

/// A block whose first line is a comment with the name of its file.
fn named(block: &str) -> (&str, &str) {
    let (first, text) = block.split_once('\n').unwrap();
    (first.strip_prefix("# ").unwrap_or_else(|| panic!("no file is named above\n{block}")), text)
}

/// Commands that need an engine are planned with the same arguments, so that they select a cell.
#[test]
fn the_commands_of_the_tutorial_work_as_printed() {
    let (_dir, folder) = copy();
    let lines: Vec<&str> = blocks("sh").into_iter().flat_map(str::lines).collect();
    assert!(lines.len() > 7, "{lines:?}");
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["cd", to] => assert_eq!(to, EXAMPLE),
            ["git", "apply", "--check", patch] => assert_eq!(patch, "reports/out/page.patch", "the patch of a run"),
            ["matrix", "run" | "mutate", ref rest @ ..] => {
                succeeds(&folder, &[&["plan"], rest].concat());
            }
            ["matrix", ref rest @ ..] => {
                succeeds(&folder, rest);
            }
            _ => panic!("`{line}` is not a command that this test knows"),
        }
    }
}
