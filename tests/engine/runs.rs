//! Whole runs of the real binary on a real engine: each ending, and each way to falsify a verdict. A shipped scenario is broken
//! on purpose, and the run must notice it.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use matrix::engine::docker::Docker;
use matrix::engine::{Engine, HOST_LABEL, RUN_LABEL};
use serde_json::Value;
use tempfile::TempDir;

const CELL: &str = "bookworm/python-3.11/mod_wsgi-4.9.4/compiler-12";
const SCENARIO: &str = "missing-python-headers";
/// What its workaround does.
const REMEDY: &str = "apt-get install -y --no-install-recommends --no-download {{ package }}-dev";

/// The folder of one test: an edited copy of the scenarios, locks, reports.
struct Place(TempDir);

impl Place {
    fn new(edits: &[(&str, &str)]) -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        let scenarios = place.path().join("scenarios");
        fs::create_dir(&scenarios).unwrap();
        for file in ["claims.yaml", "claims-2026.yaml", "common.yaml"] {
            fs::copy(Path::new("scenarios").join(file), scenarios.join(file)).unwrap();
        }
        let mut text = fs::read_to_string(format!("scenarios/{SCENARIO}.yaml")).unwrap();
        for (old, new) in edits {
            assert!(text.contains(old), "the shipped scenario has `{old}` to edit");
            text = text.replace(old, new);
        }
        fs::write(scenarios.join(format!("{SCENARIO}.yaml")), text).unwrap();
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
        command.args(["run", SCENARIO, "--only", CELL, "--report-dir"]).arg(self.path().join("out"));
        command.args(["--project", "."]).arg("--scenarios").arg(self.path().join("scenarios")).env("XDG_STATE_HOME", self.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs to the end: exit code and standard output. Nothing of the run may be left on the engine.
    fn run(&self) -> (i32, String) {
        let output = self.command().output().unwrap();
        assert_eq!(self.left(), Vec::<String>::new(), "{}", String::from_utf8_lossy(&output.stderr));
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }

    fn record(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path().join("out/record.json")).unwrap()).unwrap()
    }

    fn verdict(&self, claim: &str) -> Value {
        let record = self.record();
        record["verdicts"].as_array().unwrap().iter().find(|v| v["claim"] == claim).unwrap().clone()
    }

    /// What carries the label of a run from here.
    fn left(&self) -> Vec<String> {
        let host = fs::read_to_string(self.path().join("matrix/runs/host")).unwrap();
        let ask = async {
            let engine = Docker::connect(None).await.unwrap();
            engine.owned(RUN_LABEL).await.unwrap()
        };
        let owned = tokio::runtime::Runtime::new().unwrap().block_on(ask);
        owned.iter().filter(|owned| owned.labels().get(HOST_LABEL) == Some(&host)).map(|owned| format!("{owned:?}")).collect()
    }

    /// Starts a run and waits until something of it is on the engine: a `Container`, an `Image`.
    fn start(&self, what: &str) -> Child {
        let child = self.command().spawn().unwrap();
        let clock = Instant::now();
        while !self.path().join("matrix/runs/host").exists() || !self.left().iter().any(|owned| owned.starts_with(what)) {
            assert!(clock.elapsed() < Duration::from_secs(300), "no {what} of the run came to be");
            std::thread::sleep(Duration::from_millis(100));
        }
        child
    }
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
#[ignore = "needs a container engine"]
fn a_shipped_cell_is_as_expected_and_leaves_nothing() {
    let place = Place::new(&[]);
    let (code, table) = place.run();
    assert_eq!(code, 0, "{table}");
    let workaround = place.verdict("headers.dev-package");
    assert_eq!(workaround["verdict"], "confirmed");
    assert_eq!(workaround["observed"]["status"], 200);
    assert!(workaround["observed"]["line"].as_str().unwrap().starts_with("hello from Python 3.11."), "{workaround}");
    for report in ["junit.xml", "report.html", "report.md", "record.json"] {
        assert!(place.path().join("out").join(report).metadata().unwrap().len() > 0, "{report}");
    }
    let again = Place::new(&[]);
    again.run();
    assert!(again.record()["images"].as_array().unwrap().iter().all(|image| image["built"] == false), "nothing is built twice");
}

#[test]
#[ignore = "needs a container engine"]
fn a_workaround_that_does_nothing_is_noticed() {
    let place = Place::new(&[(REMEDY, "touch /tmp/nothing")]);
    assert_eq!(place.run().0, 1);
    let verdict = place.verdict("headers.dev-package");
    assert_eq!((&verdict["drift"], &verdict["expected"]), (&"workaround-fails".into(), &false.into()));
}

#[test]
#[ignore = "needs a container engine"]
fn a_symptom_printed_by_the_step_itself_is_noticed() {
    let place = Place::new(&[("run: make\n", "run: printf 'error%s Python.h%s No such file or directory\\n' ':' ':'; make\n")]);
    assert_eq!(place.run().0, 3);
    let verdict = place.verdict("headers.python-h");
    assert_eq!((&verdict["verdict"], &verdict["cause"]), (&"inconclusive".into(), &"non-discriminating".into()));
}

#[test]
#[ignore = "needs a container engine"]
fn an_expectation_that_holds_on_both_sides_is_noticed() {
    let place = Place::new(&[("      - exit: failure\n", "      - exit: failure\n      - has: '[..]mod_wsgi.c[..]'\n")]);
    assert_eq!(place.run().0, 3);
    let verdict = place.verdict("headers.dev-package");
    assert_eq!(verdict["cause"], "non-discriminating");
    assert!(verdict["why"].as_str().unwrap().contains("reproduce[0].expect[1]"), "{verdict}");
}

#[test]
#[ignore = "needs a container engine"]
fn a_known_drift_that_is_not_observed_is_noticed() {
    let stated =
        "known-drift:\n  - claim: headers.python-h\n    drift: absent\n    seen: compilation terminated.\n    reason: made up\n";
    let place = Place::new(&[("known-drift:\n", stated)]);
    assert_eq!(place.run().0, 1);
    let verdict = place.verdict("headers.python-h");
    assert_eq!((&verdict["verdict"], &verdict["expected"]), (&"confirmed".into(), &false.into()));
}

#[test]
#[ignore = "needs a container engine"]
fn an_image_without_the_defect_is_noticed() {
    let place = Place::new(&[("  - python-runtime\n", "  - python-as-packaged\n")]);
    assert_eq!(place.run().0, 1);
    assert_eq!(place.verdict("headers.python-h")["drift"], "absent");
    let workaround = place.verdict("headers.dev-package");
    assert_eq!((&workaround["verdict"], &workaround["cause"]), (&"inconclusive".into(), &"not-reproduced".into()));
}

#[test]
#[ignore = "needs a container engine"]
fn a_step_out_of_time_is_inconclusive_and_leaves_nothing() {
    let place = Place::new(&[("run: make\n", "run: sleep 600\n    timeout: 2s\n")]);
    assert_eq!(place.run().0, 3);
    assert_eq!(place.verdict("headers.python-h")["cause"], "timeout");
}

#[test]
#[ignore = "needs a container engine"]
fn a_step_that_exceeds_a_limit_of_its_scenario_is_inconclusive() {
    let limited = ("\nreproduce:\n", "\nlimits: {memory: 128MiB}\nreproduce:\n");
    let place = Place::new(&[limited, ("run: make\n", "run: head -c 400000000 /dev/zero | tail -c 400000000 > /dev/null\n")]);
    assert_eq!(place.run().0, 3);
    let verdict = place.verdict("headers.python-h");
    assert_eq!(verdict["cause"], "out-of-memory");
    assert!(verdict["why"].as_str().unwrap().contains("needed more than 128 MiB of memory"), "{verdict}");
}

#[test]
#[ignore = "needs a container engine"]
fn an_interrupted_run_writes_its_reports_and_leaves_nothing() {
    for name in ["-INT", "-HUP"] {
        let place = Place::new(&[("run: make\n", "run: sleep 600\n")]);
        let child = place.start("Container");
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(place.left(), Vec::<String>::new(), "{name}");
        assert_eq!(place.verdict("headers.python-h")["cause"], "interrupted", "{name}");
    }
}

fn clean(place: &Place) {
    let mut clean = Command::new(env!("CARGO_BIN_EXE_matrix"));
    assert!(clean.arg("clean").env("XDG_STATE_HOME", place.path()).output().unwrap().status.success());
}

#[test]
#[ignore = "needs a container engine"]
fn the_snapshot_and_the_container_of_a_killed_run_are_removed_by_clean() {
    let place = Place::new(&[(REMEDY, "sleep 600")]);
    let mut killed = place.start("Image");
    signal(&killed, "-KILL");
    killed.wait().unwrap();
    assert_ne!(place.left(), Vec::<String>::new(), "a killed run cannot clean up");
    // Objects that the engine was creating may appear after `clean` has searched.
    let clock = Instant::now();
    clean(&place);
    while !place.left().is_empty() {
        assert!(clock.elapsed() < Duration::from_secs(60), "`clean` leaves {:?}", place.left());
        std::thread::sleep(Duration::from_millis(100));
        clean(&place);
    }
}

#[test]
#[ignore = "needs a container engine"]
fn leftovers_of_a_killed_run_are_removed_by_the_next_and_a_living_run_is_not_affected() {
    // The step hangs in its first container, so the state does not change.
    let place = Place::new(&[("run: make\n", "run: sleep 600\n")]);
    let mut killed = place.start("Container");
    signal(&killed, "-KILL");
    killed.wait().unwrap();
    let dead = place.left();
    let next = place.command().args(["--jobs", "1"]).spawn().unwrap();
    let clock = Instant::now();
    let mut living = place.left();
    while living.is_empty() || living.iter().any(|owned| dead.contains(owned)) {
        assert!(clock.elapsed() < Duration::from_secs(300), "the next run did not sweep");
        std::thread::sleep(Duration::from_millis(100));
        living = place.left();
    }
    clean(&place);
    // The run may own more by now.
    let left = place.left();
    assert!(living.iter().all(|owned| left.contains(owned)), "{living:?}, {left:?}");
    signal(&next, "-TERM");
    assert_eq!(next.wait_with_output().unwrap().status.code(), Some(3));
    assert_eq!(place.left(), Vec::<String>::new());
}
