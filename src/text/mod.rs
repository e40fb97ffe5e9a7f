//! Utilities for text and files.

pub mod advice;
pub mod appended;
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
pub mod yaml;
