//! Durations: what is expected of cells and builds.

#![expect(clippy::unwrap_used, reason = "a helper of tests that panics fails the test")]

#[path = "shards/durations.rs"]
mod durations;
#[path = "common/record.rs"]
#[expect(dead_code, reason = "these need only some of the records")]
mod record;
