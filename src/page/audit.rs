//! A page compared with the ledger and, if given, a record: which claims the page has or lacks, what no claim covers, and
//! what a run contradicts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::correct::{Correction, corrections};
use super::coverage::{Uncovered, uncovered};
use super::locate::{Binding, Bound, Place, Wording, bind};
use super::propose::Proposed;
use super::results::Results;
use super::rules::Rules;
use super::words::one_line;
use super::{By, Markup, Page, Unread};
use crate::model::claim::Ledger;
use crate::model::id::{ClaimId, SectionId};
use crate::model::record::Record;
use crate::model::rejection::Rejection;
use crate::summary::claim::{Outcome, Standing};

/// A page compared with the ledger and a record.
#[derive(Debug)]
pub struct Survey<'a> {
    pub page: &'a Page,
    pub binding: Binding<'a>,
    /// Corrections of what a run contradicts; empty without a record.
    pub corrections: Vec<Correction<'a>>,
    /// What no claim and no waiver covers.
    pub uncovered: Vec<Uncovered>,
    pub record: Option<&'a Record>,
    /// How lines that the record shows are generalised.
    pub rules: Rules,
    /// Corrections that the maintainers refused.
    pub rejections: &'a [Rejection],
    /// The sections that the ledger proposes, whether the page has them or not.
    pub proposed: Vec<Proposed<'a>>,
    pub ledger: &'a Ledger,
    /// The record's outcome of each claim, by id.
    outcomes: BTreeMap<&'a ClaimId, Outcome<'a>>,
}

impl<'a> Survey<'a> {
    pub fn of(page: &'a Page, ledger: &'a Ledger, record: Option<&'a Record>) -> Self {
        let binding = bind(page, ledger);
        let outcome = |record| ledger.claims.iter().map(move |claim| (&claim.id, Outcome::of(record, &claim.id)));
        let outcomes: BTreeMap<&ClaimId, Outcome<'_>> = record.into_iter().flat_map(outcome).collect();
        let rules = Rules::new(record.map_or(&[], |record| &record.subject.generalise));
        let results = record.map(|record| Results { record, outcomes: &outcomes, rules: &rules });
        let corrections = results.map_or(Vec::new(), |results| corrections(page, &binding, &results, &ledger.rejections));
        let stated_at: Vec<Place> = corrections.iter().flat_map(|correction| correction.stated_at.clone()).collect();
        let proposed = Proposed::of(page, ledger, |claim| outcomes.get(claim).map(|outcome| outcome.standing));
        let mut uncovered = uncovered(page, &binding, &stated_at);
        uncovered.retain(|text| !proposed.iter().any(|section| section.stated_at.contains(&text.block)));
        let rejections = &ledger.rejections;
        Survey { page, binding, corrections, uncovered, record, rules, rejections, proposed, ledger, outcomes }
    }

    pub fn outcome(&self, claim: &ClaimId) -> Option<&Outcome<'a>> {
        self.outcomes.get(claim)
    }

    /// The correction of a claim that the record contradicts.
    pub fn correction(&self, claim: &ClaimId) -> Option<&Correction<'a>> {
        self.corrections.iter().find(|correction| correction.claim.id == *claim)
    }

    /// Whether the page states the result of a run instead of this claim.
    pub fn is_corrected(&self, claim: &ClaimId) -> bool {
        self.correction(claim).is_some_and(Correction::is_stated)
    }

    /// Whether page and ledger cover each other.
    pub fn is_covered(&self) -> bool {
        let is_covered = |bound: &Bound<'_>| bound.wording() == Wording::Found || self.is_corrected(&bound.claim.id);
        self.uncovered.is_empty() && self.binding.claims.iter().chain(&self.binding.drafts).all(is_covered)
    }

    /// The survey as data, for scripts and the console.
    pub fn summary(&self) -> Summary<'_> {
        Summary {
            page: self.page.path.display().to_string(),
            edition: None,
            markup: self.page.markup,
            markup_by: self.page.by,
            covered: self.is_covered(),
            claims: self.binding.claims.iter().map(|bound| self.claim(bound)).collect(),
            proposed: self.proposed.iter().map(|section| self.proposed_section(section)).collect(),
            refused: self.rejections.iter().map(|rejection| self.refused(rejection)).collect(),
            drafts: self.binding.drafts.iter().map(|bound| self.claim(bound)).collect(),
            uncovered: &self.uncovered,
            not_read: &self.page.unread,
            waived: self
                .binding
                .waived
                .iter()
                .filter(|waived| !waived.places.is_empty())
                .map(|waived| Waived {
                    name: &waived.waiver.name,
                    lines: self.lines(&waived.places),
                    reason: &waived.waiver.reason,
                })
                .collect(),
            unused: self.binding.waived.iter().filter(|w| w.places.is_empty()).map(|w| w.waiver.name.as_str()).collect(),
            without: self.binding.without.clone(),
        }
    }

    fn proposed_section<'b>(&self, section: &'b Proposed<'a>) -> ProposedSection<'b> {
        let ids = |claims: &'b [&'a crate::model::claim::Claim]| claims.iter().map(|claim| &claim.id).collect();
        ProposedSection {
            heading: section.heading,
            claims: ids(&section.holding),
            others: ids(&section.others),
            on_page: !section.stated_at.is_empty(),
        }
    }

    fn refused(&self, rejection: &'a Rejection) -> Refused<'a> {
        let correction = self.correction(&rejection.claim);
        let is = |other: Option<&Rejection>| other == Some(rejection);
        let decided = |outcome: &&Outcome<'_>| !matches!(outcome.standing, Standing::Unknown | Standing::Undecided);
        let state = match correction {
            None if self.outcome(&rejection.claim).filter(decided).is_none() => Refusal::Unknown,
            Some(correction) if is(correction.refused) && !correction.is_stated() => Refusal::Kept,
            Some(correction) if is(correction.refused_before) && !correction.is_stated() => Refusal::Changed,
            _ => Refusal::Unused,
        };
        Refused { claim: &rejection.claim, reason: &rejection.reason, state }
    }

    fn claim<'b>(&self, bound: &'b Bound<'a>) -> Claim<'b> {
        let corrected = self.is_corrected(&bound.claim.id);
        let change = |change: &'b super::locate::Change<'a>| Change {
            quote: change.quote,
            line: change.nearest.as_ref().map(|place| place.line(self.page)),
            found: change.nearest.as_ref().map(|place| one_line(place.quoted(self.page))),
        };
        let stated_at = self.correction(&bound.claim.id).map_or(&[][..], |correction| &correction.stated_at);
        Claim {
            claim: &bound.claim.id,
            section: &bound.claim.section,
            wording: bound.wording(),
            lines: self.lines(if bound.places.is_empty() { stated_at } else { &bound.places }),
            changes: if corrected { Vec::new() } else { bound.changes.iter().map(change).collect() },
            standing: self.outcome(&bound.claim.id).map(|outcome| outcome.standing),
            corrected,
            drift: self.correction(&bound.claim.id).is_some_and(|correction| !correction.is_stated()),
        }
    }

    fn lines(&self, places: &[Place]) -> Vec<usize> {
        let mut lines: Vec<usize> = places.iter().map(|place| place.line(self.page)).collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    }
}

/// A survey as data.
#[derive(Debug, Serialize)]
pub struct Summary<'a> {
    pub page: String,
    /// The edition of the page that it is compared with; `None` if all editions say the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition: Option<Chosen<'a>>,
    pub markup: Markup,
    /// How the markup was found.
    pub markup_by: By,
    pub covered: bool,
    /// The claims, in the ledger's order.
    pub claims: Vec<Claim<'a>>,
    /// The sections that the ledger proposes, whether the page has them or not.
    pub proposed: Vec<ProposedSection<'a>>,
    /// Corrections that the maintainers refused.
    pub refused: Vec<Refused<'a>>,
    /// The drafts, in the ledger's order.
    pub drafts: Vec<Claim<'a>>,
    /// Error messages first, then in the page's order.
    pub uncovered: &'a [Uncovered],
    /// Parts of the page that are not read.
    pub not_read: &'a [Unread],
    pub waived: Vec<Waived<'a>>,
    /// Waivers whose text the page lacks.
    pub unused: Vec<&'a str>,
    /// Headings that the ledger has and the page lacks.
    pub without: Vec<&'a str>,
}

/// The edition that a page is compared with.
#[derive(Debug, Clone, Serialize)]
pub struct Chosen<'a> {
    pub id: &'a str,
    pub by: ChosenBy,
    /// Whether it has clearly more of this edition than of any other.
    pub sure: bool,
    /// Each edition, the most similar first.
    pub editions: Vec<Alike<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChosenBy {
    /// The option `--edition`.
    Option,
    /// The claims that the page has.
    Content,
}

/// An edition, and how many of its claims the page has.
#[derive(Debug, Clone, Serialize)]
pub struct Alike<'a> {
    pub id: &'a str,
    pub found: usize,
    pub claims: usize,
}

#[derive(Debug, Serialize)]
pub struct Claim<'a> {
    pub claim: &'a ClaimId,
    pub section: &'a SectionId,
    pub wording: Wording,
    /// The lines on which its quotes begin.
    pub lines: Vec<usize>,
    /// Quotes that the page lacks.
    pub changes: Vec<Change<'a>>,
    /// The record's standing of the claim.
    pub standing: Option<Standing>,
    /// Whether the page states the result of a run instead.
    pub corrected: bool,
    /// Whether a run contradicts the page.
    pub drift: bool,
}

/// A section that the ledger proposes.
#[derive(Debug, Serialize)]
pub struct ProposedSection<'a> {
    pub heading: &'a str,
    /// The claims that hold in every cell, of which it is made.
    pub claims: Vec<&'a ClaimId>,
    /// Its other claims.
    pub others: Vec<&'a ClaimId>,
    pub on_page: bool,
}

/// A correction that the maintainers refused.
#[derive(Debug, Serialize)]
pub struct Refused<'a> {
    pub claim: &'a ClaimId,
    pub reason: &'a str,
    pub state: Refusal,
}

/// What a refusal does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Refusal {
    /// The correction is not proposed.
    Kept,
    /// It would write something else now, so it is proposed again.
    Changed,
    /// Nothing: no such correction is due.
    Unused,
    /// There is no run, or it did not decide the claim.
    Unknown,
}

/// A quote that the page does not have.
#[derive(Debug, Serialize)]
pub struct Change<'a> {
    pub quote: &'a str,
    /// The line of the most similar text.
    pub line: Option<usize>,
    /// The most similar text.
    pub found: Option<String>,
}

/// A waiver that is used.
#[derive(Debug, Serialize)]
pub struct Waived<'a> {
    pub name: &'a str,
    /// The lines on which its quotes begin.
    pub lines: Vec<usize>,
    pub reason: &'a str,
}
