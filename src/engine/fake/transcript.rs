//! Transcripts: what the fake answers, written by tests as JSON.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::engine::{Call, EngineHost, ExecEnd, ExecOutput, Labels};
use crate::text::advice::Advice;

/// A transcript. By default every command succeeds and prints nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transcript {
    /// Id of the engine; by default a digest of the transcript.
    pub id: Option<String>,
    /// Existing images: reference to id.
    pub images: BTreeMap<String, String>,
    /// For existing images, by reference: their layers below the uppermost.
    pub layers: BTreeMap<String, Vec<String>>,
    /// Start of the names in a registry, which has only what is pushed to it. Other registries have every image.
    pub registry: Option<String>,
    /// Existing containers, such as those of a dead run: id to labels.
    pub containers: BTreeMap<String, Labels>,
    /// Answers to commands; the first that matches is used.
    pub answers: Vec<Answer>,
    /// Calls to fail.
    pub fail: Vec<Failure>,
    /// Description of the host; by default without restrictions.
    pub host: EngineHost,
}

/// An answer to some commands.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// Matches commands that contain this.
    pub command: String,
    /// Matches only after a command that contains this ran in the same container, or in the container of its snapshot.
    pub after: Option<String>,
    /// Matches only if no such command ran before.
    pub not_after: Option<String>,
    /// Matches only in containers whose image or one of its ancestors has a tag or id that contains this.
    pub image: Option<String>,
    /// Matches only commands as this user.
    pub user: Option<String>,
    pub exit: i64,
    pub stdout: String,
    pub stderr: String,
    /// By default the command exits.
    pub end: Option<ExecEnd>,
    /// How often it is used at most; by default without a limit.
    pub times: Option<usize>,
    /// How often to print standard output; by default once.
    pub repeat: Option<usize>,
    /// Duration of the command.
    pub millis: u64,
}

/// Calls to fail.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    pub call: Call,
    /// Only calls whose subject in `FakeEngine::calls` contains this.
    #[serde(default)]
    pub of: String,
    /// Which of these calls, counted from 1; by default all.
    pub nth: Option<NonZeroUsize>,
}

impl Transcript {
    pub(super) fn read(path: &Path) -> Result<Self, Advice> {
        let shown = path.display();
        let unreadable = |cause| Advice::new(format!("failed to read transcript `{shown}`: {cause}"), "");
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        serde_json::from_str(&text).map_err(|cause| Advice::new(format!("invalid transcript `{shown}`: {cause}"), ""))
    }
}

impl From<Answer> for ExecOutput {
    fn from(answer: Answer) -> Self {
        ExecOutput {
            end: answer.end.unwrap_or(ExecEnd::Exit(answer.exit)),
            stdout: answer.stdout.repeat(answer.repeat.unwrap_or(1)).into_bytes(),
            stderr: answer.stderr.into_bytes(),
            cpu: Duration::ZERO,
        }
    }
}
