//! Failed calls of an engine.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::cause::spelled;

/// A method of the trait `Engine`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    Info,
    Host,
    Image,
    Pull,
    Push,
    Published,
    Import,
    Tag,
    Build,
    Start,
    Exec,
    Shell,
    Commit,
    Remove,
    RemoveImage,
    Untag,
    Named,
    Owned,
}

impl Call {
    /// Makes the error of this call from its cause; for `map_err`.
    pub(super) fn failed(self, subject: &str) -> impl FnOnce(Cause) -> EngineError {
        move |cause| EngineError { call: self, subject: subject.to_owned(), cause }
    }
}

/// The name in transcripts.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&spelled(self))
    }
}

/// The engine's own message.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failed call.
#[derive(Debug)]
pub struct EngineError {
    pub call: Call,
    /// Address, image, container or label; may be empty.
    pub subject: String,
    pub cause: Cause,
}

// The cause is part of the message, so it is no `source` that would be printed again.
impl std::error::Error for EngineError {}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EngineError { call, subject, cause } = self;
        let action = match call {
            Call::Info if subject.is_empty() => "reach a container engine".to_owned(),
            Call::Info => format!("reach a container engine at `{subject}`"),
            Call::Host => "query the host of the engine".to_owned(),
            Call::Image => format!("look up image `{subject}`"),
            Call::Pull => format!("pull image `{subject}`"),
            Call::Push => format!("push image `{subject}`"),
            Call::Published => format!("look up image `{subject}` in its registry"),
            Call::Import => format!("import image `{subject}`"),
            Call::Tag => format!("tag image `{subject}`"),
            Call::Build => format!("build image `{subject}`"),
            Call::Start => format!("start a container from `{subject}`"),
            Call::Exec => format!("run a command in container `{subject}`"),
            Call::Shell => format!("open a shell in container `{subject}`"),
            Call::Commit => format!("take a snapshot of container `{subject}`"),
            Call::Remove => format!("remove container `{subject}`"),
            Call::RemoveImage | Call::Untag => format!("remove image `{subject}`"),
            Call::Named => format!("list images named `{subject}…`"),
            Call::Owned => format!("list objects with label `{subject}`"),
        };
        write!(f, "failed to {action}: {cause}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_call_the_subject_and_the_cause() {
        let message = |call: Call, subject: &str| call.failed(subject)("disk full".into()).to_string();
        assert_eq!(message(Call::Pull, "debian:bookworm"), "failed to pull image `debian:bookworm`: disk full");
        assert_eq!(message(Call::Commit, "c1"), "failed to take a snapshot of container `c1`: disk full");
        assert_eq!(message(Call::Info, "unix:///x"), "failed to reach a container engine at `unix:///x`: disk full");
        assert_eq!(message(Call::Host, ""), "failed to query the host of the engine: disk full");
    }
}
