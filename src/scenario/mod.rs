//! What an author wrote, made valid: the types that everything after `load` works on. A value of these types
//! cannot be wrong in a way `load` could have told. It must not know engines, plans or reports.

pub mod expect;
pub mod load;

mod assembly;
mod bindings;
mod bounds;
mod capability;
mod checks;
mod claims;
mod doubts;
mod echo;
mod grid;
mod ledger;
mod measure;
mod mistake;
mod names;
mod outlive;
mod parts;
mod raw;
mod replace;
mod schema;
mod shape;
mod steps;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use capability::{Capability, Kept};
pub use claims::{Claim, ClaimKind, Ledger, Waiver};
pub use doubts::doubts;
pub use expect::{Check, ExitRule, NumberRule, Operand, Pattern, Without};
pub(crate) use mistake::suggest;
pub use replace::Substitute;

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
    pub prepare: Vec<Step>,
    /// Steps that end in the documented failure.
    pub reproduce: Vec<Step>,
    /// Documented workarounds.
    pub workarounds: Vec<Workaround>,
    /// Steps that show that the problem has ended: they hold after a workaround and in the control, nowhere else.
    pub resolved: Vec<Step>,
    /// The healthy environment.
    pub control: Control,
    /// Claims no run here can decide, with the reason.
    pub skipped: Vec<Skip>,
    /// Drifts that are known and must be seen again.
    pub known_drift: Vec<KnownDrift>,
    /// Where the documented failure does not occur.
    pub not_reproduced: Vec<NotReproduced>,
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

/// A condition on a cell: for every axis named, the cell's value is one of those listed. Empty holds everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When(pub BTreeMap<String, Vec<String>>);

impl When {
    /// Whether a cell with these axis values meets the condition.
    pub fn holds(&self, axes: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|(axis, values)| axes.get(axis).is_some_and(|value| values.contains(value)))
    }
}

/// Values that make no cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclude {
    /// Which values.
    pub when: When,
    /// Why, as observed.
    pub reason: String,
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
    /// One sentence.
    pub reason: String,
}

/// Text with `{{ name }}` places. Names are known to exist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Template(pub String);

/// One command run in a container, with its expectation.
#[derive(Debug, Clone)]
pub struct Step {
    /// Name, unique within its part of the scenario.
    pub name: String,
    /// In which cells it is executed.
    pub when: When,
    /// What is run.
    pub act: Act,
    /// A log that is shown too, after the output of a command or a request: what was appended to it since the phase began.
    pub log: Option<Template>,
    /// Working directory, when not the scenario's.
    pub directory: Option<Template>,
    /// Environment added for this step; a value may use what the image has, see [`crate::variables`].
    pub env: BTreeMap<String, Template>,
    /// Most time in all.
    pub timeout: Duration,
    /// Whether it must succeed besides what is expected of it: a condition, and no sign of the failure.
    pub must_succeed: bool,
    /// Expectations. None means: it must succeed, and that proves nothing more.
    pub expect: Vec<Check>,
    /// Numbers taken from the output: name and a pattern with one group.
    pub capture: BTreeMap<String, Template>,
}

/// What a step runs. All but `Run` only look, so they can be repeated anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A shell command.
    Run(Template),
    /// A request to Apache in the container.
    Http(HttpRequest),
    /// What was appended to a file, such as a log, since the phase began.
    Read(Template),
    /// All the text of a file.
    ReadWhole(Template),
    /// Size of a file in bytes, as the number `bytes`.
    Size(Template),
    /// The libraries the loader finds for a binary.
    Ldd(Template),
    /// The dynamic section of a binary.
    Readelf(Template),
}

/// One HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Path and query, e.g. `/hello`.
    pub path: Template,
    /// Method; default `GET`.
    pub method: String,
    /// Extra headers.
    pub headers: BTreeMap<String, String>,
    /// Body, if any.
    pub body: Option<Template>,
}

/// A documented workaround.
#[derive(Debug, Clone)]
pub struct Workaround {
    /// Id; the phase is `workaround:<id>`.
    pub id: String,
    /// The claim it decides.
    pub claim: String,
    /// In which cells it is tried.
    pub when: When,
    /// Working directory of all that follows it in its phase, where a step names none.
    pub directory: Option<Template>,
    /// Environment of all that follows it in its phase; a step's own comes first.
    pub env: BTreeMap<String, Template>,
    /// What of the documented commands is not done, and why.
    pub without: Vec<Without>,
    /// What is done on top of the failed state. Each step must succeed.
    pub steps: Vec<Step>,
    /// Other ways to do steps of `reproduce`, by their names.
    pub replace: BTreeMap<String, Substitute>,
    /// Looks taken after `resolved`, with expectations that must not hold in the placebo.
    pub verify: Vec<Step>,
}

/// The healthy environment: the same procedure there must not show the symptom.
#[derive(Debug, Clone)]
pub struct Control {
    /// Dockerfiles stacked on the base, bottom first.
    pub image: Vec<Template>,
    /// Other ways to do steps of `prepare` and `reproduce`, by their names: what would have been right.
    pub replace: BTreeMap<String, Substitute>,
    /// Looks taken at the end.
    pub verify: Vec<Step>,
}

/// A claim no run here can decide in some cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// The claim.
    pub claim: String,
    /// Where.
    pub when: When,
    /// Why, for the reader of a report.
    pub reason: String,
}

/// A mutant that may survive, as only a reader can tell that it is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// Its name: operator, place and change.
    pub mutant: String,
    /// Why.
    pub reason: String,
}

/// How a claim has come apart from what is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// The failure does not occur.
    Absent,
    /// It occurs with other words or in another phase.
    Reworded,
    /// The workaround does not end it.
    WorkaroundFails,
    /// It ends without the workaround.
    WorkaroundUnneeded,
    /// The number is another.
    OffMeasure,
}

impl Drift {
    /// Whether it is a workaround that drifts so, and not what an expectation looks for.
    pub fn is_of_workaround(self) -> bool {
        match self {
            Drift::WorkaroundFails | Drift::WorkaroundUnneeded => true,
            Drift::Absent | Drift::Reworded | Drift::OffMeasure => false,
        }
    }
}

/// Cells in which the documented failure does not occur; it must not occur there again, or the run fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotReproduced {
    /// In which cells.
    pub when: When,
    /// What is now printed by the step that was to show the failure.
    pub seen: Pattern,
    /// Why.
    pub reason: String,
}

/// A drift the scenario states; it must be seen again, or the run fails.
#[derive(Debug, Clone)]
pub struct KnownDrift {
    /// The claim.
    pub claim: String,
    /// In which cells.
    pub when: When,
    /// Of what kind.
    pub drift: Drift,
    /// The workaround that drifts, where several decide the claim.
    pub workaround: Option<String>,
    /// What is now seen where the claim is decided.
    pub seen: Now<Pattern>,
    /// Why.
    pub reason: String,
}

impl KnownDrift {
    /// The text that is now seen, as written, if it is one.
    pub(crate) fn line(&self) -> Option<&str> {
        match &self.seen {
            Now::Line(Pattern(text)) => Some(&text.0),
            Now::Number { .. } => None,
        }
    }
}

/// What a known drift says is seen in place of what is documented.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Now<P> {
    /// This text, in the deciding step or phase.
    Line(P),
    /// The number that is off the measure lies between these.
    Number {
        /// It is more than this.
        above: f64,
        /// It is less than this.
        below: f64,
    },
}

impl fmt::Display for Now<String> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Now::Line(pattern) => f.write_str(pattern),
            Now::Number { above, below } => write!(f, "a number between {above} and {below}"),
        }
    }
}
