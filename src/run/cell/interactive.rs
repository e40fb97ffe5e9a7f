//! Brings a cell to the state that a phase leaves, with the same containers, snapshots and steps as in a run.

use super::Bench;
use super::trouble::engine_trouble;
use crate::engine::{ContainerId, ImageId};
use crate::judge;
use crate::model::cause::{Cause, Trouble};
use crate::model::observation::Phase;
use crate::model::plan::CellPlan;
use crate::run::shell::Reached;

/// A container and the state in it.
pub(in crate::run) struct OpenCell {
    pub(in crate::run) container: ContainerId,
    pub(in crate::run) reached: Reached,
}

impl Bench<'_> {
    /// Executes a phase and the phases before it. It stops where a run would stop, and says why. Remaining containers and
    /// snapshots carry the labels of the lease.
    pub(in crate::run) async fn reach(&self, plan: &CellPlan, phase: &Phase) -> Result<OpenCell, Trouble> {
        match phase {
            Phase::Prepare => self.begin(plan, &[Phase::Prepare]).await,
            Phase::Reproduce => self.begin(plan, &[Phase::Prepare, Phase::Reproduce]).await,
            Phase::Control => self.begin(plan, &[Phase::Control]).await,
            Phase::Placebo | Phase::Workaround(_) => {
                let failed = self.begin(plan, &[Phase::Prepare, Phase::Reproduce]).await?;
                self.continue_from(plan, phase, failed).await
            }
        }
    }

    /// Executes phases in one container until one does not complete.
    async fn begin(&self, plan: &CellPlan, phases: &[Phase]) -> Result<OpenCell, Trouble> {
        let healthy = phases.contains(&Phase::Control);
        let image = self.image(if healthy { &plan.control_image } else { &plan.image }).await?;
        let container = self.start(plan, &image).await?;
        let mut open = OpenCell { container, reached: Reached { phases: Vec::new(), short: None } };
        for phase in phases {
            if open.reached.short.is_none() {
                self.execute(plan, phase, &image, &mut open).await?;
            }
        }
        Ok(open)
    }

    /// Executes a phase that starts from the snapshot of the failure, if the failure occurred.
    async fn continue_from(&self, plan: &CellPlan, phase: &Phase, mut failed: OpenCell) -> Result<OpenCell, Trouble> {
        if failed.reached.short.is_none() && !judge::failed(plan, &failed.reached.phases, &Phase::Reproduce) {
            failed.reached.short = Some(format!("the documented failure did not occur, so `{phase}` has nothing to start from"));
        }
        if failed.reached.short.is_some() {
            return Ok(failed);
        }
        let snapshot = self.engine.commit(&failed.container, &self.labels).await.map_err(|error| engine_trouble(&error))?;
        self.warn(self.engine.remove(&failed.container).await);
        let mut open = OpenCell { container: self.start(plan, &snapshot).await?, ..failed };
        self.execute(plan, phase, &snapshot, &mut open).await?;
        Ok(open)
    }

    async fn execute(&self, plan: &CellPlan, phase: &Phase, image: &ImageId, open: &mut OpenCell) -> Result<(), Trouble> {
        let session = self.session(plan, &open.container);
        let record = session.phase(phase.clone(), image).await;
        match &record.trouble {
            Some(trouble) if trouble.cause == Cause::Interrupted => return Err(trouble.clone()),
            trouble => open.reached.short = trouble.as_ref().map(|trouble| trouble.detail.clone()),
        }
        open.reached.phases.push(record);
        Ok(())
    }
}
