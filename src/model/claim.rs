//! The claims of a page, and what of it no claim covers.

use serde::{Deserialize, Serialize};

/// What a claim is, as the ledger says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClaimKind {
    /// An error, warning or behaviour the page says will be seen.
    Symptom,
    /// A number the page states.
    Measure,
    /// A way the page gives to tell which case one is in.
    Diagnostic,
    /// Steps after which the page says the problem is gone.
    Workaround,
    /// Anything else a run can contradict.
    Statement,
}

/// One sentence of the page that a run can contradict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Fixed id, e.g. `headers.python-h`.
    pub id: String,
    pub kind: ClaimKind,
    /// The page's section, by its ledger id.
    pub section: String,
    /// The claim in this project's own words.
    pub says: String,
    /// A few words of the page each, by which its places there are found; `[..]` stands for a few others. File names in
    /// them may be lost there.
    #[serde(default)]
    pub quotes: Vec<String>,
    /// Lines that the page says are printed, whole; `[..]` stands for what varies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// What the page tells the reader to type or to write; `[..]` stands for what varies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// Of a measure: the number is more than this, in the unit in which scenarios take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// Of a measure: the number is less than this, in the unit in which scenarios take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
}

/// Something that the page states and no claim covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// What it is called.
    pub name: String,
    /// The section it stands in, by its ledger id; empty for what stands before the first.
    pub section: String,
    /// A few words of it each.
    pub quotes: Vec<String>,
    /// Why no claim covers it.
    pub reason: String,
}

/// The project's claims: sections in the page's order, claims in theirs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// Section id and the heading it has on the page.
    pub sections: Vec<(String, String)>,
    /// All claims.
    pub claims: Vec<Claim>,
    /// What of the page no claim covers.
    #[serde(default)]
    pub waivers: Vec<Waiver>,
}

impl Ledger {
    /// The claim of that id.
    pub fn claim(&self, id: &str) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.id == id)
    }
    /// The claims of one section, in order.
    pub fn of_section<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a Claim> {
        self.claims.iter().filter(move |claim| claim.section == section)
    }
}
