//! Durations, shards, what CI systems are given of them, and records joined again.

#![expect(clippy::unwrap_used, reason = "a helper of tests that panics fails the test")]

#[path = "shards/division.rs"]
mod division;
#[path = "shards/durations.rs"]
mod durations;
#[path = "shards/jobs.rs"]
mod jobs;
#[path = "shards/joined.rs"]
mod joined;
#[path = "common/record.rs"]
#[expect(dead_code, reason = "these need only some of the records")]
mod record;
