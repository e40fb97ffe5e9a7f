//! Execution of a changed plan of a cell: only the phases that the change affects. Phases that start from the failed state use
//! the snapshot of the original while the steps before it are unchanged.

use tokio::sync::OnceCell;

use super::Bench;
use super::trouble::{empty, engine_trouble};
use crate::engine::ImageId;
use crate::judge;
use crate::model::cause::{Cause, Trouble};
use crate::model::observation::Phase;
use crate::model::plan::CellPlan;
use crate::model::record::PhaseRecord;
use crate::mutate::trial::Original;
use crate::run::replay::Replayed;

/// Snapshot after the original's `reproduce`, created on first use.
pub(in crate::run) type Snapshot = OnceCell<Result<ImageId, Trouble>>;

impl Bench<'_> {
    /// Executes the missing phases of a plan. Returns all its phases, and the number of executed ones.
    pub(in crate::run) async fn complete(
        &self,
        plan: &CellPlan,
        original: &Original,
        snapshot: &Snapshot,
        replayed: Replayed,
    ) -> (Vec<PhaseRecord>, usize) {
        let Replayed { mut phases, missing } = replayed;
        let anew = missing.iter().any(|phase| matches!(phase, Phase::Prepare | Phase::Reproduce));
        let [image, healthy] = self.images(plan).await;
        let defect = async {
            if anew {
                return self.defect(plan, image).await.0;
            }
            let later: Vec<&Phase> =
                missing.iter().filter(|phase| matches!(phase, Phase::Placebo | Phase::Workaround(_))).collect();
            if later.is_empty() {
                return Vec::new();
            }
            match snapshot.get_or_init(|| self.failed_state(&original.plan)).await {
                Ok(image) => {
                    let phase = |phase: &&Phase| self.phase(plan, (*phase).clone(), image);
                    futures_util::future::join_all(later.iter().map(phase)).await
                }
                Err(trouble) => later.into_iter().map(|phase| empty(phase.clone(), None, trouble.clone())).collect(),
            }
        };
        let control = async {
            match missing.contains(&Phase::Control) {
                true => Some(self.control(plan, healthy).await),
                false => None,
            }
        };
        let (defect, control) = tokio::join!(defect, control);
        if anew {
            phases.retain(|record| record.phase == Phase::Control);
        }
        let executed = defect.len() + usize::from(control.is_some());
        phases.extend(defect);
        phases.extend(control);
        let order = plan.phases();
        phases.sort_by_key(|record| order.iter().position(|phase| *phase == record.phase));
        (phases, executed)
    }

    /// A snapshot of the documented failure; the end of the run removes it.
    async fn failed_state(&self, plan: &CellPlan) -> Result<ImageId, Trouble> {
        let _permit = self.containers.acquire().await.expect("the semaphore is never closed");
        let open = self.reach(plan, &Phase::Reproduce).await?;
        let image = match judge::failed(plan, &open.reached.phases, &Phase::Reproduce) {
            true => self.engine.commit(&open.container, &self.labels).await.map_err(|error| engine_trouble(&error)),
            false => {
                let detail = "the documented failure did not occur this time, so there is no state to start from".to_owned();
                Err(Trouble { cause: Cause::Interrupted, detail })
            }
        };
        self.warn(self.engine.remove(&open.container).await);
        image
    }
}
