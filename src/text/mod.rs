//! Utilities on text and files that know nothing of the project: every other room may use them.

mod decode;
pub mod digest;
pub mod files;
pub mod pattern;
pub mod sanitize;
pub mod shell;
pub mod suggest;
pub mod template;
mod terminal;
pub mod variables;
pub mod version;
