//! Connecting to the engine.

use super::failure::{Failure, unavailable, usage};
use super::places::Places;
use crate::engine::docker::Docker;
use crate::engine::fake::FakeEngine;
use crate::engine::{Engine, EngineError};
use crate::model::record::EngineInfo;
use crate::run::block_on;
use crate::text::advice::Advice;

/// Connects to the configured engine. Returns its description too.
pub(super) fn connect(places: &Places) -> Result<(Box<dyn Engine>, EngineInfo), Failure> {
    if let Some(file) = places.engine.as_deref().and_then(|address| address.strip_prefix("scripted:")) {
        let engine = FakeEngine::read(file.as_ref()).map_err(usage)?;
        let info = block_on(engine.info()).map_err(unavailable)?;
        return Ok((Box::new(engine), info));
    }
    let engine = block_on(async { Docker::connect(places.engine.as_deref()).await }).map_err(unreachable)?;
    let info = block_on(engine.info()).map_err(unreachable)?;
    Ok((Box::new(engine), info))
}

fn unreachable(error: EngineError) -> Failure {
    let help = "start Docker or Podman, or choose another engine with --engine or DOCKER_HOST; see `matrix doctor`";
    unavailable(Advice::new(error.to_string(), help))
}
