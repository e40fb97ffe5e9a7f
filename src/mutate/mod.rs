//! Mutation testing of scenarios. Each mutant contains one small mistake that an author might make; the checks or the
//! judge should notice it. Pure functions: the runner executes mutants.

mod edit;
mod expectations;
mod maker;
mod mutant;
mod operators;
mod random;
pub mod score;
mod text;
pub mod trial;

pub use mutant::{Mutant, Operator};
pub use operators::mutants;
pub use random::chance;
