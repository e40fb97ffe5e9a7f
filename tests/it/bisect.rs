//! `matrix bisect` on a fake engine, over the releases of an index on loopback.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use matrix::text::digest::digest;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::index::{Answer, HTML, Index, JSON, page};

const QUESTION: [&str; 5] = ["bisect", "released-header", "--claim", "header.missing", "--axis"];

/// An index with releases 1.0 to 2.2, an engine on which they behave as given, and a folder for the results.
pub(crate) struct Place {
    dir: TempDir,
    index: Index,
    pub(crate) answers: Vec<Value>,
    /// The folder with the project, the scenarios and the dockerfiles.
    pub(crate) data: PathBuf,
    pub(crate) variables: Vec<(&'static str, String)>,
}

pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn archive(release: &str) -> Vec<u8> {
    format!("the archive of {release}").into_bytes()
}

pub(crate) fn releases() -> Vec<String> {
    (0..13).map(|number| format!("{}.{}", 1 + number / 10, number % 10)).collect()
}

impl Place {
    /// `verdict` gives the result of building a release: the documented header is missing, or another; or it cannot be configured.
    pub(crate) fn new(shows: impl Fn(&str) -> Build) -> Self {
        let file = |release: &str| {
            let url = format!("../../files/mod_wsgi-{release}.tar.gz");
            json!({"url": url, "hashes": {"sha256": digest(&archive(release))}})
        };
        let mut files: Vec<Value> = releases().iter().map(|release| file(release)).collect();
        files.push(file("1.9rc1"));
        let list = json!({"files": files}).to_string();
        let archives = releases().into_iter().map(|release| {
            let answer = Answer(200, "application/octet-stream", archive(&release), 0);
            (format!("/files/mod_wsgi-{release}.tar.gz"), answer)
        });
        let answers: Vec<(String, Answer)> = archives.chain([("/simple/mod-wsgi/".to_owned(), page(JSON, &list))]).collect();
        let answers: Vec<(&str, Answer)> = answers.iter().map(|(path, answer)| (path.as_str(), answer.clone())).collect();
        let steps = releases().into_iter().flat_map(|release| steps(&release, shows(&release)));
        let (dir, data) = (tempfile::tempdir().unwrap(), "tests/data/releases".into());
        Place { dir, index: Index::new(&answers), answers: steps.collect(), data, variables: Vec::new() }
    }

    /// Releases before 1.3 want the documented header, later ones another.
    pub(crate) fn changing_at_1_3() -> Self {
        Place::new(|release| if release < "1.3" { Build::Documented } else { Build::Otherwise })
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn bisect(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let ended = Ended { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        ended
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let transcript = self.dir.path().join("transcript.json");
        let images = json!({"matrix/base:tiny": "sha256:tiny", "matrix/base:small": "sha256:small"});
        fs::write(&transcript, json!({"images": images, "answers": self.answers}).to_string()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
        command.args(arguments).arg("--scenarios").arg(self.data.join("scenarios"));
        command.arg("--dockerfiles").arg(self.data.join("dockerfiles"));
        command.args(["--index", &format!("{}/simple", self.index.address)]).envs(self.variables.iter().cloned());
        command.arg("--engine").arg(format!("scripted:{}", transcript.display()));
        command.arg("--cache").arg(self.dir.path().join("cache")).arg("--report-dir").arg(self.out());
        command.env("XDG_STATE_HOME", self.dir.path()).env("NO_COLOR", "1");
        command
    }

    /// The question, with options, along the axis of releases.
    pub(crate) fn ask(&self, options: &[&str]) -> Ended {
        self.bisect(&[&QUESTION[..], &["mod_wsgi"], options].concat())
    }

    /// The answer as JSON.
    pub(crate) fn found(&self, options: &[&str]) -> (i32, Value) {
        let ended = self.ask(&[options, &["--format", "json"]].concat());
        (ended.code, serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}{}", ended.stdout, ended.stderr)))
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let ended = self.bisect(arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{}", ended.stderr);
        ended.stderr
    }

    fn fetched(&self) -> usize {
        self.index.heads.lock().unwrap().iter().filter(|head| head.contains("/files/")).count()
    }
}

/// What a release does.
#[derive(Clone, Copy)]
pub(crate) enum Build {
    Documented,
    Otherwise,
    Unconfigurable,
    /// It builds without the header: there is no failure.
    Works,
}

fn steps(release: &str, build: Build) -> Vec<Value> {
    let (configure, make) = (format!("configure --release={release}."), format!("make release={release}."));
    let error = |header: &str| format!("cc x.c\nx.c:1: fatal error: {header}: No such file\n");
    match build {
        Build::Unconfigurable => {
            vec![json!({"command": configure, "exit": 1, "stderr": format!("config.c:{}: error: too old\n", release.len())})]
        }
        Build::Works => vec![json!({"command": make, "stdout": "built\n"})],
        Build::Documented | Build::Otherwise => {
            let header = if matches!(build, Build::Documented) { "x.h" } else { "z.h" };
            vec![
                json!({"command": make, "image": "matrix/healthy", "stdout": "built\n"}),
                json!({"command": make, "after": "install-the-header", "stdout": "built\n"}),
                json!({"command": make, "exit": 2, "stderr": error(header)}),
            ]
        }
    }
}

#[test]
fn a_release_at_which_the_failure_does_not_occur_is_a_change() {
    let place = Place::new(|release| if release < "1.3" { Build::Documented } else { Build::Works }).with_answers();
    let (_, found) = place.found(&[]);
    assert_eq!((&found["before"]["value"], &found["after"]["value"]), (&"1.2".into(), &"1.3".into()), "{found}");
    assert_eq!(found["after"]["not_reproduced"], true, "{found}");
    // There is no problem to solve for a workaround.
    let cure = ["bisect", "released-header", "--claim", "header.install", "--axis", "mod_wsgi"];
    let ended = place.bisect(&cure);
    assert!(ended.stdout.contains("confirmed at 1.2, not reproduced at 1.3"), "{}{}", ended.stdout, ended.stderr);
}

impl Place {
    /// What follows the build: an answer where the header is there, else none.
    pub(crate) fn with_answers(mut self) -> Self {
        let hello = "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhello\n";
        self.answers.extend([
            json!({"command": "/dev/matrix/http", "image": "matrix/healthy", "stdout": hello}),
            json!({"command": "/dev/matrix/http", "after": "install-the-header", "stdout": hello}),
            json!({"command": "/dev/matrix/http", "exit": 7, "stderr": "http: failed to connect\n"}),
        ]);
        self
    }
}

fn values(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["value"].as_str().unwrap()).collect()
}

#[test]
fn bisect_finds_a_change_in_few_cells_and_prints_their_results() {
    let place = Place::changing_at_1_3().with_answers();
    let ended = place.ask(&["--jobs", "1"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    let printed = ended.stdout.replace(place.dir.path().to_str().unwrap(), "DIR");
    let printed = regex::Regex::new(r" +[0-9]\.[0-9] s").unwrap().replace_all(&printed, "  TIME").into_owned();
    insta::assert_snapshot!(printed, @r"
    header.missing changed at mod_wsgi > 1.2, <= 1.3: confirmed at 1.2, drifted (absent) at 1.3, both confirmed by a second run
    released-header in tiny, mod_wsgi 1.0 to 2.2 (values: 13), cells run: 5
      1.0      confirmed  TIME  x.c:1: fatal error: x.h: No such file
      1.2      confirmed  TIME  x.c:1: fatal error: x.h: No such file
      1.3      drifted (absent)  TIME  x.c:1: fatal error: z.h: No such file
      1.5      drifted (absent)  TIME  x.c:1: fatal error: z.h: No such file
      2.0      drifted (absent)  TIME  x.c:1: fatal error: z.h: No such file
    archives verified by the index's own sha256, because they are not pinned: 1.0, 1.2, 1.3, 1.5, 2.0
    excluded by the scenario in this environment, with the releases beyond:
      2.1 to 2.2 (2): 2.1 is for another language
    left out:
      1.9rc1: a pre-release
    Reports: DIR/out/report.html
    ");
    assert!(
        ["record.json", "junit.xml", "report.html", "report.md", "journal.jsonl"]
            .iter()
            .all(|name| place.out().join(name).is_file())
    );
}

#[test]
fn the_answer_is_data_and_the_record_has_every_cell_with_its_repeat_command() {
    let place = Place::changing_at_1_3().with_answers();
    let (code, found) = place.found(&[]);
    assert_eq!((code, &found["answer"]), (0, &json!("changed")));
    assert_eq!(found["before"], json!({"value": "1.2", "verdict": "confirmed"}));
    assert_eq!(found["after"], json!({"value": "1.3", "verdict": "drifted", "drift": "absent"}));
    assert_eq!((&found["range"], &found["confirmed"]), (&json!("> 1.2, <= 1.3"), &json!(true)));
    assert_eq!((&found["between"], &found["environment"]), (&json!([]), &json!({"base": "tiny"})));
    let record: Value = serde_json::from_slice(&fs::read(place.out().join("record.json")).unwrap()).unwrap();
    let cells = record["cells"].as_array().unwrap();
    assert_eq!(cells.len(), found["cells"].as_array().unwrap().len());
    let handed = found["cells"].as_array().unwrap().iter().filter(|cell| cell["like"].is_string()).count();
    assert_eq!(place.fetched(), handed, "each archive once, and none that was not tried");
    let repeat = cells.iter().find(|cell| cell["axes"]["mod_wsgi"] == "1.2").unwrap()["repeat"].as_str().unwrap();
    assert!(repeat.starts_with(
        "matrix bisect released-header --claim header.missing --axis mod_wsgi --only base=tiny --from 1.2 --to 1.2 "
    ));
    let again: Vec<&str> = repeat.split(' ').skip(1).take(12).collect();
    let ended = place.bisect(&again);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.starts_with("header.missing was only decided at mod_wsgi 1.2: confirmed\n"), "{}", ended.stdout);
}

#[test]
fn releases_that_cannot_be_built_leave_a_range_with_the_reason_of_each() {
    let build = |release: &str| match release {
        "1.3" | "1.4" | "1.5" => Build::Unconfigurable,
        older if older < "1.3" => Build::Documented,
        _ => Build::Otherwise,
    };
    let (code, found) = Place::new(build).with_answers().found(&[]);
    assert_eq!((code, &found["before"]["value"], &found["after"]["value"]), (0, &json!("1.2"), &json!("1.6")));
    let between: Vec<_> = found["between"].as_array().unwrap().iter().map(|stretch| &stretch["reason"]).collect();
    assert!(between.iter().any(|reason| *reason == "config.c:3: error: too old"), "{between:?}");
    assert!(found["cells"].as_array().unwrap().iter().any(|cell| cell["verdict"] == "inconclusive"));
}

#[test]
fn an_unchanged_verdict_runs_only_the_first_and_the_last_release() {
    let place = Place::new(|_| Build::Documented).with_answers();
    let (code, found) = place.found(&["--from", "1.2", "--to", "1.7"]);
    assert_eq!((code, &found["answer"], values(&found["cells"])), (0, &json!("unchanged"), vec!["1.2", "1.7"]));
}

#[test]
fn a_claim_inconclusive_at_every_release_exits_3_with_the_reason() {
    let place = Place::new(|_| Build::Unconfigurable).with_answers();
    let ended = place.ask(&[]);
    assert_eq!(ended.code, 3, "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.starts_with("header.missing is undecided at every mod_wsgi\n"), "{}", ended.stdout);
    assert!(ended.stdout.contains("config.c:3: error: too old"), "{}", ended.stdout);
}

#[test]
fn a_release_whose_archive_has_a_wrong_digest_is_inconclusive() {
    let mut place = Place::new(|_| Build::Documented).with_answers();
    let bad = json!({"files": [
        {"url": "/files/mod_wsgi-1.1.tar.gz", "hashes": {"sha256": digest(&archive("1.1"))}},
        {"url": "/files/mod_wsgi-1.2.tar.gz", "hashes": {"sha256": "0".repeat(64)}},
        {"url": "/files/mod_wsgi-1.3.tar.gz"}]});
    let archive = |release| Answer(200, "x/y", archive(release), 0);
    place.index = Index::new(&[
        ("/simple/mod-wsgi/", page(JSON, &bad.to_string())),
        ("/files/mod_wsgi-1.1.tar.gz", archive("1.1")),
        ("/files/mod_wsgi-1.2.tar.gz", archive("1.2")),
    ]);
    let (code, found) = place.found(&["--to", "1.3", "--only", "base=tiny"]);
    // A single verdict does not show a change.
    assert_eq!((code, &found["answer"], values(&found["cells"])), (3, &json!("unchanged"), vec!["1.1", "1.2"]));
    let line = found["cells"][1]["line"].as_str().unwrap();
    assert!(line.contains("`mod_wsgi-1.2.tar.gz`") && line.contains("is not the pinned archive"), "{line}");
    let left_out = found["left_out"][0]["reason"].as_str().unwrap();
    assert_eq!(left_out, "its archive is not pinned, and the index publishes no sha256");
}

#[test]
fn an_interrupt_ends_it_with_partial_results_and_exits_3() {
    let mut place = Place::changing_at_1_3().with_answers();
    place.answers.insert(0, json!({"command": "configure --release=1.5.", "millis": 600_000}));
    let mut command = place.command(&[&QUESTION[..], &["mod_wsgi"]].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.ends_with("mod_wsgi-1.5: started")), "the third cell is begun");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    lines.for_each(drop);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.starts_with("interrupted; so far: header.missing changed at mod_wsgi > 1.0, <= 2.0: "), "{shown}");
    assert!(shown.contains("  1.5      undecided"), "{shown}");
}

#[test]
fn list_needs_no_engine() {
    let ended = Place::changing_at_1_3().ask(&["--list"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    insta::assert_snapshot!(ended.stdout, @r"
    header.missing over 11 values of mod_wsgi in tiny, 6 cells if all can be decided, 2 of them twice:
      1.0      like 1.1, verified by the index's own sha256
      1.1      listed by the scenario, verified by the index's own sha256
      1.2      like 1.1, verified by the index's own sha256
      1.3      like 1.1, verified by the index's own sha256
      1.4      like 1.1, verified by the index's own sha256
      1.5      like 1.1, verified by the index's own sha256
      1.6      like 1.1, verified by the index's own sha256
      1.7      like 1.1, verified by the index's own sha256
      1.8      listed by the scenario, verified by the index's own sha256
      1.9      like 1.8, verified by the index's own sha256
      2.0      like 1.8, verified by the index's own sha256
    excluded by the scenario in this environment, with the releases beyond:
      2.1 to 2.2 (2): 2.1 is for another language
    left out:
      1.9rc1: a pre-release
    ");
    let list: Value = serde_json::from_str(&Place::changing_at_1_3().ask(&["--list", "--format", "json"]).stdout).unwrap();
    assert_eq!(list[2], json!({"value": "1.2", "tried": true, "cell": "tiny/mod_wsgi-1.2", "like": "1.1"}));
    assert_eq!(list[12]["tried"], false);
}

#[test]
fn releases_excluded_in_the_environment_are_not_run() {
    let list = Place::changing_at_1_3().ask(&["--list", "--only", "small"]).stdout;
    assert!(list.contains("  1.0 to 1.1 (2): 1.1 is too large\n"), "{list}");
    assert!(list.contains("1.2      like 1.8"), "{list}");
}

#[test]
fn other_axes_are_bisected_over_the_values_that_the_scenario_lists() {
    let ended = Command::new(env!("CARGO_BIN_EXE_matrix"))
        .args(["bisect", "absent-header", "--claim", "header.missing", "--axis", "release", "--list"])
        .args(["--scenarios", "tests/data/scenarios", "--dockerfiles", "tests/data/dockerfiles"])
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert_eq!(ended.status.code(), Some(0), "{stderr}");
    assert_eq!(
        stdout.lines().skip(1).collect::<Vec<_>>(),
        ["  1        listed by the scenario", "  2        listed by the scenario"]
    );
}

#[test]
fn an_invalid_question_is_refused_with_a_next_move() {
    let place = Place::changing_at_1_3();
    let ask =
        |scenario: &str, claim: &str, more: &[&str]| place.refused(&[&["bisect", scenario, "--claim", claim][..], more].concat());
    insta::assert_snapshot!(ask("released-headers", "header.missing", &[]), @r"
    error: no scenario is named `released-headers`
    help: did you mean `released-header`?
    ");
    insta::assert_snapshot!(ask("released-header", "header.mising", &[]), @r"
    error: scenario `released-header` decides no claim `header.mising`
    help: did you mean `header.missing`?
    ");
    insta::assert_snapshot!(ask("released-header", "header.missing", &["--axis", "modwsgi"]), @r"
    error: scenario `released-header` has no axis `modwsgi`
    help: did you mean `mod_wsgi`?
    ");
    insta::assert_snapshot!(ask("released-header", "header.missing", &["--axis", "base"]), @"
    error: axis `base` of `released-header` cannot be bisected: its value `tiny` is not a version, so the values have no order
    help: choose an axis of versions
    ");
    insta::assert_snapshot!(ask("released-header", "header.missing", &["--from", "3.0", "--to", "4"]), @r"
    error: `mod_wsgi` has no value from 3.0 to 4
    help: known values range from 1.0 to 2.2
    ");
    insta::assert_snapshot!(ask("released-header", "header.missing", &["--from", "first"]), @r"
    error: `--from first` is not a release
    help: give a version, such as `--from 4.9.4`
    ");
}

#[test]
fn an_index_without_releases_or_without_an_answer_exits_3_with_help() {
    let mut place = Place::changing_at_1_3();
    for answer in [Answer(404, HTML, Vec::new(), 0), Answer(500, HTML, Vec::new(), 0)] {
        place.index = Index::new(&[("/simple/mod-wsgi/", answer)]);
        let ended = place.ask(&[]);
        assert_eq!((ended.code, ended.stdout.as_str()), (3, ""), "{}", ended.stderr);
        assert!(ended.stderr.contains("help: ") && ended.stderr.contains("--index"), "{}", ended.stderr);
    }
}
