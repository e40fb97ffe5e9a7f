//! The engine's fake: it answers from a transcript, keeps track of containers and images as a real one does,
//! records calls and fails on demand. Only for tests; it must not know scenarios, phases or verdicts.

mod interactive;
mod state;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde::Deserialize;

use super::{
    BuildRequest, ContainerId, Engine, EngineError, EngineHost, ExecEnd, ExecOutput, ExecRequest, ImageId, Labels, Owned, Seat,
    ShellRequest, StartRequest,
};
use crate::model::record::EngineInfo;
use state::State;

/// What the fake answers. All of it may be left out: then every command succeeds and prints nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transcript {
    /// What the engine calls itself; without it, another transcript is another engine.
    pub id: Option<String>,
    /// Images that exist already: reference to id.
    pub images: BTreeMap<String, String>,
    /// Containers that exist already, such as a dead run's: id to labels.
    pub containers: BTreeMap<String, Labels>,
    /// What commands print and how they end; the first that applies.
    pub answers: Vec<Answer>,
    /// Calls that fail.
    pub fail: Vec<Failure>,
    /// What its host offers; by default everything.
    pub host: EngineHost,
}

/// What some commands print and how they end.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// It applies to commands that hold this.
    pub command: String,
    /// Only after a command that holds this, in this container or in the one its snapshot was taken from.
    pub after: Option<String>,
    /// Only when no such command went before.
    pub not_after: Option<String>,
    /// Only in containers started, at whatever remove, from an image whose tag or id holds this.
    pub image: Option<String>,
    /// Exit status.
    pub exit: i64,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// How the command ends.
    pub end: End,
    /// How often standard output is repeated; by default once.
    pub repeat: Option<usize>,
    /// How long the command takes.
    pub millis: u64,
}

/// How a command ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// With the exit status.
    #[default]
    Exit,
    /// The total time ran out.
    Timeout,
    /// It printed nothing for too long.
    Silence,
    /// It printed too much.
    Flood,
    /// It ran out of memory.
    OutOfMemory,
    /// It needed too many processes.
    Processes,
    /// It found the disk full.
    DiskFull,
    /// It was to write too large a file.
    FileSize,
    /// Its working directory is not there.
    NoDirectory,
}

/// Calls that fail.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Which call.
    pub call: Call,
    /// Only calls about something that holds this: the image, container, command or label in [`Scripted::calls`].
    #[serde(default)]
    pub of: String,
    /// Which of these calls, counted from 1; by default every one.
    pub nth: Option<NonZeroUsize>,
}

/// A call of [`Engine`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// [`Engine::info`]
    Info,
    /// [`Engine::host`]
    Host,
    /// [`Engine::image`]
    Image,
    /// [`Engine::pull`]
    Pull,
    /// [`Engine::import`]
    Import,
    /// [`Engine::tag`]
    Tag,
    /// [`Engine::build`]
    Build,
    /// [`Engine::start`]
    Start,
    /// [`Engine::exec`]
    Exec,
    /// [`Engine::shell`]
    Shell,
    /// [`Engine::commit`]
    Commit,
    /// [`Engine::remove`]
    Remove,
    /// [`Engine::remove_image`]
    RemoveImage,
    /// [`Engine::untag`]
    Untag,
    /// [`Engine::named`]
    Named,
    /// [`Engine::owned`]
    Owned,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Call::Info => "info",
            Call::Host => "host",
            Call::Image => "image",
            Call::Pull => "pull",
            Call::Import => "import",
            Call::Tag => "tag",
            Call::Build => "build",
            Call::Start => "start",
            Call::Exec => "exec",
            Call::Shell => "shell",
            Call::Commit => "commit",
            Call::Remove => "remove",
            Call::RemoveImage => "remove_image",
            Call::Untag => "untag",
            Call::Named => "named",
            Call::Owned => "owned",
        })
    }
}

/// Why a transcript could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ScriptedError {
    /// The file.
    #[error("failed to read transcript `{}`: {cause}", path.display())]
    Read {
        /// Its path.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// What is in it; the cause ends in line and column.
    #[error("invalid transcript `{}`: {cause}", path.display())]
    Parse {
        /// Its path.
        path: PathBuf,
        /// Why.
        cause: serde_json::Error,
    },
}

/// The fake.
#[derive(Debug)]
pub struct Scripted {
    id: String,
    state: Mutex<State>,
}

impl Scripted {
    /// A fake that answers from a transcript.
    pub fn new(transcript: Transcript) -> Self {
        let id = transcript.id.clone().unwrap_or_else(|| crate::text::digest::digest(format!("{transcript:?}").as_bytes()));
        Scripted { id, state: Mutex::new(State::new(transcript)) }
    }

    /// A fake that answers from a transcript kept as JSON.
    pub fn read(path: &Path) -> Result<Self, ScriptedError> {
        let text = std::fs::read_to_string(path).map_err(|cause| ScriptedError::Read { path: path.to_owned(), cause })?;
        let transcript = serde_json::from_str(&text).map_err(|cause| ScriptedError::Parse { path: path.to_owned(), cause })?;
        Ok(Self::new(transcript))
    }

    /// Every call so far, failed ones included, as name and object: `start matrix/x:abc`, `exec make`.
    pub fn calls(&self) -> Vec<String> {
        self.state().calls().map(|(call, of)| format!("{call} {of}").trim_end().to_owned()).collect()
    }

    /// How often a call was made.
    pub fn count(&self, call: Call) -> usize {
        self.state().calls().filter(|(made, _)| *made == call).count()
    }

    /// What has not been cleaned up: containers, and images that carry a run's label.
    pub fn left(&self) -> Vec<String> {
        self.state().left()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the state")
    }
}

impl Engine for Scripted {
    async fn info(&self) -> Result<EngineInfo, EngineError> {
        let failed = |cause| EngineError::Connect { address: "scripted".to_owned(), cause };
        self.state().called(Call::Info, "").map_err(failed)?;
        let [name, version, api, address, architecture] = ["Scripted", "1", "1", "scripted", "x86_64"].map(str::to_owned);
        Ok(EngineInfo { name, version, api, address, architecture, id: self.id.clone(), ..EngineInfo::default() })
    }

    async fn host(&self) -> Result<EngineHost, EngineError> {
        let mut state = self.state();
        state.called(Call::Host, "").map_err(|cause| EngineError::Host { cause })?;
        Ok(state.host())
    }

    async fn image(&self, reference: &str) -> Result<Option<ImageId>, EngineError> {
        let failed = |cause| EngineError::Inspect { image: reference.to_owned(), cause };
        let mut state = self.state();
        state.called(Call::Image, reference).map_err(failed)?;
        Ok(state.find(reference))
    }

    async fn pull(&self, reference: &str) -> Result<ImageId, EngineError> {
        let failed = |cause| EngineError::Pull { image: reference.to_owned(), cause };
        let mut state = self.state();
        state.called(Call::Pull, reference).map_err(failed)?;
        Ok(state.make(reference, Labels::new(), None))
    }

    async fn import(&self, _archive: &Path, tag: &str, labels: &Labels) -> Result<ImageId, EngineError> {
        let failed = |cause| EngineError::Import { image: tag.to_owned(), cause };
        let mut state = self.state();
        state.called(Call::Import, tag).map_err(failed)?;
        Ok(state.make(tag, labels.clone(), None))
    }

    async fn tag(&self, image: &ImageId, tag: &str) -> Result<(), EngineError> {
        let failed = |cause| EngineError::Tag { image: image.0.clone(), cause };
        let mut state = self.state();
        let of = format!("{} {tag}", state.name(image));
        state.called(Call::Tag, &of).and_then(|()| state.tag(image, tag)).map_err(failed)
    }

    async fn build(&self, request: BuildRequest, line: &(dyn Fn(&str) + Send + Sync)) -> Result<ImageId, EngineError> {
        line(&format!("building {}", request.tag));
        let failed = |cause| EngineError::Build { image: request.tag.clone(), cause };
        let mut state = self.state();
        state.called(Call::Build, &request.tag).map_err(failed)?;
        Ok(state.make(&request.tag, request.labels, Some(request.base.id.0.as_str())))
    }

    async fn start(&self, request: &StartRequest) -> Result<ContainerId, EngineError> {
        let failed = |cause| EngineError::Start { image: request.image.0.clone(), cause };
        let mut state = self.state();
        let of = state.name(&request.image);
        state.called(Call::Start, &of).and_then(|()| state.start(&request.image, &request.labels)).map_err(failed)
    }

    async fn exec(&self, container: &ContainerId, request: &ExecRequest) -> Result<ExecOutput, EngineError> {
        let failed = |cause| EngineError::Exec { container: container.0.clone(), cause };
        let answer = {
            let mut state = self.state();
            state.called(Call::Exec, &request.command).and_then(|()| state.exec(container, &request.command)).map_err(failed)?
        };
        tokio::time::sleep(Duration::from_millis(answer.millis)).await;
        self.state().ended(container, answer.end).map_err(failed)?;
        Ok(answer.into())
    }

    async fn shell(&self, container: &ContainerId, request: &ShellRequest, seat: Seat<'_>) -> Result<i64, EngineError> {
        let failed = |cause| EngineError::Shell { container: container.0.clone(), cause };
        self.state().called(Call::Shell, request.directory.as_deref().unwrap_or_default()).map_err(failed)?;
        interactive::run(self, container, seat).await.map_err(failed)
    }

    async fn commit(&self, container: &ContainerId, labels: &Labels) -> Result<ImageId, EngineError> {
        let failed = |cause| EngineError::Commit { container: container.0.clone(), cause };
        let mut state = self.state();
        state.called(Call::Commit, &container.0).and_then(|()| state.commit(container, labels)).map_err(failed)
    }

    async fn remove(&self, container: &ContainerId) -> Result<(), EngineError> {
        let failed = |cause| EngineError::Remove { what: container.0.clone(), cause };
        let mut state = self.state();
        state.called(Call::Remove, &container.0).map_err(failed)?;
        state.remove(container);
        Ok(())
    }

    async fn remove_image(&self, image: &ImageId) -> Result<(), EngineError> {
        let failed = |cause| EngineError::Remove { what: image.0.clone(), cause };
        let mut state = self.state();
        let of = state.name(image);
        state.called(Call::RemoveImage, &of).and_then(|()| state.remove_image(image)).map_err(failed)
    }

    async fn untag(&self, reference: &str) -> Result<(), EngineError> {
        let failed = |cause| EngineError::Untag { image: reference.to_owned(), cause };
        let mut state = self.state();
        state.called(Call::Untag, reference).and_then(|()| state.take(reference)).map_err(failed)
    }

    async fn named(&self, prefix: &str) -> Result<BTreeMap<String, ImageId>, EngineError> {
        let failed = |cause| EngineError::Named { prefix: prefix.to_owned(), cause };
        let mut state = self.state();
        state.called(Call::Named, prefix).map_err(failed)?;
        Ok(state.named(prefix))
    }

    async fn owned(&self, label: &str) -> Result<Vec<Owned>, EngineError> {
        let failed = |cause| EngineError::List { label: label.to_owned(), cause };
        let mut state = self.state();
        state.called(Call::Owned, label).map_err(failed)?;
        Ok(state.owned(label))
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
