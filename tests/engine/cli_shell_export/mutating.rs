//! Mutants on a real engine: those of one cell, and the survivors of a deliberately weak scenario.

use std::fs;

use serde_json::Value;

use super::{Place, left, text};
use crate::bench::with_engine;

/// `operator place` of each mutant with a given fate.
fn of_fate(score: &Value, fate: &str) -> Vec<String> {
    let mutants = score["mutants"].as_array().unwrap();
    let name = |mutant: &Value| format!("{} {}", mutant["operator"].as_str().unwrap(), mutant["place"].as_str().unwrap());
    mutants.iter().filter(|mutant| mutant["fate"] == fate).map(name).collect()
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn mutants_of_a_cell_are_noticed_and_the_survivors_of_a_weak_scenario_are_named() {
    with_engine(async |bench| {
        let place = Place::new(bench);
        let cell = format!("{}/release-1", bench.name);
        let mutate = || {
            let folder = place.path("mutants");
            let mut command = place.matrix(&["mutate", "absent-header", "--only", &cell]);
            let ended = command.arg("--report-dir").arg(&folder).output().unwrap();
            let score = fs::read(folder.join("mutants.json"));
            let score = score.unwrap_or_else(|_| panic!("{}{}", text(&ended.stdout), text(&ended.stderr)));
            (ended.status.code(), serde_json::from_slice::<Value>(&score).unwrap())
        };
        let (_, score) = mutate();
        let before = of_fate(&score, "survived");
        assert_eq!(of_fate(&score, "inconclusive"), [""; 0], "{score:#}");
        for mutant in ["images-swapped image", "workaround-without-steps workarounds[install]", "failing-step-in-front reproduce"]
        {
            let killed = of_fate(&score, "killed");
            assert!(killed.contains(&mutant.to_owned()), "{mutant} is not among {killed:#?}");
        }
        assert_eq!(left(bench, &place).await, []);

        let path = place.path("scenarios/absent-header.yaml");
        let weak = fs::read_to_string(&path).unwrap().replace("has: hello\n", "has: hello\n      - has: \"HTTP/1.1 200 OK\"\n");
        fs::write(&path, weak).unwrap();
        let (code, score) = mutate();
        let after = of_fate(&score, "survived");
        let new: Vec<String> = after.into_iter().filter(|mutant| !before.contains(mutant)).collect();
        assert_eq!((code, new), (Some(1), vec!["expectation-dropped resolved[answer].expect[1]".to_owned()]), "{score:#}");
    })
    .await;
}
