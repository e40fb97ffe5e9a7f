//! Everything a run will do, as data: pure, ordered, printable. It needs no engine and changes nothing. After the plan,
//! trouble in one cell is a value in the record.

mod cell;
mod images;
mod json;
mod names;
pub mod timings;

pub(crate) use cell::unusual_places;
pub use cell::{plan, plan_like};
pub use images::Images;
pub use json::write_list;
