//! Data that more than one test binary needs.

pub(crate) mod page;
pub(crate) mod record;
