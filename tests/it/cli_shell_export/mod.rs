//! Interactive commands on a fake engine: a shell in a cell, an export, completions, manual pages.

mod export;
mod reproduce;
mod shell;

use std::io::Write;
use std::process::{Command, Stdio};

/// What a program printed and how it ended.
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ended {
    /// Runs a command to its end, with this for its input.
    fn of(command: &mut Command, input: &str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).env("NO_COLOR", "1");
        let mut child = command.spawn().unwrap_or_else(|error| {
            let program = command.get_program();
            panic!("failed to start {program:?}: {error}\nhelp: run `.ci/setup tests`, which installs it")
        });
        // A program that does not read its input may have ended already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let ended =
            Ended { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) };
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        ended
    }
}

fn matrix(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
    command.env("XDG_STATE_HOME", "/nonexistent");
    command.args(args);
    command
}

/// The plan of the tiny scenario's first cell.
fn tiny() -> matrix::model::plan::CellPlan {
    let library = matrix::load::folder(std::path::Path::new("tests/data/scenarios")).unwrap();
    let catalog = matrix::image::Catalog::read(std::path::Path::new("tests/data/dockerfiles")).unwrap();
    let scenario = &library.scenarios[0];
    let cell = matrix::model::cell::expand::expand(scenario).remove(0);
    matrix::plan::plan(scenario, cell, &library.ledger, &catalog).unwrap()
}

/// The completions of Bash for these words, the last of which is incomplete.
fn completed(words: &[&str]) -> Vec<String> {
    let script = Ended::of(&mut matrix(&["completions", "bash"]), "").stdout;
    let list = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let (index, last) = (words.len() - 1, words[words.len() - 1]);
    let ask = format!(
        "{script}\nCOMP_WORDS=({list}); COMP_CWORD={index}; COMP_TYPE=9\n\
         declare -F _clap_complete_matrix >/dev/null || exit 9\n_clap_complete_matrix matrix '{last}' '' 2>/dev/null\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_matrix")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let ended = Ended::of(Command::new("bash").args(["--norc", "-c", &ask]).env("PATH", path), "");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.stdout.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn bash_completes_subcommands_options_scenarios_cells_and_phases() {
    assert!(completed(&["matrix", "sh"]).contains(&"shell".to_owned()));
    assert_eq!(completed(&["matrix", "run", "--report"]), ["--report-dir"]);
    assert_eq!(completed(&["matrix", "run", "missing-py"]), ["missing-python-headers"]);
    let cells = completed(&["matrix", "shell", "missing-python-headers", "bookworm/"]);
    assert!(cells.contains(&"bookworm/python-3.11/mod_wsgi-4.9.4/compiler-12".to_owned()), "{cells:?}");
    assert!(cells.iter().all(|cell| cell.starts_with("bookworm/")), "{cells:?}");
    let phases = completed(&["matrix", "shell", "missing-python-headers", "bookworm/python-3.11/mod_wsgi-4.9.4/compiler-12/"]);
    assert!(
        phases.contains(&"bookworm/python-3.11/mod_wsgi-4.9.4/compiler-12/workaround:developer-package".to_owned()),
        "{phases:?}"
    );
    assert_eq!(phases.len(), 6, "{phases:?}");
    let tiny = completed(&["matrix", "--scenarios", "tests/data/scenarios", "list", "a"]);
    assert_eq!(tiny, ["absent-header"], "the folder that the command names counts");
    assert_eq!(completed(&["matrix", "bisect", "mod-python", "--claim", "modpython.ab"]), ["modpython.aborts"]);
}

#[test]
fn every_shell_gets_a_script_and_an_unknown_one_is_an_error() {
    for shell in ["bash", "fish", "zsh"] {
        let ended = Ended::of(&mut matrix(&["completions", shell]), "");
        assert!(ended.code == 0 && ended.stdout.contains("MATRIX_COMPLETE"), "{shell}: {}", ended.stderr);
    }
    assert_eq!(Ended::of(&mut matrix(&["completions", "powershell"]), "").code, 2);
}

/// The warnings of groff about a page, and the rendered page.
fn rendered(page: &str) -> (String, String) {
    let ended = Ended::of(Command::new("groff").args(["-man", "-ww", "-Tutf8", "-P-cbou"]), page);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    (ended.stderr, ended.stdout)
}

#[test]
fn the_manual_page_renders_without_a_warning_and_names_every_subcommand() {
    let page = Ended::of(&mut matrix(&["man"]), "").stdout;
    let (warnings, text) = rendered(&page);
    assert_eq!(warnings, "");
    for command in ["matrix-run(1)", "matrix-shell(1)", "matrix-export(1)", "matrix-completions(1)"] {
        assert!(text.contains(command), "{text}");
    }
    assert!(text.contains("matrix run --only base=bookworm --jobs 2"), "{text}");
}

#[test]
fn every_subcommand_has_a_manual_page_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let ended = Ended::of(matrix(&["man", "--dir"]).arg(folder.path().join("man1")), "");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let pages: Vec<_> = std::fs::read_dir(folder.path().join("man1")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(pages.iter().any(|page| page.ends_with("matrix-shell.1")) && pages.len() > 10, "{pages:?}");
    for page in pages {
        let (warnings, text) = rendered(&std::fs::read_to_string(&page).unwrap());
        assert_eq!(warnings, "", "{}", page.display());
        assert!(text.contains("SYNOPSIS"), "{}", page.display());
    }
}
