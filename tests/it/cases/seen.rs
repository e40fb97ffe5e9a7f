//! The output of a step, and faults that cut it off.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::trial::{SCENARIO, Trial};

/// The claim is decided by what `tool` prints here.
fn printing(stdout: &str) -> Trial {
    let trial = Trial::new();
    let of_broken = json!({"command": "tool", "not_after": "make-the-part", "exit": 3, "stdout": stdout});
    trial.answering(of_broken).answering(json!({"command": "tool", "image": "matrix/healthy", "stdout": "ready\n"}))
}

/// A number taken from what `tool` prints decides the claim. It is 500 in the control.
fn measuring(pattern: &str, stdout: &str) -> Trial {
    let step = "    run: tool\n";
    let taken = format!("{step}    capture: {{size: '{pattern}'}}\n");
    let scenario = SCENARIO.replacen(step, &taken, 1);
    let scenario = scenario.replacen("has: cannot find the part alpha", "number: size, below: 100", 1);
    let trial = Trial::of(&scenario);
    let of_broken = json!({"command": "tool", "not_after": "make-the-part", "exit": 3, "stdout": stdout});
    trial
        .answering(json!({"command": "tool", "after": "make-the-part", "stdout": "size: 500 bytes\n"}))
        .answering(of_broken)
        .answering(json!({"command": "tool", "image": "matrix/healthy", "stdout": "size: 500 bytes\n"}))
}

fn decided(trial: &Trial) -> Value {
    let ended = trial.run(&[]);
    assert!([0, 1, 3].contains(&ended.code), "{}{}", ended.stdout, ended.stderr);
    trial.verdict("part.missing")
}

#[test]
fn output_is_matched_as_a_terminal_shows_it() {
    for hidden in [
        "cannot \u{1b}(Bfind the part alpha",
        "\u{1b}[38:5:1mcannot\u{1b}[m find\u{1b}]8;;http://a/\u{1b}\\ the\u{1b}]8;;\u{1b}\\ part alpha",
        "cannot \u{1b}Pq#1\u{1b}\\find the \u{9b}1mpart alpha",
        "c\u{8}ca\u{8}an\u{8}nn\u{8}no\u{8}ot\u{8}t find the _\u{8}p_\u{8}a_\u{8}r_\u{8}t alpha",
        "looking ... 10%\rcannot find the part alpha\r",
        "cannot find the part alpha\rlooking for another one",
        "cannot find \u{7}the part\0 alpha",
    ] {
        let verdict = decided(&printing(&format!("{hidden}\n")));
        assert_eq!(verdict["verdict"], "confirmed", "{hidden:?}: {verdict}");
        assert_eq!(verdict["observed"]["line"], "cannot find the part alpha", "{hidden:?}");
    }
}

#[test]
fn the_first_line_of_a_capture_counts_and_text_that_is_not_a_number_is_reported() {
    let verdict = decided(&measuring("^size: ([0-9,]+) bytes", "size: 2,048 bytes\nsize: 12 bytes\n"));
    assert_eq!(verdict["verdict"], "drifted", "{verdict}");
    assert!(verdict["why"].as_str().unwrap().contains("`2,048` is not a number"), "{verdict}");
    let verdict = decided(&measuring("^size: ([0-9]+)", "size: 2,048 bytes\n"));
    assert_eq!(verdict["verdict"], "drifted", "{verdict}");
    assert!(verdict["why"].as_str().unwrap().contains("`2` is only a part of `2,048`"), "{verdict}");
    let verdict = decided(&measuring("^size: ([0-9]+)", "size: 48 bytes\n"));
    assert_eq!(verdict["verdict"], "confirmed", "{verdict}");
}

#[test]
fn the_size_of_a_missing_file_is_a_mismatch_that_names_the_cause() {
    let scenario = SCENARIO.replacen("    run: tool\n", "    size: /opt/part\n", 1);
    let scenario = scenario.replacen("- exit: 3", "- exit: failure", 1);
    let trial = Trial::of(&scenario.replacen("has: cannot find the part alpha", "number: bytes, above: 100", 1));
    let trial = trial
        .answering(json!({"command": "stat", "exit": 1, "stderr": "stat: cannot statx '/opt/part': No such file or directory\n"}))
        .answering(json!({"command": "stat", "after": "make-the-part", "stdout": "50\n"}))
        .answering(json!({"command": "stat", "image": "matrix/healthy", "stdout": "50\n"}));
    let verdict = decided(&trial);
    assert_eq!(verdict["verdict"], "drifted", "{verdict}");
    assert!(verdict["why"].as_str().unwrap().contains("no such file (`stat: cannot statx '/opt/part'"), "{verdict}");
    assert!(verdict["observed"]["line"].as_str().unwrap().contains("No such file or directory"), "{verdict}");
}

#[test]
fn a_file_beyond_the_size_limit_is_inconclusive_with_the_limit_named() {
    let trial = Trial::new().answering(json!({"command": "make-the-part", "end": "file-size"}));
    assert_eq!(trial.run(&[]).code, 3);
    let verdict = trial.verdict("part.made");
    assert_eq!((&verdict["verdict"], &verdict["cause"]), (&"inconclusive".into(), &"file-size".into()), "{verdict}");
    assert!(verdict["why"].as_str().unwrap().contains("a file of more than 4096 MiB"), "{verdict}");
}

#[test]
fn a_request_waits_for_the_timeout_of_its_step_and_ignores_its_environment() {
    let request = "http: {path: /}\n";
    let plan = |more: &str| {
        let ended = Trial::with(request, &format!("{request}{more}")).matrix(&["plan", "parts"], false);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(!ended.stdout.contains("/nowhere"), "{}", ended.stdout);
        ended.stdout
    };
    assert!(plan("    timeout: 60s\n").contains("/dev/matrix/http --max-time 60 "));
    assert!(plan("    env: {PATH: /nowhere, LD_PRELOAD: /nowhere/lib.so}\n").contains("/dev/matrix/http --max-time 15 "));
}

#[test]
fn the_end_of_the_terminal_ends_a_run_with_its_reports() {
    let slow = json!({"command": "make-the-part", "millis": 600_000});
    let run = |prefix: &str| {
        let trial = Trial::new().answering(slow.clone());
        fs::write(trial.path().join("transcript.json"), trial.transcript.to_string()).unwrap();
        let place = trial.path().display();
        let words = format!(
            "{prefix} exec '{}' run --jobs 1 --report-dir '{place}/out' --scenarios '{place}/scenarios' --dockerfiles \
             tests/data/dockerfiles --engine 'scripted:{place}/transcript.json'",
            env!("CARGO_BIN_EXE_matrix")
        );
        let mut child = Command::new("sh");
        child.args(["-c", &words]).env("XDG_STATE_HOME", trial.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = child.spawn().unwrap();
        let clock = Instant::now();
        let begun = || {
            fs::read_to_string(trial.path().join("out/journal.jsonl")).is_ok_and(|text| text.contains(r#"{"event":"started""#))
        };
        while !begun() {
            assert!(clock.elapsed() < Duration::from_secs(60), "it does not begin");
            std::thread::sleep(Duration::from_millis(20));
        }
        (trial, child)
    };
    let signal = |name: &str, id: u32| Command::new("kill").args([name, &id.to_string()]).status().unwrap();
    let (trial, mut child) = run("");
    assert!(signal("-HUP", child.id()).success());
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert_eq!(trial.verdict("part.made")["cause"], "interrupted");
    // After `nohup` it goes on.
    let (trial, mut child) = run("trap '' HUP;");
    assert!(signal("-HUP", child.id()).success());
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(child.try_wait().unwrap(), None);
    assert!(signal("-TERM", child.id()).success());
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert_eq!(trial.verdict("part.made")["cause"], "interrupted");
}
