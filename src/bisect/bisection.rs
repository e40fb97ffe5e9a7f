//! The releases of one question, and how each of them is tried.

use super::kind::{self, Kind};
use super::question::Question;
use super::value::{self, Method, Value};
use std::collections::BTreeMap;

use super::search::{Answer, Known, Outcome, Search};
use crate::image::{Catalog, ImageError};
use crate::model::cell::Cell;
use crate::model::claim::Ledger;
use crate::model::id::CellId;
use crate::model::plan::{CellPlan, ImagePlan};
use crate::model::record::{CellRecord, Record};
use crate::model::scenario::{Axis, Scenario};
use crate::model::verdict::Verdict;
use crate::plan::{Unlisted, plan_like, unusual_places};
use crate::text::advice::Advice;
use crate::text::suggest::among;
use crate::text::version::Version;

/// A question with the environment that answers it, and how each value is tried there.
#[derive(Debug)]
pub struct Bisection<'a> {
    pub scenario: &'a Scenario,
    pub question: Question,
    /// The other axes, as a cell without this one.
    pub environment: Cell,
    /// The values in range, in the order of their versions.
    pub values: Vec<Value>,
}

impl<'a> Bisection<'a> {
    /// Picks the environment among those of `cells`: first by how many ends of the range can be tried there, then the
    /// default selection, then by how many values can be tried, then the first.
    ///
    /// # Panics
    /// When `cells` is empty.
    pub fn new(
        scenario: &'a Scenario,
        cells: &[Cell],
        question: Question,
        published: &[Version],
    ) -> Result<Bisection<'a>, Advice> {
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
        // `max_by_key` returns the last of equal elements, so the environments are in reverse order.
        let (_, environment, values) = fit.max_by_key(|(fitness, ..)| *fitness).expect("there is a cell");
        Ok(Bisection { scenario, question, environment, values })
    }

    pub fn cell(&self, value: &Value) -> Cell {
        let axes = value::with(&self.environment.axes, &self.question.axis, value.version.as_str());
        let values: Vec<&str> = self.scenario.axes.iter().map(|axis| axes[&axis.name].as_str()).collect();
        Cell::new(&self.scenario.id, &self.scenario.axes, &values)
    }

    /// The plan of every value that can be tried, in the order of versions.
    pub fn plans(&self, ledger: &Ledger, catalog: &Catalog) -> Result<Vec<CellPlan>, ImageError> {
        self.open().map(|(_, value)| self.plan(value, ledger, catalog)).collect()
    }

    fn plan(&self, value: &Value, ledger: &Ledger, catalog: &Catalog) -> Result<CellPlan, ImageError> {
        let cell = self.cell(value);
        let Method::Like(listed) = &value.method else {
            return crate::plan::plan(self.scenario, cell, ledger, catalog);
        };
        let like = value::with(&cell.axes, &self.question.axis, listed);
        let values = cell.axes.clone();
        let mut plan = plan_like(self.scenario, Unlisted { cell, like: &like }, ledger, catalog)?;
        let axis = &self.question.axis;
        if let Some(unpacking) = catalog.project().axes.get(axis).and_then(|axis| axis.unpacking.as_deref()) {
            let release = Unpacking { axis, dockerfile: unpacking };
            for image in [&mut plan.image, &mut plan.control_image] {
                unpack(release, image, &values, catalog)?;
            }
        }
        plan.repeat = self.repeat(value, catalog);
        Ok(plan)
    }

    /// The command that runs only this value's cell again.
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

    /// The search with the results of the judged cells.
    pub fn search<'r>(&self, judged: impl IntoIterator<Item = (&'r CellRecord, &'r [Verdict])>) -> Search<Kind> {
        let mut search = Search::new(self.known());
        let places: BTreeMap<CellId, usize> = self.open().map(|(place, value)| (self.cell(value).id, place)).collect();
        for (cell, verdicts) in judged {
            let verdict = verdicts.iter().find(|verdict| verdict.cell == cell.cell && verdict.claim == self.question.claim);
            if let (Some(place), Some(verdict)) = (places.get(&cell.cell), verdict) {
                let result = match Kind::of(cell, verdict) {
                    Some(kind) => Outcome::Decided(kind),
                    None => Outcome::Undecided(kind::trouble(cell, verdict)),
                };
                search.record(*place, result);
            }
        }
        search
    }

    /// The values beside the change that a complete record shows.
    pub fn sides(&self, record: &Record) -> impl Iterator<Item = usize> + use<> {
        let judged = record.cells.iter().map(|cell| (cell, record.verdicts.as_slice()));
        let sides = match self.search(judged).answer() {
            Answer::Changed { before, after } if record.ended.is_some() => vec![before, after],
            Answer::Changed { .. } | Answer::Unchanged { .. } | Answer::Undecided => Vec::new(),
        };
        sides.into_iter()
    }

    /// The state of the search and its next values, for the console.
    pub fn words(&self, search: &Search<Kind>, next: &[usize]) -> String {
        let text = |place: usize| self.values[place].version.as_str();
        let known = match search.answer() {
            Answer::Changed { before, after } => format!("changed between {} and {}", text(before), text(after)),
            Answer::Unchanged { first, last } if first == last => format!("one decided value, {}", text(first)),
            Answer::Unchanged { first, last } => format!("no change seen from {} to {}", text(first), text(last)),
            Answer::Undecided => "no decided value yet".to_owned(),
        };
        match next {
            [] => format!("{known}: no release left to run"),
            next => format!("{known}: running {}", next.iter().map(|place| text(*place)).collect::<Vec<_>>().join(" and ")),
        }
    }

    /// What the scenario states. A listed release is likely to have another verdict if its known drift differs from that of
    /// the lowest listed release, or if the scenario states for only one of the two that the failure does not occur.
    pub(super) fn known(&self) -> Known {
        let listed: Vec<usize> =
            self.open().filter(|(_, value)| value.method == Method::Listed).map(|(place, _)| place).collect();
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

fn without(scenario: &Scenario, axis: &Axis, cell: &Cell) -> Cell {
    let axes: Vec<Axis> = scenario.axes.iter().filter(|other| other.name != axis.name).cloned().collect();
    let values: Vec<&str> = axes.iter().map(|axis| cell.axes[&axis.name].as_str()).collect();
    Cell::new(&scenario.id, &axes, &values)
}

/// The dockerfile that unpacks the archive of a release of an axis.
#[derive(Clone, Copy)]
pub(super) struct Unpacking<'a> {
    pub(super) axis: &'a str,
    pub(super) dockerfile: &'a str,
}

/// Adds the layer that unpacks a release's archive to a stack without that archive: below the first dockerfile that takes
/// the release as an argument, because it may use the archive; else on top, so that the layers below stay cached.
pub(super) fn unpack(
    release: Unpacking<'_>,
    image: &mut ImagePlan,
    values: &BTreeMap<String, String>,
    catalog: &Catalog,
) -> Result<(), ImageError> {
    let layer = catalog.layer(release.dockerfile, values)?;
    if image.layers.iter().any(|below| layer.sources.keys().all(|archive| below.sources.contains_key(archive))) {
        return Ok(());
    }
    let user = image.layers.iter().position(|above| above.args.contains_key(&release.axis.to_ascii_uppercase()));
    image.layers.insert(user.unwrap_or(image.layers.len()), layer);
    Ok(())
}

impl Question {
    /// Checks the question against a scenario, without the published releases.
    pub fn check(&self, scenario: &Scenario) -> Result<(), Advice> {
        value::listed(scenario, known(scenario, self)?).map(drop)
    }
}

/// The axis, if the scenario has it and decides the claim.
fn known<'a>(scenario: &'a Scenario, question: &Question) -> Result<&'a Axis, Advice> {
    let Question { claim, axis, .. } = question;
    if !scenario.claims.contains(claim) {
        let help = among(claim.as_str(), scenario.claims.iter().map(ToString::to_string));
        return Err(Advice::new(format!("scenario `{}` decides no claim `{claim}`", scenario.id), help));
    }
    scenario.axes.iter().find(|known| known.name == *axis).ok_or_else(|| {
        let help = among(axis, scenario.axes.iter().map(|axis| axis.name.clone()));
        Advice::new(format!("scenario `{}` has no axis `{axis}`", scenario.id), help)
    })
}
