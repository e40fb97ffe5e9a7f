//! A page compared with the ledger and, if given, a record: what it says, what it no longer says, what no claim
//! covers, and what a run contradicts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::correct::{Correction, corrections, one_line};
use super::coverage::{Uncovered, uncovered};
use super::locate::{Binding, Bound, Place, Wording, bind};
use super::{Markup, Page};
use crate::model::claim::Ledger;
use crate::model::record::Record;
use crate::summary::claim::{Outcome, Standing};

/// A page, surveyed.
#[derive(Debug)]
pub struct Survey<'a> {
    /// The page.
    pub page: &'a Page,
    /// Where the claims stand.
    pub binding: Binding<'a>,
    /// What a run contradicts; empty without a record.
    pub corrections: Vec<Correction<'a>>,
    /// What no claim and no waiver covers.
    pub uncovered: Vec<Uncovered>,
    /// What a run found, if one is known.
    pub record: Option<&'a Record>,
    /// What it says of each claim, by id.
    outcomes: BTreeMap<&'a str, Outcome<'a>>,
}

impl<'a> Survey<'a> {
    /// Holds a page against the ledger and a record.
    pub fn of(page: &'a Page, ledger: &'a Ledger, record: Option<&'a Record>) -> Self {
        let binding = bind(page, ledger);
        let outcome = |record| ledger.claims.iter().map(move |claim| (claim.id.as_str(), Outcome::of(record, &claim.id)));
        let outcomes: BTreeMap<&str, Outcome<'_>> = record.into_iter().flat_map(outcome).collect();
        let corrections = corrections(page, &binding, &outcomes);
        let said: Vec<Place> = corrections.iter().flat_map(|correction| correction.said.clone()).collect();
        let uncovered = uncovered(page, &binding, &said);
        Survey { page, binding, corrections, uncovered, record, outcomes }
    }

    /// What the record says of a claim.
    pub fn outcome(&self, claim: &str) -> Option<&Outcome<'a>> {
        self.outcomes.get(claim)
    }

    /// The correction of a claim that the record contradicts.
    pub fn correction(&self, claim: &str) -> Option<&Correction<'a>> {
        self.corrections.iter().find(|correction| correction.claim.id == claim)
    }

    /// Whether the page says what a run showed of this claim, instead of what the ledger has.
    pub fn is_corrected(&self, claim: &str) -> bool {
        self.correction(claim).is_some_and(Correction::is_said)
    }

    /// Whether page and ledger cover each other.
    pub fn is_covered(&self) -> bool {
        let kept = |bound: &Bound<'_>| bound.wording() == Wording::Found || self.is_corrected(&bound.claim.id);
        self.uncovered.is_empty() && self.binding.claims.iter().all(kept)
    }

    /// All of it as data, for scripts and for the console.
    pub fn summary(&self) -> Summary<'_> {
        Summary {
            page: self.page.path.display().to_string(),
            markup: self.page.markup,
            covered: self.is_covered(),
            claims: self.binding.claims.iter().map(|bound| self.claim(bound)).collect(),
            uncovered: &self.uncovered,
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

    fn claim<'b>(&self, bound: &'b Bound<'a>) -> Claim<'b> {
        let corrected = self.is_corrected(&bound.claim.id);
        let change = |change: &'b super::locate::Change<'a>| Change {
            quote: change.quote,
            line: change.nearest.as_ref().map(|place| place.line(self.page)),
            found: change.nearest.as_ref().map(|place| one_line(place.quoted(self.page))),
        };
        let said = self.correction(&bound.claim.id).map_or(&[][..], |correction| &correction.said);
        Claim {
            claim: &bound.claim.id,
            section: &bound.claim.section,
            wording: bound.wording(),
            lines: self.lines(if bound.places.is_empty() { said } else { &bound.places }),
            changes: if corrected { Vec::new() } else { bound.changes.iter().map(change).collect() },
            standing: self.outcome(&bound.claim.id).map(|outcome| outcome.standing),
            corrected,
            drift: self.correction(&bound.claim.id).is_some_and(|correction| !correction.is_said()),
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
    /// The page's file.
    pub page: String,
    /// How it is written.
    pub markup: Markup,
    /// Whether page and ledger cover each other.
    pub covered: bool,
    /// The claims, in the ledger's order.
    pub claims: Vec<Claim<'a>>,
    /// What no claim covers.
    pub uncovered: &'a [Uncovered],
    /// What is waived.
    pub waived: Vec<Waived<'a>>,
    /// Waivers of what is not on this page.
    pub unused: Vec<&'a str>,
    /// Headings that the ledger has and the page lacks.
    pub without: Vec<&'a str>,
}

/// One claim on the page.
#[derive(Debug, Serialize)]
pub struct Claim<'a> {
    /// Its id.
    pub claim: &'a str,
    /// The ledger's section.
    pub section: &'a str,
    /// What became of its wording.
    pub wording: Wording,
    /// The lines on which its quotes begin.
    pub lines: Vec<usize>,
    /// Quotes that are not there.
    pub changes: Vec<Change<'a>>,
    /// What the record says of it.
    pub standing: Option<Standing>,
    /// Whether the page says what a run showed instead.
    pub corrected: bool,
    /// Whether a run contradicts what the page says.
    pub drift: bool,
}

/// A quote that the page does not have.
#[derive(Debug, Serialize)]
pub struct Change<'a> {
    /// The quote.
    pub quote: &'a str,
    /// The line of what is most like it.
    pub line: Option<usize>,
    /// What that says.
    pub found: Option<String>,
}

/// A waiver that is used.
#[derive(Debug, Serialize)]
pub struct Waived<'a> {
    /// Its name.
    pub name: &'a str,
    /// The lines on which its quotes begin.
    pub lines: Vec<usize>,
    /// Its reason.
    pub reason: &'a str,
}
