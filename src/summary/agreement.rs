//! How far the page agrees with a run: the share of its decided claims that were confirmed wherever they were tried.

use std::fmt;

use crate::model::id::{ClaimId, SectionId};
use crate::model::record::Record;
use crate::model::verdict::{Ruling, Verdict};
use crate::summary::claim::Standing;
use crate::summary::query::first_seen;

/// The claims of a page or of a section by what a run says of them.
///
/// A claim is decided if no cell is inconclusive and at least one is confirmed or drifted. It is confirmed if no cell drifted: a
/// page that states without a condition what is true in some environments only does not agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Confirmed in every cell that decides the claim.
    pub confirmed: usize,
    /// Confirmed in some cells, drifted in others.
    pub in_part: usize,
    /// Drifted in every cell that decides the claim.
    pub drifted: usize,
    /// At least one cell is inconclusive.
    pub inconclusive: usize,
    /// Every cell skips the claim.
    pub skipped: usize,
    /// The run has no verdict.
    pub not_run: usize,
}

impl Agreement {
    /// The agreement of a whole record. Claims that are not on the page say nothing about it.
    pub fn of(record: &Record) -> Self {
        let ledger = record.ledger.claims.iter().filter(|claim| claim.proposal.is_none()).map(|claim| &claim.id);
        let claims: Vec<&ClaimId> = match record.ledger.claims.is_empty() {
            // Older records have no ledger.
            true => first_seen(record.verdicts.iter().map(|verdict| &verdict.claim)),
            false => ledger.collect(),
        };
        Self::of_claims(record, claims)
    }

    /// The agreement of a section; without claims for one that is not on the page.
    pub fn of_section(record: &Record, section: &SectionId) -> Self {
        let on_page = record.ledger.of_section(section).filter(|claim| claim.proposal.is_none());
        Self::of_claims(record, on_page.map(|claim| &claim.id))
    }

    /// The agreement of some claims.
    pub fn of_claims<'a>(record: &Record, claims: impl IntoIterator<Item = &'a ClaimId>) -> Self {
        let mut agreement = Agreement::default();
        for claim in claims {
            let verdicts: Vec<&Verdict> = record.verdicts.iter().filter(|verdict| verdict.claim == *claim).collect();
            *agreement.count(&verdicts) += 1;
        }
        agreement
    }

    fn count(&mut self, verdicts: &[&Verdict]) -> &mut usize {
        match Standing::of(verdicts) {
            Standing::Holds => &mut self.confirmed,
            Standing::InPart => &mut self.in_part,
            Standing::Fails => &mut self.drifted,
            Standing::Unknown => &mut self.inconclusive,
            Standing::Undecided if verdicts.iter().any(|verdict| verdict.verdict == Ruling::Skipped) => &mut self.skipped,
            Standing::Undecided => &mut self.not_run,
        }
    }

    /// The number of decided claims.
    pub fn decided(&self) -> usize {
        self.confirmed + self.in_part + self.drifted
    }

    /// The percentage, rounded down, so that 100 means that nothing is contradicted; `None` if no claim is decided.
    pub fn percent(&self) -> Option<usize> {
        (self.confirmed * 100).checked_div(self.decided())
    }

    /// The percentage in words: `62 %`.
    pub fn figure(&self) -> String {
        match self.percent() {
            None => "not decided".to_owned(),
            Some(0) if self.confirmed > 0 => "less than 1 %".to_owned(),
            Some(percent) => format!("{percent} %"),
        }
    }

    /// What the percentage counts: `36 of 58 decided claims hold wherever they were tried; 10 hold in part`.
    pub fn detail(&self) -> String {
        let whole = match self.decided() {
            0 => "no claim is decided".to_owned(),
            1 => format!("{} of 1 decided claim holds wherever it was tried", self.confirmed),
            decided => format!("{} of {decided} decided claims hold wherever they were tried", self.confirmed),
        };
        let hold = |count: usize| if count == 1 { "holds" } else { "hold" };
        let others = [
            (self.in_part, format!("{} in part", hold(self.in_part))),
            (self.drifted, if self.drifted == 1 { "does not hold".to_owned() } else { "do not hold".to_owned() }),
        ];
        let open = [
            (self.inconclusive, "inconclusive".to_owned()),
            (self.skipped, "skipped".to_owned()),
            (self.not_run, "not run".to_owned()),
        ];
        let listed = |parts: &[(usize, String)]| {
            let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
            parts.collect::<Vec<_>>().join(", ")
        };
        let mut parts = vec![whole];
        parts.extend([listed(&others), listed(&open)].into_iter().filter(|part| !part.is_empty()));
        parts.join("; ")
    }
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.figure(), self.detail())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(confirmed: usize, in_part: usize, drifted: usize) -> Agreement {
        Agreement { confirmed, in_part, drifted, ..Agreement::default() }
    }

    #[test]
    fn only_full_agreement_is_100_and_only_none_is_0() {
        assert_eq!(of(996, 0, 4).figure(), "99 %");
        assert_eq!(of(999, 1, 0).figure(), "99 %");
        assert_eq!(of(7, 0, 0).figure(), "100 %");
        assert_eq!(of(1, 0, 999).figure(), "less than 1 %");
        assert_eq!(of(0, 5, 3).figure(), "0 %");
        assert_eq!(of(0, 0, 0).figure(), "not decided");
    }

    #[test]
    fn open_claims_are_no_agreement_and_are_named() {
        let open = Agreement { inconclusive: 2, skipped: 1, not_run: 40, ..of(3, 1, 0) };
        assert_eq!(open.percent(), Some(75));
        assert_eq!(
            open.to_string(),
            "75 %: 3 of 4 decided claims hold wherever they were tried; 1 holds in part; 2 inconclusive, 1 skipped, 40 not run"
        );
        let none = Agreement { skipped: 2, ..Agreement::default() };
        assert_eq!((none.percent(), none.to_string().as_str()), (None, "not decided: no claim is decided; 2 skipped"));
        assert_eq!(of(1, 0, 0).to_string(), "100 %: 1 of 1 decided claim holds wherever it was tried");
    }
}
