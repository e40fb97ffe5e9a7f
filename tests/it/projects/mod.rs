//! Projects: their file, where it is found, and projects of several pages.

mod bases;
mod editions;
mod file;
mod messages;
mod pages;
mod reports;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

/// A project in a temporary folder, with the scenario, the ledger and the dockerfiles of the tests.
struct Home {
    folder: TempDir,
}

/// What a subcommand printed, and its exit code.
#[derive(Debug)]
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

const SCENARIO: &str = "absent-header";

impl Home {
    /// A project with this file and a folder of scenarios `own`.
    fn new(project: &str) -> Self {
        let home = Home { folder: tempfile::tempdir().unwrap() };
        home.write("matrix.yaml", project);
        home.page("own", SCENARIO);
        for entry in walk(Path::new("tests/data/dockerfiles")) {
            let name = entry.strip_prefix("tests/data").unwrap();
            home.write(&name.display().to_string(), &fs::read_to_string(&entry).unwrap());
        }
        home
    }

    /// A folder of scenarios whose only one has this id.
    fn page(&self, folder: &str, id: &str) {
        for file in ["claims.yaml", "absent-header.yaml"] {
            let text = fs::read_to_string(Path::new("tests/data/scenarios").join(file)).unwrap();
            let name = file.replace(SCENARIO, id);
            self.write(&format!("{folder}/{name}"), &text.replace(&format!("scenario: {SCENARIO}"), &format!("scenario: {id}")));
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs all cells on a fake engine, on which everything is as the scenario states.
    fn run(&self) -> Ended {
        let answer = "HTTP/1.1 200 OK\r\n\r\nhello\n";
        let transcript = json!({
            "images": {"matrix/base:tiny": "sha256:tiny"},
            "answers": [
                {"command": "make", "image": "matrix/healthy", "stdout": "built\n"},
                {"command": "/dev/matrix/http", "image": "matrix/healthy", "stdout": answer},
                {"command": "make", "after": "install-the-header", "stdout": "built\n"},
                {"command": "/dev/matrix/http", "after": "install-the-header", "stdout": answer},
                {"command": "make", "exit": 2, "stderr": "cc x.c\nx.c:1: fatal error: x.h: No such file\nstopped.\n"},
                {"command": "/dev/matrix/http", "exit": 7, "stderr": "http: failed to connect\n"},
                {"command": "dpkg-query", "stdout": "frob-tools 1.2\nlibc6 2.36-9\n"},
            ],
        });
        self.write("transcript.json", &transcript.to_string());
        let ended = self.matrix("", &["run", "--engine", "scripted:transcript.json", "--jobs", "1"]);
        assert_eq!(ended.code, 0, "{ended:?}");
        ended
    }

    /// Runs a subcommand in a folder of the project.
    fn matrix(&self, folder: &str, args: &[&str]) -> Ended {
        self.matrix_with(folder, args, &[])
    }

    fn matrix_with(&self, folder: &str, args: &[&str], variables: &[(&str, &str)]) -> Ended {
        let folder = self.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
        command.args(args).current_dir(folder).env("XDG_STATE_HOME", self.path()).env("NO_COLOR", "1");
        command.envs(variables.iter().copied());
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&format!("{}/", self.path().display()), "");
        let ended = Ended { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        ended
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
