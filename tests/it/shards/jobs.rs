//! Shards in the formats of GitHub and GitLab, within their limits.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use matrix::ci::formats::{GITHUB, GITLAB, github, gitlab};
use matrix::ci::{Division, Selection, Shard, Source};
use matrix::image::Repository;
use matrix::model::cell::Cell;
use matrix::model::plan::{ImagePlan, LayerPlan};
use matrix::plan::timings::Durations;
use serde_json::Value;

const CELLS: usize = 100_000;

fn image(base: usize, dockerfile: &str) -> ImagePlan {
    let args = BTreeMap::from([("PYTHON".to_owned(), (base % 50).to_string())]);
    let layer = LayerPlan { dockerfile: dockerfile.into(), args, sources: BTreeMap::new(), files: String::new() };
    ImagePlan { base: format!("base{}", base % 20), layers: vec![layer] }
}

/// A hundred thousand cells on a hundred stacks, at half a minute each: more than any matrix can do in an hour a shard.
fn many() -> (Division, Division) {
    let durations = Durations::default();
    let mut selection = Selection::new(&durations);
    for place in 0..CELLS {
        let cell = Cell { scenario: format!("s{}", place % 10).into(), id: place.to_string().into(), axes: BTreeMap::new() };
        selection.add(&cell, [&image(place, "broken"), &image(place, "healthy")]);
    }
    [GITHUB, GITLAB].map(|most| selection.divide_within(3_600_000, most, Source::Builds)).into()
}

fn matrix(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_matrix")).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn shown(args: &[&str]) -> Value {
    let (code, out, err) = matrix(args);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

/// The shards must be K/N for every K, and hold `cells` together.
fn assert_complete(entries: &[Value], cells: u64) {
    let shards: Vec<Shard> = entries.iter().map(|entry| entry["shard"].as_str().unwrap().parse().unwrap()).collect();
    assert!(shards.iter().zip(1..).all(|(shard, index)| *shard == Shard { index, count: entries.len() }));
    assert_eq!(entries.iter().map(|entry| entry["cells"].as_u64().unwrap()).sum::<u64>(), cells);
    assert!(entries.iter().all(|entry| entry["cells"] != 0 && entry["minutes"] != 0));
}

#[test]
fn a_hundred_thousand_cells_stay_within_the_limits_of_both() {
    let (for_github, for_gitlab) = many();
    let text = github(&for_github, Source::Builds).to_string();
    let entries = serde_json::from_str::<Value>(&text).unwrap()["include"].as_array().unwrap().clone();
    assert_eq!(entries.len(), GITHUB);
    assert!(text.encode_utf16().count() * 2 < 1 << 20, "an output has 1 MB at most, in UTF-16");
    assert!(!text.contains('\n'), "an output has one line");
    assert_complete(&entries, CELLS as u64);
    let text = format!("{:#}", gitlab(&for_gitlab, " --full", None));
    // JSON is YAML, and gives the same data when parsed as YAML.
    let pipeline: Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(pipeline, serde_json::from_str::<Value>(&text).unwrap());
    let entries = pipeline["shard"]["parallel"]["matrix"].as_array().unwrap();
    assert_eq!(entries.len(), GITLAB);
    assert!(text.len() < 5 << 20, "a pipeline has 5 MB at most");
    let shards: BTreeSet<&str> = entries.iter().map(|entry| entry["SHARD"].as_str().unwrap()).collect();
    assert_eq!(shards.len(), GITLAB);
    assert!(entries.iter().flat_map(|entry| entry.as_object().unwrap().values()).all(Value::is_string), "variables are text");
}

#[test]
fn a_pipeline_runs_every_shard_and_joins_the_records_regardless_of_results() {
    let (_, division) = many();
    let pipeline = gitlab(&division, " mod-python --full", None);
    let run = pipeline["shard"]["script"][0].as_str().unwrap();
    assert_eq!(run, r#"matrix run mod-python --full --shard "$SHARD" --report-dir "reports/out/${SHARD%/*}""#);
    assert_eq!(pipeline["report"]["when"], "always");
    assert_eq!(pipeline["report"]["script"][0], "matrix report reports/out/*/record.json");
    let stages = ["shard", "report"].map(|job| pipeline[job]["stage"].clone());
    assert_eq!(pipeline["stages"], Value::from(stages.to_vec()), "the report comes after the shards");
}

/// Two cells on one pair of images.
fn few() -> Division {
    let durations = Durations::default();
    let mut selection = Selection::new(&durations);
    for place in 0..2 {
        let cell = Cell { scenario: "s".into(), id: place.to_string().into(), axes: BTreeMap::new() };
        selection.add(&cell, [&image(0, "broken"), &image(0, "healthy")]);
    }
    selection.divide(2)
}

#[test]
fn without_a_cache_a_pipeline_has_no_job_for_images() {
    insta::assert_snapshot!(format!("{:#}", gitlab(&few(), " --full", None)));
}

#[test]
fn with_a_cache_a_pipeline_first_builds_the_images_of_all_shards_into_it() {
    let cache: Repository = "registry.example/project/images".parse().unwrap();
    insta::assert_snapshot!(format!("{:#}", gitlab(&few(), " --full", Some(&cache))));
}

#[test]
fn with_a_cache_shards_have_the_same_cells_and_no_builds() {
    let github = |more: &[&str]| shown(&[&["plan", "--full", "--format", "github"], more].concat())["include"].clone();
    let cache = ["--image-cache", "registry.example/images"];
    let [without, with] = [&[][..], &cache].map(|cache| github(&[&["--shards", "3"], cache].concat()));
    let entries = |shards: &Value, key: &str| -> Vec<u64> {
        shards.as_array().unwrap().iter().map(|entry| entry[key].as_u64().unwrap()).collect()
    };
    assert_eq!(entries(&without, "cells"), entries(&with, "cells"), "a shard means the same on every machine");
    let [without, with] = [without, with].map(|shards| entries(&shards, "minutes"));
    assert!(without.iter().zip(&with).all(|(without, with)| with < without), "{without:?} {with:?}");
    let [without, with] = [&[][..], &cache].map(|cache| github(&[&["--target-minutes", "20"], cache].concat()));
    assert!(entries(&with, "minutes").len() < entries(&without, "minutes").len(), "fewer shards are enough");
}

#[test]
fn the_cache_of_a_pipeline_is_an_option_or_a_variable_and_not_a_tag() {
    let plan = ["plan", "--format", "gitlab"];
    let command = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
        command.args(plan).args(args).env("MATRIX_IMAGE_CACHE", "registry.example/images");
        command.output().unwrap()
    };
    let pipeline: Value = serde_json::from_slice(&command(&["mod-python"]).stdout).unwrap();
    let build = "matrix build mod-python --image-cache registry.example/images --image-cache-push";
    assert_eq!(pipeline["images"]["script"], Value::from(vec![build]));
    let refused = command(&["--image-cache", "registry.example/images:latest"]);
    assert_eq!(refused.status.code(), Some(2));
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(error.contains("it has a tag; give it as HOST[:PORT]/REPOSITORY"), "{error}");
}

#[test]
fn the_listed_shards_are_those_of_a_run() {
    let shown_shards = shown(&["plan", "--full", "--format", "github", "--shards", "3"]);
    let entries = shown_shards["include"].as_array().unwrap();
    let all: Vec<Value> = shown(&["plan", "--full", "--format", "json"]).as_array().unwrap().clone();
    assert_complete(entries, all.len() as u64);
    let mut cells: Vec<Value> = Vec::new();
    for entry in entries {
        let plans = shown(&["plan", "--full", "--shard", entry["shard"].as_str().unwrap(), "--format", "json"]);
        assert_eq!(entry["cells"], plans.as_array().unwrap().len());
        cells.extend(plans.as_array().unwrap().iter().map(|plan| plan["cell"].clone()));
    }
    let name = |cell: &Value| (cell["scenario"].to_string(), cell["id"].to_string());
    let expected: BTreeSet<_> = all.iter().map(|plan| name(&plan["cell"])).collect();
    assert_eq!(cells.len(), all.len());
    assert_eq!(cells.iter().map(name).collect::<BTreeSet<_>>(), expected);
}

#[test]
fn a_shorter_target_makes_more_shards_and_an_impossible_one_is_reported() {
    let shards = |minutes: &str| {
        let (code, out, err) = matrix(&["plan", "--full", "--format", "github", "--target-minutes", minutes]);
        assert_eq!(code, 0, "{err}");
        (serde_json::from_str::<Value>(&out).unwrap()["include"].as_array().unwrap().clone(), err)
    };
    let ((few, quiet), (many, warning)) = (shards("600"), shards("1"));
    assert!(few.len() < many.len());
    assert!(few.iter().all(|entry| entry["minutes"].as_u64().unwrap() <= 600) && quiet.is_empty(), "{quiet}");
    assert!(many.len() <= GITHUB && warning.starts_with("warning: a shard is expected to take"), "{warning}");
}

#[test]
fn a_selection_is_repeated_in_the_pipeline_as_words_of_a_shell() {
    let only = "base=bookworm|bullseye,mod_wsgi!=6.1.1";
    let pipeline = shown(&["plan", "mod-python", "--only", only, "--full", "--format", "gitlab"]);
    let run = pipeline["shard"]["script"][0].as_str().unwrap();
    assert!(run.starts_with("matrix run mod-python --only 'base=bookworm|bullseye,mod_wsgi!=6.1.1' --full --shard "), "{run}");
}

#[test]
fn options_that_contradict_each_other_exit_2_with_the_next_move() {
    for args in [
        &["plan", "--shards", "3"][..],
        &["plan", "--target-minutes", "3", "--format", "json"],
        &["plan", "--shard", "1/2", "--format", "github"],
        &["plan", "--shards", "257", "--format", "github"],
        &["plan", "--shards", "201", "--format", "gitlab"],
    ] {
        let (code, out, err) = matrix(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(err.contains("help: "), "{err}");
    }
    let (code, _, err) = matrix(&["plan", "--shard", "3/2"]);
    assert_eq!(code, 2);
    assert!(err.contains("expected K/N"), "{err}");
}
