//! Docker's API, which Podman speaks too, by way of `bollard`; no other file may name that crate. It turns calls
//! of [`Engine`] into requests and knows nothing of what is run or why.

pub mod build;
mod create;
pub mod discover;
mod exec;
mod host;
mod interactive;
mod list;
mod remove;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::error::Error as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use bollard::ClientVersion;
use bollard::errors::Error;
use bollard::models::ContainerConfig;
use bollard::query_parameters as query;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, TryStreamExt, stream};
use tokio::io::AsyncReadExt;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::{
    BuildRequest, Cause, ContainerId, Engine, EngineError, EngineHost, ExecEnd, ExecOutput, ExecRequest, ImageId, Labels, Owned,
    Seat, ShellRequest, StartRequest,
};
use crate::model::record::EngineInfo;
use build::Builder;
use create::{Host, PATIENCE};
use discover::Place;
use exec::Shell;

/// How long an engine may take to answer at all.
const FIRST_ANSWER: Duration = Duration::from_secs(15);
/// A container engine behind Docker's API.
#[derive(Debug)]
pub struct Docker {
    api: bollard::Docker,
    /// The same, for what takes minutes on a slow disk.
    slow: bollard::Docker,
    address: String,
    podman: bool,
    /// The engine's own version.
    version: String,
    builder: Builder,
    host: OnceCell<Host>,
    patience: Duration,
    /// The shells of the containers that were started here, each but while a command is run in it.
    shells: Mutex<HashMap<String, Shell>>,
}

impl Docker {
    /// Reaches the engine at `address` (`unix://…`, `tcp://…` or the path of a socket), else at the one a variable names,
    /// else the first that answers over one of the usual sockets.
    pub async fn connect(address: Option<&str>) -> Result<Docker, EngineError> {
        Docker::first(Place::here(address).addresses()).await
    }

    /// The first engine that answers.
    async fn first(addresses: Vec<String>) -> Result<Docker, EngineError> {
        let mut tried = Vec::new();
        for address in addresses {
            match Docker::reach(&address).await {
                Ok((api, podman, version)) => {
                    let (slow, host, patience, shells) = (api.clone(), OnceCell::new(), PATIENCE, Mutex::default());
                    let builder = Builder::of(podman, &api);
                    let docker = Docker { api, slow, address, podman, version, builder, host, patience, shells };
                    return Ok(docker.with_patience(PATIENCE));
                }
                Err(cause) => tried.push((address, cause)),
            }
        }
        Err(EngineError::Find { tried })
    }

    /// Asks who is there, whether it is Podman, and agrees on an API version.
    async fn reach(address: &str) -> Result<(bollard::Docker, bool, String), Cause> {
        let connect = async {
            let api = bollard::Docker::connect_with_host(address)?.negotiate_version().await?;
            let version = api.version().await?;
            let podman = host::is_podman(&version);
            let agreed = api.client_version();
            Ok((versioned(api, agreed, podman), podman, version.version.unwrap_or_default()))
        };
        match timeout(FIRST_ANSWER, connect).await {
            Ok(connected) => connected.map_err(cause),
            Err(_) => Err(format!("no answer within {} s", FIRST_ANSWER.as_secs()).into()),
        }
    }

    /// The same engine, asked for images of another of its builders.
    #[must_use]
    pub fn with_builder(self, builder: Builder) -> Self {
        Docker { builder, ..self }
    }

    async fn create_and_start(&self, request: &StartRequest) -> Result<ContainerId, Error> {
        let id = self.create(request).await?;
        let start = async {
            let shell = Shell::attach(&self.api, &id, request.disk).await?;
            self.api.start_container(&id, None::<query::StartContainerOptions>).await?;
            Ok(shell)
        };
        match start.await {
            Ok(shell) => drop(self.shells().insert(id.clone(), shell)),
            Err(error) => {
                // The failed start is the news; a container that cannot be removed either is found by its label.
                let _ = self.force_remove(&id).await;
                return Err(error);
            }
        }
        Ok(ContainerId(id))
    }

    /// Whoever runs a command has the shell; it is given back if another command may follow.
    async fn run(&self, container: &str, request: &ExecRequest) -> Result<ExecOutput, Cause> {
        let shell = self.shells().remove(container);
        let mut shell = shell.ok_or("no command can be run in it any more")?;
        let output = shell.run(request).await?;
        if let ExecEnd::Exit(_) | ExecEnd::OutOfMemory | ExecEnd::DiskFull | ExecEnd::FileSize | ExecEnd::NoDirectory = output.end
        {
            self.shells().insert(container.to_owned(), shell);
        }
        Ok(output)
    }

    fn shells(&self) -> MutexGuard<'_, HashMap<String, Shell>> {
        self.shells.lock().expect("no thread panics while it holds the lock")
    }

    async fn snapshot(&self, container: &ContainerId, labels: &Labels, pause: bool) -> Result<ImageId, Error> {
        let options = query::CommitContainerOptionsBuilder::default().container(&container.0).pause(pause);
        // Podman heeds labels nowhere but here, Docker in the configuration too, which needs no quoting.
        let options = if self.podman { options.changes(&self.label_lines(labels).join("\n")) } else { options }.build();
        // The engine adds the container's own labels to these.
        let config = ContainerConfig { labels: Some(labels.clone().into_iter().collect()), ..Default::default() };
        Ok(host::image_id(self.slow.commit_container(options, config).await?.id))
    }

    /// Lines of a dockerfile that set labels.
    fn label_lines(&self, labels: &Labels) -> Vec<String> {
        // Podman takes what is between the outermost quotes as it is.
        let word = |word: &str| if self.podman { format!("\"{word}\"") } else { quoted(word) };
        labels.iter().map(|(key, value)| format!("LABEL {}={}", word(key), word(value))).collect()
    }
}

impl Engine for Docker {
    async fn info(&self) -> Result<EngineInfo, EngineError> {
        let asked = self.api.info().await;
        let info = asked.map_err(|error| EngineError::Connect { address: self.address.clone(), cause: cause(error) })?;
        // What containers can be held to need not be asked for again.
        let _ = self.host.set(Host::of(&info));
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
        let info = self.api.info().await.map_err(|error| EngineError::Host { cause: cause(error) })?;
        Ok(host::host(self.podman, self.builder, &self.address, info))
    }

    async fn image(&self, reference: &str) -> Result<Option<ImageId>, EngineError> {
        lookup(&self.api, reference)
            .await
            .map_err(|error| EngineError::Inspect { image: reference.to_owned(), cause: cause(error) })
    }

    async fn pull(&self, reference: &str) -> Result<ImageId, EngineError> {
        let (name, tag) = split(reference);
        let options = query::CreateImageOptionsBuilder::default().from_image(name).tag(tag).build();
        let pull = async {
            self.api.create_image(Some(options), None, None).try_for_each(async |_| Ok(())).await.map_err(cause)?;
            made(&self.api, reference).await
        };
        pull.await.map_err(|cause| EngineError::Pull { image: reference.to_owned(), cause })
    }

    async fn import(&self, archive: &Path, tag: &str, labels: &Labels) -> Result<ImageId, EngineError> {
        let options = query::CreateImageOptions {
            from_src: Some("-".to_owned()),
            // With its tag, as Podman does not heed the parameter for that.
            repo: Some(tag.to_owned()),
            changes: self.label_lines(labels),
            ..Default::default()
        };
        let import = async {
            let file = tokio::fs::File::open(archive).await?;
            let body = bollard::body_try_stream(chunks(file));
            self.slow.create_image(Some(options), Some(body), None).try_for_each(async |_| Ok(())).await.map_err(cause)?;
            made(&self.api, tag).await
        };
        import.await.map_err(|cause| EngineError::Import { image: tag.to_owned(), cause })
    }

    async fn tag(&self, image: &ImageId, tag: &str) -> Result<(), EngineError> {
        let (name, version) = split(tag);
        let options = query::TagImageOptionsBuilder::default().repo(name).tag(version).build();
        let tagged = self.api.tag_image(&image.0, Some(options)).await;
        tagged.map_err(|error| EngineError::Tag { image: tag.to_owned(), cause: cause(error) })
    }

    async fn build(&self, request: BuildRequest, line: &(dyn Fn(&str) + Send + Sync)) -> Result<ImageId, EngineError> {
        let tag = request.tag.clone();
        let built = build::build(self, request, line).await;
        built.map_err(|cause| EngineError::Build { image: tag, cause })
    }

    async fn start(&self, request: &StartRequest) -> Result<ContainerId, EngineError> {
        let started = self.started(request).await;
        started.map_err(|error| EngineError::Start { image: request.image.0.clone(), cause: cause(error) })
    }

    async fn exec(&self, container: &ContainerId, request: &ExecRequest) -> Result<ExecOutput, EngineError> {
        let run = self.run(&container.0, request).await;
        run.map_err(|cause| EngineError::Exec { container: container.0.clone(), cause })
    }

    async fn shell(&self, container: &ContainerId, request: &ShellRequest, seat: Seat<'_>) -> Result<i64, EngineError> {
        let ended = interactive::run(&self.api, &container.0, request, seat).await;
        ended.map_err(|cause| EngineError::Shell { container: container.0.clone(), cause })
    }

    async fn commit(&self, container: &ContainerId, labels: &Labels) -> Result<ImageId, EngineError> {
        // A file that grows meanwhile spoils it, so what is at work is held. Where nothing is, that would be for nothing.
        let held = !self.shells().get(&container.0).is_some_and(Shell::is_alone);
        let mut made = self.snapshot(container, labels, held).await;
        if self.podman && made.is_err() {
            // A rootless one cannot pause where control groups are of version 1. Between two steps only daemons are at work.
            made = self.snapshot(container, labels, false).await;
        }
        made.map_err(|error| EngineError::Commit { container: container.0.clone(), cause: cause(error) })
    }

    async fn remove(&self, container: &ContainerId) -> Result<(), EngineError> {
        self.end(&container.0).await.map_err(|error| EngineError::Remove { what: container.0.clone(), cause: cause(error) })
    }

    async fn remove_image(&self, image: &ImageId) -> Result<(), EngineError> {
        let options = query::RemoveImageOptionsBuilder::default().force(true).build();
        match self.api.remove_image(&image.0, Some(options), None).await {
            Ok(_) => Ok(()),
            Err(error) if status(&error) == Some(404) => Ok(()),
            Err(error) => Err(EngineError::Remove { what: image.0.clone(), cause: cause(error) }),
        }
    }

    async fn untag(&self, reference: &str) -> Result<(), EngineError> {
        match self.api.remove_image(reference, None::<query::RemoveImageOptions>, None).await {
            Err(error) if status(&error) != Some(404) => {
                Err(EngineError::Untag { image: reference.to_owned(), cause: cause(error) })
            }
            _ => Ok(()),
        }
    }

    async fn named(&self, prefix: &str) -> Result<BTreeMap<String, ImageId>, EngineError> {
        self.names(prefix).await.map_err(|error| EngineError::Named { prefix: prefix.to_owned(), cause: cause(error) })
    }

    async fn owned(&self, label: &str) -> Result<Vec<Owned>, EngineError> {
        self.list(label).await.map_err(|error| EngineError::List { label: label.to_owned(), cause: cause(error) })
    }
}

/// bollard agrees on a version and then asks without naming it; an engine newer than bollard would answer in its own.
fn versioned(api: bollard::Docker, version: ClientVersion, podman: bool) -> bollard::Docker {
    api.with_request_modifier(move |mut request| {
        let path = request.uri().path();
        let mut asked = request.uri().to_string().replacen(path, &format!("/v{version}{path}"), 1);
        if podman && path == "/images/create" {
            // Podman wants each label of an import in a parameter of its own; bollard puts all into one, line by line.
            asked = asked.replace("%0ALABEL+", "&changes=LABEL+");
        }
        *request.uri_mut() = asked.parse().expect("a version before its path leaves an address valid");
        request
    })
}

async fn lookup(api: &bollard::Docker, reference: &str) -> Result<Option<ImageId>, Error> {
    match api.inspect_image(reference).await {
        Ok(image) => Ok(image.id.map(ImageId)),
        Err(error) if status(&error) == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The image that a pull, import or build has just made.
async fn made(api: &bollard::Docker, reference: &str) -> Result<ImageId, Cause> {
    let found = lookup(api, reference).await.map_err(cause)?;
    found.ok_or_else(|| "the engine says it is done, yet has no such image".into())
}

/// A file, piece by piece, so that a root file system is never whole in memory.
fn chunks(file: tokio::fs::File) -> impl Stream<Item = std::io::Result<Bytes>> + Send {
    stream::try_unfold(file, async |mut file| {
        let mut chunk = BytesMut::with_capacity(1 << 18);
        let read = file.read_buf(&mut chunk).await?;
        Ok((read > 0).then(|| (chunk.freeze(), file)))
    })
}

/// Name and tag of a reference. A colon before the last slash belongs to a registry's port.
fn split(reference: &str) -> (&str, &str) {
    match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (reference, "latest"),
    }
}

/// A word of a dockerfile, in quotes.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$"))
}

fn status(error: &Error) -> Option<u16> {
    match error {
        Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// An error's own words and those of what caused it, which for a refused connection are the useful ones.
fn told(error: &Error) -> String {
    let mut words = match error {
        Error::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        Error::DockerStreamError { error } => error.clone(),
        Error::RequestTimeoutError => "the engine gave no answer in time".to_owned(),
        other => other.to_string(),
    };
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words = format!("{words}: {cause_words}");
        }
        source = cause.source();
    }
    words
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
fn cause(error: Error) -> Cause {
    told(&error).into()
}
