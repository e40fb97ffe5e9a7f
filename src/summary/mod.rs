//! Summaries of many verdicts: a claim over all cells, the conditions that cells share, verdicts that differ between runs.

pub mod agreement;
pub mod bound;
pub mod claim;
pub mod conditions;
pub mod flaky;
pub mod query;
