//! A message of the sources, and the file that has it.

use serde::Serialize;

/// A text file of the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub text: String,
}

/// A text that the sources have as a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::page) struct Message {
    pub(super) text: String,
    pub(super) file: String,
    /// From 1.
    pub(super) line: usize,
    /// Why it is never used, if that is known.
    pub(super) unused: Option<Unused>,
}

/// Why a message is never used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Unused {
    /// It is in a definition whose name only the definition itself and other unused ones mention.
    Unmentioned(Owner),
    /// It is in code that `#if 0` disables.
    Disabled,
}

/// A function, a variable or a macro.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owner {
    pub name: String,
    pub file: String,
    pub line: usize,
    /// Where code that `#if 0` disables mentions it, as `FILE:LINE`.
    pub disabled: Option<String>,
}
