//! Regression tests: inputs that once gave a wrong result. One file for each part of the program.

mod trial;

mod input;
mod judging;
mod ledger;
mod mutating;
mod procedure;
mod seen;
mod state;
