//! Refused corrections as written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::keys::*;

/// Corrections of the page that its maintainers refused. `matrix page` does not propose them again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Rejected {
    /// The refused corrections.
    pub(in crate::load) rejected: Vec<Refusal>,
}

/// A refused correction.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Refusal {
    /// The claim that it corrects.
    pub(in crate::load) claim: ClaimId,
    /// What it would write, as `matrix page --reject` puts it here. A correction that would write something else is proposed again.
    pub(in crate::load) proposal: Sentence,
    /// Why it was refused.
    pub(in crate::load) reason: Line,
}
