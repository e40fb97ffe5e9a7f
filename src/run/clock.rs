//! Conversion of durations to milliseconds.

use std::time::{Duration, Instant};

pub(super) fn millis(clock: Instant) -> u64 {
    in_millis(clock.elapsed())
}

pub(super) fn in_millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
