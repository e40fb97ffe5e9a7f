//! Plans everything that a run will do, as pure, ordered, printable data. Planning needs no engine and has no side
//! effects. Trouble in a cell that occurs after planning is a value in the record.

mod cell;
mod images;
mod json;
mod names;
pub mod timings;

pub(crate) use cell::unusual_places;
pub use cell::{Unlisted, plan, plan_like};
pub use images::Images;
pub use json::write_list;
