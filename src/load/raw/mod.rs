//! The YAML files as written, key by key, before anything is known to be right. The comments here are the
//! descriptions an editor shows. These types must not leave the loader.

mod stated;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::raw_types::*;
use crate::model::claim::ClaimKind;
use crate::model::scenario::Fidelity;
pub(super) use stated::{Excuse, KnownDrift, NotReproduced};

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

/// One command run in a container, with what it must show; or `use` alone, for a named list of steps. Exactly one of
/// `run`, `look`, `http`, `read`, `size`, `ldd` and `readelf` says what is done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// Name of a list of steps in `common.yaml`, put in here; then nothing else is given.
    #[serde(rename = "use")]
    pub(super) list: Option<String>,
    /// The step's name, unique within its part of the scenario.
    pub(super) name: Option<Name>,
    /// The cells in which the step is executed; without it, all.
    #[serde(default)]
    pub(super) when: When,
    /// A shell command. One of several lines ends at the first that fails.
    pub(super) run: Option<Sentence>,
    /// A shell command that only looks and changes nothing, so that something must be expected of what it prints.
    pub(super) look: Option<Sentence>,
    /// A request to Apache in the container.
    pub(super) http: Option<Http>,
    /// A file, such as a log: what was appended to it since the phase began.
    pub(super) read: Option<Sentence>,
    /// With `read`: all that the file holds.
    pub(super) whole: Option<bool>,
    /// With `run`, `look` or `http`: a file of which, after the output, what was appended to it since the phase began is shown too.
    pub(super) log: Option<Sentence>,
    /// A file whose size is taken, as the number `bytes`.
    pub(super) size: Option<Sentence>,
    /// A binary whose libraries are listed as the loader finds them.
    pub(super) ldd: Option<Sentence>,
    /// A binary whose dynamic section is listed.
    pub(super) readelf: Option<Sentence>,
    /// Working directory, when not the scenario's.
    pub(super) directory: Option<Sentence>,
    /// Environment added for this step; `$NAME` stands for what the image has under that name.
    #[serde(default)]
    pub(super) env: BTreeMap<Variable, String>,
    /// Most time in all, such as `90s` or `5m`; default ten minutes.
    pub(super) timeout: Option<Timeout>,
    /// `success`: the command must succeed besides. A condition of all that follows, and no sign of the failure.
    #[schemars(extend("enum" = ["success"]))]
    pub(super) exit: Option<Exit>,
    /// What the step must show. Without any it must succeed.
    #[serde(default)]
    pub(super) expect: Vec<Check>,
    /// Numbers taken from the output: a name, and a regular expression with one group.
    #[serde(default)]
    pub(super) capture: BTreeMap<Word, Sentence>,
}

impl Step {
    /// The shell command it runs, whether to do something or to look at something.
    pub(super) fn command(&self) -> Option<&Sentence> {
        self.run.as_ref().or(self.look.as_ref())
    }
}

/// A request to Apache in the container.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Http {
    /// Path and query, such as `/hello`.
    pub(super) path: UrlPath,
    /// Method; default `GET`.
    pub(super) method: Option<Method>,
    /// Headers added.
    #[serde(default)]
    pub(super) headers: BTreeMap<Header, String>,
    /// Body.
    pub(super) body: Option<String>,
}

/// One expectation. All its parts must hold, and at least one of them can fail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    /// The claim this decides.
    pub(super) claim: Option<String>,
    /// The cells in which this is expected; without it, all.
    #[serde(default)]
    pub(super) when: When,
    /// How the command must end: `success`, `failure` or an exit status.
    pub(super) exit: Option<Exit>,
    /// Text that must be a whole line of the output; `[..]` stands for any text. A list: each must be a line.
    pub(super) has: Option<Lines>,
    /// Text that must not stand in any line.
    pub(super) lacks: Option<Lines>,
    /// HTTP status of the answer.
    #[schemars(range(min = 200, max = 599))]
    pub(super) status: Option<u16>,
    /// Name of a captured number, or `bytes` for a size; with `below`, `above` or both.
    pub(super) number: Option<String>,
    /// What is taken from the number before it is compared, such as `control.bytes`.
    pub(super) minus: Option<Bound>,
    /// The number must be less than this.
    pub(super) below: Option<Bound>,
    /// The number must be more than this.
    pub(super) above: Option<Bound>,
    /// Text that is the same failure in other words: seen instead of `has`, the claim is reworded, not absent.
    pub(super) reworded: Option<String>,
    /// What is documented, or part of the proof, and is not looked for here.
    #[serde(default)]
    pub(super) without: Vec<Without>,
}

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

/// The claim ledger: every sentence of the page that a run can contradict, in this project's words.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ledger {
    /// The page's sections, in its order.
    #[schemars(length(min = 1))]
    pub(super) sections: Vec<Section>,
    /// What of the page no claim covers, and why.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) waivers: Vec<Waiver>,
}

/// Something that the page states and no claim covers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Waiver {
    /// What to call it.
    pub(super) name: Name,
    /// The id of the section it stands in; without one, it stands before the first.
    pub(super) section: Option<Name>,
    /// A few words of it each: a literal block is waived whole, of prose the sentence.
    #[schemars(length(min = 1))]
    pub(super) quotes: Vec<Quote>,
    /// Why no claim covers it.
    pub(super) reason: Line,
}

/// One section of the page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    /// Its id.
    pub(super) id: Name,
    /// Its heading on the page.
    pub(super) heading: Line,
    /// Its claims, in order.
    #[schemars(length(min = 1))]
    pub(super) claims: Vec<Claim>,
}

/// One sentence of the page that a run can contradict.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Claim {
    /// Its fixed id.
    pub(super) id: ClaimId,
    /// What it is.
    pub(super) kind: ClaimKind,
    /// What it says, in this project's words.
    pub(super) says: Line,
    /// What of the page each, by which its places there are found: a few words of prose, or a literal `line` or `command`.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) quotes: Vec<Quoting>,
    /// Of a measure: the number is more than this, in the unit in which scenarios take it.
    pub(super) above: Option<f64>,
    /// Of a measure: the number is less than this, in the unit in which scenarios take it.
    pub(super) below: Option<f64>,
}

/// Axis name to its values, in order.
pub(super) type Axes = Ordered<Values>;

/// A condition on a cell: for every axis named, its value is one of those given. Empty, it holds everywhere.
pub(super) type When = BTreeMap<Word, Values>;
