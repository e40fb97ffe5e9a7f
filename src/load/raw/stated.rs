//! What a scenario states of its own outcome, as written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::drift::Drift;
use crate::model::keys::*;

/// A drift that is known and must be seen again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct KnownDrift {
    /// The claim.
    pub(in crate::load) claim: String,
    /// In which cells; without it, in all.
    #[serde(default)]
    pub(in crate::load) when: When,
    /// Of what kind.
    pub(in crate::load) drift: Drift,
    /// The workaround that drifts, where several decide the claim.
    pub(in crate::load) workaround: Option<String>,
    /// Text now seen where the claim is decided; `[..]` stands for any text. For `off-measure` the number's bounds may
    /// stand instead.
    pub(in crate::load) seen: Option<String>,
    /// The number now seen is more than this.
    pub(in crate::load) above: Option<f64>,
    /// The number now seen is less than this.
    pub(in crate::load) below: Option<f64>,
    /// Why.
    pub(in crate::load) reason: Line,
}

/// Cells in which the documented failure does not occur.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct NotReproduced {
    /// In which cells; without it, in all.
    #[serde(default)]
    pub(in crate::load) when: When,
    /// Text now printed by the first step of `reproduce` that does not show what it must; `[..]` stands for any text.
    pub(in crate::load) seen: String,
    /// Why.
    pub(in crate::load) reason: Line,
}

/// A mutant that may survive.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Excuse {
    /// The mutant, as `matrix mutate` names it.
    pub(in crate::load) mutant: Line,
    /// Why no run can notice it, such as that only a reader can tell.
    pub(in crate::load) reason: Line,
}
