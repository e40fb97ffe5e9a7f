//! Durations, shards, formats of CI systems, and joined records.

mod division;
mod durations;
mod jobs;
mod joined;
