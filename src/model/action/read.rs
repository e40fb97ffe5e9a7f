//! `read`: the part of a file that was appended since the start of the phase, or the whole file.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use crate::model::kinds::Keys;
use crate::text::appended;
use crate::text::shell::quoted;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Read<T> {
    /// A file, such as a log: reads the text appended since the phase began.
    pub read: T,
    /// With `read`: reads the whole file.
    #[serde(default)]
    pub whole: bool,
}

impl<T> Keys for Read<T> {
    const KEYS: &'static [&'static str] = &["read", "whole"];
}

impl<T> Read<T> {
    pub(super) fn map<U>(&self, f: &mut impl FnMut(&[&'static str], &T) -> U) -> Read<U> {
        Read { read: f(&["read"], &self.read), whole: self.whole }
    }
}

impl Read<String> {
    pub(super) fn command(&self, _: Duration) -> String {
        if self.whole { format!("cat -- {}", quoted(&self.read)) } else { appended::command(&self.read) }
    }
}

impl<T> Kind<T> for Read<T> {
    fn appended(&self) -> Option<&T> {
        (!self.whole).then_some(&self.read)
    }
}
