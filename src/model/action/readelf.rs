//! `readelf`: the dynamic section of a binary.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use crate::model::kinds::Keys;
use crate::text::shell::quoted;
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Readelf<T> {
    /// A binary: lists its dynamic section.
    pub readelf: T,
}

impl<T> Keys for Readelf<T> {
    const KEYS: &'static [&'static str] = &["readelf"];
}

impl<T> Readelf<T> {
    pub(super) fn map<U>(&self, f: &mut impl FnMut(&[&'static str], &T) -> U) -> Readelf<U> {
        Readelf { readelf: f(&["readelf"], &self.readelf) }
    }
}

impl Readelf<String> {
    pub(super) fn command(&self, _: Duration) -> String {
        format!("readelf -dW -- {}", quoted(&self.readelf))
    }
}

impl<T> Kind<T> for Readelf<T> {

}
