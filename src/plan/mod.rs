//! Everything a run will do, as data: pure, ordered, printable. It needs no engine and changes nothing; `fill`
//! puts values into templates. After the plan, trouble in one cell is a value in the record.

mod images;
mod json;
mod step;
pub mod timings;

use std::collections::BTreeMap;

use crate::image::{Catalog, ImageError};
use crate::model::cell::Cell;
use crate::model::claim::{Claim, Ledger};
use crate::model::drift::{KnownDrift, Now};
use crate::model::plan::{
    AbsencePlan, AgainPlan, CellPlan, ClaimPlan, ControlPlan, ImagePlan, KnownPlan, StepPlan, WorkaroundPlan, unusual_folders,
};
use crate::model::scenario::{FidelityRule, Scenario, Workaround};
use crate::model::step::Step;
use crate::text::template::Template;
use crate::text::template::fill;
pub use images::Images;
pub use json::write_list;
use step::{Around, Names, steps};

/// Plans one cell of a scenario.
///
/// # Errors
/// When a dockerfile of the stack is missing, declares an `ARG` nothing gives a value, or names an archive that is
/// not pinned.
pub fn plan(scenario: &Scenario, cell: Cell, ledger: &Ledger, catalog: &Catalog) -> Result<CellPlan, ImageError> {
    let like = cell.axes.clone();
    plan_like(scenario, (cell, &like), ledger, catalog)
}

/// Plans a cell whose values the scenario need not list: everything that depends on the cell (`when`) is as in the cell
/// with the axis values `like`, which the scenario has.
///
/// # Errors
/// As [`plan`].
pub fn plan_like(
    scenario: &Scenario,
    (cell, like): (Cell, &BTreeMap<String, String>),
    ledger: &Ledger,
    catalog: &Catalog,
) -> Result<CellPlan, ImageError> {
    let filled = Filled { scenario, ledger, like, names: names(scenario, &cell) };
    let rule = filled.fidelity();
    Ok(CellPlan {
        title: scenario.title.clone(),
        section: scenario.section.clone(),
        source: scenario.source.clone(),
        file: scenario.file.display().to_string(),
        repeat: repeat(&cell, &unusual_places(scenario, catalog)),
        fidelity: rule.fidelity,
        reason: rule.reason.clone(),
        capabilities: capabilities(scenario),
        image: image(&scenario.image, &cell, &filled.names, catalog)?,
        control_image: image(&scenario.control.image, &cell, &filled.names, catalog)?,
        prepare: filled.steps(&scenario.prepare),
        reproduce: filled.steps(&scenario.reproduce),
        workarounds: filled.workarounds(),
        resolved: filled.steps(&scenario.resolved),
        control_verify: filled.steps(&scenario.control.verify),
        not_reproduced: filled.not_reproduced(),
        control_instead: filled.control(),
        claims: filled.claims(),
        cell,
    })
}

/// A scenario as it is in one cell.
struct Filled<'a> {
    scenario: &'a Scenario,
    ledger: &'a Ledger,
    /// The axis values by which its conditions hold.
    like: &'a BTreeMap<String, String>,
    names: Names,
}

impl Filled<'_> {
    fn fidelity(&self) -> &FidelityRule {
        let rule = self.scenario.fidelity.iter().find(|rule| rule.when.holds(self.like));
        rule.expect("the loader checks that every cell has a fidelity")
    }

    fn steps(&self, list: &[Step]) -> Vec<StepPlan> {
        self.within(list, &Around::default())
    }

    fn within(&self, list: &[Step], around: &Around<'_>) -> Vec<StepPlan> {
        let directory = around.directory.or(self.scenario.directory.as_ref());
        steps(list, &Around { directory, ..*around }, self.like, &self.names)
    }

    fn workarounds(&self) -> Vec<WorkaroundPlan> {
        let plan = |w: &Workaround| {
            let after = Around { directory: w.directory.as_ref(), env: Some(&w.env), replace: None };
            let again = || AgainPlan {
                env: w.env.iter().map(|(name, value)| (name.clone(), fill(value, &self.names))).collect(),
                reproduce: self.within(&self.scenario.reproduce, &Around { replace: Some(&w.replace), ..after }),
                resolved: self.within(&self.scenario.resolved, &after),
                verify: self.within(&w.verify, &after),
            };
            let known = self.known(&w.claim, |known| {
                known.drift.is_of_workaround() && known.workaround.as_ref().is_none_or(|id| *id == w.id)
            });
            WorkaroundPlan {
                id: w.id.clone(),
                claim: w.claim.clone(),
                steps: self.within(&w.steps, &after),
                verify: self.steps(&w.verify),
                known,
                instead: w.changes_what_follows().then(again),
            }
        };
        self.scenario.workarounds.iter().filter(|w| w.when.holds(self.like)).map(plan).collect()
    }

    fn not_reproduced(&self) -> Option<AbsencePlan> {
        let stated = self.scenario.not_reproduced.iter().find(|stated| stated.when.holds(self.like))?;
        Some(AbsencePlan { seen: fill(&stated.seen.0, &self.names), reason: stated.reason.clone() })
    }

    fn control(&self) -> Option<ControlPlan> {
        let right = Around { replace: Some(&self.scenario.control.replace), ..Around::default() };
        (!self.scenario.control.replace.is_empty()).then(|| ControlPlan {
            prepare: self.within(&self.scenario.prepare, &right),
            reproduce: self.within(&self.scenario.reproduce, &right),
        })
    }

    fn claims(&self) -> Vec<ClaimPlan> {
        let claims = self.scenario.claims.iter().filter_map(|id| self.ledger.claim(id));
        claims.map(|claim| self.claim(claim)).collect()
    }

    fn claim(&self, claim: &Claim) -> ClaimPlan {
        let skip = self.scenario.skipped.iter().find(|skip| skip.claim == claim.id && skip.when.holds(self.like));
        ClaimPlan {
            id: claim.id.clone(),
            kind: claim.kind,
            says: claim.says.clone(),
            skipped: skip.map(|skip| skip.reason.clone()),
            known: self.known(&claim.id, |known| !known.drift.is_of_workaround()),
        }
    }

    /// The drift stated for a claim here, of those that are meant.
    fn known(&self, claim: &str, meant: impl Fn(&KnownDrift) -> bool) -> Option<KnownPlan> {
        let mut stated = self.scenario.known_drift.iter();
        let known = stated.find(|known| known.claim == claim && known.when.holds(self.like) && meant(known))?;
        let seen = match &known.seen {
            Now::Line(pattern) => Now::Line(fill(&pattern.0, &self.names)),
            Now::Number { above, below } => Now::Number { above: *above, below: *below },
        };
        Some(KnownPlan { drift: known.drift, seen, reason: known.reason.clone() })
    }
}

fn capabilities(scenario: &Scenario) -> BTreeMap<String, String> {
    scenario.capabilities.iter().map(|k| (k.capability.name().to_owned(), k.reason.clone())).collect()
}

/// A cell named whole is selected even where the default selection leaves it out. Whoever repeats wants to see it executed,
/// also when nothing has changed.
fn repeat(cell: &Cell, places: &str) -> String {
    format!("matrix run {} --only {} --no-cache{places}", cell.scenario, cell.id)
}

/// The options that name folders other than the usual ones, each with a space before it: that of a scenario, and that of the
/// dockerfiles.
pub(crate) fn unusual_places(scenario: &Scenario, catalog: &Catalog) -> String {
    unusual_folders(scenario.file.parent(), catalog.root())
}

/// Axes and values under the names templates use.
fn names(scenario: &Scenario, cell: &Cell) -> Names {
    scenario.values.iter().fold(cell.axes.clone(), |mut names, (name, template)| {
        let value = fill(template, &names);
        names.insert(name.clone(), value);
        names
    })
}

fn image(stack: &[Template], cell: &Cell, names: &Names, catalog: &Catalog) -> Result<ImagePlan, ImageError> {
    let layers = stack.iter().map(|dockerfile| catalog.layer(&fill(dockerfile, names), names)).collect::<Result<_, _>>()?;
    Ok(ImagePlan { base: cell.axes["base"].clone(), layers })
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
