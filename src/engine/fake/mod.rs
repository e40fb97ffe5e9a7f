//! A fake engine for tests: it answers from a transcript, tracks containers and images as a real engine does, records calls and
//! fails on demand.

mod interactive;
mod state;
#[cfg(test)]
mod tests;
mod transcript;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;

use super::{
    BuildRequest, Call, Cause, ContainerId, Credentials, Engine, EngineError, EngineHost, ExecOutput, ExecRequest, ImageDetails,
    ImageId, Labels, OnLine, Owned, Refusal, ShellRequest, ShellStreams, StartRequest,
};
use crate::model::record::EngineInfo;
use crate::text::advice::Advice;
use state::State;

pub use transcript::{Answer, Failure, Transcript};

#[derive(Debug)]
pub struct FakeEngine {
    id: String,
    state: Mutex<State>,
}

impl FakeEngine {
    pub fn new(transcript: Transcript) -> Self {
        let id = transcript.id.clone().unwrap_or_else(|| crate::text::digest::digest(format!("{transcript:?}").as_bytes()));
        FakeEngine { id, state: Mutex::new(State::new(transcript)) }
    }

    pub fn read(path: &Path) -> Result<Self, Advice> {
        Ok(Self::new(Transcript::read(path)?))
    }

    /// Every call so far, including failed ones, with its subject: `start matrix/x:abc`, `exec make`.
    pub fn calls(&self) -> Vec<String> {
        self.state().calls().map(|(call, of)| format!("{call} {of}").trim_end().to_owned()).collect()
    }

    pub fn count(&self, call: Call) -> usize {
        self.state().calls().filter(|(made, _)| *made == call).count()
    }

    /// Containers, and images that carry the label of a run, that were not removed.
    pub fn left(&self) -> Vec<String> {
        self.state().left()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the state")
    }

    /// Records a call. Fails if the transcript says so.
    fn called(&self, call: Call, about: &str) -> Result<MutexGuard<'_, State>, Cause> {
        let mut state = self.state();
        state.called(call, about)?;
        Ok(state)
    }

    /// The same for a request to a registry, whose failure is that of the registry.
    fn called_registry(&self, call: Call, about: &str) -> Result<MutexGuard<'_, State>, Cause> {
        self.called(call, about).map_err(|cause| state::refused(Refusal::Registry, &cause.to_string()))
    }
}

/// Whether a dockerfile in an archive ends after `FROM`, so that its image has the layers of its base.
fn only_from(context: &[u8]) -> bool {
    let text = String::from_utf8_lossy(context);
    text.split_once("\nFROM ${BASE}\n").is_some_and(|(_, rest)| rest.trim_matches('\0').is_empty())
}

#[async_trait]
impl Engine for FakeEngine {
    async fn info(&self) -> Result<EngineInfo, EngineError> {
        self.called(Call::Info, "").map(drop).map_err(Call::Info.failed("scripted"))?;
        let [name, version, api, address, architecture] = ["Scripted", "1", "1", "scripted", "x86_64"].map(str::to_owned);
        Ok(EngineInfo { name, version, api, address, architecture, id: self.id.clone(), ..EngineInfo::default() })
    }

    async fn host(&self) -> Result<EngineHost, EngineError> {
        Ok(self.called(Call::Host, "").map_err(Call::Host.failed(""))?.host())
    }

    async fn image(&self, reference: &str) -> Result<Option<ImageId>, EngineError> {
        Ok(self.called(Call::Image, reference).map_err(Call::Image.failed(reference))?.find(reference))
    }

    async fn describe(&self, image: &ImageId) -> Result<ImageDetails, EngineError> {
        let state = self.called(Call::Image, &image.0);
        state.and_then(|state| state.describe(image)).map_err(Call::Image.failed(&image.0))
    }

    async fn pull(&self, reference: &str, _: Option<&str>, _: Option<&Credentials>) -> Result<ImageId, EngineError> {
        let state = self.called_registry(Call::Pull, reference);
        state.and_then(|mut state| state.pull(reference)).map_err(Call::Pull.failed(reference))
    }

    async fn push(&self, reference: &str, _: Option<&Credentials>) -> Result<(), EngineError> {
        let state = self.called_registry(Call::Push, reference);
        state.and_then(|mut state| state.push(reference)).map_err(Call::Push.failed(reference))
    }

    async fn published(&self, reference: &str, _: Option<&Credentials>) -> Result<bool, EngineError> {
        let state = self.called_registry(Call::Published, reference).map_err(Call::Published.failed(reference))?;
        Ok(state.is_published(reference))
    }

    async fn import(&self, _archive: &Path, tag: &str, labels: &Labels) -> Result<ImageId, EngineError> {
        let mut state = self.called(Call::Import, tag).map_err(Call::Import.failed(tag))?;
        Ok(state.make(tag, labels.clone(), None))
    }

    async fn tag(&self, image: &ImageId, tag: &str) -> Result<(), EngineError> {
        let about = format!("{} {tag}", self.state().name(image));
        let state = self.called(Call::Tag, &about);
        state.and_then(|mut state| state.tag(image, tag)).map_err(Call::Tag.failed(&image.0))
    }

    async fn build(&self, request: BuildRequest, line: OnLine<'_>) -> Result<ImageId, EngineError> {
        line(&format!("building {}", request.tag));
        let mut state = self.called(Call::Build, &request.tag).map_err(Call::Build.failed(&request.tag))?;
        let base = Some(request.base.id.0.as_str());
        let is_layer = !only_from(&request.context);
        Ok(state.build(&request.tag, request.labels, base, is_layer))
    }

    async fn start(&self, request: &StartRequest) -> Result<ContainerId, EngineError> {
        let about = self.state().name(&request.image);
        let state = self.called(Call::Start, &about);
        let started = state.and_then(|mut state| state.start(&request.image, &request.labels));
        started.map_err(Call::Start.failed(&request.image.0))
    }

    async fn exec(&self, container: &ContainerId, request: &ExecRequest) -> Result<ExecOutput, EngineError> {
        let user = request.user.as_deref();
        let state =
            self.called(Call::Exec, &user.map_or(request.command.clone(), |user| format!("{} as {user}", request.command)));
        let answer = state.and_then(|mut state| state.exec(container, &request.command, user));
        let answer = answer.map_err(Call::Exec.failed(&container.0))?;
        tokio::time::sleep(Duration::from_millis(answer.millis)).await;
        self.state().end_command(container, answer.end).map_err(Call::Exec.failed(&container.0))?;
        Ok(answer.into())
    }

    async fn shell(
        &self,
        container: &ContainerId,
        request: &ShellRequest,
        streams: ShellStreams<'_>,
    ) -> Result<i64, EngineError> {
        let directory = request.directory.as_deref().unwrap_or_default();
        self.called(Call::Shell, directory).map(drop).map_err(Call::Shell.failed(&container.0))?;
        interactive::run(streams, |line| self.state().exec(container, line, request.user.as_deref()))
            .await
            .map_err(Call::Shell.failed(&container.0))
    }

    async fn commit(&self, container: &ContainerId, labels: &Labels) -> Result<ImageId, EngineError> {
        let state = self.called(Call::Commit, &container.0);
        state.and_then(|mut state| state.commit(container, labels)).map_err(Call::Commit.failed(&container.0))
    }

    async fn remove(&self, container: &ContainerId) -> Result<(), EngineError> {
        self.called(Call::Remove, &container.0).map_err(Call::Remove.failed(&container.0))?.remove(container);
        Ok(())
    }

    async fn remove_image(&self, image: &ImageId) -> Result<(), EngineError> {
        let about = self.state().name(image);
        let state = self.called(Call::RemoveImage, &about);
        state.and_then(|mut state| state.remove_image(image)).map_err(Call::RemoveImage.failed(&image.0))
    }

    async fn untag(&self, reference: &str) -> Result<(), EngineError> {
        let state = self.called(Call::Untag, reference);
        state.and_then(|mut state| state.remove_tag(reference)).map_err(Call::Untag.failed(reference))
    }

    async fn named(&self, prefix: &str) -> Result<BTreeMap<String, ImageId>, EngineError> {
        Ok(self.called(Call::Named, prefix).map_err(Call::Named.failed(prefix))?.named(prefix))
    }

    async fn owned(&self, label: &str) -> Result<Vec<Owned>, EngineError> {
        Ok(self.called(Call::Owned, label).map_err(Call::Owned.failed(label))?.owned(label))
    }
}
