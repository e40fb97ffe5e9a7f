//! Images of cells without the cells: what a run would pull, bootstrap and build before it, and nothing else.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::future::pending;

use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::error::RunError;
use super::event::{Event, Listener};
use super::images::Images;
use super::schedule::Expected;
use super::signals::{Signals, interrupts};
use crate::engine::Engine;
use crate::image::{Catalog, Settings};
use crate::model::cause::Trouble;
use crate::model::plan::{CellPlan, ImagePlan};
use crate::model::record::{BaseRecord, ImageRecord};
use crate::plan::timings::Durations;

#[derive(Clone, Copy)]
pub struct Build<'a> {
    /// Plans of the cells that need the images.
    pub plans: &'a [CellPlan],
    /// Expected durations, for starting the longest builds first.
    pub durations: &'a Durations,
    pub settings: &'a Settings,
    pub catalog: &'a Catalog,
}

/// What became of the images.
#[derive(Debug, Clone)]
pub struct Built {
    pub bases: Vec<BaseRecord>,
    pub images: Vec<ImageRecord>,
    /// Why images could not be obtained, each reason once.
    pub troubles: Vec<Trouble>,
    /// Number of images that cells need and that are not there: failed, or not obtained before an interrupt.
    pub missing: usize,
    pub interrupted: bool,
}

/// Obtains the images of all cells, as a run of the same cells does. An interrupt ends it, and the engine stops what it builds.
pub async fn build(engine: &dyn Engine, request: Build<'_>, listener: &dyn Listener) -> Result<Built, RunError> {
    let signals = Signals::catch().map_err(RunError::Signals)?;
    let needed: BTreeSet<&ImagePlan> = request.plans.iter().flat_map(stacks).collect();
    listener.on_event(&Event::ImagesStarted { images: needed.len() });
    let images = Images::new(engine, request.settings, request.catalog, listener).for_plans(needed.iter().copied());
    let cancel = CancellationToken::new();
    let obtain = async |plan: &ImagePlan| {
        let image = images.get(plan).await;
        listener.on_event(&Event::ImageEnded);
        image
    };
    let mut obtained = Vec::new();
    let work = async {
        // If the images cannot be looked up, none can be obtained either, whatever the order.
        let expected = Expected::of_all(request.plans, &images, request.durations).await.unwrap_or_default();
        let ordered = ordered(request.plans, &expected);
        let mut ready = stream::iter(&ordered).map(|plan| obtain(plan)).buffer_unordered(ordered.len().max(1));
        while let Some(image) = ready.next().await {
            obtained.push(image);
        }
        images.pushed(pending(), &cancel).await;
    };
    // Nothing has to be removed after an interrupt, so the first one ends the work at once.
    tokio::select! {
        () = images.beside(work) => {}
        () = cancel.cancelled() => {}
        () = interrupts(signals, &cancel, listener) => {}
    }
    let missing = needed.len() - obtained.iter().filter(|image| image.is_ok()).count();
    let mut troubles: Vec<Trouble> = Vec::new();
    for trouble in obtained.into_iter().filter_map(Result::err) {
        if !troubles.contains(&trouble) {
            troubles.push(trouble);
        }
    }
    let (bases, images) = images.into_records();
    Ok(Built { bases, images, troubles, missing, interrupted: cancel.is_cancelled() })
}

/// The images of cells, each once: first those of cells whose images take longest. `expected` may be empty.
fn ordered<'a>(plans: &'a [CellPlan], expected: &[Expected<'_>]) -> Vec<&'a ImagePlan> {
    let mut places: Vec<usize> = (0..plans.len()).collect();
    places.sort_by_key(|place| Reverse(expected.get(*place).map(Expected::images)));
    let mut seen = BTreeSet::new();
    places.into_iter().flat_map(|place| stacks(&plans[place])).filter(|stack| seen.insert(*stack)).collect()
}

fn stacks(plan: &CellPlan) -> [&ImagePlan; 2] {
    [&plan.image, &plan.control_image]
}
