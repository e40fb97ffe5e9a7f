//! The request of a run.

use super::cache::{CacheKey, CellCache};
use super::lock::Lease;
use crate::image::{Catalog, Settings};
use crate::model::plan::CellPlan;
use crate::model::record::Judged;
use crate::plan::timings::Durations;

#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Plans of the cells, in the order of the record.
    pub plans: &'a [CellPlan],
    /// Selects the cells that run next; `None` runs all of them.
    pub order: Option<Order<'a>>,
    /// Number of concurrent cells, and of their concurrent containers.
    pub jobs: usize,
    /// Expected durations, for starting the longest cells first.
    pub durations: &'a Durations,
    pub settings: &'a Settings,
    pub catalog: &'a Catalog,
    pub lease: &'a Lease,
    pub cell_cache: &'a CellCache,
    pub cache_key: &'a CacheKey,
}

/// Selects the next cells from the results so far: indices of the plans to run next and a short reason. No index ends the run.
pub type Order<'a> = &'a (dyn Fn(&[Judged]) -> (Vec<usize>, String) + Sync);
