//! Trouble that no step caused.

use crate::engine::{EngineError, ImageId};
use crate::model::cause::{Cause, Trouble};
use crate::model::observation::Phase;
use crate::model::record::PhaseRecord;

pub(super) fn empty(phase: Phase, image: Option<&ImageId>, trouble: Trouble) -> PhaseRecord {
    let image = image.map(|image| image.0.clone()).unwrap_or_default();
    PhaseRecord { phase, image, observations: Vec::new(), trouble: Some(trouble), millis: 0, cpu_millis: 0 }
}

pub(super) fn engine_trouble(error: &EngineError) -> Trouble {
    Trouble { cause: Cause::Engine, detail: error.to_string() }
}

pub(super) fn interrupted() -> Trouble {
    Trouble { cause: Cause::Interrupted, detail: "the run was interrupted".to_owned() }
}
