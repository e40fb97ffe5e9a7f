//! `look`: a command that only inspects.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::{Kind, strict};
use crate::model::kinds::Keys;
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Look<T> {
    /// A shell command that only inspects. It must have an expectation of its output.
    pub look: T,
}

impl<T> Keys for Look<T> {
    const KEYS: &'static [&'static str] = &["look"];
}

impl<T> Look<T> {
    pub(super) fn map<U>(&self, f: &mut impl FnMut(&[&'static str], &T) -> U) -> Look<U> {
        Look { look: f(&["look"], &self.look) }
    }
}

impl Look<String> {
    pub(super) fn command(&self, _: Duration) -> String {
        strict(&self.look)
    }
}

impl<T> Kind<T> for Look<T> {
    fn inputs(&self) -> Vec<&T> {
        vec![&self.look]
    }

    fn uses_variable(&self, _: &str) -> bool {
        true
    }

    fn takes_log(&self) -> bool {
        true
    }
}
