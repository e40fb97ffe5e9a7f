//! Docker and Podman through Docker's API. Only this folder uses `bollard`.

mod build;
mod build_log;
mod builder;
mod buildkit;
mod client;
mod commit;
mod create;
pub mod discover;
mod error;
mod exec;
mod helper;
mod host;
mod interactive;
mod limits;
mod list;
mod registry;
mod remove;
mod shells;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use bollard::query_parameters as query;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, TryStreamExt, stream};
use tokio::io::AsyncReadExt;

use super::{
    BuildRequest, Call, Cause, ContainerId, Credentials, Engine, EngineError, EngineHost, ExecOutput, ExecRequest, ImageDetails,
    ImageId, Labels, OnLine, Owned, ShellRequest, ShellStreams, StartRequest,
};
use crate::model::record::EngineInfo;
use client::{created_image, lookup};
use error::{cause, unless_absent};
use limits::Limits;
use shells::Shells;

pub use builder::Builder;
pub use client::Docker;
pub use helper::REQUEST_PROGRAM;

/// Exit status of a shell that signal 11 ended.
const SEGMENTATION_FAULT: i64 = 128 + 11;
/// Why that may happen before the first step.
pub(crate) const VSYSCALL: &str = "the shell of this image was ended by signal 11, status 139; programs of old systems for amd64 end so if the kernel of the engine's host has no `vsyscall`; see `matrix doctor`";

impl Docker {
    /// Takes the shells of the container while a command runs, and puts them back if another command may follow.
    async fn run(&self, container: &str, request: &ExecRequest) -> Result<ExecOutput, Cause> {
        let shells = self.shells().remove(container);
        let mut shells = shells.ok_or("an earlier command was stopped, so the container cannot be used again")?;
        let output = match shells.run(&self.api, container, request).await {
            Ok(output) => output,
            Err(cause) => return Err(self.reason(container, cause).await),
        };
        if output.end.leaves_usable() {
            self.shells().insert(container.to_owned(), shells);
        }
        Ok(output)
    }
}

impl Docker {
    /// Why the shell of a container has ended, if the engine knows better than its streams.
    async fn reason(&self, container: &str, cause: Cause) -> Cause {
        let inspected = self.api.inspect_container(container, None).await;
        let status = inspected.ok().and_then(|inspected| inspected.state?.exit_code);
        match status {
            Some(SEGMENTATION_FAULT) => format!("{cause}: {VSYSCALL}").into(),
            _ => cause,
        }
    }
}

#[async_trait]
impl Engine for Docker {
    async fn info(&self) -> Result<EngineInfo, EngineError> {
        let info = self.api.info().await.map_err(cause).map_err(Call::Info.failed(&self.address))?;
        // Saves another request when the first container is created.
        let _ = self.limits.set(Limits::of(&info));
        let id = if self.podman { host::podman_id(&info) } else { info.id.unwrap_or_default() };
        Ok(EngineInfo {
            name: if self.podman { "Podman" } else { "Docker" }.to_owned(),
            version: self.version.clone(),
            api: self.api.client_version().to_string(),
            address: self.address.clone(),
            architecture: host::architecture(info.architecture.unwrap_or_default()),
            id,
            kernel: info.kernel_version.unwrap_or_default(),
            storage: info.driver.unwrap_or_default(),
            processors: info.ncpu.and_then(|count| usize::try_from(count).ok()).unwrap_or(0),
            memory: info.mem_total.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0),
        })
    }

    async fn host(&self) -> Result<EngineHost, EngineError> {
        let info = self.api.info().await.map_err(cause).map_err(Call::Host.failed(""))?;
        Ok(host::host(self.podman, self.builder, &self.address, info))
    }

    async fn image(&self, reference: &str) -> Result<Option<ImageId>, EngineError> {
        lookup(&self.api, reference).await.map_err(cause).map_err(Call::Image.failed(reference))
    }

    async fn describe(&self, image: &ImageId) -> Result<ImageDetails, EngineError> {
        let inspected = self.api.inspect_image(&image.0).await.map_err(|error| Call::Image.failed(&image.0)(cause(error)))?;
        let parts =
            [inspected.os, inspected.architecture, inspected.variant].into_iter().flatten().filter(|part| !part.is_empty());
        let platform = parts.collect::<Vec<_>>().join("/");
        let layers = inspected.root_fs.and_then(|files| files.layers).unwrap_or_default();
        let labels = inspected.config.and_then(|config| config.labels).unwrap_or_default();
        Ok(ImageDetails { layers, labels: labels.into_iter().collect(), platform })
    }

    async fn pull(
        &self,
        reference: &str,
        platform: Option<&str>,
        credentials: Option<&Credentials>,
    ) -> Result<ImageId, EngineError> {
        self.pull_image(reference, platform, credentials).await.map_err(Call::Pull.failed(reference))
    }

    async fn push(&self, reference: &str, credentials: Option<&Credentials>) -> Result<(), EngineError> {
        self.push_image(reference, credentials).await.map_err(Call::Push.failed(reference))
    }

    async fn published(&self, reference: &str, credentials: Option<&Credentials>) -> Result<bool, EngineError> {
        self.has_published(reference, credentials).await.map_err(Call::Published.failed(reference))
    }

    async fn import(&self, archive: &Path, tag: &str, labels: &Labels) -> Result<ImageId, EngineError> {
        let options = query::CreateImageOptions {
            from_src: Some("-".to_owned()),
            // Podman ignores the parameter `tag`, so the name includes the tag.
            repo: Some(tag.to_owned()),
            changes: self.label_lines(labels),
            ..Default::default()
        };
        let import = async {
            let file = tokio::fs::File::open(archive).await?;
            let body = bollard::body_try_stream(chunks(file));
            self.slow.create_image(Some(options), Some(body), None).try_for_each(async |_| Ok(())).await.map_err(cause)?;
            created_image(&self.api, tag).await
        };
        import.await.map_err(Call::Import.failed(tag))
    }

    async fn tag(&self, image: &ImageId, tag: &str) -> Result<(), EngineError> {
        let (name, version) = split(tag);
        let options = query::TagImageOptionsBuilder::default().repo(name).tag(version).build();
        let tagged = self.api.tag_image(&image.0, Some(options)).await;
        tagged.map_err(cause).map_err(Call::Tag.failed(tag))
    }

    async fn build(&self, request: BuildRequest, line: OnLine<'_>) -> Result<ImageId, EngineError> {
        let tag = request.tag.clone();
        build::build(self, request, line).await.map_err(Call::Build.failed(&tag))
    }

    async fn start(&self, request: &StartRequest) -> Result<ContainerId, EngineError> {
        self.start_container(request).await.map_err(cause).map_err(Call::Start.failed(&request.image.0))
    }

    async fn exec(&self, container: &ContainerId, request: &ExecRequest) -> Result<ExecOutput, EngineError> {
        self.run(&container.0, request).await.map_err(Call::Exec.failed(&container.0))
    }

    async fn shell(
        &self,
        container: &ContainerId,
        request: &ShellRequest,
        streams: ShellStreams<'_>,
    ) -> Result<i64, EngineError> {
        interactive::run(&self.api, &container.0, request, streams).await.map_err(Call::Shell.failed(&container.0))
    }

    async fn commit(&self, container: &ContainerId, labels: &Labels) -> Result<ImageId, EngineError> {
        // A file that grows during the snapshot spoils it, so running processes are paused. Without any, pausing costs time for
        // nothing.
        let held = !self.shells().get(&container.0).is_some_and(Shells::is_alone);
        let mut made = self.snapshot(container, labels, held).await;
        if self.podman && made.is_err() {
            // Rootless Podman cannot pause with control groups version 1. Between two steps only daemons run.
            made = self.snapshot(container, labels, false).await;
        }
        made.map_err(cause).map_err(Call::Commit.failed(&container.0))
    }

    async fn remove(&self, container: &ContainerId) -> Result<(), EngineError> {
        self.remove_container(&container.0).await.map_err(cause).map_err(Call::Remove.failed(&container.0))
    }

    async fn remove_image(&self, image: &ImageId) -> Result<(), EngineError> {
        let options = query::RemoveImageOptionsBuilder::default().force(true).build();
        let removed = self.api.remove_image(&image.0, Some(options), None).await;
        unless_absent(removed).map_err(Call::RemoveImage.failed(&image.0))
    }

    async fn untag(&self, reference: &str) -> Result<(), EngineError> {
        let removed = self.api.remove_image(reference, None::<query::RemoveImageOptions>, None).await;
        unless_absent(removed).map_err(Call::Untag.failed(reference))
    }

    async fn named(&self, prefix: &str) -> Result<BTreeMap<String, ImageId>, EngineError> {
        self.names(prefix).await.map_err(cause).map_err(Call::Named.failed(prefix))
    }

    async fn owned(&self, label: &str) -> Result<Vec<Owned>, EngineError> {
        self.list(label).await.map_err(cause).map_err(Call::Owned.failed(label))
    }
}

/// Streams a file, so that a root file system is never completely in memory.
fn chunks(file: tokio::fs::File) -> impl Stream<Item = std::io::Result<Bytes>> + Send {
    stream::try_unfold(file, async |mut file| {
        let mut chunk = BytesMut::with_capacity(1 << 18);
        let read = file.read_buf(&mut chunk).await?;
        Ok((read > 0).then(|| (chunk.freeze(), file)))
    })
}

/// Splits a reference into name and tag, or digest. A colon before the last slash belongs to the registry's port.
fn split(reference: &str) -> (&str, &str) {
    if let Some(parts) = reference.split_once('@') {
        return parts;
    }
    match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (reference, "latest"),
    }
}
