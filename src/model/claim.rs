//! The claims of a page, and the parts of it that no claim covers.

use serde::{Deserialize, Serialize};

use super::id::{ClaimId, SectionId};

/// Kind of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClaimKind {
    /// An error, a warning or a behaviour that a user sees, according to the page.
    Symptom,
    /// A number that the page states.
    Measure,
    /// An inspection that distinguishes causes.
    Diagnostic,
    /// Steps that end the problem, according to the page.
    Workaround,
    /// Any other sentence that a run can contradict.
    Statement,
}

/// The state of a claim that is not final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not confirmed by an author: counted, never judged.
    Draft,
}

/// One sentence of the page that a run can contradict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Stable id, such as `headers.python-h`.
    pub id: ClaimId,
    pub kind: ClaimKind,
    /// Ledger id of the page's section.
    pub section: SectionId,
    /// The claim in this project's own words.
    pub says: String,
    /// Short quotes that locate the claim on the page; `[..]` matches any words. Names of files may be missing in them.
    #[serde(default)]
    pub quotes: Vec<String>,
    /// Complete lines that the page documents as output; `[..]` matches variable text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// What the page instructs the reader to type or write; `[..]` matches variable text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// For a measure: exclusive lower bound, in the unit that scenarios use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// For a measure: exclusive upper bound, in the unit that scenarios use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
}

/// A statement of the page that no claim covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    pub name: String,
    /// Ledger id of its section; empty for text before the first section.
    pub section: SectionId,
    /// Short quotes that locate it on the page.
    pub quotes: Vec<String>,
    /// Why no claim covers it.
    pub reason: String,
}

/// The project's claims: sections in the order of the page, claims in the order of their section.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// Section id and its heading on the page.
    pub sections: Vec<(SectionId, String)>,
    pub claims: Vec<Claim>,
    /// Claims that an author has not yet confirmed. They are counted and found on the page, and never judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drafts: Vec<Claim>,
    /// Parts of the page that no claim covers.
    #[serde(default)]
    pub waivers: Vec<Waiver>,
}

impl Ledger {
    pub fn claim(&self, id: &ClaimId) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.id == *id)
    }

    pub fn draft(&self, id: &ClaimId) -> Option<&Claim> {
        self.drafts.iter().find(|claim| claim.id == *id)
    }

    pub fn of_section<'a>(&'a self, section: &'a SectionId) -> impl Iterator<Item = &'a Claim> {
        self.claims.iter().filter(move |claim| claim.section == *section)
    }

    pub fn drafts_of<'a>(&'a self, section: &'a SectionId) -> impl Iterator<Item = &'a Claim> {
        self.drafts.iter().filter(move |claim| claim.section == *section)
    }
}
