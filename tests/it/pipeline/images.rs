//! `matrix build` on the fake engine: the images of a run without its cells.

use std::process::Command;

use serde_json::{Value, json};

use super::{Ended, Place};

/// A command on the tiny scenario and the engine of `place`.
fn command(place: &Place, name: &str) -> Command {
    let run = place.command();
    let mut command = Command::new(run.get_program());
    let report = run.get_args().position(|arg| arg == "--jobs").unwrap();
    command.arg(name).args(run.get_args().skip(1).take(report - 1));
    command.arg("--engine").arg(format!("scripted:{}", place.path().join("transcript.json").display()));
    command.envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

fn build(place: &Place, more: &[&str]) -> Ended {
    Ended::of(command(place, "build").args(more))
}

/// Tags of the images that standard error says were built.
fn built(ended: &Ended) -> Vec<&str> {
    ended.stderr.lines().filter_map(|line| line.strip_prefix("image ")?.split_once(": built in ")).map(|(tag, _)| tag).collect()
}

/// The result without its duration, which differs.
fn result(ended: &Ended) -> (i32, String) {
    let (line, rest) = ended.stdout.trim_end().split_once(", in ").unwrap();
    let rest = rest.split_once(" s").unwrap().1;
    (ended.code, format!("{line}{rest}"))
}

#[test]
fn images_are_built_once_without_cells_and_a_run_afterwards_builds_none() {
    let mut place = Place::new();
    let first = build(&place, &[]);
    assert_eq!(result(&first), (0, "2 images built, 0 present, 1 base present".to_owned()), "{}", first.stderr);
    assert!(first.stderr.starts_with("obtaining 2 images\nbase tiny: present\n"), "{}", first.stderr);
    let tags: Vec<String> = built(&first).into_iter().map(str::to_owned).collect();
    assert_eq!(tags.len(), 2, "{tags:?}");
    assert!(!place.out().exists(), "no cell was run, so there is nothing to report");

    // Another process has another fake engine, which starts with these images.
    let images = tags.iter().map(|tag| (tag.clone(), Value::from(format!("sha256:{tag}"))));
    place.transcript["images"].as_object_mut().unwrap().extend(images);
    // One is based on the other.
    place.transcript["layers"] = json!({&*tags[0]: ["sha256:tiny"], &*tags[1]: ["sha256:tiny", format!("sha256:{}", tags[0])]});
    let second = build(&place, &[]);
    assert_eq!(result(&second), (0, "0 images built, 2 present, 1 base present".to_owned()), "{}", second.stderr);
    let run = place.run(&[]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let images = place.record()["images"].as_array().unwrap().clone();
    assert!(images.len() == 2 && images.iter().all(|image| image["built"] == false), "a run has the same tags: {images:?}");
}

#[test]
fn an_image_that_cannot_be_built_is_an_error_that_exits_3() {
    let mut place = Place::new();
    place.transcript["fail"] = json!([{"call": "build", "of": "matrix/healthy"}]);
    let ended = build(&place, &[]);
    let expected = "1 image built, 0 present, 1 base present; 1 of the images that cells need is missing";
    assert_eq!(result(&ended), (3, expected.to_owned()));
    let last = ended.stderr.lines().last().unwrap();
    assert!(last.starts_with("error: failed to build image `matrix/healthy:"), "{}", ended.stderr);

    // Everything is based on it, so it is the only error.
    place.transcript["fail"] = json!([{"call": "build", "of": "matrix/broken"}]);
    let ended = build(&place, &[]);
    assert_eq!(result(&ended).1, "0 images built, 0 present, 1 base present; 2 of the images that cells need are missing");
    assert_eq!((ended.code, ended.stderr.matches("error: ").count()), (3, 1), "{}", ended.stderr);
}

#[test]
fn a_failed_lookup_of_images_exits_3_and_an_unreachable_engine_too() {
    let mut place = Place::new();
    place.transcript["fail"] = json!([{"call": "named"}]);
    let ended = build(&place, &[]);
    assert_eq!(ended.code, 3);
    assert!(ended.stderr.contains("error: failed to list images named `matrix/…`"), "{}", ended.stderr);
    place.transcript["fail"] = json!([{"call": "info"}]);
    assert_eq!(build(&place, &[]).code, 3);
}

#[test]
fn a_selection_and_a_shard_choose_the_images_as_they_choose_cells() {
    let place = Place::new();
    assert_eq!(build(&place, &["--only", "release=9"]).code, 2, "an empty selection is an error");
    let shards = ["1/3", "2/3", "3/3"].map(|shard| build(&place, &["--shard", shard]));
    let images: Vec<usize> = shards.iter().map(|ended| built(ended).len()).collect();
    assert_eq!(images.iter().filter(|images| **images == 0).count(), 1, "three shards, two cells: {images:?}");
    assert!(shards.iter().all(|ended| ended.code == 0));
}

/// A build whose base is bootstrapped by a program that fails with this message the first `times` times. Also how often it ran.
fn bootstrapped(message: &str, times: usize) -> (Ended, usize) {
    let mut place = Place::baseless();
    place.transcript["fail"] = json!([{"call": "pull"}]);
    let tries = place.path().join("tries");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" != --version ] || exit 0\necho >> {0}\n[ $(wc -l < {0}) -le {times} ] || exit 0\necho '{message}' >&2\nexit 100\n",
        tries.display()
    );
    std::fs::write(place.path().join("mmdebstrap"), script).unwrap();
    let ended = build(&place, &[]);
    (ended, std::fs::read_to_string(tries).unwrap().lines().count())
}

#[test]
fn a_mirror_in_the_middle_of_a_sync_is_asked_again_and_one_without_the_package_is_not() {
    let (ended, tries) = bootstrapped("E: Failed to fetch x  Hash Sum mismatch", 1);
    assert_eq!((ended.code, tries), (0, 2), "{}", ended.stderr);
    let (ended, tries) = bootstrapped("E: Unable to locate package x", 1);
    assert_eq!((ended.code, tries), (3, 1), "{}", ended.stderr);
    assert!(ended.stderr.contains("E: Unable to locate package x"), "{}", ended.stderr);
}
