//! The YAML files as written, key by key, before anything is known to be right. The comments here are the
//! descriptions an editor shows. These types must not leave the loader.

mod ledger;
mod limits;
pub(super) mod project;
mod rejected;
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
pub(super) use ledger::{Claim, Ledger, Section, Waiver};
pub(super) use limits::Limits;
pub(super) use rejected::Rejected;
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

/// A documented problem as an experiment: its cells, the steps that end in the documented failure, the expectations, and the
/// documented workarounds. The file is named `<scenario>.yaml`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Scenario {
    /// Id of the scenario, which is also the name of the file.
    pub(super) scenario: Name,
    /// One line for people.
    pub(super) title: Line,
    /// The ledger section whose claims are decided here.
    pub(super) section: Name,
    /// The claims of that section that this scenario decides, if other scenarios decide the rest; default: all.
    #[schemars(length(min = 1))]
    pub(super) claims: Option<Vec<String>>,
    /// The documented place.
    pub(super) source: Source,
    /// Name of a set of cells in `common.yaml`; instead of `axes`.
    pub(super) cells: Option<String>,
    /// The axes, in the order of a cell's id; one must be `base`. Instead of `cells`.
    pub(super) axes: Option<Axes>,
    /// Excluded cells, in addition to those of the named set.
    #[serde(default)]
    pub(super) exclude: Vec<Exclude>,
    /// Cells of the default selection; default: all.
    #[serde(default)]
    pub(super) default: Vec<When>,
    /// How the defect is produced; the first rule that matches a cell counts.
    #[schemars(length(min = 1))]
    pub(super) fidelity: Vec<FidelityRule>,
    /// Names for texts, which may use axes and earlier values; used as `{{ name }}`.
    #[serde(default)]
    pub(super) values: Ordered<Line>,
    /// Dockerfiles stacked on the base, bottom first: the environment with the defect. A name may contain `{{ axis }}`; a mapping
    /// with `dockerfile` and `when` is a dockerfile of some cells.
    #[schemars(length(min = 1))]
    pub(super) image: Vec<Layer>,
    /// Capabilities of all containers of a cell, in addition to those of `common.yaml`; all others are dropped.
    #[serde(default)]
    pub(super) capabilities: Vec<Grant>,
    /// Limits of each container; what is missing here is as by default.
    pub(super) limits: Option<Limits>,
    /// Default working directory of steps.
    pub(super) directory: Option<Sentence>,
    /// Documented steps that must succeed before the failure can occur.
    #[serde(default)]
    pub(super) prepare: Vec<Step>,
    /// Steps that end in the documented failure. An expectation without a claim states that the failure occurs.
    #[schemars(length(min = 1))]
    pub(super) reproduce: Vec<Step>,
    /// Documented workarounds; each starts from the state after `reproduce`.
    #[serde(default)]
    pub(super) workarounds: Vec<Workaround>,
    /// Steps that show that the problem is gone, one of them that the software works: `exit: success` with a `has` or a `number`, or a
    /// request that expects a 2xx `status` and text of the response (`has`).
    #[schemars(length(min = 1))]
    pub(super) resolved: Vec<Step>,
    /// The healthy environment, where the same procedure must not show the symptom.
    pub(super) control: Control,
    /// Claims that no run can decide.
    #[serde(default)]
    pub(super) skipped: Vec<Skip>,
    /// Known drifts; they must be observed again, or the run fails.
    #[serde(default)]
    pub(super) known_drift: Vec<KnownDrift>,
    /// Cells in which the documented failure does not occur; it must not occur there again, or the run fails.
    #[serde(default)]
    pub(super) not_reproduced: Vec<NotReproduced>,
    /// Mutants that may survive `matrix mutate`, each with a reason.
    #[serde(default)]
    pub(super) excused_mutants: Vec<Excuse>,
}

/// The documented place.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// Edition of the page, such as `classic` or `2.9`.
    pub(super) edition: Line,
    /// Heading on the page.
    pub(super) heading: Line,
}

/// Excluded cells.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Exclude {
    /// Values of the excluded cells.
    pub(super) when: When,
    /// The observed reason.
    pub(super) reason: Line,
}

/// How the defect of some cells is produced.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FidelityRule {
    /// The cells; default: all.
    #[serde(default)]
    pub(super) when: When,
    /// How the defect is produced.
    pub(super) fidelity: Fidelity,
    /// One sentence that explains it.
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

/// One step with its expectations, or only `use`, the name of a list of steps. A step has exactly one of `run`, `look`, `http`,
/// `read`, `size`, `ldd` and `readelf`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepKeys {
    /// Name of a list of steps in `common.yaml`, which replaces this step; without other keys.
    #[serde(rename = "use")]
    pub(super) list: Option<String>,
    /// Name of the step, unique within its part of the scenario.
    pub(super) name: Option<Name>,
    /// The cells in which the step is executed; default: all.
    #[serde(default)]
    pub(super) when: When,
    /// With `run`, `look` or `http`: a file; the text appended to it since the phase began is added to the output.
    pub(super) log: Option<Sentence>,
    /// Working directory; default: that of the scenario.
    pub(super) directory: Option<Sentence>,
    /// Environment variables added for this step; `$NAME` is a variable of the image.
    #[serde(default)]
    pub(super) env: BTreeMap<Variable, String>,
    /// Name or number of the user that executes the step; default: root. Not with `http`.
    pub(super) user: Option<User>,
    /// Time limit, such as `90s` or `5m`; default: ten minutes.
    pub(super) timeout: Option<Timeout>,
    /// `success`: the command must also succeed. This is a condition for later steps, not a sign of the failure.
    #[schemars(extend("enum" = ["success"]))]
    pub(super) exit: Option<ExitRule>,
    /// Expectations of the step. Without any, it must succeed.
    #[serde(default)]
    pub(super) expect: Vec<Expectation>,
    /// Numbers in the output: a name, and a regular expression with one group.
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

/// One expectation. All its parts must hold, and at least one must be able to fail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectationKeys {
    /// The claim that this expectation decides.
    pub(super) claim: Option<String>,
    /// The cells in which this is expected; default: all.
    #[serde(default)]
    pub(super) when: When,
    /// Text of the same failure in other words. If it is found instead of `has`, the claim is reworded, not absent.
    pub(super) reworded: Option<String>,
    /// Omitted parts of the documented text or of the response, with reasons.
    #[serde(default)]
    pub(super) without: Vec<Without>,
}

kinds!(Expectation, ExpectationKeys, tests, Tests);

/// Changed keys of a step. Its name and expectations stay.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Substitute {
    /// Shell command that replaces that of the step.
    pub(super) run: Option<Sentence>,
    /// Working directory that replaces that of the step.
    pub(super) directory: Option<Sentence>,
    /// Environment variables added to those of the step; `$NAME` is a variable of the image.
    #[serde(default)]
    pub(super) env: BTreeMap<Variable, String>,
    /// User that replaces that of the step.
    pub(super) user: Option<User>,
    /// Time limit that replaces that of the step.
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
    /// The cells in which it runs; default: all.
    #[serde(default)]
    pub(super) when: When,
    /// Default working directory for the rest of its phase: `steps`, `reproduce`, `resolved`, `verify`.
    pub(super) directory: Option<Sentence>,
    /// Environment variables for the rest of its phase; `$NAME` is a variable of the image.
    #[serde(default)]
    pub(super) env: BTreeMap<Variable, String>,
    /// Omitted parts of the documented commands, with reasons.
    #[serde(default)]
    pub(super) without: Vec<Without>,
    /// The steps of the workaround, executed in the failed state; each must succeed.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) steps: Vec<Step>,
    /// Changes of steps of `reproduce`, by name.
    #[serde(default)]
    pub(super) replace: BTreeMap<Name, Substitute>,
    /// Inspections after `resolved`. Their expectations must not hold in the placebo.
    #[serde(default)]
    pub(super) verify: Vec<Step>,
}

/// The healthy environment.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Control {
    /// Dockerfiles stacked on the base, bottom first. A name may contain `{{ axis }}`. With `replace`, the default is the
    /// `image` of the scenario.
    #[schemars(length(min = 1))]
    pub(super) image: Option<Vec<Layer>>,
    /// Corrections of steps of `prepare` and `reproduce`, by name, if the defect is a wrong command.
    #[serde(default)]
    pub(super) replace: BTreeMap<Name, Substitute>,
    /// Inspections at the end.
    #[serde(default)]
    pub(super) verify: Vec<Step>,
}

/// A claim that no run can decide in some cells.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Skip {
    /// The claim.
    pub(super) claim: String,
    /// The cells; default: all.
    #[serde(default)]
    pub(super) when: When,
    /// The reason, for the reader of a report.
    pub(super) reason: Line,
}

/// Shared parts of scenarios.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Common {
    /// Named sets of cells, for a scenario's `cells`.
    #[serde(default)]
    pub(super) cells: BTreeMap<Name, Cells>,
    /// Capabilities of the containers of all scenarios.
    #[serde(default)]
    pub(super) capabilities: Vec<Grant>,
    /// Named lists of steps, for a step's `use`.
    #[serde(default)]
    pub(super) steps: BTreeMap<Name, Vec<Step>>,
}

/// A set of cells: every combination of one value from each axis, except excluded ones.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cells {
    /// The axes, in the order of a cell's id; one must be `base`.
    pub(super) axes: Axes,
    /// Excluded cells.
    #[serde(default)]
    pub(super) exclude: Vec<Exclude>,
}
