//! The first release at which a claim's verdict changes: what is asked, in which environment, over which releases, and
//! how each of them is tried. `search` says which comes next, `found` what was found. Plain values; it must not know
//! engines, nor how a cell is run.

pub mod found;
pub mod search;
#[cfg(test)]
mod tests;
mod value;

use crate::plan::unusual_places;
use std::collections::BTreeMap;

use crate::image::{Catalog, ImageError};
use crate::model::cell::Cell;
use crate::model::cell::select::nearest;
use crate::model::claim::Ledger;
use crate::model::plan::{CellPlan, ImagePlan};
use crate::model::record::CellRecord;
use crate::model::scenario::{Axis, Scenario};
use crate::model::verdict::Verdict;
use crate::plan::plan_like;
use crate::text::version::Version;
use found::Kind;
use search::{Answer, Known, Search, Seen};
pub use value::{Tried, Value};

/// The axis that has values beyond those a scenario lists: every published release.
pub const RELEASES: &str = "mod_wsgi";
/// Unpacks the archive of a release that no other dockerfile unpacks.
const UNPACKING: &str = "mod-wsgi-release";

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The claim whose verdict may change.
    pub claim: String,
    /// The axis along which it may.
    pub axis: String,
    /// The lowest value to try.
    pub from: Option<Version>,
    /// The highest.
    pub to: Option<Version>,
}

/// What cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum BisectError {
    /// The scenario does not decide that claim.
    #[error("scenario `{scenario}` decides no claim `{claim}`\nhelp: {help}")]
    UnknownClaim {
        /// The scenario.
        scenario: String,
        /// The claim.
        claim: String,
        /// The next move.
        help: String,
    },
    /// The scenario has no such axis.
    #[error("scenario `{scenario}` has no axis `{axis}`\nhelp: {help}")]
    UnknownAxis {
        /// The scenario.
        scenario: String,
        /// The axis.
        axis: String,
        /// The next move.
        help: String,
    },
    /// The values of the axis have no order.
    #[error(
        "axis `{axis}` of `{scenario}` cannot be bisected: its value `{value}` is no version, so its values have no order\nhelp: name an axis of versions, such as `mod_wsgi`"
    )]
    NoOrder {
        /// The scenario.
        scenario: String,
        /// The axis.
        axis: String,
        /// The first such value.
        value: String,
    },
    /// Nothing lies in the range.
    #[error("no value of `{axis}` lies {range}\nhelp: those known go from {first} to {last}")]
    EmptyRange {
        /// The axis.
        axis: String,
        /// The range, in words.
        range: String,
        /// The lowest value there is.
        first: String,
        /// The highest.
        last: String,
    },
}

/// A question made ready: one environment, and every value with how it is tried there.
#[derive(Debug)]
pub struct Bisection<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// What is asked.
    pub question: Question,
    /// The other axes, as a cell without this one.
    pub environment: Cell,
    /// The values in range, in the order of their versions.
    pub values: Vec<Value>,
}

impl Question {
    /// Whether it can be asked of a scenario, as far as that can be told without knowing what is published.
    ///
    /// # Errors
    /// When the scenario does not know the claim or the axis, or the axis has no order.
    pub fn check(&self, scenario: &Scenario) -> Result<(), BisectError> {
        value::listed(scenario, known(scenario, self)?).map(drop)
    }
}

impl<'a> Bisection<'a> {
    /// Makes a question ready. Of the environments of `cells` it takes one in which the ends of the range can be tried,
    /// or one of them; among equals one of the default selection; then one in which most can be tried; then the first.
    ///
    /// # Errors
    /// When the scenario does not know the claim or the axis, the axis has no order, or nothing lies in the range.
    ///
    /// # Panics
    /// When `cells` is empty.
    pub fn new(
        scenario: &'a Scenario,
        cells: &[Cell],
        question: Question,
        published: &[Version],
    ) -> Result<Bisection<'a>, BisectError> {
        let axis = known(scenario, &question)?;
        let listed = value::listed(scenario, axis)?;
        let range = value::range(&listed, published, &question)?;
        let mut environments: Vec<(Cell, bool)> = Vec::new();
        for cell in cells {
            let (environment, default) = (without(scenario, axis, cell), scenario.is_default(&cell.axes));
            match environments.iter_mut().find(|(known, _)| *known == environment) {
                Some((_, known)) => *known |= default,
                None => environments.push((environment, default)),
            }
        }
        let fit = environments.into_iter().rev().map(|(environment, default)| {
            let place = value::Place { scenario, question: &question, environment: &environment.axes };
            let values: Vec<Value> = range.iter().map(|version| place.value(version, &listed)).collect();
            let open = |value: Option<&Value>| usize::from(value.is_some_and(Value::is_open));
            let most = values.iter().filter(|value| value.is_open()).count();
            ((open(values.first()) + open(values.last()), default, most), environment, values)
        });
        // Of equal ones, `max_by_key` takes the last: they are gone through from the end.
        let (_, environment, values) = fit.max_by_key(|(fitness, ..)| *fitness).expect("there is a cell");
        Ok(Bisection { scenario, question, environment, values })
    }

    /// The cell of a value.
    pub fn cell(&self, value: &Value) -> Cell {
        let axes = value::with(&self.environment.axes, &self.question.axis, value.version.as_str());
        let values: Vec<&str> = self.scenario.axes.iter().map(|axis| axes[&axis.name].as_str()).collect();
        Cell::new(&self.scenario.id, &self.scenario.axes, &values)
    }

    /// The plan of every value that can be tried, in order.
    ///
    /// # Errors
    /// When a dockerfile is missing or an archive has no pin, as for any plan.
    pub fn plans(&self, ledger: &Ledger, catalog: &Catalog) -> Result<Vec<CellPlan>, ImageError> {
        self.open().map(|(_, value)| self.plan(value, ledger, catalog)).collect()
    }

    fn plan(&self, value: &Value, ledger: &Ledger, catalog: &Catalog) -> Result<CellPlan, ImageError> {
        let cell = self.cell(value);
        let Tried::Like(listed) = &value.tried else {
            return crate::plan::plan(self.scenario, cell, ledger, catalog);
        };
        let like = value::with(&cell.axes, &self.question.axis, listed);
        let values = cell.axes.clone();
        let mut plan = plan_like(self.scenario, (cell, &like), ledger, catalog)?;
        for image in [&mut plan.image, &mut plan.control_image] {
            unpack(image, &values, catalog)?;
        }
        plan.repeat = self.repeat(value, catalog);
        Ok(plan)
    }

    /// The command that runs this value's cell, and nothing else, again.
    fn repeat(&self, value: &Value, catalog: &Catalog) -> String {
        let Question { claim, axis, .. } = &self.question;
        let environment = self.environment.axes.iter().map(|(axis, value)| format!("{axis}={value}"));
        let (only, places) = (environment.collect::<Vec<_>>().join(","), unusual_places(self.scenario, catalog));
        let version = &value.version;
        format!(
            "matrix bisect {} --claim {claim} --axis {axis} --only {only} --from {version} --to {version}{places}",
            self.scenario.id
        )
    }

    /// The values that can be tried, with their places among all.
    pub fn open(&self) -> impl Iterator<Item = (usize, &Value)> {
        self.values.iter().enumerate().filter(|(_, value)| value.is_open())
    }

    /// The search, told of the cells that were judged.
    pub fn search<'r>(&self, judged: impl IntoIterator<Item = (&'r CellRecord, &'r [Verdict])>) -> Search<Kind> {
        let mut search = Search::new(self.known());
        let places: BTreeMap<String, usize> = self.open().map(|(place, value)| (self.cell(value).id, place)).collect();
        for (cell, verdicts) in judged {
            let verdict = verdicts.iter().find(|verdict| verdict.cell == cell.cell && verdict.claim == self.question.claim);
            if let (Some(place), Some(verdict)) = (places.get(&cell.cell), verdict) {
                let seen = match Kind::of(cell, verdict) {
                    Some(kind) => Seen::Told(kind),
                    None => Seen::Untold(found::trouble(cell, verdict)),
                };
                search.tell(*place, seen);
            }
        }
        search
    }

    /// What is known by now and what comes next, in a few words.
    pub fn words(&self, search: &Search<Kind>, next: &[usize]) -> String {
        let text = |place: usize| self.values[place].version.as_str();
        let known = match search.answer() {
            Answer::Changed { before, after } => format!("changed between {} and {}", text(before), text(after)),
            Answer::Unchanged { first, last } if first == last => format!("told at {} only", text(first)),
            Answer::Unchanged { first, last } => format!("no change seen from {} to {}", text(first), text(last)),
            Answer::Untold => "nothing could be told yet".to_owned(),
        };
        match next {
            [] => format!("{known}: nothing is left to try"),
            next => format!("{known}: trying {}", next.iter().map(|place| text(*place)).collect::<Vec<_>>().join(" and ")),
        }
    }

    /// What the scenario says before anything was tried. A change is to be expected where a release that it lists has a
    /// known drift of another kind than the lowest one it lists, or where the failure is said not to occur in one of the two.
    fn known(&self) -> Known {
        let listed: Vec<usize> = self.open().filter(|(_, value)| value.tried == Tried::Listed).map(|(place, _)| place).collect();
        let stated = |place: &usize| {
            let axes = self.cell(&self.values[*place]).axes;
            let mut drifts = self.scenario.known_drift.iter();
            let drift =
                drifts.find(|known| known.claim == self.question.claim && known.when.holds(&axes)).map(|known| known.drift);
            (drift, self.scenario.not_reproduced.iter().any(|stated| stated.when.holds(&axes)))
        };
        let first = listed.first().map(stated);
        Known {
            barred: self.values.iter().map(|value| value.reason().map(str::to_owned)).collect(),
            hints: listed.iter().filter(|place| Some(stated(place)) != first).copied().collect(),
            sure: listed,
        }
    }
}

/// The axis, when the scenario knows what is asked for.
fn known<'a>(scenario: &'a Scenario, question: &Question) -> Result<&'a Axis, BisectError> {
    let Question { claim, axis, .. } = question;
    if !scenario.claims.contains(claim) {
        let help = nearest(claim, scenario.claims.iter().cloned());
        return Err(BisectError::UnknownClaim { scenario: scenario.id.clone(), claim: claim.clone(), help });
    }
    scenario.axes.iter().find(|known| known.name == *axis).ok_or_else(|| {
        let help = nearest(axis, scenario.axes.iter().map(|axis| axis.name.clone()));
        BisectError::UnknownAxis { scenario: scenario.id.clone(), axis: axis.clone(), help }
    })
}

/// A cell without one of its axes.
fn without(scenario: &Scenario, axis: &Axis, cell: &Cell) -> Cell {
    let axes: Vec<Axis> = scenario.axes.iter().filter(|other| other.name != axis.name).cloned().collect();
    let values: Vec<&str> = axes.iter().map(|axis| cell.axes[&axis.name].as_str()).collect();
    Cell::new(&scenario.id, &axes, &values)
}

/// Puts the layer that unpacks a release's archive into a stack that does not have that archive yet: below the first
/// dockerfile that is given the release, as that may use it; else on top, so that nothing below is built anew.
fn unpack(image: &mut ImagePlan, values: &BTreeMap<String, String>, catalog: &Catalog) -> Result<(), ImageError> {
    let layer = catalog.layer(UNPACKING, values)?;
    if image.layers.iter().any(|below| layer.sources.keys().all(|archive| below.sources.contains_key(archive))) {
        return Ok(());
    }
    let user = image.layers.iter().position(|above| above.args.contains_key(&RELEASES.to_ascii_uppercase()));
    image.layers.insert(user.unwrap_or(image.layers.len()), layer);
    Ok(())
}
