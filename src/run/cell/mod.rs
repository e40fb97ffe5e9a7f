//! One cell, from images to observations: its phases in containers, in order. Trouble is a value in the record;
//! nothing here decides what the observations mean, beyond whether it makes sense to go on.

mod begun;
pub(super) mod interactive;
pub(super) mod mutant;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::event::{Event, Listener};
use super::images::Images;
use super::judged::{Went, judged};
use super::lock::Lease;
use super::rules::{self, Next};
use super::{Request, in_millis, millis};
use crate::engine::{ContainerId, Engine, EngineError, ExecEnd, ExecRequest, ImageId, Labels, StartRequest};
use crate::model::cause::{Cause, Trouble};
use crate::model::observation::{Observation, Part, Phase};
use crate::model::plan::{CellPlan, ImagePlan, StepPlan};
use crate::model::record::{Judged, PhaseRecord};
use begun::Begun;

/// Bytes of memory a container may use: compiling mod_wsgi takes a tenth of it.
pub(crate) const MEMORY: u64 = 2 << 30;
/// Processes a container may have at once: Apache's children and their threads, many times over.
pub(crate) const PROCESSES: u32 = 1024;
/// Thousandths of a processor that a container may take, so that one does not keep all others from theirs.
pub(crate) const CPU: u32 = 2000;
/// Bytes that a file in a container may have, and all of them where the engine can limit that: several root file systems.
pub(crate) const DISK: u64 = 4 << 30;
/// Most time a command may print nothing; compilers and package tools are never silent for so long.
const SILENCE: Duration = Duration::from_secs(300);
/// How much longer than its own time the command of a request may take.
pub(crate) const REQUEST_END: Duration = Duration::from_secs(30);
/// Packages whose versions are kept as evidence.
const PACKAGES: &str = "dpkg-query -W -f '${Package} ${Version}\\n' 'apache2*' 'libapr*' 'python[23]*' 'libpython*' gcc 'gcc-[0-9]*' binutils libc6 libc6-dev make";

/// What executes phases: an engine, the images, and what is created marked as one run's.
pub(super) struct Bench<'a, E> {
    pub(super) engine: &'a E,
    pub(super) images: Images<'a, E>,
    listener: &'a dyn Listener,
    labels: Labels,
    pub(super) cancel: CancellationToken,
    /// One for each container that may be at work at once.
    containers: Semaphore,
}

/// What a run adds to that.
pub(super) struct Course<'a> {
    /// One for each cell that may be executed at once.
    pub(super) turns: Semaphore,
    /// What may answer a cell instead.
    pub(super) request: &'a Request<'a>,
    /// Id of the run.
    pub(super) run: &'a str,
}

impl<'a, E: Engine> Bench<'a, E> {
    /// For the run of a lease, with this many containers at once.
    pub(super) fn new(images: Images<'a, E>, lease: &Lease, containers: usize) -> Self {
        Bench {
            engine: images.engine,
            listener: images.listener,
            labels: lease.labels(),
            cancel: CancellationToken::new(),
            containers: Semaphore::new(containers),
            images,
        }
    }

    /// Runs one cell and judges it. Only a cell whose images are there takes a turn, so that none waits for a build while
    /// another could be executed; what kept an image from being built is reported where it is used. A cell of which all
    /// that would be executed was executed before is judged by what it showed then. Phases that do not build on each other are executed side by side.
    pub(super) async fn cell(&self, course: &Course<'_>, plan: &CellPlan) -> Judged {
        let images = tokio::join!(self.image(&plan.image), self.image(&plan.control_image));
        let recipe = course.request.surroundings.recipe(plan);
        let inputs = match &images {
            (Ok(image), Ok(control)) => course.request.surroundings.inputs(&recipe, [image, control]),
            _ => String::new(),
        };
        if let Some((record, verdicts)) = course.request.history.answer(plan, &inputs) {
            self.listener.hear(&Event::CellKept { record: &record, verdicts: &verdicts });
            return (record, verdicts);
        }
        let _turn = course.turns.acquire().await.expect("the semaphore is never closed");
        let (started, clock) = (Timestamp::now(), Instant::now());
        self.listener.hear(&Event::CellStarted { scenario: &plan.cell.scenario, cell: &plan.cell.id });
        let ((mut phases, packages), control) = tokio::join!(self.defect(plan), self.control(plan));
        phases.push(control);
        let run = course.run.to_owned();
        let (record, verdicts) = judged(plan, Went { run, recipe, inputs, started, millis: millis(clock), phases, packages });
        self.listener.hear(&Event::CellFinished { record: &record, verdicts: &verdicts });
        (record, verdicts)
    }

    /// Everything in the environment with the defect: the failure, then what starts from the state it left.
    async fn defect(&self, plan: &CellPlan) -> (Vec<PhaseRecord>, BTreeMap<String, String>) {
        let mut phases = Vec::new();
        let mut packages = BTreeMap::new();
        match self.image(&plan.image).await {
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

    /// `prepare` and `reproduce` in one container. Its snapshot, if the documented failure was seen.
    async fn reproduce(
        &self,
        plan: &CellPlan,
        image: &ImageId,
        phases: &mut Vec<PhaseRecord>,
        packages: &mut BTreeMap<String, String>,
    ) -> Option<ImageId> {
        let turn = self.containers.acquire().await.expect("the semaphore is never closed");
        let container = match self.start(plan, image).await {
            Ok(container) => container,
            Err(trouble) => {
                phases.push(empty(Phase::Prepare, Some(image), trouble));
                return None;
            }
        };
        let session = Session { bench: self, plan, container: &container, cpu: Cell::default() };
        phases.push(session.phase(Phase::Prepare, image).await);
        if rules::usable(phases) {
            phases.push(session.phase(Phase::Reproduce, image).await);
        }
        let usable = rules::usable(phases);
        if usable {
            *packages = session.packages().await;
        }
        drop(turn);
        let snapshot = if usable { self.snapshot(plan, &container, phases).await } else { None };
        self.warn(self.engine.remove(&container).await);
        snapshot
    }

    /// The state that `reproduce` left, if the documented failure was seen.
    async fn snapshot(&self, plan: &CellPlan, container: &ContainerId, phases: &mut Vec<PhaseRecord>) -> Option<ImageId> {
        if !rules::leads_on(plan, phases) {
            return None;
        }
        let committed = self.engine.commit(container, &self.labels).await;
        committed.map_err(|error| phases.push(empty(Phase::Placebo, None, engine_trouble(&error)))).ok()
    }

    /// The placebo and every workaround, each in a container of its own.
    async fn after_failure(&self, plan: &CellPlan, snapshot: &ImageId, phases: &mut Vec<PhaseRecord>) {
        let later = plan.phases().into_iter().filter(|phase| matches!(phase, Phase::Placebo | Phase::Workaround(_)));
        phases.extend(join_all(later.map(|phase| self.phase(plan, phase, snapshot))).await);
    }

    /// The same procedure in the healthy environment.
    async fn control(&self, plan: &CellPlan) -> PhaseRecord {
        match self.image(&plan.control_image).await {
            Ok(image) => self.phase(plan, Phase::Control, &image).await,
            Err(trouble) => empty(Phase::Control, None, trouble),
        }
    }

    /// One phase in a container of its own.
    async fn phase(&self, plan: &CellPlan, phase: Phase, image: &ImageId) -> PhaseRecord {
        let turn = self.containers.acquire().await.expect("the semaphore is never closed");
        let clock = Instant::now();
        let container = match self.start(plan, image).await {
            Ok(container) => container,
            Err(trouble) => return empty(phase, Some(image), trouble),
        };
        let mut record = Session { bench: self, plan, container: &container, cpu: Cell::default() }.phase(phase, image).await;
        drop(turn);
        self.warn(self.engine.remove(&container).await);
        record.millis = millis(clock);
        record
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
        let request = StartRequest {
            image: image.clone(),
            labels: self.labels.clone(),
            memory: MEMORY,
            processes: PROCESSES,
            cpu: CPU,
            disk: DISK,
            capabilities: plan.kernel_capabilities().collect(),
        };
        self.engine.start(&request).await.map_err(|error| engine_trouble(&error))
    }

    /// A failed removal changes no verdict; the sweep at the end of the run tries again.
    fn warn(&self, removed: Result<(), EngineError>) {
        if let Err(error) = removed {
            self.listener.hear(&Event::Warning { text: &error.to_string() });
        }
    }
}

/// One container and the phases executed in it.
struct Session<'a, E> {
    bench: &'a Bench<'a, E>,
    plan: &'a CellPlan,
    container: &'a ContainerId,
    /// Processor time the container had used after the last step.
    cpu: Cell<Duration>,
}

impl<E: Engine> Session<'_, E> {
    /// Executes a phase's parts in order, up to the step that ends it.
    async fn phase(&self, phase: Phase, image: &ImageId) -> PhaseRecord {
        let clock = Instant::now();
        let cell = &self.plan.cell;
        self.bench.listener.hear(&Event::PhaseStarted { scenario: &cell.scenario, cell: &cell.id, phase: &phase });
        let (before, parts) = (self.cpu.get(), self.plan.parts(&phase));
        let image = image.0.clone();
        let (begun, parts, trouble) = match self.begin(&parts).await {
            Ok(begun) => (begun, parts, None),
            Err(trouble) => (Begun::default(), Vec::new(), Some(trouble)),
        };
        let mut record = PhaseRecord { phase, image, observations: Vec::new(), trouble, millis: 0, cpu_millis: 0 };
        for (part, step) in parts.iter().flat_map(|(part, steps)| steps.iter().map(move |step| (part, step))) {
            let (observation, trouble) = self.step((&record.phase, part), step, &begun).await;
            record.observations.extend(observation);
            record.trouble = trouble;
            if record.trouble.is_some() {
                break;
            }
            match rules::after(step, part, &record) {
                Next::Step => {}
                Next::End => break,
                Next::Trouble(trouble) => {
                    record.trouble = Some(trouble);
                    break;
                }
            }
        }
        record.millis = millis(clock);
        record.cpu_millis = in_millis(self.cpu.get().saturating_sub(before));
        record
    }

    /// Without an observation there is always trouble.
    async fn step(
        &self,
        (phase, part): (&Phase, &Part),
        step: &StepPlan,
        begun: &Begun,
    ) -> (Option<Observation>, Option<Trouble>) {
        let cell = &self.plan.cell;
        self.bench.listener.hear(&Event::StepStarted { scenario: &cell.scenario, cell: &cell.id, phase, step: &step.name });
        let clock = Instant::now();
        let own = Duration::from_secs(step.timeout);
        // A request ends by itself when its time is over, and waits for its answer in silence.
        let (timeout, silence) = if step.http { (own + REQUEST_END, own + REQUEST_END) } else { (own, SILENCE.min(own)) };
        let request = ExecRequest {
            command: begun.command(step),
            directory: step.directory.clone(),
            env: step.env.clone(),
            timeout,
            silence,
        };
        let output = tokio::select! {
            output = self.bench.engine.exec(self.container, &request) => output,
            () = self.bench.cancel.cancelled() => return (None, Some(interrupted())),
        };
        match output {
            Err(error) => (None, Some(engine_trouble(&error))),
            Ok(output) => {
                self.cpu.set(self.cpu.get().max(output.cpu));
                let (exit, trouble) = ended(output.end, step);
                let streams = (output.stdout.as_slice(), output.stderr.as_slice());
                let observation = Observation::read(part.clone(), step, exit, streams, millis(clock));
                let (scenario, cell) = (cell.scenario.as_str(), cell.id.as_str());
                self.bench.listener.hear(&Event::StepFinished { scenario, cell, phase, observation: &observation });
                (Some(observation), trouble)
            }
        }
    }

    /// Versions of the packages that matter. Evidence only: none is better than a cell lost for it.
    async fn packages(&self) -> BTreeMap<String, String> {
        let wait = Duration::from_secs(60);
        let request =
            ExecRequest { command: PACKAGES.to_owned(), directory: None, env: BTreeMap::new(), timeout: wait, silence: wait };
        let Ok(output) = self.bench.engine.exec(self.container, &request).await else {
            return BTreeMap::new();
        };
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        lines
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter(|(_, v)| !v.is_empty())
            .map(|(p, v)| (p.into(), v.into()))
            .collect()
    }
}

/// The exit status of a command that ended by itself, or what stopped it.
fn ended(end: ExecEnd, step: &StepPlan) -> (Option<i64>, Option<Trouble>) {
    let stopped = |cause, what: &str| (None, Some(Trouble { cause, detail: format!("step `{}` {what}", step.name) }));
    match end {
        ExecEnd::Exit(code) => (Some(code), None),
        ExecEnd::Timeout => stopped(Cause::Timeout, &format!("took more than {} s", step.timeout)),
        ExecEnd::Silence => stopped(Cause::Silence, &format!("printed nothing for {} s", SILENCE.as_secs().min(step.timeout))),
        ExecEnd::Flood => stopped(Cause::Flood, &format!("printed more than {} MiB", crate::engine::OUTPUT_LIMIT >> 20)),
        ExecEnd::OutOfMemory => stopped(Cause::OutOfMemory, &format!("needed more than {} MiB of memory", MEMORY >> 20)),
        ExecEnd::Processes => stopped(Cause::Processes, &format!("needed more than {PROCESSES} processes at once")),
        ExecEnd::DiskFull => stopped(Cause::DiskFull, "found the disk full"),
        ExecEnd::NoDirectory => {
            let directory = step.directory.as_deref().unwrap_or_default();
            stopped(Cause::NoDirectory, &format!("could not be started: its directory `{directory}` is not there"))
        }
        ExecEnd::FileSize => {
            stopped(Cause::FileSize, &format!("was to write a file of more than {} MiB, which none may have", DISK >> 20))
        }
    }
}

fn empty(phase: Phase, image: Option<&ImageId>, trouble: Trouble) -> PhaseRecord {
    let image = image.map(|image| image.0.clone()).unwrap_or_default();
    PhaseRecord { phase, image, observations: Vec::new(), trouble: Some(trouble), millis: 0, cpu_millis: 0 }
}

fn engine_trouble(error: &EngineError) -> Trouble {
    Trouble { cause: Cause::Engine, detail: error.to_string() }
}

fn interrupted() -> Trouble {
    Trouble { cause: Cause::Interrupted, detail: "the run was interrupted".to_owned() }
}
