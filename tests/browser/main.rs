//! The HTML report and the annotated page in headless Chromium: filters, links, keyboard, paper, accessibility.
//! `.ci/setup tests` installs the requirements; without them, the tests fail.

#![expect(clippy::unwrap_used, reason = "a helper of tests that panics fails the test")]

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the other binary needs more of it")]
mod support;

mod annotated;
mod driver;
mod report;
