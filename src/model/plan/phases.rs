//! The phases of a cell as data: which there are, what each executes, and which of them a person means.

use std::collections::BTreeMap;

use super::{CellPlan, StepPlan};
use crate::model::cell::select::nearest;
use crate::model::observation::{Part, Phase};

/// How the name of a workaround's phase begins.
const WORKAROUND: &str = "workaround";

/// A name that is no phase of the cell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{cell}` has no phase `{name}`\nhelp: {help}")]
pub struct PhaseError {
    /// The cell, with its scenario.
    pub cell: String,
    /// The name.
    pub name: String,
    /// The next move.
    pub help: String,
}

impl CellPlan {
    /// The capabilities that its containers keep, as engines and the kernel call them, without `CAP_`.
    pub fn kernel_capabilities(&self) -> impl Iterator<Item = String> {
        self.capabilities.keys().map(|name| name.to_uppercase().replace('-', "_"))
    }

    /// Every phase, in the order of a run.
    pub fn phases(&self) -> Vec<Phase> {
        let workarounds = self.workarounds.iter().map(|workaround| Phase::Workaround(workaround.id.clone()));
        [Phase::Prepare, Phase::Reproduce, Phase::Placebo].into_iter().chain(workarounds).chain([Phase::Control]).collect()
    }

    /// What a phase executes, in order: each list of steps, and the part of the scenario it was written in. What lies
    /// before the phase is not among it.
    pub fn parts(&self, phase: &Phase) -> Vec<(Part, &[StepPlan])> {
        let prepare = (Part::Prepare, self.prepare.as_slice());
        let reproduce = (Part::Reproduce, self.reproduce.as_slice());
        let resolved = (Part::Resolved, self.resolved.as_slice());
        let control_verify = (Part::ControlVerify, self.control_verify.as_slice());
        match phase {
            Phase::Prepare => vec![prepare],
            Phase::Reproduce => vec![reproduce],
            // Also every look a workaround or the control takes, so that each can be tried where it must not hold.
            Phase::Placebo => {
                let shows = self.workarounds.iter().map(|w| (Part::Verify(w.id.clone()), w.verify.as_slice()));
                [reproduce, resolved].into_iter().chain(shows).chain([control_verify]).collect()
            }
            Phase::Workaround(id) => {
                let mine = self.workarounds.iter().find(|workaround| workaround.id == *id);
                let remedy = mine.map(|w| (Part::Workaround(id.clone()), w.steps.as_slice()));
                let [reproduce, resolved, shows] = match mine.map(|w| (w, &w.instead)) {
                    None => [reproduce.1, resolved.1, &[]],
                    Some((w, None)) => [reproduce.1, resolved.1, &w.verify],
                    Some((_, Some(instead))) => [&instead.reproduce[..], &instead.resolved, &instead.verify],
                };
                let after = [(Part::Reproduce, reproduce), (Part::Resolved, resolved), (Part::Verify(id.clone()), shows)];
                remedy.into_iter().chain(after).collect()
            }
            Phase::Control => {
                let instead = self.control_instead.as_ref();
                let (before, failing) =
                    instead.map_or((prepare.1, reproduce.1), |instead| (&instead.prepare[..], &instead.reproduce[..]));
                vec![(Part::Prepare, before), (Part::Reproduce, failing), resolved, control_verify]
            }
        }
    }

    /// The environment that commands of a phase have besides their own.
    pub fn env(&self, phase: &Phase) -> BTreeMap<String, String> {
        let Phase::Workaround(id) = phase else { return BTreeMap::new() };
        let mine = self.workarounds.iter().find(|workaround| workaround.id == *id);
        mine.and_then(|workaround| workaround.instead.as_ref()).map(|instead| instead.env.clone()).unwrap_or_default()
    }

    /// The phase of that name. The start of a workaround's id is enough where no other begins so.
    ///
    /// # Errors
    /// When the cell has no such phase, or several workarounds are meant.
    pub fn phase(&self, name: &str) -> Result<Phase, PhaseError> {
        let phases = self.phases();
        if let Some(phase) = phases.iter().find(|phase| phase.to_string() == name) {
            return Ok(phase.clone());
        }
        let started: Vec<&Phase> =
            phases.iter().filter(|phase| name.starts_with(WORKAROUND) && phase.to_string().starts_with(name)).collect();
        match started.as_slice() {
            [only] => Ok((*only).clone()),
            _ => Err(PhaseError {
                cell: format!("{}:{}", self.cell.scenario, self.cell.id),
                name: name.to_owned(),
                help: nearest(name, phases.iter().map(Phase::to_string)),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::image::Catalog;
    use crate::load;

    fn tiny() -> CellPlan {
        let library = load::folder(Path::new("tests/data/scenarios")).unwrap();
        let catalog = Catalog::read(Path::new("tests/data/dockerfiles")).unwrap();
        let scenario = &library.scenarios[0];
        let cell = crate::model::cell::expand::expand(scenario).remove(0);
        crate::plan::plan(scenario, cell, &library.ledger, &catalog).unwrap()
    }

    #[test]
    fn a_workaround_differs_from_the_placebo_only_in_its_steps() {
        let plan = tiny();
        let listed = |phase| {
            let parts = plan.parts(&phase).into_iter();
            parts.flat_map(|(_, steps)| steps.iter().map(|step| step.name.clone())).collect::<Vec<_>>()
        };
        assert_eq!(listed(Phase::Placebo), ["build", "answer"]);
        assert_eq!(listed(Phase::Workaround("install".into())), ["install-header", "build", "answer"]);
        assert_eq!(listed(Phase::Control), ["configure", "build", "answer"]);
    }

    #[test]
    fn a_phase_is_found_by_its_name_or_the_start_of_a_workaround() {
        let plan = tiny();
        assert_eq!(plan.phase("control"), Ok(Phase::Control));
        assert_eq!(plan.phase("workaround:in"), Ok(Phase::Workaround("install".into())));
        assert_eq!(plan.phase("workaround"), Ok(Phase::Workaround("install".into())));
        let error = plan.phase("workaround:installer").unwrap_err().to_string();
        assert_eq!(
            error,
            "`absent-header:tiny/release-1` has no phase `workaround:installer`\nhelp: did you mean `workaround:install`?"
        );
        assert!(plan.phase("re").unwrap_err().help.contains("`reproduce`"), "the start of any other is no name");
    }
}
