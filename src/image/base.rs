//! Names of bases.

use std::fmt;

use super::provision::Provision;
use crate::subject::example;
use crate::subject::family;
use crate::subject::family::facts::Bases;
use crate::text::advice::Advice;

/// Number of digits of a provision's digest in a tag.
const DIGITS: usize = 8;

/// A parsed name of a base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Suite of the distribution, such as `bookworm`.
    pub suite: String,
    /// Architecture, such as `i386`, if it differs from that of the engine.
    pub architecture: Option<String>,
}

impl Base {
    /// Parses `<suite>` or `<suite>-<architecture>`.
    pub fn parse(name: &str) -> Result<Base, Advice> {
        let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) && !text.is_empty();
        let (suite, architecture) =
            name.split_once('-').map_or((name, None), |(suite, architecture)| (suite, Some(architecture)));
        if word(suite) && architecture.is_none_or(word) {
            return Ok(Base { suite: suite.to_owned(), architecture: architecture.map(str::to_owned) });
        }
        let (plain, foreign) = (example::BASE, example::FOREIGN_BASE);
        let help = format!("a base is a suite or a suite and an architecture, such as {plain} or {foreign}");
        Err(Advice::new(format!("`{name}` is not a valid name of a base"), help))
    }

    /// Its tag on the engine, whether it was pulled or bootstrapped.
    pub fn tag(&self) -> String {
        format!("matrix/base:{self}")
    }

    /// Its tag on the engine if it was bootstrapped with a provision.
    pub fn provided_tag(&self, provision: &Provision) -> String {
        format!("{}-{}", self.tag(), &provision.digest[..DIGITS])
    }

    /// Whether this is one of its tags, with a provision or without.
    pub fn has_tag(&self, tag: &str) -> bool {
        let is_digest = |text: &str| text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let rest = tag.strip_prefix(&self.tag());
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(is_digest))
    }

    /// The reference to pull.
    pub fn reference(&self, registry: Option<&str>) -> String {
        let parts = [registry.map(|host| host.trim_end_matches('/')), self.architecture.as_deref()];
        let prefix: String = parts.into_iter().flatten().map(|part| format!("{part}/")).collect();
        format!("{prefix}{}", (self.family().image)(&self.suite))
    }

    /// The facts about its distribution family.
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
