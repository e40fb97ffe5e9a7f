//! `run`: a command of the procedure.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::{Kind, strict};
use crate::model::kinds::Keys;
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run<T> {
    /// A shell command. With several lines, it ends at the first line that fails.
    pub run: T,
}

impl<T> Keys for Run<T> {
    const KEYS: &'static [&'static str] = &["run"];
}

impl<T> Run<T> {
    pub(super) fn map<U>(&self, f: &mut impl FnMut(&[&'static str], &T) -> U) -> Run<U> {
        Run { run: f(&["run"], &self.run) }
    }
}

impl Run<String> {
    pub(super) fn command(&self, _: Duration) -> String {
        strict(&self.run)
    }
}

impl<T> Kind<T> for Run<T> {
    fn inputs(&self) -> Vec<&T> {
        vec![&self.run]
    }

    fn uses_variable(&self, _: &str) -> bool {
        true
    }

    fn takes_log(&self) -> bool {
        true
    }

    fn only_looks(&self) -> bool {
        false
    }
}
