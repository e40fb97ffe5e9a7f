//! Building images, with BuildKit if the engine has it, else with the classic builder.

use bollard::query_parameters::{BuildImageOptions, BuilderVersion};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::time::timeout;

use super::build_log::BuildLog;
use super::builder::Builder;
use super::buildkit;
use super::client::{Docker, created_image};
use super::error::cause;
use crate::engine::{BuildRequest, Cause, ImageId, OnLine};

/// Builds with a silence timeout. If the future is dropped, the connection closes, and the engine stops the build and removes its
/// containers.
pub(super) async fn build(engine: &Docker, request: BuildRequest, line: OnLine<'_>) -> Result<ImageId, Cause> {
    let tag = request.tag.clone();
    let mut log = BuildLog::new(line);
    let built = match engine.builder.within(request.network.as_deref()) {
        Builder::BuildKit => buildkit::build(engine, request, &mut log).await,
        Builder::Classic => classic(engine, request, &mut log).await,
    };
    built.map_err(|cause| log.with_tail(&cause))?;
    created_image(&engine.api, &tag).await
}

async fn classic(engine: &Docker, request: BuildRequest, log: &mut BuildLog<'_>) -> Result<(), Cause> {
    let options = BuildImageOptions {
        t: Some(request.tag),
        buildargs: Some(request.args.into_iter().chain([("BASE".to_owned(), request.base.id.0)]).collect()),
        labels: Some(request.labels.into_iter().collect()),
        networkmode: request.network,
        rm: true,
        // Removes the container of a failed line too.
        forcerm: true,
        version: BuilderVersion::BuilderV1,
        ..Default::default()
    };
    let mut infos = engine.slow.build_image(options, None, Some(bollard::body_full(Bytes::from(request.context))));
    while let Some(info) = timeout(engine.silence(), infos.next()).await.map_err(|_| buildkit::SILENT)? {
        log.add(&info.map_err(cause)?.stream.unwrap_or_default());
    }
    Ok(())
}
