//! The script of an export with a fake `docker` on the PATH: its output, comparisons and exit status.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use matrix::export::script;
use matrix::model::action::{Action, Run};
use matrix::model::expect::{Has, Lines, Test, Tests};
use matrix::model::observation::{Part, Streams};
use matrix::model::plan::CellPlan;
use matrix::model::record::{CellRecord, PhaseRecord};
use matrix::model::step::Step;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Ended, matrix, tiny};

/// A container is a folder, which a snapshot copies. `exec` knows the commands of the tiny scenario; anything else prints
/// nothing. The script must find this program as `docker`.
const DOCKER: &str = r#"#!/bin/sh
cd "$FAKE" || exit 99
echo "$1" >>calls
case $1 in
build) [ ! -e build-fails ] ;;
run)
  [ ! -e run-fails ] || exit 125
  while [ $# -gt 2 ]; do shift; done
  id=container-$(wc -l <calls)
  mkdir "$id"
  [ ! -d "$1" ] || cp -r "$1/." "$id"
  case $1 in *-control) : >"$id/header" ;; esac
  echo "$id"
  ;;
commit)
  cp -r "$2" "snapshot-of-$2"
  echo "snapshot-of-$2"
  ;;
exec)
  shift
  [ "$1" != --workdir ] || shift 2
  id=$1
  [ "$4" != : ] || { [ ! -e gone ]; exit; }
  case $5 in
  install-the-header) : >"$id/header" ;;
  make)
    [ ! -e "$id/header" ] || { echo built; exit 0; }
    cat make >&2
    exit "$(cat make-exits)"
    ;;
  curl*)
    [ -e "$id/header" ] || exit 7
    printf 'HTTP/1.1 200 OK\r\n\r\nhello\n'
    ;;
  esac
  ;;
rm | rmi) ;;
*) exit 99 ;;
esac
"#;

/// The output of the failing step, as a terminal gets it.
const FAILURE: &str = "cc x.c\n\u{1b}[31mx.c:1: fatal error: x.h: No such file\u{1b}[0m\r\nstopped.\n";

struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Place { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(place.path("bin")).unwrap();
        place.program("docker", DOCKER);
        place.write("make", FAILURE);
        place.write("make-exits", "2");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs the tiny cell on an engine that answers as the program above does.
    fn record(&self) -> PathBuf {
        let answers = json!({"images": {"matrix/base:tiny": "sha256:tiny"}, "answers": [
            {"command": "make", "image": "matrix/healthy", "stdout": "built\n"},
            {"command": "/dev/matrix/http", "image": "matrix/healthy", "stdout": "HTTP/1.1 200 OK\r\n\r\nhello\n"},
            {"command": "make", "after": "install-the-header", "stdout": "built\n"},
            {"command": "/dev/matrix/http", "after": "install-the-header", "stdout": "HTTP/1.1 200 OK\r\n\r\nhello\n"},
            {"command": "make", "exit": 2, "stderr": FAILURE},
            {"command": "/dev/matrix/http", "exit": 7},
            {"command": "dpkg-query", "stdout": "make 4.3\n"},
        ]});
        self.write("transcript.json", &answers.to_string());
        let mut run = matrix(&["run", "--only", "release=1", "--scenarios", "tests/data/scenarios"]);
        run.args(["--dockerfiles", "tests/data/dockerfiles", "--engine"])
            .arg(format!("scripted:{}", self.path("transcript.json").display()));
        let ended = Ended::of(run.arg("--report-dir").arg(self.path("out")).env("XDG_STATE_HOME", self.path("state")), "");
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        self.path("out/record.json")
    }

    fn ran(&self) -> CellRecord {
        let record: Value = serde_json::from_slice(&fs::read(self.record()).unwrap()).unwrap();
        serde_json::from_value(record["cells"][0].clone()).unwrap()
    }

    /// The script of the tiny cell, with the results of a run.
    fn export(&self) -> PathBuf {
        let record = self.record();
        super::export::export(&self.path("export"), &["--record", record.to_str().unwrap()]);
        self.path("export/reproduce.sh")
    }

    /// A script by itself.
    fn script(&self, plan: &CellPlan, ran: Option<&CellRecord>) -> PathBuf {
        fs::create_dir_all(self.path("export")).unwrap();
        self.write("export/reproduce.sh", &script(plan, "debian:tiny", ran));
        self.path("export/reproduce.sh")
    }

    fn reproduce(&self, script: &Path) -> Ended {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        command.arg(script).env("PATH", path).env("FAKE", self.dir.path()).env_remove("DOCKER").current_dir(self.dir.path());
        Ended::of(&mut command, "")
    }

    fn calls(&self, name: &str) -> usize {
        fs::read_to_string(self.path("calls")).unwrap().lines().filter(|call| *call == name).count()
    }
}

/// The last lines of the script.
fn last(ended: &Ended) -> &str {
    let at = ended.stdout.rfind("\n== ").unwrap_or_else(|| panic!("{}{}", ended.stdout, ended.stderr));
    &ended.stdout[at + 1..]
}

/// The tiny cell with these documented texts of its failing step, and a run in which all of them were observed.
fn documented(place: &Place, texts: &[&str], output: &str) -> (CellPlan, CellRecord) {
    let (mut plan, mut ran) = (tiny(), place.ran());
    let has = Lines(texts.iter().map(|text| (*text).to_owned()).collect());
    plan.reproduce[0].expect[1].tests = Tests(vec![Test::Has(Has { has })]);
    for observation in ran.phases.iter_mut().flat_map(|phase| &mut phase.observations) {
        if observation.command == "make" && observation.exit != Some(0) {
            output.clone_into(&mut observation.stderr);
        }
    }
    (plan, ran)
}

#[test]
fn a_script_exits_0_if_all_texts_are_observed_again_and_prints_them_next_to_each_other() {
    let place = Place::new();
    let ended = place.reproduce(&place.export());
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    let (_, from) = ended.stdout.split_once("== phase reproduce").unwrap();
    insta::assert_snapshot!(from.split_once("\n== phase").unwrap().0, @r"
    : ends in the documented failure

    -- step reproduce/build
       $ make
       | cc x.c
       | x.c:1: fatal error: x.h: No such file
       | stopped.
       exit status 2
       documented: an exit status other than 0 (tests/data/scenarios/absent-header.yaml: reproduce[0].expect[0])
       in the run: exit status 2
       now:        exit status 2
       documented: [..]x.h: No such file (tests/data/scenarios/absent-header.yaml: reproduce[0].expect[1])
       in the run: x.c:1: fatal error: x.h: No such file
       now:        x.c:1: fatal error: x.h: No such file
       documented: [..]warning: y.h[..] (tests/data/scenarios/absent-header.yaml: reproduce[0].expect[2])
       in the run: not seen
    ");
    insta::assert_snapshot!(last(&ended), @"== as in the run: all 9 documented texts and exit statuses");
    let page = fs::read_to_string(place.path("export/README.md")).unwrap();
    assert!(
        page.contains("\n- 1: something is not; the last lines name each text with its phase and step\n- 2: trouble"),
        "{page}"
    );
    assert_eq!(place.calls("run"), 4, "prepare with reproduce, placebo, workaround, control");
    assert_eq!((place.calls("rm"), place.calls("commit"), place.calls("rmi")), (4, 1, 1));
    let answer = fs::read_to_string(place.path("export/observed/control/resolved/answer.stdout")).unwrap();
    assert!(answer.ends_with("hello\n"), "{answer}");
}

#[test]
fn a_text_that_is_missing_now_makes_the_script_exit_1_and_is_named_with_phase_and_step() {
    let place = Place::new();
    let script = place.export();
    // Another text, the text with more around it, a part of it, another character for the dot, two lines.
    for text in ["y.h: No such file", "x.h: No such file (1)", "x.h: No such", "xyh: No such file", "x.h: No such\nfile"] {
        place.write("make", &format!("fatal error: {text}\nstopped.\n"));
        let ended = place.reproduce(&script);
        assert_eq!(ended.code, 1, "{text}: {}{}", ended.stdout, ended.stderr);
        insta::allow_duplicates! { insta::assert_snapshot!(last(&ended), @r"
    == observed in the run, but not now:
       phase reproduce, step reproduce/build: [..]x.h: No such file
       phase placebo, step reproduce/build: [..]x.h: No such file
    "); }
    }
}

#[test]
fn an_exit_status_is_a_success_or_a_failure_as_in_the_run() {
    let place = Place::new();
    let script = place.export();
    place.write("make-exits", "1");
    assert_eq!(place.reproduce(&script).code, 0, "a failure is a failure");
    place.write("make-exits", "0");
    let ended = place.reproduce(&script);
    assert_eq!(ended.code, 1);
    insta::assert_snapshot!(last(&ended), @r"
    == observed in the run, but not now:
       phase reproduce, step reproduce/build: an exit status other than 0
       phase placebo, step reproduce/build: an exit status other than 0
    ");
}

#[test]
fn texts_that_the_run_did_not_show_are_printed_but_not_compared() {
    let place = Place::new();
    let (plan, mut ran) = (tiny(), place.ran());
    // The run observed other words in the control, so these words are not compared.
    let answer = ran.phases.last_mut().unwrap().observations.last_mut().unwrap();
    answer.stdout = answer.stdout.replace("hello", "good day");
    place.write("bin/docker", &DOCKER.replace("\\n\\r\\nhello", "\\n\\r\\nwelcome").replace("hello", "welcome"));
    let ended = place.reproduce(&place.script(&plan, Some(&ran)));
    assert_eq!(
        last(&ended).trim_end(),
        "== observed in the run, but not now:\n   phase workaround-install, step resolved/answer: hello"
    );
    let (_, control) = ended.stdout.split_once("== phase control").unwrap();
    assert!(
        control.contains(
            "   documented: hello (tests/data/scenarios/absent-header.yaml: resolved[0].expect[0])\n   in the run: not seen\n"
        ),
        "{control}"
    );
}

#[test]
fn texts_are_literal_lines_except_for_the_elision() {
    let place = Place::new();
    let texts = [
        "a.b*c",
        "[x]{1}+?|()",
        r"\d \n \",
        "^a$",
        "a[..]b",
        "[..]end",
        "/usr/[..]/x&y",
        "it's \"q\" `z` $HOME",
        "  padded ",
        "-e",
    ];
    let output = "a.b*c\n[x]{1}+?|()\n\\d \\n \\\n^a$\na, then b\nthe end\n/usr/lib/x&y\n\tit's \"q\" `z` $HOME\npadded\n-e\n";
    let (plan, ran) = documented(&place, &texts, output);
    let script = place.script(&plan, Some(&ran));
    place.write("make", output);
    assert_eq!(last(&place.reproduce(&script)).trim_end(), "== as in the run: all 27 documented texts and exit statuses");
    let other = "aXb*c\na.bbc\nx1+?|()\n5 \n \\\na\na, then\nb\nend of it\n/usr/lib/xy\nit's q z /root\npadded more\ne\n";
    place.write("make", other);
    let ended = place.reproduce(&script);
    let named = |phase: &str| {
        let line = |text: &&str| format!("   phase {phase}, step reproduce/build: {text}\n");
        texts.iter().map(line).collect::<String>()
    };
    let expected = format!("== observed in the run, but not now:\n{}{}", named("reproduce"), named("placebo"));
    assert_eq!((last(&ended), ended.code), (expected.as_str(), 1));
}

#[test]
fn trouble_exits_2_with_its_reason() {
    let place = Place::new();
    let script = place.export();
    for (file, message) in [
        ("build-fails", "an image could not be built"),
        ("run-fails", "no container could be started from matrix-export/absent-header:tiny-release-1"),
        ("gone", "the container of phase reproduce no longer runs"),
    ] {
        place.write(file, "");
        let ended = place.reproduce(&script);
        assert_eq!(ended.code, 2, "{file}: {}", ended.stdout);
        assert!(ended.stderr.contains(message), "{file}: {}", ended.stderr);
        fs::remove_file(place.path(file)).unwrap();
    }
    place.program("timeout", "#!/bin/sh\nexit 124\n");
    let ended = place.reproduce(&script);
    assert_eq!((ended.code, ended.stderr.as_str()), (2, "error: step prepare/configure of phase prepare took more than 600 s\n"));
    assert_eq!(place.calls("run"), place.calls("rm") + 1, "the one that could not be started is not removed");
}

#[test]
fn without_a_run_every_phase_is_executed_and_nothing_is_compared() {
    let place = Place::new();
    let ended = place.reproduce(&place.script(&tiny(), None));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(last(&ended).trim_end(), "== nothing was compared: there are no results of a run");
    assert_eq!(ended.stdout.matches("   in the run: unknown").count(), ended.stdout.matches("   documented: ").count());
    assert_eq!(place.calls("run"), 4);
}

#[test]
fn a_record_with_other_steps_is_not_used_for_the_cell() {
    let place = Place::new();
    let mut plan = tiny();
    plan.reproduce[0].action = Action::Run(Run { run: "make all".to_owned() });
    let text = script(&plan, "debian:tiny", Some(&place.ran()));
    let (before, after) = text.split_once("phase reproduce").unwrap();
    assert!(before.contains("ends '' 'exit status 0' 'exit status 0' success"), "prepare is as it was: {before}");
    assert!(after.contains("'HTTP status 200' unknown") && !after.contains("\nagain "), "{after}");
}

#[test]
fn a_run_that_ended_in_prepare_has_no_later_phases() {
    let place = Place::new();
    let mut ran = place.ran();
    ran.phases.retain(|phase| phase.phase.to_string() != "reproduce");
    ran.phases[0].observations[0].exit = Some(3);
    let text = script(&tiny(), "debian:tiny", Some(&ran));
    let calls: Vec<&str> = text.lines().filter(|line| line.starts_with("enter ") || line.starts_with("phase ")).collect();
    assert_eq!(calls.iter().map(|call| call.split(' ').nth(1).unwrap()).collect::<Vec<_>>(), ["prepare", "control"]);
    assert!(text.contains("documented '' 'exit status 0' 'exit status 3'\n"), "{text}");
}

/// A run of a plan in which every step printed this text and exited with 0, except that `reproduce` failed.
fn run_of(plan: &CellPlan, mut ran: CellRecord, printed: &str) -> CellRecord {
    let like = ran.phases[0].clone();
    let phase = |phase| {
        let parts = plan.parts(&phase);
        let steps = parts.into_iter().flat_map(|(part, steps)| steps.into_iter().map(move |step| (part.clone(), step)));
        let seen = |(part, step): (Part, Step<String>)| {
            step.observe(part, Some(0), Streams { stdout: printed.as_bytes(), stderr: b"" }, 0)
        };
        PhaseRecord { phase, observations: steps.map(seen).collect(), ..like.clone() }
    };
    ran.phases = plan.phases().into_iter().map(phase).collect();
    ran
}

#[test]
fn no_text_of_a_scenario_or_a_record_is_executed_on_the_host() {
    let place = Place::new();
    let ran = place.ran();
    let mark = place.path("executed");
    let touch = format!("touch {}", mark.display());
    for text in [
        format!("$({touch})`{touch}` %s\\n \\ -e | {touch} & {touch} > x"),
        format!("'; {touch}; ' \"; {touch}; \""),
        format!("x\n{touch}\n#"),
        format!("COMMAND\n{touch}\nCOMMAND_\n{touch}"),
    ] {
        let mut plan = super::export::reworded([&text, &text]);
        for step in plan.prepare.iter_mut().chain(&mut plan.reproduce).chain(&mut plan.resolved) {
            step.log = Some(text.clone());
            step.name = text.clone();
            step.expect.iter_mut().for_each(|check| check.at.clone_from(&text));
        }
        // The steps print nothing now, so a line that the run showed is missing; no line is a text of several lines.
        let ran = run_of(&plan, ran.clone(), &text);
        let ended = place.reproduce(&place.script(&plan, Some(&ran)));
        assert!(!mark.exists(), "{text:?} was executed: {}", ended.stderr);
        assert_eq!(ended.code, i32::from(!text.contains('\n')), "{text:?}: {}{}", ended.stdout, ended.stderr);
    }
}
