//! The claim ledger as written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::claim::ClaimKind;
use crate::model::keys::*;

/// The claim ledger: every sentence of the page that a run can contradict, in this project's words.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Ledger {
    /// The page's sections, in its order.
    #[schemars(length(min = 1))]
    pub(in crate::load) sections: Vec<Section>,
    /// What of the page no claim covers, and why.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(in crate::load) waivers: Vec<Waiver>,
}

/// Something that the page states and no claim covers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Waiver {
    /// What to call it.
    pub(in crate::load) name: Name,
    /// The id of the section it stands in; without one, it stands before the first.
    pub(in crate::load) section: Option<Name>,
    /// A few words of it each: a literal block is waived whole, of prose the sentence.
    #[schemars(length(min = 1))]
    pub(in crate::load) quotes: Vec<Quote>,
    /// Why no claim covers it.
    pub(in crate::load) reason: Line,
}

/// One section of the page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Section {
    /// Its id.
    pub(in crate::load) id: Name,
    /// Its heading on the page.
    pub(in crate::load) heading: Line,
    /// Its claims, in order.
    #[schemars(length(min = 1))]
    pub(in crate::load) claims: Vec<Claim>,
}

/// One sentence of the page that a run can contradict.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Claim {
    /// Its fixed id.
    pub(in crate::load) id: ClaimId,
    /// What it is.
    pub(in crate::load) kind: ClaimKind,
    /// What it says, in this project's words.
    pub(in crate::load) says: Line,
    /// What of the page each, by which its places there are found: a few words of prose, or a literal `line` or `command`.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(in crate::load) quotes: Vec<Quoting>,
    /// Of a measure: the number is more than this, in the unit in which scenarios take it.
    pub(in crate::load) above: Option<f64>,
    /// Of a measure: the number is less than this, in the unit in which scenarios take it.
    pub(in crate::load) below: Option<f64>,
}
