//! Shards in the formats of CI systems, within their limits: GitHub's matrix, which a workflow reads with `fromJSON`, and
//! GitLab's child pipeline.

use serde_json::{Value, json};

use super::{Division, Shard, Source};
use crate::image::Repository;

/// Maximum number of jobs of one matrix on GitHub, which also accepts at most 1 MB of outputs from a job: "Actions limits" and "Passing
/// information between jobs" in its documentation.
pub const GITHUB: usize = 256;
/// Maximum number of jobs of one `parallel:matrix` on GitLab (gitlab-org/gitlab, issues 438369 and 547976), which also
/// accepts at most 5 MB of a pipeline from an artifact.
pub const GITLAB: usize = 200;

/// One shard, as a CI job needs it.
struct Job {
    shard: Shard,
    cells: usize,
    minutes: u64,
}

/// The `matrix` of a job that runs one shard.
pub fn github(division: &Division, source: Source) -> Value {
    let entry = |job: Job| {
        json!({
            "name": format!("shard {} of {}", job.shard.index, job.shard.count),
            "shard": job.shard.to_string(),
            "index": job.shard.index,
            "cells": job.cells,
            "minutes": job.minutes,
        })
    };
    json!({"include": jobs(division, source).map(entry).collect::<Vec<_>>()})
}

/// A pipeline with one job per shard and one that joins their records. `selection` holds the arguments of `matrix run`,
/// quoted for a shell. With a cache, a job before the shards builds all images into it.
pub fn gitlab(division: &Division, selection: &str, cache: Option<&Repository>) -> Value {
    let source = if cache.is_some() { Source::Cache } else { Source::Builds };
    // A reference to a repository needs no quotes.
    let option = cache.map_or(String::new(), |cache| format!(" --image-cache {cache}"));
    // All values are text, because GitLab turns them into variables.
    let entry = |job: Job| json!({"SHARD": job.shard.to_string(), "MINUTES": job.minutes.to_string()});
    // Each record needs a folder of its own, because GitLab puts the artifacts of all jobs into one.
    let run = format!(r#"matrix run{selection}{option} --shard "$SHARD" --report-dir "reports/out/${{SHARD%/*}}""#);
    let mut pipeline = json!({"stages": ["shards", "report"]});
    if cache.is_some() {
        let build = format!("matrix build{selection}{option} --image-cache-push");
        pipeline["stages"] = json!(["images", "shards", "report"]);
        // A failure does not stop the shards, which build what is not in the cache.
        pipeline["images"] = json!({"stage": "images", "script": [build], "allow_failure": true});
    }
    pipeline["shard"] = json!({
        "stage": "shards",
        "parallel": {"matrix": jobs(division, source).map(entry).collect::<Vec<_>>()},
        "script": [run],
        "artifacts": {"when": "always", "paths": ["reports/out/"]},
    });
    // By its stage and not by `needs`, because a job may have fewer `needs` than there are shards.
    pipeline["report"] = json!({
        "stage": "report",
        "when": "always",
        "script": ["matrix report reports/out/*/record.json"],
        "artifacts": {"when": "always", "paths": ["reports/out/"], "reports": {"junit": "reports/out/junit.xml"}},
    });
    pipeline
}

fn jobs(division: &Division, source: Source) -> impl Iterator<Item = Job> {
    let count = division.shards.len();
    division.shards.iter().zip(division.expected(source)).zip(1..).map(move |((cells, millis), index)| Job {
        shard: Shard { index, count },
        cells: cells.len(),
        minutes: millis.div_ceil(60_000),
    })
}
