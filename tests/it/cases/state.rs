//! Records and results of earlier runs.

use std::fs;

use serde_json::{Value, json};

use super::trial::{SCENARIO, Trial};

/// On an engine whose identity does not depend on its answers.
fn one_engine(mut trial: Trial) -> Trial {
    trial.transcript["id"] = "one".into();
    trial
}

/// Two cells: one uses the tool for something small, the other for something large.
fn two_cells() -> Trial {
    let two = SCENARIO.replace("axes: {base: [tiny]}", "axes: {base: [tiny], size: [small, large]}");
    one_engine(Trial::of(&two.replace("run: tool", "run: 'tool {{ size }}'")))
}

/// The verdict of each claim of each cell, and the run of each cell.
fn verdicts_and_runs(trial: &Trial) -> (Vec<String>, Vec<String>) {
    let record = trial.record();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |name: &str| record[name].as_array().unwrap().clone();
    (
        list("verdicts").iter().map(|v| text(&v["verdict"])).collect(),
        list("cells").iter().map(|cell| text(&cell["run"])).collect(),
    )
}

fn code_and_cached(trial: &Trial, args: &[&str]) -> (i32, bool) {
    let ended = trial.run(args);
    (ended.code, ended.stdout.contains("cached: unchanged since"))
}

#[test]
fn a_stated_drift_that_is_added_is_judged_on_what_was_observed() {
    let other = SCENARIO.replace("has: cannot find the part alpha", "has: no part of that name");
    let trial = one_engine(Trial::of(&other));
    assert_eq!(code_and_cached(&trial, &[]), (1, false));
    assert_eq!(trial.verdict("part.missing")["drift"], "absent");
    let known = "known-drift: [{claim: part.missing, drift: absent, seen: 'cannot find the part alpha', reason: so it is}]\n";
    trial.write("scenarios/parts.yaml", &format!("{other}{known}"));
    assert_eq!(code_and_cached(&trial, &[]), (0, true));
    let verdict = trial.verdict("part.missing");
    assert_eq!((&verdict["known"], &verdict["expected"]), (&json!(true), &json!(true)));
    trial.write("scenarios/parts.yaml", SCENARIO);
    assert_eq!(code_and_cached(&trial, &[]), (0, true), "an expectation that is put right needs no experiment");
    assert_eq!(trial.verdict("part.missing")["verdict"], "confirmed");
    trial.write("scenarios/parts.yaml", &SCENARIO.replace("run: tool", "run: tool --verbose"));
    assert_eq!(code_and_cached(&trial, &[]), (0, false), "another command is another experiment");
}

#[test]
fn an_expectation_that_is_spoiled_is_not_saved_by_an_earlier_verdict() {
    let trial = one_engine(Trial::with("has: hello", "has: '[..]ello'"));
    assert_eq!(code_and_cached(&trial, &[]), (0, false));
    trial.write("scenarios/parts.yaml", &SCENARIO.replace("has: hello", "has: hullo"));
    assert_eq!(code_and_cached(&trial, &[]).0, 3, "the healthy environment does not work");
}

#[test]
fn no_verdict_is_read_from_the_state_folder() {
    let trial = one_engine(Trial::new());
    assert_eq!(code_and_cached(&trial, &[]), (0, false));
    let text = fs::read_to_string(trial.cached()).unwrap();
    let cached: Value = serde_json::from_str(&text).unwrap();
    assert!(cached.get("verdicts").is_none() && !text.contains("\"confirmed\""), "{text}");
    // A missing observation is executed.
    let mut cached = cached;
    cached["record"]["phases"].as_array_mut().unwrap().pop();
    fs::write(trial.cached(), cached.to_string()).unwrap();
    assert_eq!(code_and_cached(&trial, &[]), (0, false));
}

/// The message of `matrix report` for a changed record.
fn refused(trial: &Trial, file: &str, change: impl Fn(&mut Value)) -> String {
    let path = trial.path().join("out").join(file);
    let text = fs::read_to_string(&path).unwrap();
    let lines = if file.ends_with("jsonl") { text.lines().collect() } else { vec![text.as_str()] };
    let changed = lines.into_iter().map(|line| {
        let mut value: Value = serde_json::from_str(line).unwrap();
        change(&mut value);
        value.to_string() + "\n"
    });
    let other = trial.path().join("changed").join(file);
    trial.write(&format!("changed/{file}"), &changed.collect::<String>());
    let out = trial.path().join("again").display().to_string();
    let ended = trial.matrix(&["report", &other.display().to_string(), "--report-dir", &out], false);
    assert!(ended.stderr.is_empty() || (ended.code == 2 && ended.stderr.contains(file)), "{}: {}", ended.code, ended.stderr);
    ended.stderr
}

#[test]
fn a_record_with_a_missing_or_contradictory_verdict_is_refused() {
    let trial = Trial::new();
    assert_eq!(trial.run(&[]).code, 0);
    let record = |change: &dyn Fn(&mut Value)| refused(&trial, "record.json", change);
    assert_eq!(record(&|_| {}), "");
    assert!(record(&|record| record["verdicts"] = json!([])).contains("cell `parts:tiny` has no verdict\nhelp: "));
    assert!(record(&|record| drop(record["verdicts"].as_array_mut().unwrap().pop())).contains("the verdict on `part.made` in"));
    let undecided = |record: &mut Value| {
        (record["verdicts"][0]["verdict"], record["verdicts"][0]["cause"]) = ("inconclusive".into(), "timeout".into());
    };
    assert!(record(&undecided).contains("contradicts itself: it says `expected: true`"));
    let journal = refused(&trial, "journal.jsonl", |line| {
        if let Some(verdicts) = line["verdicts"].as_array_mut().filter(|verdicts| !verdicts.is_empty()) {
            verdicts.pop();
        }
    });
    assert!(journal.contains("journal.jsonl`, line ") && journal.contains("the verdict on `part.made`"), "{journal}");
}

#[test]
fn an_interrupted_shard_that_was_run_again_is_complete() {
    let trial = two_cells();
    let shard = |of: &str, name: &str| {
        assert_eq!(trial.run(&["--full", "--shard", of]).code, 0);
        let record = trial.record();
        trial.write(&format!("{name}.json"), &record.to_string());
        record
    };
    let mut cut_off = shard("1/2", "one");
    shard("2/2", "two");
    cut_off["ended"] = Value::Null;
    trial.write("cut-off.json", &cut_off.to_string());
    (cut_off["cells"], cut_off["verdicts"]) = (json!([]), json!([]));
    trial.write("nothing.json", &cut_off.to_string());
    let join = |names: &[&str]| {
        let paths: Vec<String> = names.iter().map(|name| trial.path().join(name).display().to_string()).collect();
        let out = trial.path().join("joined").display().to_string();
        let args: Vec<&str> = paths.iter().map(String::as_str).chain(["--report-dir", &out]).collect();
        let ended = trial.matrix(&[&["report"], args.as_slice()].concat(), false);
        (ended.code, ended.stdout.contains("Incomplete: "))
    };
    for first in ["cut-off.json", "nothing.json"] {
        assert_eq!(join(&[first, "one.json", "two.json"]), (0, false), "{first}");
        assert_eq!(join(&["one.json", "two.json", first]), (0, false), "{first}");
        assert_eq!(join(&["two.json", first, "one.json"]), (0, false), "{first}");
    }
    assert_eq!(join(&["nothing.json", "two.json"]), (3, true), "a cell is missing");
}

#[test]
fn inconclusive_cells_of_the_last_run_are_executed_again_and_joined_with_the_rest() {
    let slow = json!({"command": "tool large", "end": "timeout"});
    let mut trial = two_cells().answering(slow);
    assert_eq!(trial.run(&["--full"]).code, 3);
    let (verdicts, runs) = verdicts_and_runs(&trial);
    assert_eq!(verdicts, ["confirmed", "confirmed", "inconclusive", "inconclusive"]);
    let other = trial.run(&["--inconclusive=engine,image"]);
    assert_eq!((other.code, verdicts_and_runs(&trial).1), (3, runs.clone()));
    assert!(other.stdout.contains("is inconclusive because of engine, image; no cell was executed\n"), "{}", other.stdout);
    let again = trial.run(&["--inconclusive=timeout"]);
    assert_eq!((again.code, verdicts_and_runs(&trial).0), (3, verdicts), "it comes out the same");
    trial.transcript["answers"].as_array_mut().unwrap().remove(0);
    let again = trial.run(&["--inconclusive"]);
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    let (verdicts, later) = verdicts_and_runs(&trial);
    assert_eq!(verdicts, ["confirmed"; 4]);
    assert!(later[0] == runs[0] && later[1] != runs[1], "{runs:?} {later:?}");
    assert!(fs::read_to_string(trial.path().join("out/report.html")).unwrap().contains("large"));
    let nothing = trial.run(&["--inconclusive"]);
    assert!(nothing.code == 0 && nothing.stdout.starts_with("nothing in "), "{}{}", nothing.stdout, nothing.stderr);
}

#[test]
fn inconclusive_cells_are_a_selection() {
    let trial = Trial::new();
    for more in [["--only", "tiny"].as_slice(), &["--full"], &["--shard", "1/2"], &["--resume"], &["--repeat", "2"], &["parts"]] {
        let ended = trial.run(&[&["--inconclusive"], more].concat());
        assert!(ended.code == 2 && ended.stderr.contains("cannot be used with"), "{more:?}: {}", ended.stderr);
    }
    let unknown = trial.run(&["--inconclusive=time"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("timeout"), "{}", unknown.stderr);
    let nothing = trial.run(&["--inconclusive"]);
    assert!(nothing.code == 2 && nothing.stderr.contains("record.json"), "{}", nothing.stderr);
}

/// A run of both cells, then one of the second alone.
fn partly() -> (Trial, String, String) {
    let trial = two_cells();
    assert_eq!(trial.run(&["--full"]).code, 0);
    let first = verdicts_and_runs(&trial).1.remove(0);
    assert_eq!(trial.run(&["--only", "size=large", "--no-cache"]).code, 0);
    let runs = verdicts_and_runs(&trial).1;
    assert_eq!(runs.len(), 1);
    let second = runs[0].clone();
    (trial, first, second)
}

#[test]
fn the_newest_result_of_every_cell_counts_and_reports_name_its_run() {
    let (trial, first, second) = partly();
    let out = trial.path().join("out").display().to_string();
    let ended = trial.matrix(&["report", "--report-dir", &out], false);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(verdicts_and_runs(&trial), (vec!["confirmed".to_owned(); 4], vec![first.clone(), second.clone()]));
    let line = ended.stdout.lines().find(|line| line.starts_with("cells are of runs ")).unwrap_or_default();
    assert!(
        line.starts_with(&format!("cells are of runs {second} (")) && line.contains(&format!(", 1 cell), {first} (")),
        "{line}"
    );
    for report in ["report.html", "report.md", "junit.xml"] {
        let text = fs::read_to_string(trial.path().join("out").join(report)).unwrap();
        assert!(text.contains(&first), "{report} says nothing of the earlier run");
    }
}

#[test]
fn a_page_and_an_export_use_the_results_of_earlier_runs() {
    let (trial, first, second) = partly();
    trial.write("page.rst", "Parts\n=====\n\nThe tool cannot find its part alpha.\n");
    let (page, out) = (trial.path().join("page.rst").display().to_string(), trial.path().join("out").display().to_string());
    let ended = trial.matrix(&["page", &page, "--exit-zero", "--report-dir", &out], false);
    assert!(
        ended.code == 0 && ended.stdout.contains(&first) && ended.stdout.contains(&second),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
    let record = trial.path().join("out/record.json").display().to_string();
    let folder = trial.path().join("export").display().to_string();
    let export = |more: &[&str]| {
        let ended = trial.matrix(&[&["export", "parts", "tiny/size-small", "--output", &folder], more].concat(), false);
        (ended.code, ended.stderr, fs::read_to_string(trial.path().join("export/README.md")).unwrap_or_default())
    };
    for more in [["--record", &record].as_slice(), &[]] {
        let (code, stderr, readme) = export(more);
        assert!(code == 0 && readme.contains("`part.missing`: confirmed"), "{more:?}: {stderr}{readme}");
    }
}

#[test]
fn a_record_of_other_claims_is_no_earlier_run_of_this_page() {
    let (trial, ..) = partly();
    let text = fs::read_to_string(trial.path().join("out/record.json")).unwrap();
    let report = |text: &str| {
        trial.write("other/record.json", text);
        let folder = trial.path().join("other").display().to_string();
        let ended = trial.matrix(&["report", "--report-dir", &folder], false);
        (ended.code, ended.stdout + &ended.stderr)
    };
    fs::remove_dir_all(trial.path().join("matrix")).unwrap();
    let (code, printed) = report(&text);
    assert!(code == 0 && printed.contains("natural defect in 1 cell"), "{printed}");
    let (code, printed) = report(&text.replace("\"part.", "\"else."));
    assert!(code == 2 && printed.contains("no cell has a valid cached result"), "{printed}");
}

#[test]
fn a_result_counts_only_while_its_inputs_are_unchanged() {
    let (trial, first, second) = partly();
    let report = || {
        let out = trial.path().join("out").display().to_string();
        let ended = trial.matrix(&["report", "--report-dir", &out], false);
        (ended.code, ended.stdout)
    };
    let text = fs::read_to_string(trial.path().join("scenarios/parts.yaml")).unwrap();
    trial.write("scenarios/parts.yaml", &text.replace("make-the-part", "make-another-part"));
    assert!(!report().1.contains(&first));
    trial.write("scenarios/parts.yaml", &text.replace("has: hello", "has: hullo"));
    let (code, stdout) = report();
    assert!(code == 3 && stdout.contains(&first) && stdout.contains(&second), "what is expected now is not to be seen: {stdout}");
}
