//! The YAML files as written, key by key, before anything is known to be right. The comments here are the
//! descriptions an editor shows. These types must not leave the loader.

mod ledger;
mod stated;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::model::action::{Action, Run};
use crate::model::expect::{ExitRule, Tests};
use crate::model::keys::*;
use crate::model::kinds::Orphan;
use crate::model::scenario::Fidelity;
pub(super) use ledger::{Claim, Ledger, Waiver};
pub(super) use stated::{Excuse, KnownDrift, NotReproduced};

/// A mapping with the keys of one type and those of kinds.
macro_rules! kinds {
    ($name:ident, $keys:ident, $kinds:ident, $kind:ident) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut map = Map::deserialize(deserializer)?;
                let ($kinds, orphans) = $kind::take(&mut map).map_err(D::Error::custom)?;
                let keys = serde_json::from_value(Value::Object(map)).map_err(D::Error::custom)?;
                Ok($name { keys, $kinds, orphans })
            }
        }

        impl Deref for $name {
            type Target = $keys;
            fn deref(&self) -> &$keys {
                &self.keys
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let mut schema = $keys::json_schema(generator);
                $kind::<Sentence>::describe(&mut schema, generator);
                schema
            }
        }
    };
}

/// A documented problem as an experiment: the cells it is tried in, the steps that end in the documented failure, what
/// must be seen, and the documented workarounds. The file is named `<scenario>.yaml`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Scenario {
    /// The scenario's id, which is also the file's name.
    pub(super) scenario: Name,
    /// One line for people.
    pub(super) title: Line,
    /// The ledger section whose claims are decided here.
    pub(super) section: Name,
    /// The claims of that section that are decided here, where other scenarios decide the others; without it, all.
    #[schemars(length(min = 1))]
    pub(super) claims: Option<Vec<String>>,
    /// Where the page says it.
    pub(super) source: Source,
    /// Name of a set of cells in `common.yaml`; instead of `axes`.
    pub(super) cells: Option<String>,
    /// The axes, in the order that makes a cell's id; one must be `base`. Instead of `cells`.
    pub(super) axes: Option<Axes>,
    /// Values that make no cell, on top of those of the named set.
    #[serde(default)]
    pub(super) exclude: Vec<Exclude>,
    /// Cells of the default selection; without it, all.
    #[serde(default)]
    pub(super) default: Vec<When>,
    /// How the defect came about; of several rules the first that holds counts.
    #[schemars(length(min = 1))]
    pub(super) fidelity: Vec<FidelityRule>,
    /// Named values made of axes and of values above them, used as `{{ name }}`.
    #[serde(default)]
    pub(super) values: Ordered<Line>,
    /// Dockerfiles stacked on the base, bottom first: the environment with the defect. A name may hold `{{ axis }}`.
    #[schemars(length(min = 1))]
    pub(super) image: Vec<Layer>,
    /// Capabilities that all containers of a cell keep, besides those `common.yaml` names; all others are dropped.
    #[serde(default)]
    pub(super) capabilities: Vec<Kept>,
    /// Working directory of every step that names none.
    pub(super) directory: Option<Sentence>,
    /// Documented steps that must succeed before the failure can be seen.
    #[serde(default)]
    pub(super) prepare: Vec<Step>,
    /// Steps that end in the documented failure. One expectation without a claim says that it occurred at all.
    #[schemars(length(min = 1))]
    pub(super) reproduce: Vec<Step>,
    /// Documented workarounds; each is tried from the state `reproduce` left.
    #[serde(default)]
    pub(super) workarounds: Vec<Workaround>,
    /// Steps that show that the problem has ended, among them an HTTP request that expects a 2xx `status` and,
    /// as `has`, what is answered.
    #[schemars(length(min = 1))]
    pub(super) resolved: Vec<Step>,
    /// The healthy environment, where the same procedure must not show the symptom.
    pub(super) control: Control,
    /// Claims no run here can decide.
    #[serde(default)]
    pub(super) skipped: Vec<Skip>,
    /// Drifts that are known; they must be seen again, or the run fails.
    #[serde(default)]
    pub(super) known_drift: Vec<KnownDrift>,
    /// Cells in which the documented failure does not occur; it must not occur there again, or the run fails.
    #[serde(default)]
    pub(super) not_reproduced: Vec<NotReproduced>,
    /// Mutants that `matrix mutate` may let survive, each for a reason.
    #[serde(default)]
    pub(super) excused_mutants: Vec<Excuse>,
}

/// Where the page says it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// Edition of the page, such as `classic`.
    pub(super) edition: Name,
    /// Heading on the page.
    pub(super) heading: Line,
}

/// Values that make no cell.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Exclude {
    /// Which values.
    pub(super) when: When,
    /// Why, as observed.
    pub(super) reason: Line,
}

/// How the defect of some cells came about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FidelityRule {
    /// Which cells; without it, all.
    #[serde(default)]
    pub(super) when: When,
    /// How the defect came about.
    pub(super) fidelity: Fidelity,
    /// One sentence on that.
    pub(super) reason: Line,
}

/// A [`StepKeys`] with the keys of kinds.
#[derive(Debug)]
pub(super) struct Step {
    /// The keys that all steps have.
    keys: StepKeys,
    /// What is done; normally one action.
    pub(super) actions: Vec<Action<Sentence>>,
    pub(super) orphans: Vec<Orphan>,
}

/// One step, with what it must show; or `use` alone, for a named list of steps. Exactly one of `run`, `look`, `http`, `read`, `size`, `ldd`
/// and `readelf` says what is done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepKeys {
    /// Name of a list of steps in `common.yaml`, put in here; then nothing else is given.
    #[serde(rename = "use")]
    pub(super) list: Option<String>,
    /// The step's name, unique within its part of the scenario.
    pub(super) name: Option<Name>,
    /// The cells in which the step is executed; without it, all.
    #[serde(default)]
    pub(super) when: When,
    /// With `run`, `look` or `http`: a file of which, after the output, what was appended to it since the phase began is shown too.
    pub(super) log: Option<Sentence>,
    /// Working directory, when not the scenario's.
    pub(super) directory: Option<Sentence>,
    /// Environment added for this step; `$NAME` stands for what the image has under that name.
    #[serde(default)]
    pub(super) env: BTreeMap<Variable, String>,
    /// Most time in all, such as `90s` or `5m`; default ten minutes.
    pub(super) timeout: Option<Timeout>,
    /// `success`: the command must succeed besides. A condition of all that follows, and no sign of the failure.
    #[schemars(extend("enum" = ["success"]))]
    pub(super) exit: Option<ExitRule>,
    /// What the step must show. Without any it must succeed.
    #[serde(default)]
    pub(super) expect: Vec<Expectation>,
    /// Numbers taken from the output: a name, and a regular expression with one group.
    #[serde(default)]
    pub(super) capture: BTreeMap<Word, Sentence>,
}

kinds!(Step, StepKeys, actions, Action);

impl Step {
    /// The shell command that it does something with, if that is its action.
    pub(super) fn run(&self) -> Option<&str> {
        self.actions.iter().find_map(|action| if let Action::Run(Run { run }) = action { Some(run.0.as_str()) } else { None })
    }
}

/// A [`ExpectationKeys`] with the keys of kinds.
#[derive(Debug)]
pub(super) struct Expectation {
    /// The keys that all expectations have.
    keys: ExpectationKeys,
    pub(super) tests: Tests<Sentence>,
    pub(super) orphans: Vec<Orphan>,
}

/// One expectation. All its parts must hold, and at least one of them can fail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectationKeys {
    /// The claim this decides.
    pub(super) claim: Option<String>,
    /// The cells in which this is expected; without it, all.
    #[serde(default)]
    pub(super) when: When,
    /// Text that is the same failure in other words: seen instead of `has`, the claim is reworded, not absent.
    pub(super) reworded: Option<String>,
    /// What is documented, or part of the proof, and is not looked for here.
    #[serde(default)]
    pub(super) without: Vec<Without>,
}

kinds!(Expectation, ExpectationKeys, tests, Tests);

/// Another way to do a step, which keeps its name and what is expected of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Substitute {
    /// The shell command, instead of the step's.
    pub(super) run: Option<Sentence>,
    /// Working directory, instead of the step's.
    pub(super) directory: Option<Sentence>,
    /// Environment added, besides the step's; `$NAME` stands for what the image has under that name.
    #[serde(default)]
    pub(super) env: BTreeMap<Variable, String>,
    /// Most time in all, instead of the step's.
    pub(super) timeout: Option<Timeout>,
}

/// A documented workaround: at least one of `steps`, `replace`, `env` and `directory`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Workaround {
    /// Its id, unique in the scenario.
    pub(super) id: Name,
    /// The claim it decides.
    pub(super) claim: String,
    /// The cells in which it is tried; without it, all.
    #[serde(default)]
    pub(super) when: When,
    /// Working directory of all that follows in its phase, where a step names none: `steps`, `reproduce`, `resolved`, `verify`.
    pub(super) directory: Option<Sentence>,
    /// Environment of all that follows in its phase; `$NAME` stands for what the image has under that name.
    #[serde(default)]
    pub(super) env: BTreeMap<Variable, String>,
    /// What of the documented commands is not done here.
    #[serde(default)]
    pub(super) without: Vec<Without>,
    /// What is done on top of the failed state; each step must succeed.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) steps: Vec<Step>,
    /// Steps of `reproduce`, by name, that are then done in another way.
    #[serde(default)]
    pub(super) replace: BTreeMap<Name, Substitute>,
    /// Looks taken after `resolved`. What they expect must not hold where nothing was done.
    #[serde(default)]
    pub(super) verify: Vec<Step>,
}

/// The healthy environment.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Control {
    /// Dockerfiles stacked on the base, bottom first. A name may hold `{{ axis }}`. May be left out where `replace` names the
    /// defect; then it is the scenario's `image`.
    #[schemars(length(min = 1))]
    pub(super) image: Option<Vec<Layer>>,
    /// Steps of `prepare` and `reproduce`, by name, that are done right here: what the user typed was the mistake.
    #[serde(default)]
    pub(super) replace: BTreeMap<Name, Substitute>,
    /// Looks taken at the end.
    #[serde(default)]
    pub(super) verify: Vec<Step>,
}

/// A claim no run can decide in some cells.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Skip {
    /// The claim.
    pub(super) claim: String,
    /// In which cells; without it, in all.
    #[serde(default)]
    pub(super) when: When,
    /// Why, for the reader of a report.
    pub(super) reason: Line,
}

/// What several scenarios need, written once.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Common {
    /// Named sets of cells, for a scenario's `cells`.
    #[serde(default)]
    pub(super) cells: BTreeMap<Name, Cells>,
    /// Capabilities that the containers of all scenarios keep.
    #[serde(default)]
    pub(super) capabilities: Vec<Kept>,
    /// Named lists of steps, for a step's `use`.
    #[serde(default)]
    pub(super) steps: BTreeMap<Name, Vec<Step>>,
}

/// A set of cells: one value from each axis, without what is excluded.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cells {
    /// The axes, in the order that makes a cell's id; one must be `base`.
    pub(super) axes: Axes,
    /// Values that make no cell.
    #[serde(default)]
    pub(super) exclude: Vec<Exclude>,
}
