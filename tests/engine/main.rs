//! Tests on a real container engine. Ignored by default: `cargo test --test engine -- --ignored`.

#![expect(clippy::unwrap_used, reason = "a helper of tests that panics fails the test")]

mod bare_base;
mod bases;
mod bench;
mod daemon;
mod registry;

mod build;
mod build_command;
mod cli_shell_export;
mod compiler_cache;
mod containers;
mod docker_only;
mod exec;
mod faults;
mod image_cache;
mod images;
mod isolation;
mod limits;
mod requests;
mod runs;
mod sections;
mod start;
mod users;
