//! Small experiments on the fake engine, run with the real binary: `tool` prints `cannot find the part alpha` and
//! exits 3, unless `make-the-part` was run before or the image is the healthy one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

const LEDGER: &str = "
sections:
  - id: parts
    heading: Parts
    claims:
      - {id: part.missing, kind: symptom, says: the tool cannot find its part alpha}
      - {id: part.made, kind: workaround, says: making the part ends it}
";

/// A valid scenario.
pub(crate) const SCENARIO: &str = "
scenario: parts
title: A part that is not there
section: parts
source: {edition: classic, heading: Parts}
axes: {base: [tiny]}
fidelity: [{fidelity: natural, reason: nothing was done}]
image: [broken]
reproduce:
  - name: use-it
    run: tool
    expect:
      - exit: 3
      - {claim: part.missing, has: cannot find the part alpha}
workarounds:
  - id: make
    claim: part.made
    steps: [{name: make, run: make-the-part}]
resolved:
  - name: answer
    http: {path: /}
    expect: [{status: 200, has: hello}]
control:
  image: [broken, healthy]
";

/// Files of one experiment, and what its commands print.
pub(crate) struct Trial {
    dir: TempDir,
    pub(crate) transcript: Value,
}

/// How a command of the binary ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Trial {
    /// With the scenario above.
    pub(crate) fn new() -> Self {
        Trial::of(SCENARIO)
    }

    /// With a scenario of the same name.
    pub(crate) fn of(scenario: &str) -> Self {
        let answers = "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhello\n";
        let transcript = json!({
            "images": {"matrix/base:tiny": "sha256:tiny"},
            "answers": [
                {"command": "tool", "image": "matrix/healthy", "stdout": "ready\n"},
                {"command": "tool", "after": "make-the-part", "stdout": "ready\n"},
                {"command": "tool", "exit": 3, "stderr": "cannot find the part alpha\n"},
                {"command": "/dev/matrix/http", "image": "matrix/healthy", "stdout": answers},
                {"command": "/dev/matrix/http", "after": "make-the-part", "stdout": answers},
                {"command": "/dev/matrix/http", "exit": 7, "stderr": "http: failed to connect\n"},
            ],
        });
        let trial = Trial { dir: tempfile::tempdir().unwrap(), transcript };
        trial.write("scenarios/claims.yaml", LEDGER);
        trial.write("scenarios/parts.yaml", scenario);
        trial
    }

    /// With one place of the scenario changed; the place must be there.
    pub(crate) fn with(from: &str, to: &str) -> Self {
        assert!(SCENARIO.contains(from), "the scenario has no `{from}`");
        Trial::of(&SCENARIO.replacen(from, to, 1))
    }

    /// Adds an answer before all others.
    pub(crate) fn answering(mut self, answer: Value) -> Self {
        self.transcript["answers"].as_array_mut().unwrap().insert(0, answer);
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// `matrix run` with additional arguments.
    pub(crate) fn run(&self, more: &[&str]) -> Ended {
        let out = self.path().join("out").display().to_string();
        self.matrix(&[&["run", "--jobs", "1", "--report-dir", &out], more].concat(), true)
    }

    /// `matrix check`.
    pub(crate) fn check(&self) -> Ended {
        self.matrix(&["check"], false)
    }

    /// Any subcommand, with the folders of this experiment and, if wanted, its engine.
    pub(crate) fn matrix(&self, args: &[&str], engine: bool) -> Ended {
        let transcript = self.path().join("transcript.json");
        fs::write(&transcript, self.transcript.to_string()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
        command.args(args).arg("--scenarios").arg(self.path().join("scenarios"));
        // Those of this experiment, if it has any.
        let own = self.path().join("dockerfiles");
        command.arg("--dockerfiles").arg(if own.exists() { own } else { "tests/data/dockerfiles".into() });
        if engine {
            command.arg("--engine").arg(format!("scripted:{}", transcript.display()));
        }
        command.env("XDG_STATE_HOME", self.path()).env("NO_COLOR", "1");
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let ended = Ended { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        ended
    }

    /// The file of the only cell in the cache.
    pub(crate) fn cached(&self) -> PathBuf {
        let mut entries = fs::read_dir(self.path().join("matrix/cells")).unwrap();
        entries.next().unwrap().unwrap().path()
    }

    pub(crate) fn record(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path().join("out/record.json")).unwrap()).unwrap()
    }

    /// The verdict on a claim in the first cell: `confirmed`, `drifted`, ...
    pub(crate) fn verdict(&self, claim: &str) -> Value {
        let verdicts = self.record()["verdicts"].as_array().unwrap().clone();
        verdicts.into_iter().find(|verdict| verdict["claim"] == claim).unwrap()
    }

    /// The observations of a phase of the first cell.
    pub(crate) fn observations(&self, phase: &str) -> Vec<Value> {
        let phases = self.record()["cells"][0]["phases"].as_array().unwrap().clone();
        let phase = phases.into_iter().find(|record| record["phase"] == phase).unwrap();
        phase["observations"].as_array().unwrap().clone()
    }
}
