//! `matrix shell` on a transcript: the state that is reached, the messages, and the removal of everything.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Ended, matrix};

/// A temporary folder, and the answers of the engine.
struct Place {
    dir: TempDir,
    transcript: Value,
}

impl Place {
    /// Everything as in the tiny scenario; `where-am-i` prints whether the workaround was applied.
    fn new() -> Self {
        let transcript = json!({
            "images": {"matrix/base:tiny": "sha256:tiny"},
            "answers": [
                {"command": "make", "image": "matrix/healthy", "stdout": "built\n"},
                {"command": "make", "after": "install-the-header", "stdout": "built\n"},
                {"command": "make", "exit": 2, "stderr": "x.c:1: fatal error: x.h: No such file\nstopped.\n"},
                {"command": "where-am-i", "image": "matrix/healthy", "stdout": "healthy\n"},
                {"command": "where-am-i", "after": "install-the-header", "stdout": "repaired\n"},
                {"command": "where-am-i", "after": "make", "stdout": "failed\n"},
                {"command": "where-am-i", "after": "configure", "stdout": "prepared\n"},
                {"command": "where-am-i", "stdout": "nowhere\n"},
                {"command": "say", "stdout": "out\n", "stderr": "err\n"},
            ],
        });
        Place { dir: tempfile::tempdir().unwrap(), transcript }
    }

    fn answer(&mut self, answer: Value) {
        self.transcript["answers"].as_array_mut().unwrap().insert(0, answer);
    }

    fn command(&self, cell: &str) -> Command {
        let transcript = self.dir.path().join("transcript.json");
        fs::write(&transcript, self.transcript.to_string()).unwrap();
        let mut command =
            matrix(&["shell", cell, "--scenarios", "tests/data/scenarios", "--dockerfiles", "tests/data/dockerfiles"]);
        command.arg("--engine").arg(format!("scripted:{}", transcript.display())).env("XDG_STATE_HOME", self.dir.path());
        command
    }

    fn shell(&self, cell: &str, input: &str) -> Ended {
        Ended::of(&mut self.command(cell), input)
    }
}

#[test]
fn each_phase_has_its_own_state_and_reproduce_is_the_default() {
    let place = Place::new();
    for (phase, state) in [
        ("", "failed"),
        ("/prepare", "prepared"),
        ("/reproduce", "failed"),
        ("/placebo", "failed"),
        ("/workaround:inst", "repaired"),
        ("/control", "healthy"),
    ] {
        let ended = place.shell(&format!("absent-header:tiny/release-1{phase}"), "where-am-i\n");
        assert_eq!((ended.code, ended.stdout), (0, format!("{state}\n")), "{phase}: {}", ended.stderr);
    }
}

#[test]
fn a_pipe_gets_separate_streams_and_the_exit_status_of_the_shell() {
    let ended = Place::new().shell("absent-header:tiny/release-2", "say\nexit 41\nsay\n");
    assert_eq!((ended.code, ended.stdout.as_str()), (41, "out\n"));
    assert!(ended.stderr.ends_with("err\n"), "{}", ended.stderr);
}

#[test]
fn standard_error_shows_what_was_done_and_what_to_do_next() {
    let ended = Place::new().shell("absent-header:tiny/release-1", "");
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9.]+ m?s\b", "[TIME]");
    settings.add_filter(r":[0-9a-f]{16}", ":[TAG]");
    settings.bind(|| {
        insta::assert_snapshot!(ended.stderr, @r"
        base tiny: present
        image matrix/broken:[TAG]: building
        image matrix/broken:[TAG]: built in [TIME]
        phase prepare
          configure: exit status 0 in [TIME]
        phase reproduce
          build: exit status 2 in [TIME]: stopped.
        absent-header tiny/release-1, as `reproduce` left it
          last step    build (exit status 2)
          its command  make
        There is no network, as in a run. The container is removed when the shell ends.
        ");
    });
}

#[test]
fn without_a_terminal_an_unreached_phase_is_an_error() {
    let mut place = Place::new();
    place.answer(json!({"command": "configure", "exit": 1, "stderr": "no compiler\n"}));
    let ended = place.shell("absent-header:tiny/release-1", "where-am-i\n");
    assert_eq!((ended.code, ended.stdout.as_str()), (3, ""));
    assert!(ended.stderr.contains("step `configure`") && ended.stderr.contains("no compiler"), "{}", ended.stderr);
    let mut place = Place::new();
    place.answer(json!({"command": "make", "stdout": "built\n"}));
    let ended = place.shell("absent-header:tiny/release-1/workaround:install", "where-am-i\n");
    assert_eq!((ended.code, ended.stdout.as_str()), (3, ""));
    assert!(ended.stderr.contains("the documented failure did not occur"), "{}", ended.stderr);
}

#[test]
fn every_failed_engine_call_is_reported() {
    for call in ["info", "image", "build", "start", "exec", "commit", "shell"] {
        let mut place = Place::new();
        place.transcript["fail"] = json!([{"call": call, "nth": 1}]);
        let ended = place.shell("absent-header:tiny/release-1/workaround:install", "where-am-i\n");
        assert_eq!((ended.code, ended.stdout.as_str()), (3, ""), "{call}: {}", ended.stderr);
        assert!(ended.stderr.contains("error: ") && ended.stderr.contains("the transcript says so"), "{call}: {}", ended.stderr);
    }
}

#[test]
fn an_unknown_cell_exits_2_with_the_nearest_name() {
    let ended = Place::new().shell("absent-header:tiny/release-3", "");
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("did you mean `tiny/release-1`"), "{}", ended.stderr);
    let ended = Place::new().shell("absent-header:tiny/release-1/workaround:nothing", "");
    assert!(ended.code == 2 && ended.stderr.contains("`workaround:install`"), "{}", ended.stderr);
}

/// Uses a terminal of 80 x 24: types, resizes it to 100 x 30, types again, and prints the output and the exit status.
const PERSON: &str = r#"
import fcntl, os, pty, signal, struct, sys, termios, time
def size(rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
def until(text):
    global seen
    while text not in seen:
        try: piece = os.read(fd, 4096)
        except OSError: piece = b""
        if not piece: sys.exit("ended before %r: %r" % (text, seen))
        seen += piece
signal.alarm(60)
pid, fd = pty.fork()
if pid == 0:
    signal.alarm(0)
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b""
size(24, 80)
before = termios.tcgetattr(fd)
until(b"is removed when the shell ends.")
while termios.tcgetattr(fd)[3] & termios.ICANON: time.sleep(0.01)
os.write(fd, b"size\n")
time.sleep(0.3)
size(30, 100)
until(b"30 100\n")
os.write(fd, b"say\n")
until(b"out\n")
os.write(fd, b"exit 7\n")
_, status = os.waitpid(pid, 0)
after = termios.tcgetattr(fd)
print(os.waitstatus_to_exitcode(status), after == before, seen.count(b"size"))
"#;

#[test]
fn on_a_terminal_keys_and_resizing_are_passed_on_and_the_terminal_is_restored() {
    let place = Place::new();
    let command = place.command("absent-header:tiny/release-1");
    let mut person = Command::new("python3");
    person.args(["-c", PERSON]).arg(command.get_program()).args(command.get_args()).env("XDG_STATE_HOME", place.dir.path());
    let ended = Ended::of(&mut person, "");
    assert_eq!(ended.stdout, "7 True 0\n", "{}", ended.stderr);
}
