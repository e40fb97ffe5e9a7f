//! `ldd`: the shared libraries that the loader resolves for a binary.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use crate::model::kinds::Keys;
use crate::text::shell::quoted;
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ldd<T> {
    /// A binary: lists its libraries as the loader finds them.
    pub ldd: T,
}

impl<T> Keys for Ldd<T> {
    const KEYS: &'static [&'static str] = &["ldd"];
}

impl<T> Ldd<T> {
    pub(super) fn map<U>(&self, f: &mut impl FnMut(&[&'static str], &T) -> U) -> Ldd<U> {
        Ldd { ldd: f(&["ldd"], &self.ldd) }
    }
}

impl Ldd<String> {
    pub(super) fn command(&self, _: Duration) -> String {
        format!("ldd -- {}", quoted(&self.ldd))
    }
}

impl<T> Kind<T> for Ldd<T> {
    /// Only the loader's own variables affect the result.
    fn uses_variable(&self, name: &str) -> bool {
        name.starts_with("LD_")
    }
}
