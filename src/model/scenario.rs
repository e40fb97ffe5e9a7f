//! What an author wrote, made valid: the types that everything after `load` works on. A value of these types cannot be wrong in a way
//! `load` could have told.

use super::capability::Kept;
use super::drift::{KnownDrift, NotReproduced};
use super::step::{Step, Substitute};
use super::when::{Exclude, When};
use super::workaround::Workaround;
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::text::template::Template;

/// One scenario file: a documented problem, its cells, steps, expectations and workarounds.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The id; the file is named after it.
    pub id: String,
    /// File it was read from, for messages.
    pub file: PathBuf,
    /// One line for people.
    pub title: String,
    /// The ledger section its claims come from.
    pub section: String,
    /// The claims of that section it decides, in the ledger's order.
    pub claims: Vec<String>,
    /// Where the page says it: edition and heading.
    pub source: Source,
    /// Axes, in the order that makes the cell's id.
    pub axes: Vec<Axis>,
    /// Values that make no cell, with the reason.
    pub exclude: Vec<Exclude>,
    /// Cells of the default selection; empty means all.
    pub default: Vec<When>,
    /// How the defect came about; the first rule whose `when` holds.
    pub fidelity: Vec<FidelityRule>,
    /// Named values made of axes and earlier values.
    pub values: Vec<(String, Template)>,
    /// Dockerfiles stacked on the base, bottom first: the environment with the defect.
    pub image: Vec<Template>,
    /// Capabilities that its containers keep; all others are dropped.
    pub capabilities: Vec<Kept>,
    /// Working directory of every step that names none.
    pub directory: Option<Template>,
    /// Documented steps that must succeed.
    pub prepare: Vec<Step<Template>>,
    /// Steps that end in the documented failure.
    pub reproduce: Vec<Step<Template>>,
    /// Documented workarounds.
    pub workarounds: Vec<Workaround<Template>>,
    /// Steps that show that the problem has ended: they hold after a workaround and in the control, nowhere else.
    pub resolved: Vec<Step<Template>>,
    /// The healthy environment.
    pub control: Control,
    /// Claims no run here can decide, with the reason.
    pub skipped: Vec<Skip>,
    /// Drifts that are known and must be seen again.
    pub known_drift: Vec<KnownDrift<Template>>,
    /// Where the documented failure does not occur.
    pub not_reproduced: Vec<NotReproduced<Template>>,
    /// Mutants that may survive.
    pub excused_mutants: Vec<Excuse>,
}

impl Scenario {
    /// Whether the default selection holds the cell with these axis values.
    pub fn is_default(&self, axes: &BTreeMap<String, String>) -> bool {
        self.default.is_empty() || self.default.iter().any(|when| when.holds(axes))
    }
}

/// Where the page says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Edition of the page, e.g. `classic`.
    pub edition: String,
    /// Heading on the page.
    pub heading: String,
}

/// A named list of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Name, e.g. `mod_wsgi`.
    pub name: String,
    /// Values, in order.
    pub values: Vec<String>,
}

/// How a cell's defect came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fidelity {
    /// Stock packages, as a user would have them.
    Natural,
    /// Stock parts moved or removed.
    Arranged,
    /// Parts altered to stand in for a system that cannot be had.
    Synthetic,
}

/// The fidelity of some cells, with one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FidelityRule {
    /// Which cells.
    pub when: When,
    /// How the defect came about.
    pub fidelity: Fidelity,
    pub reason: String,
}

/// The healthy environment: the same procedure there must not show the symptom.
#[derive(Debug, Clone)]
pub struct Control {
    /// Dockerfiles stacked on the base, bottom first.
    pub image: Vec<Template>,
    /// Other ways to do steps of `prepare` and `reproduce`, by their names: what would have been right.
    pub replace: BTreeMap<String, Substitute<Template>>,
    /// Looks taken at the end.
    pub verify: Vec<Step<Template>>,
}

/// A claim no run here can decide in some cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    pub claim: String,
    pub when: When,
    /// Why, for the reader of a report.
    pub reason: String,
}

/// A mutant that may survive, as only a reader can tell that it is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// Its name: operator, place and change.
    pub mutant: String,
    pub reason: String,
}
