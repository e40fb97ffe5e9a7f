//! One image built: by BuildKit where the engine has it, else by the classic builder, which every engine that speaks
//! Docker's API has. It hands on what the build prints and keeps the end of it for the error.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{BuildInfo, BuildInfoAux};
use bollard::query_parameters::{BuildImageOptions, BuilderVersion};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::runtime::{self, Handle, Runtime};
use tokio::time::timeout;
use tokio_util::context::TokioContext;

use super::{Docker, made, told, versioned};
use crate::engine::{BuildRequest, Cause, ImageId};
use crate::text::sanitize::plain;

/// How many of a failed build's last lines its error holds.
const BUILD_TAIL: usize = 15;
/// The first version of the API whose engines have BuildKit for anyone who asks: Docker 18.09.
const WITH_BUILDKIT: (usize, usize) = (1, 39);
/// The networks that BuildKit knows.
const NETWORKS: [&str; 3] = ["default", "host", "none"];

/// One of an engine's builders. From the same dockerfile both make the same image, but for its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builder {
    /// Which Podman takes the place of with its own.
    Classic,
    /// Which takes half the time, as it looks at each layer fewer times.
    BuildKit,
}

impl Builder {
    /// The one to ask for. `DOCKER_BUILDKIT=0` says classic, as it does to Docker's own command.
    pub(super) fn of(podman: bool, api: &bollard::Docker) -> Builder {
        let version = api.client_version();
        let refused = std::env::var_os("DOCKER_BUILDKIT").is_some_and(|value| value == "0");
        if podman || refused || (version.major_version, version.minor_version) < WITH_BUILDKIT {
            return Builder::Classic;
        }
        Builder::BuildKit
    }

    /// The same, unless it cannot build in that network.
    fn within(self, network: Option<&str>) -> Builder {
        if network.is_none_or(|network| NETWORKS.contains(&network)) { self } else { Builder::Classic }
    }
}

impl fmt::Display for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Builder::Classic => "classic",
            Builder::BuildKit => "BuildKit",
        })
    }
}

/// Builds, unless there is no output for too long. If this is dropped, the connection closes and the engine stops
/// and removes what it was building in.
pub(super) async fn build(engine: &Docker, request: BuildRequest, line: &(dyn Fn(&str) + Send + Sync)) -> Result<ImageId, Cause> {
    let buildkit = engine.builder.within(request.network.as_deref()) == Builder::BuildKit;
    let base = if buildkit { request.base.name } else { request.base.id.0 };
    let args = request.args.into_iter().chain([("BASE".to_owned(), base)]).collect();
    let options = BuildImageOptions {
        t: Some(request.tag.clone()),
        buildargs: Some(args),
        labels: Some(request.labels.into_iter().collect()),
        networkmode: request.network,
        rm: true,
        // Also the container of a line that fails goes.
        forcerm: true,
        version: if buildkit { BuilderVersion::BuilderBuildKit } else { BuilderVersion::BuilderV1 },
        session: buildkit.then(session),
        // Its cache outlives the images; someone who removed the images wants new ones.
        nocache: buildkit,
        ..Default::default()
    };
    let (question, silence) = ((options, Bytes::from(request.context)), engine.silence());
    if buildkit {
        let sitting = Sitting::new()?;
        let apart = async {
            let api = bollard::Docker::connect_with_host(&engine.address)?.with_timeout(silence);
            follow(&versioned(api, engine.api.client_version(), engine.podman), question, silence, line).await
        };
        TokioContext::new(apart, sitting.handle()).await?;
    } else {
        follow(&engine.slow, question, silence, line).await?;
    }
    made(&engine.api, &request.tag).await
}

/// Asks for a build and hears it to its end.
async fn follow(
    api: &bollard::Docker,
    (options, context): (BuildImageOptions, Bytes),
    silence: Duration,
    line: &(dyn Fn(&str) + Send + Sync),
) -> Result<(), Cause> {
    let mut said = Said::default();
    let mut infos = api.build_image(options, None, Some(bollard::body_full(context)));
    while let Some(info) = timeout(silence, infos.next()).await.map_err(|_| said.with_tail(&Error::RequestTimeoutError))? {
        said.take(info.map_err(|error| said.with_tail(&error))?, line);
    }
    Ok(())
}

/// The runtime of one build. bollard 0.21 answers BuildKit's questions in a task that it never ends, and BuildKit asks each
/// session every second for as long as there is someone to answer; with its runtime the task ends.
struct Sitting(Option<Runtime>);

impl Sitting {
    fn new() -> std::io::Result<Sitting> {
        Ok(Sitting(Some(runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?)))
    }

    fn handle(&self) -> Handle {
        self.0.as_ref().expect("it is there until it is dropped").handle().clone()
    }
}

impl Drop for Sitting {
    fn drop(&mut self) {
        // Waiting for it, as its own drop does, is not for a task of another runtime.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A name that no other build on the engine has at the same time.
fn session() -> String {
    // Its keys are random, and others each time.
    format!("matrix-{:016x}", RandomState::new().build_hasher().finish())
}

/// What a build has printed: the line still growing, and the last whole ones.
#[derive(Default)]
struct Said {
    growing: String,
    tail: VecDeque<String>,
    /// The instructions that BuildKit has begun; it tells of each several times.
    begun: BTreeSet<String>,
}

impl Said {
    fn take(&mut self, info: BuildInfo, line: &(dyn Fn(&str) + Send + Sync)) {
        self.growing.push_str(&info.stream.unwrap_or_default());
        if let Some(BuildInfoAux::BuildKit(status)) = info.aux {
            let instructions = status.vertexes.into_iter().filter(|vertex| vertex.started.is_some());
            for vertex in instructions.filter(|vertex| !vertex.name.starts_with("[internal]")) {
                if self.begun.insert(vertex.digest) {
                    self.growing.push_str(&format!("{}\n", vertex.name));
                }
            }
            status.logs.iter().for_each(|log| self.growing.push_str(&String::from_utf8_lossy(&log.msg)));
        }
        while let Some(end) = self.growing.find('\n') {
            let whole: String = self.growing.drain(..=end).collect();
            // The builder colours what comes from standard error.
            let whole = plain(whole.trim_end());
            if whole.is_empty() {
                continue;
            }
            line(&whole);
            if self.tail.len() == BUILD_TAIL {
                self.tail.pop_front();
            }
            self.tail.push_back(whole);
        }
    }

    fn with_tail(&self, error: &Error) -> Cause {
        let tail: String = self.tail.iter().map(|line| format!("\n    {line}")).collect();
        format!("{}{tail}", told(error)).into()
    }
}
