//! Runs with an image cache: its trouble is a warning, and changes no verdict.

use std::fs;

use serde_json::{Value, json};

use super::{Place, matrix};

const CACHE: &str = "registry.example/matrix";

fn warnings(record: &Value) -> Vec<String> {
    let of = |key: &str| record[key].as_array().unwrap().clone();
    let all = of("bases").into_iter().chain(of("images"));
    all.flat_map(|one| one["warnings"].as_array().cloned().unwrap_or_default()).map(|text| text.to_string()).collect()
}

#[test]
fn a_run_pushes_its_images_and_waits_for_that() {
    let mut place = Place::new();
    place.transcript["registry"] = CACHE.into();
    let ended = place.run(&["--image-cache", CACHE, "--image-cache-push"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let pushed = ended.stderr.lines().filter(|line| line.contains(": pushed in ")).count();
    let images = place.record()["images"].as_array().unwrap().len();
    assert_eq!(pushed, images + 1, "{}", ended.stderr);
    assert_eq!(warnings(&place.record()), [""; 0]);
}

#[test]
fn a_registry_that_does_not_answer_is_one_warning_in_every_report_and_changes_no_verdict() {
    let mut place = Place::new();
    place.run(&[]);
    let without = place.record();
    place.transcript["registry"] = CACHE.into();
    for call in ["pull", "push", "published"] {
        place.transcript["fail"] = json!([{"call": call, "of": CACHE}]);
        let ended = place.run(&["--no-cache", "--image-cache", CACHE, "--image-cache-push"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let text = "the image cache is not used from now on: failed to";
        assert_eq!(ended.stderr.lines().filter(|line| line.starts_with("warning: ")).count(), 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(&format!("warning: {text}")), "{}", ended.stderr);
        let record = place.record();
        assert_eq!(record["verdicts"], without["verdicts"]);
        assert_eq!(warnings(&record).len(), 1);
        for report in ["report.html", "report.md"] {
            assert!(fs::read_to_string(place.out().join(report)).unwrap().contains(text), "{report}");
        }
    }
}

#[test]
fn the_options_of_the_image_cache_are_checked() {
    let code = |args: &[&str]| matrix(args).code;
    let check = ["check", "--scenarios", "tests/data/scenarios", "--dockerfiles", "tests/data/dockerfiles"];
    assert_eq!(code(&[&check[..], &["--image-cache-push", "--image-cache", CACHE]].concat()), 0);
    assert_eq!(code(&[&["--image-cache", CACHE], &check[..], &["--image-cache-push"]].concat()), 0);
    let alone = matrix(&[&check[..], &["--image-cache-push"]].concat());
    assert!(alone.code == 2 && alone.stderr.contains("requires --image-cache"), "{}", alone.stderr);
    let wrong = matrix(&[&check[..], &["--image-cache", "https://registry.example/x"]].concat());
    insta::assert_snapshot!(wrong.stderr, @r"
    error: invalid value 'https://registry.example/x' for '--image-cache <HOST/REPOSITORY>': it begins with a scheme; give it as HOST[:PORT]/REPOSITORY, such as `registry.example:5000/team/matrix`

    For more information, try '--help'.
    ");
    assert_eq!(wrong.code, 2);
}
