//! A container, and execution of phases in it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::files::Files;
use super::trouble::{engine_trouble, interrupted};
use crate::engine::{ContainerId, Engine, ExecEnd, ExecRequest, ImageId, OUTPUT_LIMIT};
use crate::model::cause::{Cause, Trouble};
use crate::model::limits::Limits;
use crate::model::observation::{Observation, Part, Phase, Streams};
use crate::model::plan::CellPlan;
use crate::model::record::PhaseRecord;
use crate::model::step::Step;
use crate::run::clock::{in_millis, millis};
use crate::run::event::{Event, Listener};
use crate::run::limits::REQUEST_END;
use crate::run::rules;

/// One container and the phases executed in it.
pub(super) struct Session<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) listener: &'a dyn Listener,
    pub(super) cancel: &'a CancellationToken,
    pub(super) plan: &'a CellPlan,
    pub(super) container: &'a ContainerId,
    /// Processor time of the container up to the last step.
    pub(super) cpu: Cell<Duration>,
}

impl Session<'_> {
    /// Executes the steps of a phase until one ends it.
    pub(super) async fn phase(&self, phase: Phase, image: &ImageId) -> PhaseRecord {
        let clock = Instant::now();
        let cell = &self.plan.cell;
        self.listener.on_event(&Event::PhaseStarted { cell: cell.cell_ref(), phase: &phase });
        let (before, parts) = (self.cpu.get(), self.plan.parts(&phase));
        let image = image.0.clone();
        let (files, parts, trouble) = match self.look(&parts).await {
            Ok(files) => (files, parts, None),
            Err(trouble) => (Files::default(), Vec::new(), Some(trouble)),
        };
        let mut record = PhaseRecord { phase, image, observations: Vec::new(), trouble, millis: 0, cpu_millis: 0 };
        for (part, step) in parts.iter().flat_map(|(part, steps)| steps.iter().map(move |step| (part, step))) {
            let (observation, trouble) = self.step(&record.phase, part, step, &files).await;
            record.observations.extend(observation);
            record.trouble = trouble;
            if record.trouble.is_some() || rules::ends(step, part, &mut record) {
                break;
            }
        }
        record.millis = millis(clock);
        record.cpu_millis = in_millis(self.cpu.get().saturating_sub(before));
        record
    }

    /// Finds the ends of the files that these steps read; costs nothing without such steps.
    async fn look(&self, parts: &[(Part, Vec<Step<String>>)]) -> Result<Files, Trouble> {
        let mut files = Files::of(parts);
        if let Some(request) = files.look() {
            let output = tokio::select! {
                output = self.engine.exec(self.container, &request) => output.map_err(|error| engine_trouble(&error))?,
                () = self.cancel.cancelled() => return Err(interrupted()),
            };
            files.read(&output)?;
        }
        Ok(files)
    }

    /// Executes a step. Returns trouble if there is no observation.
    async fn step(
        &self,
        phase: &Phase,
        part: &Part,
        step: &Step<String>,
        files: &Files,
    ) -> (Option<Observation>, Option<Trouble>) {
        let cell = &self.plan.cell;
        self.listener.on_event(&Event::StepStarted { cell: cell.cell_ref(), phase, step: &step.name });
        let clock = Instant::now();
        let own = step.timeout;
        // A request has its own timeout and is silent while it waits.
        let (timeout, silence) = if step.action.kind().is_request() {
            (own + REQUEST_END, own + REQUEST_END)
        } else {
            (own, self.plan.limits.silence().min(own))
        };
        let request = ExecRequest {
            command: files.command(step),
            directory: step.directory.clone(),
            env: step.env.clone(),
            user: step.user.clone(),
            timeout,
            silence,
        };
        let output = tokio::select! {
            output = self.engine.exec(self.container, &request) => output,
            () = self.cancel.cancelled() => return (None, Some(interrupted())),
        };
        match output {
            Err(error) => (None, Some(engine_trouble(&error))),
            Ok(output) => {
                self.cpu.set(self.cpu.get().max(output.cpu));
                let (exit, trouble) = ended(output.end, step, &self.plan.limits);
                let streams = Streams { stdout: &output.stdout, stderr: &output.stderr };
                let observation = step.observe(part.clone(), exit, streams, millis(clock));
                self.listener.on_event(&Event::StepFinished { cell: cell.cell_ref(), phase, observation: &observation });
                (Some(observation), trouble)
            }
        }
    }

    /// Versions of packages. They are only evidence: an error is ignored.
    pub(super) async fn packages(&self) -> BTreeMap<String, String> {
        let wait = Duration::from_secs(60);
        let command = self.plan.packages.clone();
        if command.is_empty() {
            return BTreeMap::new();
        }
        let request = ExecRequest { command, directory: None, env: BTreeMap::new(), user: None, timeout: wait, silence: wait };
        let Ok(output) = self.engine.exec(self.container, &request).await else {
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

/// The exit status of a command, or the trouble that stopped it.
fn ended(end: ExecEnd, step: &Step<String>, limits: &Limits) -> (Option<i64>, Option<Trouble>) {
    let stopped = |cause, what: &str| (None, Some(Trouble { cause, detail: format!("step `{}` {what}", step.name) }));
    match end {
        ExecEnd::Exit(code) => (Some(code), None),
        ExecEnd::Timeout => stopped(Cause::Timeout, &format!("took more than {} s", step.timeout.as_secs())),
        ExecEnd::Silence => {
            stopped(Cause::Silence, &format!("printed nothing for {} s", limits.silence().min(step.timeout).as_secs()))
        }
        ExecEnd::Flood => stopped(Cause::Flood, &format!("printed more than {} MiB", OUTPUT_LIMIT >> 20)),
        ExecEnd::OutOfMemory => stopped(Cause::OutOfMemory, &format!("needed more than {} MiB of memory", limits.memory >> 20)),
        ExecEnd::Processes => stopped(Cause::Processes, &format!("needed more than {} processes at once", limits.processes)),
        ExecEnd::DiskFull => stopped(Cause::DiskFull, "ran out of disk space"),
        ExecEnd::NoDirectory => {
            let directory = step.directory.as_deref().unwrap_or_default();
            stopped(Cause::NoDirectory, &format!("could not be started: its directory `{directory}` does not exist"))
        }
        ExecEnd::NoUser => {
            let user = step.user.as_deref().unwrap_or_default();
            stopped(Cause::NoUser, &format!("could not be started: the container has no user `{user}`"))
        }
        ExecEnd::FileSize => stopped(
            Cause::FileSize,
            &format!("tried to write a file of more than {} MiB, the limit of a file", limits.disk >> 20),
        ),
    }
}
