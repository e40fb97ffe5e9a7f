//! The messages of a program's sources and those that a page documents: what each has and the other lacks. A message is what a
//! pattern of the project matches in a literal of the sources, or in a line or sentence of the page.

mod c;
mod compare;
mod message;
mod python;
mod sources;

pub use compare::{Comparison, Documented, InSources, PatternSummary, compare};
pub use message::{File, Owner, Unused};
pub use sources::Sources;
