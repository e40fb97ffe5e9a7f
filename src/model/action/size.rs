//! `size`: the size of a file.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use crate::model::kinds::Keys;
use crate::text::shell::quoted;
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Size<T> {
    /// A file whose size is captured as the number `bytes`.
    pub size: T,
}

impl<T> Keys for Size<T> {
    const KEYS: &'static [&'static str] = &["size"];
}

impl<T> Size<T> {
    pub(super) fn map<U>(&self, f: &mut impl FnMut(&[&'static str], &T) -> U) -> Size<U> {
        Size { size: f(&["size"], &self.size) }
    }
}

impl Size<String> {
    pub(super) fn command(&self, _: Duration) -> String {
        format!("stat -L -c %s -- {}", quoted(&self.size))
    }
}

impl<T> Kind<T> for Size<T> {
    fn number(&self) -> Option<(&'static str, &'static str)> {
        Some(("bytes", "^([0-9]+)$"))
    }
}
