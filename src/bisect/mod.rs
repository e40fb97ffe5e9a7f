//! The first release at which a claim's verdict changes: the question, the environment, the releases, and how each of
//! them is tried. `search` picks the next release, `found` is the result.

mod bisection;
pub mod found;
mod kind;
mod question;
pub mod search;
#[cfg(test)]
mod tests;
mod value;

pub use bisection::Bisection;
pub use kind::Kind;
pub use question::Question;
pub use value::{Method, Value};
