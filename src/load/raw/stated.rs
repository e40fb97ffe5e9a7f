//! What a scenario states of its own outcome, as written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::drift::Drift;
use crate::model::keys::*;

/// A known drift, which must be observed again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct KnownDrift {
    /// The claim.
    pub(in crate::load) claim: String,
    /// The cells; default: all.
    #[serde(default)]
    pub(in crate::load) when: When,
    /// Kind of the drift.
    pub(in crate::load) drift: Drift,
    /// The workaround that drifts, if several decide the claim.
    pub(in crate::load) workaround: Option<String>,
    /// Actual text where the claim is decided; `[..]` matches any text. For `off-measure`, bounds of the number may replace it.
    pub(in crate::load) seen: Option<String>,
    /// The actual number is more than this.
    pub(in crate::load) above: Option<f64>,
    /// The actual number is less than this.
    pub(in crate::load) below: Option<f64>,
    /// Why.
    pub(in crate::load) reason: Line,
}

/// Cells in which the documented failure does not occur.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct NotReproduced {
    /// The cells; default: all.
    #[serde(default)]
    pub(in crate::load) when: When,
    /// Text printed by the first step of `reproduce` that does not meet its expectations; `[..]` matches any text.
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
    /// Why no verdict reveals it, for example that only a reader can.
    pub(in crate::load) reason: Line,
}
