//! The real binary on a fake engine: whole runs and every failure in one, without containers.
mod history;
mod image_cache;
mod images;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A run of the tiny scenario on a transcript, in its own folder.
struct Place {
    dir: TempDir,
    transcript: Value,
}

impl Place {
    /// An engine on which everything is as in the scenario.
    fn new() -> Self {
        let fails = json!({"command": "make", "exit": 2, "stderr": "cc x.c\nx.c:1: fatal error: x.h: No such file\nstopped.\n"});
        let answers = json!({"command": "/dev/matrix/http", "exit": 0, "stdout": "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhello\n"});
        let refused = json!({"command": "/dev/matrix/http", "exit": 7, "stderr": "http: failed to connect\n"});
        let on = |answer: &Value, key: &str, value: &str| {
            let mut answer = answer.clone();
            answer[key] = value.into();
            answer
        };
        let transcript = json!({
            "images": {"matrix/base:tiny": "sha256:tiny"},
            "answers": [
                {"command": "make", "image": "matrix/healthy", "stdout": "built\n"},
                on(&answers, "image", "matrix/healthy"),
                {"command": "make", "after": "install-the-header", "stdout": "built\n"},
                on(&answers, "after", "install-the-header"),
                fails,
                refused,
                {"command": "dpkg-query", "stdout": "make 4.3\n"},
            ],
        });
        Place { dir: tempfile::tempdir().unwrap(), transcript }
    }

    /// The same, with one more answer before all others.
    fn answering(answer: Value) -> Self {
        let mut place = Place::new();
        place.transcript["answers"].as_array_mut().unwrap().insert(0, answer);
        place
    }

    /// The same without a base: one must be pulled, or bootstrapped by an `mmdebstrap` that does nothing.
    fn baseless() -> Self {
        let mut place = Place::new();
        place.transcript["images"] = json!({});
        let tool = place.path().join("mmdebstrap");
        fs::write(&tool, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        place
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn command(&self) -> Command {
        let transcript = self.path().join("transcript.json");
        fs::write(&transcript, self.transcript.to_string()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
        command.args(["run", "--scenarios", "tests/data/scenarios", "--dockerfiles", "tests/data/dockerfiles", "--jobs", "1"]);
        command.arg("--engine").arg(format!("scripted:{}", transcript.display()));
        command.arg("--report-dir").arg(self.out()).env("XDG_STATE_HOME", self.path()).env("NO_COLOR", "1");
        let path = format!("{}:{}", self.path().display(), std::env::var("PATH").unwrap());
        command.env("PATH", path).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn out(&self) -> std::path::PathBuf {
        self.path().join("out")
    }

    fn run(&self, more: &[&str]) -> Ended {
        Ended::of(self.command().args(more))
    }

    /// Runs one cell with failing calls. This must not cause a drift, and the error must be reported.
    fn run_failing(&mut self, fail: Value) -> Ended {
        self.transcript["fail"] = fail;
        let ended = self.run(&["--only", "release=1"]);
        let calls = &self.transcript["fail"];
        assert!([0, 3].contains(&ended.code), "{calls}: {} {}", ended.code, ended.stderr);
        if self.out().join("record.json").exists() {
            let drifts = self.verdicts().iter().filter(|v| v["verdict"] == "drifted" && v["expected"] == false).count();
            assert_eq!(drifts, 0, "{calls}");
        } else {
            assert!(ended.stderr.starts_with("error: failed to"), "{calls}: {}", ended.stderr);
        }
        ended
    }

    /// A cell is in the journal as soon as it is judged.
    fn wait_for_a_cell(&self, child: &mut Child) {
        let (journal, clock) = (self.out().join("journal.jsonl"), Instant::now());
        // The whole line, as half of one counts for nothing when the run is killed.
        let judged = |line: &str| line.starts_with(r#"{"event":"cell""#) && line.ends_with('\n');
        while !fs::read_to_string(&journal).unwrap_or_default().split_inclusive('\n').any(judged) {
            if child.try_wait().unwrap().is_some() || clock.elapsed() > Duration::from_secs(60) {
                let _ = child.kill();
                panic!("no cell was judged");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn record(&self) -> Value {
        serde_json::from_slice(&fs::read(self.out().join("record.json")).unwrap()).unwrap()
    }

    fn verdicts(&self) -> Vec<Value> {
        self.record()["verdicts"].as_array().unwrap().clone()
    }
}

struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let ended = Ended { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        ended
    }
}

fn matrix(args: &[&str]) -> Ended {
    Ended::of(Command::new(env!("CARGO_BIN_EXE_matrix")).args(args))
}

/// The error of calls that the transcript makes fail.
const INJECTED: &str = "the transcript says so";

const REPORTS: [&str; 5] = ["record.json", "junit.xml", "report.html", "report.md", "badge.json"];

#[test]
fn a_run_as_documented_exits_0_and_writes_four_reports() {
    let place = Place::new();
    let ended = place.run(&[]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert!(REPORTS.iter().all(|report| place.out().join(report).is_file()));
    let lines: Vec<_> =
        place.verdicts().iter().map(|v| format!("{} {} {} known={}", v["cell"], v["claim"], v["verdict"], v["known"])).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    "tiny/release-1" "header.missing" "confirmed" known=false
    "tiny/release-1" "header.warning" "drifted" known=true
    "tiny/release-1" "header.install" "confirmed" known=false
    "tiny/release-1" "header.elsewhere" "skipped" known=false
    "tiny/release-2" "header.missing" "confirmed" known=false
    "tiny/release-2" "header.warning" "drifted" known=true
    "tiny/release-2" "header.install" "confirmed" known=false
    "tiny/release-2" "header.elsewhere" "skipped" known=false
    "#);
}

#[test]
fn an_unexpected_drift_exits_1_with_the_command_that_repeats_it() {
    let mut place = Place::new();
    let fails = place.transcript["answers"].as_array_mut().unwrap().iter_mut().find(|answer| answer["exit"] == 2).unwrap();
    fails["stderr"] = "x.c:1: fatal error: z.h: No such file\nstopped.\n".into();
    let ended = place.run(&["--only", "release=1"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stdout.contains("matrix run absent-header --only tiny/release-1 --no-cache"), "{}", ended.stdout);
    assert!(ended.stdout.contains("x.h: No such file"), "{}", ended.stdout);
}

#[test]
fn a_reader_that_stops_reading_does_not_hide_a_drift() {
    let mut place = Place::new();
    let fails = place.transcript["answers"].as_array_mut().unwrap().iter_mut().find(|answer| answer["exit"] == 2).unwrap();
    fails["stderr"] = "x.c:1: fatal error: z.h: No such file\nstopped.\n".into();
    let mut child = place.command().spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
}

#[test]
fn every_engine_call_may_fail_and_none_makes_a_drift() {
    for call in ["info", "named", "image", "build", "start", "exec", "commit", "remove", "remove_image", "owned"] {
        let first = Place::new().run_failing(json!([{"call": call, "nth": 1}]));
        assert!(format!("{}{}", first.stdout, first.stderr).contains(INJECTED), "the first `{call}` did not fail");
        // Objects that could not be removed are removed at the end of the run, and no verdict depends on them. Images that could
        // not be listed are listed again.
        let recovers = ["remove", "remove_image", "named"].contains(&call);
        assert!(first.code == 3 || recovers, "{call}: {}", first.stdout);
        for nth in 2..=6 {
            Place::new().run_failing(json!([{"call": call, "nth": nth}]));
        }
    }
}

#[test]
fn a_failed_pull_falls_back_to_a_bootstrap_and_a_failed_import_or_tag_is_reported() {
    let how = |fail: Value| {
        let mut place = Place::baseless();
        let ended = place.run_failing(fail);
        (ended.code, place.record()["bases"][0]["how"].clone(), ended.stdout.contains(INJECTED))
    };
    assert_eq!(how(json!([])), (0, "pulled".into(), false));
    assert_eq!(how(json!([{"call": "pull"}])), (0, "bootstrapped".into(), false));
    assert_eq!(how(json!([{"call": "pull"}, {"call": "import"}])), (3, Value::Null, true));
    assert_eq!(how(json!([{"call": "tag"}])), (3, Value::Null, true));
}

#[test]
fn an_unreachable_engine_exits_3_with_a_next_move() {
    let place = Place::new();
    let ended = Ended::of(place.command().args(["--engine", "unix:///nonexistent/docker.sock"]));
    assert_eq!(ended.code, 2, "an option given twice is a mistake");
    let ended = matrix(&["run", "--engine", "unix:///nonexistent/docker.sock"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("/nonexistent/docker.sock") && ended.stderr.contains("help: "), "{}", ended.stderr);
}

#[test]
fn an_unknown_scenario_exits_2_and_names_the_nearest() {
    let ended = matrix(&["plan", "missing-python-header"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("missing-python-headers"), "{}", ended.stderr);
}

#[test]
fn a_selection_of_nothing_exits_2() {
    let ended = Place::new().run(&["--only", "release=1,release=2"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
}

#[test]
fn a_malformed_scenario_exits_2_and_names_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    fs::copy("tests/data/scenarios/claims.yaml", dir.path().join("claims.yaml")).unwrap();
    fs::write(dir.path().join("absent-header.yaml"), "scenario: absent-header\naxes: [\n").unwrap();
    let ended = matrix(&["check", "--scenarios", dir.path().to_str().unwrap()]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("absent-header.yaml:"), "{}", ended.stderr);
}

#[test]
fn a_full_disk_exits_70_names_the_file_and_leaves_the_old_reports_unchanged() {
    let place = Place::new();
    assert_eq!(place.run(&[]).code, 0);
    let before: Vec<_> = REPORTS.iter().map(|report| fs::read(place.out().join(report)).unwrap()).collect();
    // Writes beyond 8 blocks fail, as they would on a disk with no room left.
    let command = place.command();
    let line = [command.get_program()].into_iter().chain(command.get_args()).map(|word| format!("'{}'", word.to_str().unwrap()));
    let line = format!("trap '' XFSZ; ulimit -f 8; exec {}", line.collect::<Vec<_>>().join(" "));
    let ended = Ended::of(Command::new("sh").args(["-c", &line]).env("XDG_STATE_HOME", place.path()));
    assert_eq!(ended.code, 70, "{}", ended.stderr);
    assert!(ended.stderr.contains(place.out().to_str().unwrap()), "{}", ended.stderr);
    for (report, old) in REPORTS.iter().zip(before) {
        assert!(fs::read(place.out().join(report)).unwrap() == old, "{report} is neither the old one nor whole");
    }
    let strays = fs::read_dir(place.out())
        .unwrap()
        .filter(|entry| !REPORTS.contains(&entry.as_ref().unwrap().file_name().to_str().unwrap()));
    assert_eq!(strays.count(), 2, "only the journal and the folder of badges are left beside the reports");
}

#[test]
fn fifty_megabytes_of_output_do_not_bloat_the_reports() {
    let place = Place::answering(
        json!({"command": "configure", "stdout": "]]>\u{1b}[31m\u{0}\u{fffe} noise without end\n", "repeat": 1_600_000}),
    );
    assert_eq!(place.run(&["--only", "release=1"]).code, 0);
    for report in ["junit.xml", "report.html", "report.md"] {
        let bytes = place.out().join(report).metadata().unwrap().len();
        assert!(bytes < 2_000_000, "{report} has {bytes} bytes");
    }
}

#[test]
fn an_interrupt_ends_the_run_soon_with_partial_results() {
    let place = Place::answering(json!({"command": "release=2", "millis": 600_000}));
    let mut child = place.command().spawn().unwrap();
    place.wait_for_a_cell(&mut child);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(3));
    let verdicts = place.verdicts();
    assert_eq!((&verdicts[0]["verdict"], &verdicts[4]["cause"]), (&"confirmed".into(), &"interrupted".into()));
}

#[test]
fn a_killed_run_loses_no_finished_cell() {
    let place = Place::answering(json!({"command": "release=2", "millis": 600_000}));
    let mut child = place.command().spawn().unwrap();
    place.wait_for_a_cell(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    let journal = place.out().join("journal.jsonl");
    let ended = matrix(&["report", journal.to_str().unwrap(), "--report-dir", place.out().to_str().unwrap()]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(place.verdicts().len(), 4);
}

#[test]
fn shards_of_a_run_are_joined_by_report_to_what_one_run_finds() {
    let whole = Place::new();
    assert_eq!(whole.run(&[]).code, 0);
    let places = [Place::new(), Place::new(), Place::new()];
    for (place, shard) in places.iter().zip(["1/3", "2/3", "3/3"]) {
        let ended = place.run(&["--shard", shard]);
        assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
        assert_eq!(place.record()["shard"]["count"], 3);
        let empty = place.record()["cells"] == json!([]);
        assert_eq!(ended.stderr.contains(&format!("note: shard {shard} has none of the 2 cells")), empty, "{}", ended.stderr);
    }
    assert_eq!(places.iter().filter(|place| place.record()["cells"] == json!([])).count(), 1, "three shards, two cells");
    let records = places.each_ref().map(|place| place.out().join("record.json").display().to_string());
    let dir = tempfile::tempdir().unwrap();
    let report = |records: &[String]| {
        let names: Vec<&str> = records.iter().map(String::as_str).collect();
        matrix(&[&["report", "--report-dir", dir.path().to_str().unwrap()], names.as_slice()].concat())
    };
    assert_eq!(report(&records[..2]).code, 2);
    assert_eq!(report(&records).code, 0);
    let joined: Value = serde_json::from_slice(&fs::read(dir.path().join("record.json")).unwrap()).unwrap();
    assert_eq!(joined["verdicts"], whole.record()["verdicts"]);
}

#[test]
fn a_plan_is_data_and_needs_no_engine() {
    let args = ["plan", "--scenarios", "tests/data/scenarios", "--dockerfiles", "tests/data/dockerfiles", "--format", "json"];
    let ended = matrix(&args);
    let plans: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(plans[1]["prepare"][0]["command"], "./configure --release=2");
    assert_eq!(matrix(&args).stdout, ended.stdout, "the same each time");
}

#[test]
fn the_help_is_the_contract_and_shows_an_example_for_every_subcommand() {
    let commands = [
        "init",
        "new",
        "run",
        "build",
        "bisect",
        "list",
        "plan",
        "check",
        "report",
        "page",
        "pin",
        "shell",
        "export",
        "clean",
        "completions",
        "man",
        "doctor",
    ];
    insta::assert_snapshot!("help_matrix", matrix(&["--help"]).stdout);
    for command in commands {
        let help = matrix(&[command, "--help"]).stdout;
        assert!(help.contains("Example"), "{command}");
        insta::assert_snapshot!(format!("help_{command}"), help);
    }
}
