//! The request of a run.

use super::cache::{CacheKey, CellCache};
use super::lock::Lease;
use crate::image::{Catalog, Settings};
use crate::model::plan::CellPlan;
use crate::model::record::Judged;
use crate::plan::timings::Durations;

#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Plans of the cells, in the order of the record.
    pub plans: &'a [CellPlan],
    /// Chooses which cells run next; `None` runs all of them.
    pub order: Option<&'a dyn Order>,
    /// Number of cells, and of their containers, at the same time.
    pub jobs: usize,
    /// Expected durations: cells that take longest start first.
    pub durations: &'a Durations,
    pub settings: &'a Settings,
    pub catalog: &'a Catalog,
    pub lease: &'a Lease,
    pub cell_cache: &'a CellCache,
    pub cache_key: &'a CacheKey,
}

/// Chooses the next cells from the results so far.
pub trait Order: std::fmt::Debug {
    /// Indices of the plans to run next and a short reason; no index ends the run.
    fn next(&self, judged: &[Judged]) -> (Vec<usize>, String);
}
