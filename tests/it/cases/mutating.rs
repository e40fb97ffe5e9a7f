//! Wrong experiments, and whether a verdict reveals them.

use serde_json::{Value, json};

use super::trial::{Ended, SCENARIO, Trial};

/// `matrix mutate`, and the score it wrote.
fn mutate(trial: &Trial, more: &[&str]) -> (Ended, Value) {
    let out = trial.path().join("mutants");
    let folder = out.display().to_string();
    let ended = trial.matrix(&[&["mutate", "--jobs", "1", "--report-dir", &folder], more].concat(), true);
    let score = std::fs::read(out.join("mutants.json")).map_or(Value::Null, |text| serde_json::from_slice(&text).unwrap());
    (ended, score)
}

/// On the fake engine every command succeeds unless an answer is given.
fn trial(scenario: &str) -> Trial {
    Trial::of(scenario).answering(json!({"command": "false", "exit": 1}))
}

/// `operator place` of all mutants with a given fate.
fn of_fate(score: &Value, fate: &str) -> Vec<String> {
    let mutants = score["mutants"].as_array().unwrap();
    let name = |mutant: &Value| format!("{} {}", mutant["operator"].as_str().unwrap(), mutant["place"].as_str().unwrap());
    mutants.iter().filter(|mutant| mutant["fate"] == fate).map(name).collect()
}

#[test]
fn mistakes_in_steps_images_and_exit_rules_are_noticed() {
    let (ended, score) = mutate(&trial(SCENARIO), &[]);
    let survived = of_fate(&score, "survived");
    // The fake engine does not know that the healthy image needs the layers below it.
    assert_eq!(survived, ["dockerfile-left-out control.image[0]"], "{}", ended.stderr);
    let killed = of_fate(&score, "killed");
    for mutant in [
        "images-swapped image",
        "failing-step-in-front reproduce",
        "failing-step-in-front resolved",
        "failing-step-in-front workarounds[make].steps",
        "workaround-without-steps workarounds[make]",
        "exit-changed reproduce[use-it].expect[0].exit",
        "expectation-inverted reproduce[use-it].expect[0].exit",
        "expectation-inverted reproduce[use-it].expect[part.missing].has",
        "character-changed reproduce[use-it].expect[part.missing].has",
        "text-generalised reproduce[use-it].expect[part.missing].has",
    ] {
        assert!(killed.contains(&mutant.to_owned()), "{mutant} is not among {killed:#?}");
    }
    let refused = of_fate(&score, "refused");
    for mutant in [
        "same-image image",
        "same-image control.image",
        "idle-step-in-front reproduce",
        "expectation-dropped reproduce[use-it].expect[part.missing]",
    ] {
        assert!(refused.contains(&mutant.to_owned()), "{mutant} is not among {refused:#?}");
    }
}

/// With an expectation that nothing depends on.
fn weak() -> String {
    SCENARIO.replace("has: hello}", "has: hello}, {has: 'Server: x'}")
}

#[test]
fn a_survivor_is_named_with_line_change_and_reason_and_exits_1() {
    let (ended, score) = mutate(&trial(&weak()), &[]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let survivors = score["mutants"].as_array().unwrap().iter().filter(|mutant| mutant["fate"] == "survived");
    let survivor = { survivors }.find(|mutant| mutant["operator"] == "expectation-dropped").expect("the answer alone is enough");
    let line = usize::try_from(survivor["line"].as_u64().unwrap()).unwrap();
    assert!(SCENARIO.lines().nth(line - 1).unwrap().contains("status: 200"), "line {line}");
    assert!(ended.stdout.contains(&format!("parts.yaml:{line}")), "{}", ended.stdout);
    assert!(ended.stdout.contains("no other expectation depends on it"), "{}", ended.stdout);
}

#[test]
fn an_excuse_is_counted_and_a_useless_one_is_refused() {
    let (_, score) = mutate(&trial(SCENARIO), &[]);
    let name = |mutant: &Value| {
        let part = |key: &str| mutant[key].as_str().unwrap().to_owned();
        format!("{} {}: {}", part("operator"), part("place"), part("change"))
    };
    let survivors: Vec<String> =
        score["mutants"].as_array().unwrap().iter().filter(|mutant| mutant["fate"] == "survived").map(name).collect();
    let entry = |mutant: &str| format!("  - {{mutant: {}, reason: only a reader can notice it}}\n", json!(mutant));
    let excuses: String = survivors.iter().map(|mutant| entry(mutant)).collect();
    let (ended, score) = mutate(&trial(&format!("{SCENARIO}excused-mutants:\n{excuses}")), &[]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(of_fate(&score, "excused").len(), survivors.len());

    let (ended, _) = mutate(&trial(&format!("{SCENARIO}excused-mutants:\n{}", entry("same-image image: something"))), &[]);
    assert_eq!(ended.code, 2, "{}", ended.stdout);
    assert!(ended.stderr.contains("does not exist"), "{}", ended.stderr);
}

#[test]
fn the_same_seed_gives_the_same_mutants_and_another_seed_others() {
    let changes = |seed: &str| {
        let (_, score) = mutate(&trial(SCENARIO), &["--seed", seed]);
        score["mutants"].as_array().unwrap().iter().map(|mutant| mutant["change"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(changes("7"), changes("7"));
    assert_ne!(changes("7"), changes("8"));
}

#[test]
fn cells_that_are_not_as_expected_are_not_mutated() {
    let trial = Trial::with("cannot find the part alpha", "cannot find the part omega");
    let (ended, score) = mutate(&trial, &[]);
    assert_eq!((ended.code, score), (2, Value::Null), "{}", ended.stdout);
    assert!(ended.stderr.contains("`part.missing` is not as expected") && ended.stderr.contains("help: "), "{}", ended.stderr);
}

#[test]
fn json_output_equals_the_file() {
    let (ended, score) = mutate(&trial(SCENARIO), &["--format", "json"]);
    let printed: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(printed["mutants"], score["mutants"]);
    assert_eq!(printed["format"], 1);
}
