//! Transcripts: what the fake answers, written by tests as JSON.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::engine::{Call, EngineHost, ExecEnd, ExecOutput, Labels};

/// A transcript. By default every command succeeds and prints nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transcript {
    /// Id of the engine; by default a digest of the transcript.
    pub id: Option<String>,
    /// Existing images: reference to id.
    pub images: BTreeMap<String, String>,
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
    pub exit: i64,
    pub stdout: String,
    pub stderr: String,
    pub end: End,
    /// How often to print standard output; by default once.
    pub repeat: Option<usize>,
    /// Duration of the command.
    pub millis: u64,
}

/// How a command ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    #[default]
    Exit,
    Timeout,
    Silence,
    Flood,
    OutOfMemory,
    Processes,
    DiskFull,
    FileSize,
    NoDirectory,
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
    pub(super) fn read(path: &Path) -> Result<Self, TranscriptError> {
        let text = std::fs::read_to_string(path).map_err(|cause| TranscriptError::Read { path: path.to_owned(), cause })?;
        serde_json::from_str(&text).map_err(|cause| TranscriptError::Parse { path: path.to_owned(), cause })
    }
}

impl From<Answer> for ExecOutput {
    fn from(answer: Answer) -> Self {
        let end = match answer.end {
            End::Exit => ExecEnd::Exit(answer.exit),
            End::Timeout => ExecEnd::Timeout,
            End::Silence => ExecEnd::Silence,
            End::Flood => ExecEnd::Flood,
            End::OutOfMemory => ExecEnd::OutOfMemory,
            End::Processes => ExecEnd::Processes,
            End::DiskFull => ExecEnd::DiskFull,
            End::FileSize => ExecEnd::FileSize,
            End::NoDirectory => ExecEnd::NoDirectory,
        };
        ExecOutput {
            end,
            stdout: answer.stdout.repeat(answer.repeat.unwrap_or(1)).into_bytes(),
            stderr: answer.stderr.into_bytes(),
            cpu: Duration::ZERO,
        }
    }
}

/// A transcript that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TranscriptError {
    #[error("failed to read transcript `{}`: {cause}", path.display())]
    Read { path: PathBuf, cause: std::io::Error },
    /// The cause ends in line and column.
    #[error("invalid transcript `{}`: {cause}", path.display())]
    Parse { path: PathBuf, cause: serde_json::Error },
}
