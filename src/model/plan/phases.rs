//! The phases of a cell as data: which exist, what each executes, and how a user names them.

use std::collections::BTreeMap;

use super::CellPlan;
use crate::model::observation::{Part, Phase};
use crate::model::step::{Step, Substitute};
use crate::text::advice::Advice;
use crate::text::appended::Place;
use crate::text::suggest::among;

/// Prefix of the name of a workaround's phase.
const WORKAROUND: &str = "workaround";

impl CellPlan {
    /// The capabilities that its containers keep, as engines and the kernel spell them, without `CAP_`.
    pub fn kernel_capabilities(&self) -> impl Iterator<Item = String> {
        self.capabilities.keys().map(|name| name.to_uppercase().replace('-', "_"))
    }

    /// Whether a step of any phase makes a request.
    pub fn makes_requests(&self) -> bool {
        let parts = self.phases().into_iter().flat_map(|phase| self.parts(&phase));
        parts.flat_map(|(_, steps)| steps).any(|step| step.action.kind().is_request())
    }

    /// Every phase, in execution order.
    pub fn phases(&self) -> Vec<Phase> {
        let workarounds = self.workarounds.iter().map(|workaround| Phase::Workaround(workaround.id.clone()));
        [Phase::Prepare, Phase::Reproduce, Phase::Placebo].into_iter().chain(workarounds).chain([Phase::Control]).collect()
    }

    /// What a phase executes, in order: lists of steps, each with its part of the scenario. Earlier phases are not included.
    pub fn parts(&self, phase: &Phase) -> Vec<(Part, Vec<Step<String>>)> {
        let plain = Around { directory: self.directory.as_ref(), ..Around::default() };
        let mut parts: Vec<(Part, &[Step<String>], Around<'_>)> = Vec::new();
        match phase {
            Phase::Prepare => parts.push((Part::Prepare, &self.prepare, plain)),
            Phase::Reproduce => parts.push((Part::Reproduce, &self.reproduce, plain)),
            // Includes all inspections of the workarounds and the control, so that each is tested where it must not hold.
            Phase::Placebo => {
                parts.extend([(Part::Reproduce, &self.reproduce[..], plain), (Part::Resolved, &self.resolved, plain)]);
                parts.extend(self.workarounds.iter().map(|w| (Part::Verify(w.id.clone()), &w.verify[..], plain)));
                parts.push((Part::ControlVerify, &self.control_verify, plain));
            }
            Phase::Workaround(id) => {
                let Some(mine) = self.workarounds.iter().find(|workaround| workaround.id == *id) else { return Vec::new() };
                let directory = mine.directory.as_ref().or(plain.directory);
                let after = Around { directory, env: Some(&mine.env), replace: None };
                let again = Around { replace: Some(&mine.replace), ..after };
                parts.extend([
                    (Part::Workaround(id.clone()), &mine.steps[..], after),
                    (Part::Reproduce, &self.reproduce, again),
                    (Part::Resolved, &self.resolved, after),
                    (Part::Verify(id.clone()), &mine.verify, after),
                ]);
            }
            Phase::Control => {
                let right = Around { replace: Some(&self.control_replace), ..plain };
                parts.extend([
                    (Part::Prepare, &self.prepare[..], right),
                    (Part::Reproduce, &self.reproduce, right),
                    (Part::Resolved, &self.resolved, plain),
                    (Part::ControlVerify, &self.control_verify, plain),
                ]);
            }
        }
        parts.into_iter().map(|(part, steps, around)| (part, steps.iter().map(|step| around.step(step)).collect())).collect()
    }

    /// The environment of all commands of a phase, besides their own.
    pub fn env(&self, phase: &Phase) -> BTreeMap<String, String> {
        let Phase::Workaround(id) = phase else { return BTreeMap::new() };
        let mine = self.workarounds.iter().find(|workaround| workaround.id == *id);
        mine.map(|workaround| workaround.env.clone()).unwrap_or_default()
    }

    /// Every file of which a step prints only what was appended, in the order of the steps.
    pub fn appended(&self) -> Vec<Place> {
        let mut found: Vec<Place> = Vec::new();
        for (_, steps) in self.phases().iter().flat_map(|phase| self.parts(phase)) {
            for place in steps.iter().filter_map(appended) {
                if !found.contains(&place) {
                    found.push(place);
                }
            }
        }
        found
    }

    /// Finds a phase by name. A unique prefix of a workaround's id is enough.
    pub fn phase(&self, name: &str) -> Result<Phase, Advice> {
        let phases = self.phases();
        if let Some(phase) = phases.iter().find(|phase| phase.to_string() == name) {
            return Ok(phase.clone());
        }
        let started: Vec<&Phase> =
            phases.iter().filter(|phase| name.starts_with(WORKAROUND) && phase.to_string().starts_with(name)).collect();
        match started.as_slice() {
            [only] => Ok((*only).clone()),
            _ => Err(Advice::new(
                format!("`{}` has no phase `{name}`", self.cell.cell_ref()),
                among(name, phases.iter().map(Phase::to_string)),
            )),
        }
    }
}

/// The file of which a step, as a phase executes it, prints only what was appended.
pub fn appended(step: &Step<String>) -> Option<Place> {
    Some((step.directory.clone(), step.appended()?.clone()))
}

/// Settings for all steps of a list.
#[derive(Clone, Copy, Default)]
struct Around<'a> {
    /// Default working directory.
    directory: Option<&'a String>,
    /// Environment in addition to that of a step.
    env: Option<&'a BTreeMap<String, String>>,
    /// Substitutes for some of the steps, by name.
    replace: Option<&'a BTreeMap<String, Substitute<String>>>,
}

impl Around<'_> {
    /// The step with these settings and only the variables that affect its action.
    fn step(&self, step: &Step<String>) -> Step<String> {
        let mut step = match self.replace.and_then(|replace| replace.get(&step.name)) {
            Some(substitute) => step.done_by(substitute),
            None => step.clone(),
        };
        step.directory = step.directory.or_else(|| self.directory.cloned());
        let mut env = self.env.cloned().unwrap_or_default();
        env.append(&mut step.env);
        env.retain(|name, _| step.action.kind().uses_variable(name));
        step.env = env;
        step
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
            parts.flat_map(|(_, steps)| steps).map(|step| step.name).collect::<Vec<_>>()
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
