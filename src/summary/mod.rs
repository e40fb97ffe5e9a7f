//! What many verdicts say together: of a claim over all cells, of cells in a few conditions, of verdicts that differ between runs.

pub mod claim;
pub mod conditions;
pub mod flaky;
pub mod query;
