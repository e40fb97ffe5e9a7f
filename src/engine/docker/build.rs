//! Building images, with BuildKit if the engine has it, else with the classic builder.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::pin::pin;
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{BuildInfo, BuildInfoAux};
use bollard::query_parameters::{BuildImageOptions, BuilderVersion};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::runtime::{self, Handle, Runtime};
use tokio::time::timeout;
use tokio_util::context::TokioContext;

use super::builder::Builder;
use super::client::{Docker, created_image, versioned};
use super::error::message;
use crate::engine::{BuildRequest, Cause, ImageId, OnLine};
use crate::text::sanitize::plain;

/// Number of last lines of a failed build in its error.
const BUILD_TAIL: usize = 15;
/// Builds with a silence timeout. If the future is dropped, the connection closes, and the engine stops the build and removes its
/// containers.
pub(super) async fn build(engine: &Docker, request: BuildRequest, line: OnLine<'_>) -> Result<ImageId, Cause> {
    let buildkit = engine.builder.within(request.network.as_deref()) == Builder::BuildKit;
    let base = if buildkit { request.base.name } else { request.base.id.0 };
    let args = request.args.into_iter().chain([("BASE".to_owned(), base)]).collect();
    let options = BuildImageOptions {
        t: Some(request.tag.clone()),
        buildargs: Some(args),
        labels: Some(request.labels.into_iter().collect()),
        networkmode: request.network,
        rm: true,
        // Removes the container of a failed line too.
        forcerm: true,
        version: if buildkit { BuilderVersion::BuilderBuildKit } else { BuilderVersion::BuilderV1 },
        session: buildkit.then(session),
        // The build cache outlives images; a user who removed the images wants new ones.
        nocache: buildkit,
        ..Default::default()
    };
    let (context, silence) = (bollard::body_full(Bytes::from(request.context)), engine.silence());
    if buildkit {
        let runtime = BuildRuntime::new()?;
        let follow_build = async {
            let api = bollard::Docker::connect_with_host(&engine.address)?.with_timeout(silence);
            let api = versioned(api, engine.api.client_version(), engine.podman);
            follow(api.build_image(options, None, Some(context)), silence, line).await
        };
        TokioContext::new(follow_build, runtime.handle()).await?;
    } else {
        follow(engine.slow.build_image(options, None, Some(context)), silence, line).await?;
    }
    created_image(&engine.api, &request.tag).await
}

/// Sends a build and follows its output to the end.
async fn follow(infos: impl Stream<Item = Result<BuildInfo, Error>>, silence: Duration, line: OnLine<'_>) -> Result<(), Cause> {
    let mut log = BuildLog::default();
    let mut infos = pin!(infos);
    while let Some(info) = timeout(silence, infos.next()).await.map_err(|_| log.with_tail(&Error::RequestTimeoutError))? {
        log.add(info.map_err(|error| log.with_tail(&error))?, line);
    }
    Ok(())
}

/// The runtime of one build. bollard 0.21 answers BuildKit's session in a task that it never ends, and BuildKit polls each
/// session every second while it is answered. Dropping the runtime ends the task.
struct BuildRuntime(Option<Runtime>);

impl BuildRuntime {
    fn new() -> std::io::Result<BuildRuntime> {
        Ok(BuildRuntime(Some(runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?)))
    }

    fn handle(&self) -> Handle {
        self.0.as_ref().expect("it is there until it is dropped").handle().clone()
    }
}

impl Drop for BuildRuntime {
    fn drop(&mut self) {
        // A task of another runtime must not block, as `Runtime::drop` does.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A unique session name.
fn session() -> String {
    // `RandomState` has new random keys each time.
    format!("matrix-{:016x}", RandomState::new().build_hasher().finish())
}

/// The output of a build: the incomplete last line, and the last complete lines.
#[derive(Default)]
struct BuildLog {
    incomplete: String,
    tail: VecDeque<String>,
    /// Instructions that have begun; BuildKit reports each several times.
    begun: BTreeSet<String>,
}

impl BuildLog {
    fn add(&mut self, info: BuildInfo, line: OnLine<'_>) {
        self.incomplete.push_str(&info.stream.unwrap_or_default());
        if let Some(BuildInfoAux::BuildKit(status)) = info.aux {
            let instructions = status.vertexes.into_iter().filter(|vertex| vertex.started.is_some());
            for vertex in instructions.filter(|vertex| !vertex.name.starts_with("[internal]")) {
                if self.begun.insert(vertex.digest) {
                    self.incomplete.push_str(&format!("{}\n", vertex.name));
                }
            }
            status.logs.iter().for_each(|log| self.incomplete.push_str(&String::from_utf8_lossy(&log.msg)));
        }
        while let Some(end) = self.incomplete.find('\n') {
            let whole: String = self.incomplete.drain(..=end).collect();
            // The builder colours lines of standard error.
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
        format!("{}{tail}", message(error)).into()
    }
}
