//! A cell taken to the state that one phase leaves, by the same containers, snapshots and steps as in a run. What is
//! done there is up to the caller.

use std::cell::Cell;

use super::{Bench, Session, engine_trouble};
use crate::engine::{ContainerId, Engine, ImageId};
use crate::judge;
use crate::model::cause::{Cause, Trouble};
use crate::model::observation::Phase;
use crate::model::plan::CellPlan;
use crate::run::shell::Reached;

/// A container, and how far the cell came in it.
pub(in crate::run) struct Stay {
    pub(in crate::run) container: ContainerId,
    pub(in crate::run) reached: Reached,
}

impl<E: Engine> Bench<'_, E> {
    /// Executes a phase and what lies before it. Where a run would not come so far, neither does this, and says why.
    /// Containers and snapshots that are left carry the labels of the lease.
    pub(in crate::run) async fn reach(&self, plan: &CellPlan, phase: &Phase) -> Result<Stay, Trouble> {
        match phase {
            Phase::Prepare => self.begin(plan, &[Phase::Prepare]).await,
            Phase::Reproduce => self.begin(plan, &[Phase::Prepare, Phase::Reproduce]).await,
            Phase::Control => self.begin(plan, &[Phase::Control]).await,
            Phase::Placebo | Phase::Workaround(_) => {
                let failed = self.begin(plan, &[Phase::Prepare, Phase::Reproduce]).await?;
                self.go_on(plan, phase, failed).await
            }
        }
    }

    /// Phases in a container of their own, until one does not come to its end.
    async fn begin(&self, plan: &CellPlan, phases: &[Phase]) -> Result<Stay, Trouble> {
        let healthy = phases.contains(&Phase::Control);
        let image = self.image(if healthy { &plan.control_image } else { &plan.image }).await?;
        let container = self.start(plan, &image).await?;
        let mut stay = Stay { container, reached: Reached { phases: Vec::new(), short: None } };
        for phase in phases {
            if stay.reached.short.is_none() {
                self.execute(plan, phase, &image, &mut stay).await?;
            }
        }
        Ok(stay)
    }

    /// A phase that starts from the snapshot of the failure, if there is one to take.
    async fn go_on(&self, plan: &CellPlan, phase: &Phase, mut failed: Stay) -> Result<Stay, Trouble> {
        if failed.reached.short.is_none() && !judge::failed(plan, &failed.reached.phases, &Phase::Reproduce) {
            failed.reached.short = Some(format!("the documented failure was not seen, so `{phase}` has nothing to start from"));
        }
        if failed.reached.short.is_some() {
            return Ok(failed);
        }
        let snapshot = self.engine.commit(&failed.container, &self.labels).await.map_err(|error| engine_trouble(&error))?;
        self.warn(self.engine.remove(&failed.container).await);
        let mut stay = Stay { container: self.start(plan, &snapshot).await?, ..failed };
        self.execute(plan, phase, &snapshot, &mut stay).await?;
        Ok(stay)
    }

    async fn execute(&self, plan: &CellPlan, phase: &Phase, image: &ImageId, stay: &mut Stay) -> Result<(), Trouble> {
        let session = Session { bench: self, plan, container: &stay.container, cpu: Cell::default() };
        let record = session.phase(phase.clone(), image).await;
        match &record.trouble {
            Some(trouble) if trouble.cause == Cause::Interrupted => return Err(trouble.clone()),
            trouble => stay.reached.short = trouble.as_ref().map(|trouble| trouble.detail.clone()),
        }
        stay.reached.phases.push(record);
        Ok(())
    }
}
