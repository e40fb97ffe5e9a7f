//! The releases beside a change are run once more before `matrix bisect` answers.

use std::fs;

use serde_json::{Value, json};

use crate::bisect::{Build, Place};

fn record(place: &Place, file: &str) -> Value {
    serde_json::from_slice(&fs::read(place.out().join(file)).unwrap()).unwrap()
}

fn releases(record: &Value) -> Vec<&str> {
    record["cells"].as_array().unwrap().iter().map(|cell| cell["axes"]["mod_wsgi"].as_str().unwrap()).collect()
}

#[test]
fn both_neighbours_of_a_change_are_executed_again_and_not_taken_from_the_cache() {
    let place = Place::changing_at_1_3().with_answers();
    for _ in 0..2 {
        let (code, found) = place.found(&[]);
        assert_eq!((code, &found["answer"], &found["confirmed"]), (0, &json!("changed"), &json!(true)));
        let again = record(&place, "again/record.json");
        assert_eq!(releases(&again), ["1.2", "1.3"]);
        let run = &again["runs"][0];
        assert!(again["cells"].as_array().unwrap().iter().all(|cell| cell["run"] == *run), "they are of that run");
    }
}

/// The failing build of 1.3 prints another header the first `times` times, and the documented one after that.
fn flaky(times: usize) -> Place {
    let mut place = Place::changing_at_1_3().with_answers();
    let at = place.answers.iter().position(|answer| answer["command"] == "make release=1.3." && answer["exit"] == 2).unwrap();
    let mut later = place.answers[at].clone();
    later["stderr"] = json!("cc x.c\nx.c:1: fatal error: x.h: No such file\n");
    place.answers[at]["times"] = json!(times);
    place.answers.insert(at + 1, later);
    place
}

#[test]
fn a_change_that_a_second_run_does_not_show_is_no_answer() {
    // A cell runs the failing build twice: to reproduce the failure, and in the placebo.
    let place = flaky(2);
    let (code, found) = place.found(&["--jobs", "1"]);
    assert_eq!((code, &found["answer"]), (3, &json!("unstable")), "{found}");
    assert_eq!((&found["before"]["value"], &found["after"]["value"]), (&json!("1.2"), &json!("1.3")));
    assert_eq!((&found["again"][0]["verdict"], &found["again"][1]["verdict"]), (&json!("confirmed"), &json!("confirmed")));
    let ended = flaky(2).ask(&["--jobs", "1"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(
        ended.stdout.starts_with(
            "header.missing is not stable between mod_wsgi 1.2 and 1.3: first confirmed and drifted (absent), but not so when they \
             were run once more\n  1.2 once more: confirmed  x.c:1: fatal error: x.h: No such file\n  1.3 once more: confirmed  "
        ),
        "{}",
        ended.stdout
    );
}

#[test]
fn an_answer_without_a_change_needs_no_second_run() {
    let place = Place::new(|_| Build::Documented).with_answers();
    let (code, found) = place.found(&["--from", "1.2", "--to", "1.7"]);
    assert_eq!((code, &found["answer"]), (0, &json!("unchanged")));
    assert!(!place.out().join("again").exists());
}
