//! The types that all rooms share, from a loaded scenario to a verdict: data and queries on it. This room does not decide,
//! execute or print.

pub mod action;
pub mod capability;
pub mod cause;
pub mod cell;
pub mod claim;
pub mod drift;
pub mod expect;
pub mod id;
pub mod keys;
pub mod kinds;
pub mod limits;
pub mod observation;
pub mod observed;
pub mod plan;
pub mod project;
pub mod record;
pub mod rejection;
pub mod scenario;
pub mod step;
pub mod verdict;
pub mod when;
pub mod workaround;
