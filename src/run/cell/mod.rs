//! Executes one cell: its phases in containers, in order. Trouble is a value in the record.

mod files;
pub(super) mod interactive;
pub(super) mod mutant;
mod session;
mod trouble;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::clock::millis;
use super::event::{Event, Listener};
use super::execution::{Execution, judge};
use super::images::Images;
use super::lock::Lease;
use super::request::Request;
use super::rules;
use crate::engine::{ContainerId, Engine, EngineError, ImageId, Labels, StartRequest};
use crate::model::cause::Trouble;
use crate::model::limits::Limits;
use crate::model::observation::Phase;
use crate::model::plan::{CellPlan, ImagePlan};
use crate::model::record::{Judged, PhaseRecord};
use session::Session;
use trouble::{empty, engine_trouble, interrupted};

/// What phases need: an engine, images, and labels of the run.
pub(super) struct Bench<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) images: Images<'a>,
    listener: &'a dyn Listener,
    labels: Labels,
    /// Variables of all containers.
    pub(super) env: BTreeMap<String, String>,
    pub(super) cancel: CancellationToken,
    /// One permit for each concurrent container.
    containers: Semaphore,
}

/// What cells of a run need in addition.
pub(super) struct RunContext<'a> {
    pub(super) permits: Semaphore,
    /// Cancelled when a cell has its images, or cannot get them.
    pub(super) has_images: CancellationToken,
    pub(super) request: &'a Request<'a>,
    pub(super) run: &'a str,
}

impl<'a> Bench<'a> {
    /// For the run of this lease, with this number of concurrent containers.
    pub(super) fn new(images: Images<'a>, lease: &Lease, containers: usize) -> Self {
        Bench {
            engine: images.engine,
            listener: images.listener,
            labels: lease.labels(),
            env: BTreeMap::new(),
            cancel: CancellationToken::new(),
            containers: Semaphore::new(containers),
            images,
        }
    }

    /// Executes and judges a cell, or answers it from the cache. A cell takes a permit only when its images are ready, so no
    /// permit waits for a build. Independent phases run at the same time.
    /// `ready` is called when the images are there or cannot be obtained. Also returns the milliseconds that were spent.
    pub(super) async fn cell(&self, context: &RunContext<'_>, plan: &CellPlan, ready: &(dyn Fn() + Sync)) -> (Judged, u64) {
        let images = self.images(plan).await;
        ready();
        let recipe = context.request.cache_key.recipe(plan);
        let inputs = match &images {
            [Ok(image), Ok(control)] => context.request.cache_key.inputs(&recipe, [image, control]),
            _ => String::new(),
        };
        if let Some((record, verdicts)) = context.request.cell_cache.answer(plan, &inputs) {
            self.listener.on_event(&Event::CellCached { record: &record, verdicts: &verdicts });
            return ((record, verdicts), 0);
        }
        let _permit = context.permits.acquire().await.expect("the semaphore is never closed");
        let (started, clock) = (Timestamp::now(), Instant::now());
        self.listener.on_event(&Event::CellStarted { cell: plan.cell.cell_ref() });
        let [image, control] = images;
        let ((mut phases, packages), control) = tokio::join!(self.defect(plan, image), self.control(plan, control));
        phases.push(control);
        let run = context.run.to_owned();
        let (record, verdicts) = judge(plan, Execution { run, recipe, inputs, started, millis: millis(clock), phases, packages });
        self.listener.on_event(&Event::CellFinished { record: &record, verdicts: &verdicts });
        let millis = record.millis;
        ((record, verdicts), millis)
    }

    /// Executes all phases in the environment with the defect.
    async fn defect(&self, plan: &CellPlan, image: Result<ImageId, Trouble>) -> (Vec<PhaseRecord>, BTreeMap<String, String>) {
        let mut phases = Vec::new();
        let mut packages = BTreeMap::new();
        match image {
            Err(trouble) => phases.push(empty(Phase::Prepare, None, trouble)),
            Ok(image) => {
                let snapshot = self.reproduce(plan, &image, &mut phases, &mut packages).await;
                if let Some(snapshot) = snapshot {
                    self.after_failure(plan, &snapshot, &mut phases).await;
                    self.warn(self.engine.remove_image(&snapshot).await);
                }
            }
        }
        (phases, packages)
    }

    /// Executes `prepare` and `reproduce` in one container. Returns a snapshot if the documented failure occurred.
    async fn reproduce(
        &self,
        plan: &CellPlan,
        image: &ImageId,
        phases: &mut Vec<PhaseRecord>,
        packages: &mut BTreeMap<String, String>,
    ) -> Option<ImageId> {
        let permit = self.containers.acquire().await.expect("the semaphore is never closed");
        let container = match self.start(plan, image).await {
            Ok(container) => container,
            Err(trouble) => {
                phases.push(empty(Phase::Prepare, Some(image), trouble));
                return None;
            }
        };
        let session = self.session(plan, &container);
        phases.push(session.phase(Phase::Prepare, image).await);
        if rules::usable(phases) {
            phases.push(session.phase(Phase::Reproduce, image).await);
        }
        let usable = rules::usable(phases);
        if usable {
            *packages = session.packages().await;
        }
        drop(permit);
        let snapshot = if usable { self.snapshot(plan, &container, phases).await } else { None };
        self.warn(self.engine.remove(&container).await);
        snapshot
    }

    /// Takes a snapshot after `reproduce` if the documented failure occurred.
    async fn snapshot(&self, plan: &CellPlan, container: &ContainerId, phases: &mut Vec<PhaseRecord>) -> Option<ImageId> {
        if !rules::continues_after_reproduce(plan, phases) {
            return None;
        }
        let committed = self.engine.commit(container, &self.labels).await;
        committed.map_err(|error| phases.push(empty(Phase::Placebo, None, engine_trouble(&error)))).ok()
    }

    /// Executes the placebo and all workarounds, each in its own container.
    async fn after_failure(&self, plan: &CellPlan, snapshot: &ImageId, phases: &mut Vec<PhaseRecord>) {
        let later = plan.phases().into_iter().filter(|phase| matches!(phase, Phase::Placebo | Phase::Workaround(_)));
        phases.extend(join_all(later.map(|phase| self.phase(plan, phase, snapshot))).await);
    }

    /// Executes the procedure in the healthy environment.
    async fn control(&self, plan: &CellPlan, image: Result<ImageId, Trouble>) -> PhaseRecord {
        match image {
            Ok(image) => self.phase(plan, Phase::Control, &image).await,
            Err(trouble) => empty(Phase::Control, None, trouble),
        }
    }

    /// Executes one phase in its own container.
    async fn phase(&self, plan: &CellPlan, phase: Phase, image: &ImageId) -> PhaseRecord {
        let permit = self.containers.acquire().await.expect("the semaphore is never closed");
        let clock = Instant::now();
        let container = match self.start(plan, image).await {
            Ok(container) => container,
            Err(trouble) => return empty(phase, Some(image), trouble),
        };
        let mut record = self.session(plan, &container).phase(phase, image).await;
        drop(permit);
        self.warn(self.engine.remove(&container).await);
        record.millis = millis(clock);
        record
    }

    fn session<'s>(&'s self, plan: &'s CellPlan, container: &'s ContainerId) -> Session<'s> {
        Session { engine: self.engine, listener: self.listener, cancel: &self.cancel, plan, container, cpu: Cell::default() }
    }

    /// The images of a cell: with the defect, and the healthy one.
    async fn images(&self, plan: &CellPlan) -> [Result<ImageId, Trouble>; 2] {
        tokio::select! {
            images = self.images.pair([&plan.image, &plan.control_image]) => images,
            () = self.cancel.cancelled() => [Err(interrupted()), Err(interrupted())],
        }
    }

    async fn image(&self, plan: &ImagePlan) -> Result<ImageId, Trouble> {
        tokio::select! {
            image = self.images.get(plan) => image,
            () = self.cancel.cancelled() => Err(interrupted()),
        }
    }

    async fn start(&self, plan: &CellPlan, image: &ImageId) -> Result<ContainerId, Trouble> {
        if self.cancel.is_cancelled() {
            return Err(interrupted());
        }
        let Limits { memory, processes, cpu, disk, .. } = plan.limits;
        let request = StartRequest {
            image: image.clone(),
            labels: self.labels.clone(),
            memory,
            processes,
            cpu,
            disk,
            capabilities: plan.kernel_capabilities().collect(),
            env: self.env.clone(),
            makes_requests: plan.makes_requests(),
        };
        self.engine.start(&request).await.map_err(|error| engine_trouble(&error))
    }

    /// Reports a failed removal as a warning; the sweep at the end of the run tries again.
    fn warn(&self, removed: Result<(), EngineError>) {
        if let Err(error) = removed {
            self.listener.on_event(&Event::Warning { text: &error.to_string() });
        }
    }
}
