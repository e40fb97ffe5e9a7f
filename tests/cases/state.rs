//! Records and results of earlier runs.

use std::fs;

use serde_json::{Value, json};

use crate::trial::{SCENARIO, Trial};

/// On an engine that is the same whatever it answers.
fn one_engine(mut trial: Trial) -> Trial {
    trial.transcript["id"] = "one".into();
    trial
}

fn told(trial: &Trial, args: &[&str]) -> (i32, bool) {
    let ended = trial.run(args);
    (ended.code, ended.stdout.contains("not executed again"))
}

#[test]
fn a_stated_drift_that_is_added_is_judged_on_what_was_observed() {
    let reworded = "reworded: cannot find";
    let other = SCENARIO.replace("has: cannot find the part alpha", &format!("has: no part of that name, {reworded}"));
    let trial = one_engine(Trial::of(&other));
    assert_eq!(told(&trial, &[]), (1, false));
    assert_eq!(trial.verdict("part.missing")["drift"], "reworded");
    let known = "known-drift: [{claim: part.missing, drift: reworded, seen: 'cannot find the part alpha', reason: so it is}]\n";
    trial.write("scenarios/parts.yaml", &format!("{other}{known}"));
    assert_eq!(told(&trial, &[]), (0, true));
    let verdict = trial.verdict("part.missing");
    assert_eq!((&verdict["known"], &verdict["expected"]), (&json!(true), &json!(true)));
    trial.write("scenarios/parts.yaml", SCENARIO);
    assert_eq!(told(&trial, &[]), (0, true), "an expectation that is put right needs no experiment");
    assert_eq!(trial.verdict("part.missing")["verdict"], "confirmed");
    trial.write("scenarios/parts.yaml", &SCENARIO.replace("run: tool", "run: tool --verbose"));
    assert_eq!(told(&trial, &[]), (0, false), "another command is another experiment");
}

#[test]
fn an_expectation_that_is_spoiled_is_not_saved_by_an_earlier_verdict() {
    let trial = one_engine(Trial::new());
    assert_eq!(told(&trial, &[]), (0, false));
    trial.write("scenarios/parts.yaml", &SCENARIO.replace("has: hello", "has: hullo"));
    assert_eq!(told(&trial, &[]).0, 3, "the healthy environment does not work");
}

/// The file in which the only cell is kept.
fn entry(trial: &Trial) -> std::path::PathBuf {
    let mut entries = fs::read_dir(trial.path().join("matrix/cells")).unwrap();
    entries.next().unwrap().unwrap().path()
}

#[test]
fn no_verdict_is_read_from_the_state_folder() {
    let trial = one_engine(Trial::new());
    assert_eq!(told(&trial, &[]), (0, false));
    let text = fs::read_to_string(entry(&trial)).unwrap();
    let kept: Value = serde_json::from_str(&text).unwrap();
    assert!(kept.get("verdicts").is_none() && !text.contains("\"confirmed\""), "{text}");
    // What is left out of the observations is executed.
    let mut kept = kept;
    kept["record"]["phases"].as_array_mut().unwrap().pop();
    fs::write(entry(&trial), kept.to_string()).unwrap();
    assert_eq!(told(&trial, &[]), (0, false));
}
