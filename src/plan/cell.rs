//! One cell of a scenario with every template filled in.

use std::collections::BTreeMap;

use super::images::Images;
use super::names::{Names, names};
use crate::image::{Catalog, ImageError};
use crate::model::cause::spelled;
use crate::model::cell::Cell;
use crate::model::claim::{Claim, Ledger};
use crate::model::drift::{KnownDrift, NotReproduced};
use crate::model::plan::{CellPlan, ClaimPlan};
use crate::model::scenario::{FidelityRule, Scenario};
use crate::model::step::{Step, Substitute};
use crate::model::workaround::Workaround;
use crate::text::template::{Template, fill};

/// Plans one cell of a scenario.
pub fn plan(scenario: &Scenario, cell: Cell, ledger: &Ledger, catalog: &Catalog) -> Result<CellPlan, ImageError> {
    plan_with(scenario, cell, ledger, &mut Images::new(catalog))
}

/// A cell whose values the scenario need not list.
#[derive(Debug)]
pub struct Unlisted<'a> {
    pub cell: Cell,
    /// The axis values of a listed cell: every condition (`when`) holds as there.
    pub like: &'a BTreeMap<String, String>,
}

/// Plans a cell like another.
pub fn plan_like(
    scenario: &Scenario,
    Unlisted { cell, like }: Unlisted<'_>,
    ledger: &Ledger,
    catalog: &Catalog,
) -> Result<CellPlan, ImageError> {
    Filled { scenario, ledger, like, names: names(scenario, &cell) }.plan(cell, &mut Images::new(catalog))
}

/// [`plan`] with a cache of the layers of earlier cells.
pub(super) fn plan_with(
    scenario: &Scenario,
    cell: Cell,
    ledger: &Ledger,
    images: &mut Images<'_>,
) -> Result<CellPlan, ImageError> {
    let like = cell.axes.clone();
    Filled { scenario, ledger, like: &like, names: names(scenario, &cell) }.plan(cell, images)
}

/// A scenario in one cell.
struct Filled<'a> {
    scenario: &'a Scenario,
    ledger: &'a Ledger,
    /// The axis values that decide the conditions of the scenario.
    like: &'a BTreeMap<String, String>,
    names: Names,
}

impl Filled<'_> {
    fn plan(&self, cell: Cell, images: &mut Images<'_>) -> Result<CellPlan, ImageError> {
        let scenario = self.scenario;
        let rule = self.fidelity();
        let [image, control_image] = images.stacks(scenario, &self.names, self.like)?;
        Ok(CellPlan {
            title: scenario.title.clone(),
            section: scenario.section.clone(),
            source: scenario.source.clone(),
            file: scenario.file.display().to_string(),
            repeat: repeat(&cell, &unusual_places(scenario, images.catalog)),
            fidelity: rule.fidelity,
            reason: rule.reason.clone(),
            capabilities: scenario.capabilities.iter().map(|k| (spelled(k.capability), k.reason.clone())).collect(),
            limits: scenario.limits,
            packages: images.catalog.project().package_query(&image.base),
            image,
            control_image,
            directory: scenario.directory.as_ref().map(|text| self.text(text)),
            prepare: self.steps(&scenario.prepare),
            reproduce: self.steps(&scenario.reproduce),
            workarounds: self.workarounds(),
            resolved: self.steps(&scenario.resolved),
            control_verify: self.steps(&scenario.control.verify),
            control_replace: self.substitutes(&scenario.control.replace),
            not_reproduced: self.not_reproduced(),
            known_drift: self.known_drift(),
            claims: self.claims(),
            cell,
        })
    }

    fn text(&self, template: &Template) -> String {
        fill(template, &self.names)
    }

    fn fidelity(&self) -> &FidelityRule {
        let rule = self.scenario.fidelity.iter().find(|rule| rule.when.holds(self.like));
        rule.expect("the loader checks that every cell has a fidelity")
    }

    fn steps(&self, steps: &[Step<Template>]) -> Vec<Step<String>> {
        let here = steps.iter().filter(|step| step.when.holds(self.like));
        here.map(|step| step.map(|when| when.holds(self.like), |text| self.text(text))).collect()
    }

    fn substitutes(&self, replace: &BTreeMap<String, Substitute<Template>>) -> BTreeMap<String, Substitute<String>> {
        replace.iter().map(|(name, other)| (name.clone(), other.map(|text| self.text(text)))).collect()
    }

    fn workarounds(&self) -> Vec<Workaround<String>> {
        let plan = |workaround: &Workaround<Template>| Workaround {
            id: workaround.id.clone(),
            claim: workaround.claim.clone(),
            when: workaround.when.clone(),
            without: workaround.without.clone(),
            directory: workaround.directory.as_ref().map(|text| self.text(text)),
            env: workaround.env.iter().map(|(name, value)| (name.clone(), self.text(value))).collect(),
            steps: self.steps(&workaround.steps),
            replace: self.substitutes(&workaround.replace),
            verify: self.steps(&workaround.verify),
        };
        self.scenario.workarounds.iter().filter(|workaround| workaround.when.holds(self.like)).map(plan).collect()
    }

    fn not_reproduced(&self) -> Option<NotReproduced<String>> {
        let stated = self.scenario.not_reproduced.iter().find(|stated| stated.when.holds(self.like))?;
        Some(NotReproduced { when: stated.when.clone(), seen: self.text(&stated.seen), reason: stated.reason.clone() })
    }

    fn known_drift(&self) -> Vec<KnownDrift<String>> {
        let here = self.scenario.known_drift.iter().filter(|known| known.when.holds(self.like));
        here.map(|known| known.map(|text| self.text(text))).collect()
    }

    fn claims(&self) -> Vec<ClaimPlan> {
        let claims = self.scenario.claims.iter().filter_map(|id| self.ledger.claim(id));
        claims.map(|claim| self.claim(claim)).collect()
    }

    fn claim(&self, claim: &Claim) -> ClaimPlan {
        let skip = self.scenario.skipped.iter().find(|skip| skip.claim == claim.id && skip.when.holds(self.like));
        let skipped = skip.map(|skip| skip.reason.clone());
        ClaimPlan { id: claim.id.clone(), kind: claim.kind, says: claim.says.clone(), skipped }
    }
}

/// The command that runs the cell again. A full cell id selects the cell even if the default selection omits it, and
/// `--no-cache` executes it even if nothing has changed.
fn repeat(cell: &Cell, places: &str) -> String {
    format!("matrix run {} --only {} --no-cache{places}", cell.scenario, cell.id)
}

/// The options for the project, the page and the folders, as far as they are not found without, each after a space.
pub(crate) fn unusual_places(scenario: &Scenario, catalog: &Catalog) -> String {
    catalog.options(scenario.file.parent())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::load;

    #[test]
    fn a_folder_with_a_space_is_one_word_of_the_command_that_repeats() {
        let library = load::folder(Path::new("tests/data/scenarios")).expect("the tiny scenario");
        let catalog = Catalog::read(Path::new("dockerfiles")).expect("the dockerfiles");
        let mut scenario = library.scenarios.into_iter().next().expect("one");
        let cell = crate::model::cell::expand::expand(&scenario).remove(0);
        scenario.file = "my scenarios/absent-header.yaml".into();
        let command = "matrix run absent-header --only tiny/release-1 --no-cache --scenarios 'my scenarios'";
        assert_eq!(repeat(&cell, &unusual_places(&scenario, &catalog)), command);
    }
}
