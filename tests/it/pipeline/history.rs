//! Earlier results: cached cells, resumed runs, repeated runs.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Place, matrix};

/// Ids of the cells started according to the journal, in order, of all runs that wrote into it.
fn begun(place: &Place) -> Vec<String> {
    let journal = fs::read_to_string(place.out().join("journal.jsonl")).unwrap();
    let lines = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["event"] == "started").map(|line| line["cell"].as_str().unwrap().to_owned()).collect()
}

/// The verdicts without the parts that differ between runs.
fn verdicts(place: &Place) -> Vec<String> {
    place.verdicts().iter().map(|v| format!("{} {} {} {}", v["cell"], v["claim"], v["verdict"], v["known"])).collect()
}

/// The folder after a run, with an engine whose identity does not depend on its answers.
fn one_engine(mut place: Place) -> Place {
    place.transcript["id"] = "one".into();
    place
}

#[test]
fn an_unchanged_cell_is_cached_and_every_report_shows_its_date() {
    let place = Place::new();
    assert_eq!(place.run(&[]).code, 0);
    let (first, earlier) = (place.record(), verdicts(&place));
    let ended = place.run(&[]);
    assert_eq!((ended.code, begun(&place).len()), (0, 0), "{}", ended.stderr);
    assert_eq!(verdicts(&place), earlier);
    let record = place.record();
    let cell = &record["cells"][0];
    assert_eq!((&cell["run"], &cell["started"]), (&first["runs"][0], &first["cells"][0]["started"]));
    assert_ne!(record["runs"], first["runs"]);
    let date = cell["started"].as_str().unwrap()[..16].replace('T', " ");
    let cached = format!("2 of 2 cells cached: unchanged since {date} UTC or later");
    assert!(ended.stdout.contains(&cached), "{}", ended.stdout);
    for report in ["report.html", "report.md"] {
        assert!(fs::read_to_string(place.out().join(report)).unwrap().contains(&cached), "{report}");
    }
    let junit = fs::read_to_string(place.out().join("junit.xml")).unwrap();
    assert_eq!(junit.matches(&format!("cached: unchanged since {date} UTC, run ")).count(), 8);
}

#[test]
fn no_cache_and_a_result_beyond_the_cache_age_execute_everything() {
    let place = Place::new();
    place.run(&[]);
    for options in [["--no-cache"].as_slice(), &["--cache-max-age", "0s"]] {
        place.run(options);
        assert_eq!(begun(&place), ["tiny/release-1", "tiny/release-2"], "{options:?}");
    }
    place.run(&["--cache-max-age", "1h"]);
    assert_eq!(begun(&place), [""; 0]);
    let ended = place.run(&["--cache-max-age", "soon"]);
    assert!(ended.code == 2 && ended.stderr.contains("such as 12h"), "{}", ended.stderr);
}

#[test]
fn only_inconclusive_cells_are_executed_again() {
    let mut place = one_engine(Place::new());
    place.transcript["answers"].as_array_mut().unwrap().insert(0, json!({"command": "release=2", "end": "timeout"}));
    assert_eq!(place.run(&[]).code, 3);
    place.transcript["answers"].as_array_mut().unwrap().remove(0);
    assert_eq!(place.run(&[]).code, 0);
    assert_eq!(begun(&place), ["tiny/release-2"]);
}

#[test]
fn another_engine_another_image_and_a_damaged_cache_miss_the_cache() {
    let place = one_engine(Place::new());
    place.run(&[]);
    let change = |change: &dyn Fn(&mut Place)| {
        let mut other = Place { dir: tempfile::tempdir().unwrap(), transcript: place.transcript.clone() };
        fs::create_dir_all(other.path().join("matrix/cells")).unwrap();
        for entry in fs::read_dir(place.path().join("matrix/cells")).unwrap().map(Result::unwrap) {
            fs::copy(entry.path(), other.path().join("matrix/cells").join(entry.file_name())).unwrap();
        }
        change(&mut other);
        assert_eq!(other.run(&[]).code, 0);
        begun(&other).len()
    };
    assert_eq!(change(&|_| {}), 0);
    assert_eq!(change(&|other| other.transcript["id"] = "two".into()), 2);
    assert_eq!(change(&|other| other.transcript["images"]["matrix/base:tiny"] = "sha256:other".into()), 2);
    let damage = |other: &mut Place| {
        let entry = fs::read_dir(other.path().join("matrix/cells")).unwrap().next().unwrap().unwrap().path();
        let text = fs::read(&entry).unwrap();
        fs::write(&entry, &text[..text.len() / 2]).unwrap();
    };
    assert_eq!(change(&damage), 1);
}

/// A run that was killed in its second cell, its first one judged.
fn killed() -> Place {
    let mut place = one_engine(Place::answering(json!({"command": "release=2", "millis": 600_000})));
    let mut child = place.command().spawn().unwrap();
    place.wait_for_a_cell(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    place.transcript["answers"].as_array_mut().unwrap().remove(0);
    place
}

#[test]
fn a_killed_run_is_resumed_without_executing_a_finished_cell_again() {
    let whole = one_engine(Place::new());
    whole.run(&[]);
    let place = killed();
    // Power may have been lost in the middle of a line.
    let journal = place.out().join("journal.jsonl");
    fs::write(&journal, [fs::read(&journal).unwrap(), b"{\"event\":\"cell\",\"rec".to_vec()].concat()).unwrap();
    let ended = place.run(&["--resume", "--no-cache"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(begun(&place).iter().filter(|cell| *cell == "tiny/release-1").count(), 1);
    assert_eq!(verdicts(&place), verdicts(&whole));
    assert!(!ended.stdout.contains("cached: unchanged since"), "it is one run: {}", ended.stdout);
    // The journal is that of one whole run.
    let out = place.path().join("again");
    let args = ["report", journal.to_str().unwrap(), "--report-dir", out.to_str().unwrap()];
    assert_eq!(matrix(&args).code, 0);
    let again: Value = serde_json::from_slice(&fs::read(out.join("record.json")).unwrap()).unwrap();
    assert_eq!(again["verdicts"], place.record()["verdicts"]);
}

#[test]
fn a_resumed_run_keeps_its_selection() {
    let place = one_engine(Place::new());
    place.run(&["--only", "release=1"]);
    let again = place.run(&["--resume"]);
    assert_eq!((again.code, place.verdicts().len()), (0, 4), "{}", again.stderr);
    let other = place.run(&["--resume", "--only", "release=2"]);
    assert_eq!(other.code, 2);
    assert!(other.stderr.contains("another selection: matrix run --only release=1\nhelp: "), "{}", other.stderr);
    let nothing = Place::new().run(&["--resume"]);
    assert!(nothing.code == 2 && nothing.stderr.contains("journal.jsonl"), "{}", nothing.stderr);
}

#[test]
fn repeated_runs_execute_each_time_and_report_a_verdict_that_changes() {
    let place = Place::new();
    let ended = place.run(&["--repeat", "2"]);
    assert!(ended.code == 0 && ended.stdout.ends_with("2 runs: every verdict is the same in all runs\n"), "{}", ended.stdout);
    for round in ["repeat-1", "repeat-2"] {
        let journal = fs::read_to_string(place.out().join(round).join("journal.jsonl")).unwrap();
        assert_eq!(journal.matches(r#""event":"started""#).count(), 2, "{round}");
    }
    let mut place = Place::new();
    place.transcript["fail"] = json!([{"call": "exec", "of": "release=1", "nth": 3}]);
    let ended = place.run(&["--repeat", "2", "--only", "release=1"]);
    assert_eq!(ended.code, 3, "{}", ended.stdout);
    assert!(ended.stdout.contains("UNSTABLE header.missing"), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("  run 1       confirmed\n  run 2       inconclusive (engine), not as expected\n"),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_run_killed_at_any_moment_resumes_to_the_same_verdicts() {
    let whole = one_engine(Place::new());
    whole.run(&[]);
    // Each of its commands takes a while, so that there is something to kill.
    let mut place = one_engine(Place::new());
    for answer in place.transcript["answers"].as_array_mut().unwrap() {
        answer["millis"] = 40.into();
    }
    let path = place.out().join("journal.jsonl");
    let length = || path.metadata().map_or(0, |journal| journal.len());
    let resume = || if path.exists() { ["--no-cache", "--resume"].as_slice() } else { &["--no-cache"] };
    let (mut killed, mut finished) = (0, 0);
    while killed < 20 {
        let mut child = place.command().args(resume()).spawn().unwrap();
        // Depends on what it has written, because times are unreliable on a busy machine: sometimes nothing, sometimes a cell or two.
        let enough = length() + (killed + finished) * 397 % 5_000;
        let begun = Instant::now();
        while length() < enough && child.try_wait().unwrap().is_none() {
            if begun.elapsed() > Duration::from_secs(60) {
                child.kill().unwrap();
                panic!("the run neither writes nor ends");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            finished += 1;
            assert!(finished <= 100, "{finished} runs end before they are killed, {killed} do not");
            fs::remove_file(&path).unwrap();
        } else {
            killed += 1;
        }
    }
    let ended = place.run(resume());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(verdicts(&place), verdicts(&whole));
    let journal = fs::read_to_string(place.out().join("journal.jsonl")).unwrap();
    let events: Vec<Value> = journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for cell in ["tiny/release-1", "tiny/release-2"] {
        let of = |event: &&Value| event["cell"] == cell || event["record"]["cell"] == cell;
        let last = events.iter().rfind(of).unwrap();
        assert_eq!(last["event"], "cell", "{cell} was begun again after it had finished; {finished} runs came to their end");
    }
}
