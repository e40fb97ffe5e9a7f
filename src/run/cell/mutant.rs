//! A changed plan of a cell that was executed before: only the phases that the change can make different are executed.
//! What starts from the failed state starts from the original's, as long as the way there is the same.

use tokio::sync::OnceCell;

use super::{Bench, empty, engine_trouble};
use crate::engine::{Engine, ImageId};
use crate::judge;
use crate::model::cause::{Cause, Trouble};
use crate::model::observation::Phase;
use crate::model::plan::CellPlan;
use crate::model::record::PhaseRecord;
use crate::mutate::trial::Original;
use crate::run::replay::Replayed;

/// The state that the original's `reproduce` left, made when first asked for.
pub(in crate::run) type Snapshot = OnceCell<Result<ImageId, Trouble>>;

impl<E: Engine> Bench<'_, E> {
    /// All phases of a plan, those of `replayed` as they are; and how many were executed.
    pub(in crate::run) async fn complete(
        &self,
        plan: &CellPlan,
        (original, snapshot): (&Original, &Snapshot),
        replayed: Replayed,
    ) -> (Vec<PhaseRecord>, usize) {
        let Replayed { mut phases, missing } = replayed;
        let anew = missing.iter().any(|phase| matches!(phase, Phase::Prepare | Phase::Reproduce));
        let defect = async {
            if anew {
                return self.defect(plan).await.0;
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
                true => Some(self.control(plan).await),
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

    /// The state in which the documented failure has occurred, as a snapshot that the run's end removes.
    async fn failed_state(&self, plan: &CellPlan) -> Result<ImageId, Trouble> {
        let _turn = self.containers.acquire().await.expect("the semaphore is never closed");
        let stay = self.reach(plan, &Phase::Reproduce).await?;
        let image = match judge::failed(plan, &stay.reached.phases, &Phase::Reproduce) {
            true => self.engine.commit(&stay.container, &self.labels).await.map_err(|error| engine_trouble(&error)),
            false => {
                let detail = "the documented failure did not occur this time, so there is no state to start from".to_owned();
                Err(Trouble { cause: Cause::Interrupted, detail })
            }
        };
        self.warn(self.engine.remove(&stay.container).await);
        image
    }
}
