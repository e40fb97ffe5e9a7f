//! Bases by name.

use std::fmt;

use super::error::ImageError;
use crate::subject::family;
use crate::subject::family::facts::Bases;

/// A base's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The distribution's suite, e.g. `bookworm`.
    pub suite: String,
    /// Architecture, when not the engine's own, e.g. `i386`.
    pub architecture: Option<String>,
}

impl Base {
    /// Reads `<suite>` or `<suite>-<architecture>`.
    pub fn parse(name: &str) -> Result<Base, ImageError> {
        let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) && !text.is_empty();
        let (suite, architecture) =
            name.split_once('-').map_or((name, None), |(suite, architecture)| (suite, Some(architecture)));
        if word(suite) && architecture.is_none_or(word) {
            return Ok(Base { suite: suite.to_owned(), architecture: architecture.map(str::to_owned) });
        }
        Err(ImageError::Base { name: name.to_owned() })
    }

    /// The tag it has on the engine, pulled or bootstrapped.
    pub fn tag(&self) -> String {
        base_tag(&self.to_string())
    }

    /// The name to pull it by.
    pub fn reference(&self, registry: Option<&str>) -> String {
        let parts = [registry.map(|host| host.trim_end_matches('/')), self.architecture.as_deref()];
        let prefix: String = parts.into_iter().flatten().map(|part| format!("{part}/")).collect();
        format!("{prefix}{}", (self.family().image)(&self.suite))
    }

    /// What is known of the distribution.
    pub fn family(&self) -> &'static Bases {
        family::of(&self.suite)
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.suite)?;
        self.architecture.iter().try_for_each(|architecture| write!(f, "-{architecture}"))
    }
}

/// The tag of the base with this name.
pub fn base_tag(name: &str) -> String {
    format!("matrix/base:{name}")
}
