//! Inputs that once got a wrong answer, each with the right one. One file for each part of the program that gives it.

#[path = "cases/trial.rs"]
mod trial;

#[path = "cases/input.rs"]
mod input;
#[path = "cases/judging.rs"]
mod judging;
#[path = "cases/ledger.rs"]
mod ledger;
#[path = "cases/mutating.rs"]
mod mutating;
#[path = "cases/procedure.rs"]
mod procedure;
#[path = "cases/seen.rs"]
mod seen;
#[path = "cases/state.rs"]
mod state;
