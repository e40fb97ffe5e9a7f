//! Shards in the formats of CI systems, within their limits: GitHub's matrix, which a workflow reads with `fromJSON`, and
//! GitLab's child pipeline.

use serde_json::{Value, json};

use super::{Division, Shard};

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
pub fn github(division: &Division) -> Value {
    let entry = |job: Job| {
        json!({
            "name": format!("shard {} of {}", job.shard.index, job.shard.count),
            "shard": job.shard.to_string(),
            "index": job.shard.index,
            "cells": job.cells,
            "minutes": job.minutes,
        })
    };
    json!({"include": jobs(division).map(entry).collect::<Vec<_>>()})
}

/// A pipeline with one job per shard and one that joins their records. `selection` holds the arguments of `matrix run`,
/// quoted for a shell.
pub fn gitlab(division: &Division, selection: &str) -> Value {
    // All values are text, because GitLab turns them into variables.
    let entry = |job: Job| json!({"SHARD": job.shard.to_string(), "MINUTES": job.minutes.to_string()});
    // Each record needs a folder of its own, because GitLab puts the artifacts of all jobs into one.
    let run = format!(r#"matrix run{selection} --shard "$SHARD" --report-dir "reports/out/${{SHARD%/*}}""#);
    json!({
        "stages": ["shards", "report"],
        "shard": {
            "stage": "shards",
            "parallel": {"matrix": jobs(division).map(entry).collect::<Vec<_>>()},
            "script": [run],
            "artifacts": {"when": "always", "paths": ["reports/out/"]},
        },
        // By its stage and not by `needs`, because a job may have fewer `needs` than there are shards.
        "report": {
            "stage": "report",
            "when": "always",
            "script": ["matrix report reports/out/*/record.json"],
            "artifacts": {"when": "always", "paths": ["reports/out/"], "reports": {"junit": "reports/out/junit.xml"}},
        },
    })
}

fn jobs(division: &Division) -> impl Iterator<Item = Job> {
    let count = division.shards.len();
    division.shards.iter().zip(&division.millis).zip(1..).map(move |((cells, millis), index)| Job {
        shard: Shard { index, count },
        cells: cells.len(),
        minutes: millis.div_ceil(60_000),
    })
}
