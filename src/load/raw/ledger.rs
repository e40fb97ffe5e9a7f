//! The claim ledger as written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::claim::{ClaimKind, Status};
use crate::model::keys::*;

/// The claim ledger: every sentence of the page that a run can contradict, in this project's words.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Ledger {
    /// The page's sections, in its order; an empty list if the page claims nothing yet.
    pub(in crate::load) sections: Vec<Section>,
    /// Text of the page that no claim covers, with reasons.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(in crate::load) waivers: Vec<Waiver>,
}

/// Text of the page that no claim covers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Waiver {
    /// Name of the waiver.
    pub(in crate::load) name: Name,
    /// Id of its section; without it, the text before the first section.
    pub(in crate::load) section: Option<Name>,
    /// A few words of each text. A waiver covers a whole literal block, or one sentence.
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
    /// Whether the section is not on the page, but could be: its claims have a `text` and no quotes.
    #[serde(default)]
    pub(in crate::load) proposed: bool,
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
    /// Kind of the claim; without it and `says`, the claim says what an earlier edition of the page says.
    pub(in crate::load) kind: Option<ClaimKind>,
    /// `draft` for a claim that no run judges, because an author has not confirmed its kind, words and quotes yet.
    pub(in crate::load) status: Option<Status>,
    /// The statement of the page, in this project's words.
    pub(in crate::load) says: Option<Line>,
    /// Quotes by which the claim is found on the page: a few words of prose, or a literal `line` or `command`.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(in crate::load) quotes: Vec<Quoting>,
    /// For a measure: the number is more than this, in the unit of the scenarios.
    pub(in crate::load) above: Option<f64>,
    /// For a measure: the number is less than this, in the unit of the scenarios.
    pub(in crate::load) below: Option<f64>,
    /// In a proposed section: what the page could say, as prose.
    pub(in crate::load) text: Option<Line>,
    /// In a proposed section: lines that the software prints.
    #[serde(default)]
    pub(in crate::load) output: Vec<Line>,
    /// In a proposed section: lines that the reader types or writes.
    #[serde(default)]
    pub(in crate::load) commands: Vec<Line>,
}
