//! The run: id, version, engine, time.

use jiff::Timestamp;
use serde::Serialize;

use crate::model::record::Record;
use crate::report::runs::{cached_of, minute, other_runs};
use crate::report::text::{duration, visible};

#[derive(Debug, Serialize)]
pub(crate) struct RunView {
    id: String,
    /// Project and page; empty if unknown.
    about: String,
    matrix: String,
    started: String,
    /// Empty for an interrupted run.
    took: String,
    engine: String,
    address: String,
    /// `on` or `off`; empty in older records.
    compiler_cache: String,
    /// Which cells are cached; empty if none is.
    cached: String,
}

impl RunView {
    pub(crate) fn new(record: &Record) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a record has no other measure of a run")]
        let took = |ended: Timestamp| duration(u64::try_from(ended.duration_since(record.started).as_millis()).unwrap_or(0));
        let engine = &record.engine;
        RunView {
            id: visible(&record.run()),
            about: visible(&record.subject.heading()),
            matrix: visible(&record.matrix),
            started: minute(record.started),
            took: record.ended.map(took).unwrap_or_default(),
            engine: visible(&format!("{} {} (API {}, {})", engine.name, engine.version, engine.api, engine.architecture)),
            address: visible(&engine.address),
            compiler_cache: record.compiler_cache.map_or("", |on| if on { "on" } else { "off" }).to_owned(),
            cached: visible(
                &cached_of(record, &record.cells).into_iter().chain(other_runs(record)).collect::<Vec<_>>().join("; "),
            ),
        }
    }
}
