//! Tests that need neither a container engine nor a browser. One binary, so that the program is linked once.

#![expect(clippy::unwrap_used, reason = "a helper of tests that panics fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod bisect;
mod bisect_again;
mod bisect_sources;
mod cases;
mod cells;
mod cli_shell_export;
mod doctor;
mod example;
mod fuzz;
mod index;
mod layout;
mod loading;
mod pages;
mod pipeline;
mod projects;
mod reports;
mod request;
mod scenarios;
mod shards;
mod sources;
mod start;
