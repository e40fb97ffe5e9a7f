//! The claims of a page, and the parts of it that no claim covers.

use serde::{Deserialize, Serialize};

use super::id::{ClaimId, SectionId};
use super::rejection::Rejection;

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
    /// What the page could say, for a claim that is not on it; of several editions, on none of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
}

/// What a page could say about a failure that it does not mention.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Prose.
    pub text: String,
    /// Lines that the software prints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<String>,
    /// Lines that the reader types or writes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
}

impl Claim {
    /// The part of its id that editions share: `headers.python-h` of `headers.python-h@2026`.
    pub fn topic(&self) -> &str {
        topic(self.id.as_str())
    }
}

/// The part of a claim's id before `@`, which is followed by the edition that says something else than earlier ones.
pub fn topic(id: &str) -> &str {
    id.split_once('@').map_or(id, |(topic, _)| topic)
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

/// The claims of a page: sections in its order, claims in the order of their section. Of a page with several editions, these are
/// the claims of all editions.
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
    /// What each edition says, in the order of the project file; empty if all say the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub editions: Vec<Edition>,
    /// Corrections that the page's maintainers refused; not a part of records.
    #[serde(skip)]
    pub rejections: Vec<Rejection>,
}

/// The claims of one edition of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edition {
    pub id: String,
    /// Without editions of its own.
    pub ledger: Ledger,
}

impl Ledger {
    /// The claims of several ledgers, each once, and their sections. A claim has the quotes of all of them.
    pub fn of_all(ledgers: &[Ledger]) -> Self {
        let mut all = Ledger::default();
        for ledger in ledgers {
            for section in &ledger.sections {
                if all.sections.iter().all(|(id, _)| *id != section.0) {
                    all.sections.push(section.clone());
                }
            }
            ledger.claims.iter().for_each(|claim| add(&mut all.claims, claim));
            ledger.drafts.iter().for_each(|draft| add(&mut all.drafts, draft));
        }
        let place = |claim: &Claim| all.sections.iter().position(|(id, _)| *id == claim.section);
        all.claims.sort_by_key(place);
        all.drafts.sort_by_key(place);
        all
    }

    /// Adds refused corrections, to each edition those of its claims.
    pub fn reject(&mut self, rejections: Vec<Rejection>) {
        for edition in &mut self.editions {
            let of_edition = rejections.iter().filter(|rejection| edition.ledger.claim(&rejection.claim).is_some());
            edition.ledger.rejections = of_edition.cloned().collect();
        }
        self.rejections = rejections;
    }

    /// All claims, drafts last, with their status.
    pub fn with_status(&self) -> impl Iterator<Item = (Option<Status>, &Claim)> {
        let drafts = self.drafts.iter().map(|draft| (Some(Status::Draft), draft));
        self.claims.iter().map(|claim| (None, claim)).chain(drafts)
    }

    pub fn claim(&self, id: &ClaimId) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.id == *id)
    }

    /// What each edition could say about a claim that is not on it.
    pub fn proposals<'a>(&'a self, claim: &'a ClaimId) -> impl Iterator<Item = &'a Proposal> {
        let ledgers = self.editions.iter().map(|edition| &edition.ledger).chain(self.editions.is_empty().then_some(self));
        ledgers.filter_map(move |ledger| ledger.claim(claim)?.proposal.as_ref())
    }

    /// Whether a section is not on the page.
    pub fn is_proposed(&self, section: &SectionId) -> bool {
        self.of_section(section).chain(self.drafts_of(section)).any(|claim| claim.proposal.is_some())
    }

    pub fn edition(&self, id: &str) -> Option<&Edition> {
        self.editions.iter().find(|edition| edition.id == id)
    }

    pub fn draft(&self, id: &ClaimId) -> Option<&Claim> {
        self.drafts.iter().find(|claim| claim.id == *id)
    }

    /// The heading of a section on the page.
    pub fn heading(&self, section: &SectionId) -> Option<&str> {
        self.sections.iter().find(|(id, _)| id == section).map(|(_, heading)| heading.as_str())
    }

    pub fn of_section<'a>(&'a self, section: &'a SectionId) -> impl Iterator<Item = &'a Claim> {
        self.claims.iter().filter(move |claim| claim.section == *section)
    }

    pub fn drafts_of<'a>(&'a self, section: &'a SectionId) -> impl Iterator<Item = &'a Claim> {
        self.drafts.iter().filter(move |claim| claim.section == *section)
    }
}

/// Adds the quotes of a claim, or the claim behind those on the same topic.
fn add(claims: &mut Vec<Claim>, claim: &Claim) {
    if let Some(same) = claims.iter_mut().find(|same| same.id == claim.id) {
        for (all, more) in
            [(&mut same.quotes, &claim.quotes), (&mut same.lines, &claim.lines), (&mut same.commands, &claim.commands)]
        {
            let new: Vec<String> = more.iter().filter(|text| !all.contains(text)).cloned().collect();
            all.extend(new);
        }
        // What one edition says is on the page.
        same.proposal = same.proposal.take().filter(|_| claim.proposal.is_some());
        return;
    }
    let behind = claims.iter().rposition(|other| other.topic() == claim.topic());
    claims.insert(behind.map_or(claims.len(), |place| place + 1), claim.clone());
}
