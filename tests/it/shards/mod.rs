//! Durations, shards, what CI systems are given of them, and records joined again.

mod division;
mod durations;
mod jobs;
mod joined;
