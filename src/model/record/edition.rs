//! The part of a record that is about one edition of the page.

use std::collections::BTreeSet;

use super::{CellRecord, Record};
use crate::model::claim::Edition;
use crate::model::id::{CellRef, ClaimId};

impl Record {
    /// The verdicts on the claims of one edition, and their cells.
    #[must_use]
    pub fn of_edition(&self, edition: &Edition) -> Record {
        let claims: BTreeSet<&ClaimId> = edition.ledger.claims.iter().map(|claim| &claim.id).collect();
        let verdicts: Vec<_> = self.verdicts.iter().filter(|verdict| claims.contains(&verdict.claim)).cloned().collect();
        let about: BTreeSet<CellRef<'_>> = verdicts.iter().map(|verdict| verdict.cell_ref()).collect();
        let cells = self.cells.iter().filter(|cell| about.contains(&cell.cell_ref())).map(|cell| {
            let of_edition = cell.claims.iter().filter(|(claim, _)| claims.contains(claim));
            CellRecord { claims: of_edition.map(|(claim, about)| (claim.clone(), about.clone())).collect(), ..cell.clone() }
        });
        let cells = cells.collect();
        let (mut subject, ledger) = (self.subject.clone(), edition.ledger.clone());
        subject.edition.clone_from(&edition.id);
        Record {
            format: self.format,
            matrix: self.matrix.clone(),
            runs: self.runs.clone(),
            started: self.started,
            ended: self.ended,
            selection: self.selection.clone(),
            engine: self.engine.clone(),
            shard: self.shard.clone(),
            compiler_cache: self.compiler_cache,
            subject,
            ledger,
            verdicts,
            cells,
            bases: self.bases.clone(),
            images: self.images.clone(),
        }
    }

    /// The part about each edition of the page, in the order of the project file; none if all editions say the same.
    pub fn editions(&self) -> impl Iterator<Item = (&str, Record)> {
        self.ledger.editions.iter().map(|edition| (edition.id.as_str(), self.of_edition(edition)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::whole;
    use super::*;
    use crate::model::claim::Ledger;
    use crate::model::verdict::Verdict;

    fn record() -> Record {
        let verdict = |cell: &str, claim: &str| {
            serde_json::json!({
                "scenario": "s", "cell": cell, "axes": {}, "claim": claim, "kind": "statement", "verdict": "confirmed",
                "known": false, "expected": true, "why": "", "documented": "",
            })
        };
        let cell = |cell: &str, claims: &[&str]| {
            let claims: serde_json::Map<_, _> = claims.iter().map(|claim| ((*claim).to_owned(), "it".into())).collect();
            serde_json::json!({
                "scenario": "s", "title": "", "section": "one", "source": {"edition": "e", "heading": "h"}, "cell": cell,
                "axes": {}, "fidelity": "natural", "reason": "", "claims": claims, "phases": [], "packages": {},
                "repeat": "", "findings": [], "started": "2026-01-01T00:00:00Z", "millis": 0,
            })
        };
        serde_json::from_value(serde_json::json!({
            "format": 2, "matrix": "", "runs": [], "started": "2026-01-01T00:00:00Z", "ended": null, "engine": {"name": "", "version": "", "api": "", "address": "", "architecture": ""},
            "verdicts": [verdict("a", "s.old"), verdict("a", "s.both"), verdict("b", "s.old")],
            "cells": [cell("a", &["s.old", "s.both"]), cell("b", &["s.old"])], "bases": [], "images": [],
        }))
        .unwrap()
    }

    #[test]
    fn a_cell_that_says_nothing_of_an_edition_is_left_out() {
        let claim = serde_json::json!({"id": "s.both", "kind": "statement", "section": "one", "says": "it"});
        let ledger = Ledger { claims: vec![serde_json::from_value(claim).unwrap()], ..Ledger::default() };
        let part = record().of_edition(&Edition { id: "new".to_owned(), ledger });
        let verdicts: Vec<&str> = part.verdicts.iter().map(|Verdict { claim, .. }| claim.as_str()).collect();
        assert_eq!(verdicts, ["s.both"]);
        assert_eq!(part.cells.len(), 1);
        assert_eq!(part.subject.edition, "new");
        assert_eq!(whole::check(&part), Ok(()));
    }
}
