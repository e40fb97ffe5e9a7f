//! Checks that a record is complete: exactly one verdict on each claim of each cell, without contradictions. A truncated, edited
//! or mixed record must not pass for a run without bad news.

use std::collections::{BTreeMap, BTreeSet};

use super::{CellRecord, Record};
use crate::model::id::{CellRef, ClaimId};
use crate::model::verdict::{Ruling, Verdict};

/// Checks a record.
///
/// # Errors
/// The first problem in words, with its claim and cell.
pub fn check(record: &Record) -> Result<(), String> {
    let mut verdicts: BTreeMap<CellRef<'_>, Vec<&Verdict>> = BTreeMap::new();
    for verdict in &record.verdicts {
        verdicts.entry(verdict.cell_ref()).or_default().push(verdict);
    }
    for cell in &record.cells {
        let Some(of_cell) = verdicts.remove(&cell.cell_ref()) else {
            return Err(match record.cells.iter().filter(|other| other.cell_ref() == cell.cell_ref()).count() {
                1 => format!("cell `{}` has no verdict", cell.cell_ref()),
                _ => format!("cell `{}` occurs twice", cell.cell_ref()),
            });
        };
        check_cell(cell, of_cell)?;
    }
    match verdicts.first_key_value() {
        Some((cell, of)) => Err(format!("a verdict on `{}` is of cell `{cell}`, which the record lacks", of[0].claim)),
        None => Ok(()),
    }
}

/// Checks one cell and its verdicts.
///
/// # Errors
/// As for [`check`].
pub fn check_cell<'a>(cell: &CellRecord, verdicts: impl IntoIterator<Item = &'a Verdict>) -> Result<(), String> {
    let place = format!("`{}`", cell.cell_ref());
    let mut lacking: BTreeSet<&ClaimId> = cell.claims.keys().collect();
    for verdict in verdicts {
        let claim = &verdict.claim;
        if verdict.cell_ref() != cell.cell_ref() {
            return Err(format!("a verdict on `{claim}` is of cell `{}`, not of {place}", verdict.cell_ref()));
        }
        if !lacking.remove(claim) {
            let why = if cell.claims.contains_key(claim) { "a duplicate" } else { "not of a claim of its cell" };
            return Err(format!("the verdict on `{claim}` in {place} is {why}"));
        }
        if let Some(why) = contradiction(verdict) {
            return Err(format!("the verdict on `{claim}` in {place} contradicts itself: {why}"));
        }
    }
    match lacking.first() {
        Some(claim) => Err(format!("the verdict on `{claim}` in {place} is missing")),
        None => Ok(()),
    }
}

/// A contradiction between two fields of a verdict.
fn contradiction(verdict: &Verdict) -> Option<String> {
    let Verdict { known, gone, expected, .. } = *verdict;
    let ruling = crate::model::cause::spelled(verdict.verdict);
    if verdict.drift.is_some() != (verdict.verdict == Ruling::Drifted) {
        return Some(format!("it is `{ruling}`, but only a drift has a kind, and it must have one"));
    }
    if verdict.cause.is_some() != (verdict.verdict == Ruling::Inconclusive) {
        return Some(format!("it is `{ruling}`, but only an inconclusive verdict has a cause, and it must have one"));
    }
    if known && verdict.verdict != Ruling::Drifted {
        return Some(format!("it is `{ruling}`, but only a drift can be known"));
    }
    if gone && (known || verdict.verdict == Ruling::Inconclusive) {
        return Some("a verdict that is a known drift or inconclusive cannot be `gone`".to_owned());
    }
    let derived = verdict.is_as_expected();
    (expected != derived).then(|| format!("it says `expected: {expected}`, which contradicts its other keys"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(claim: &str) -> serde_json::Value {
        serde_json::json!({
            "scenario": "s", "cell": "c", "axes": {}, "claim": claim, "kind": "symptom", "verdict": "confirmed", "known": false,
            "expected": true, "observed": "", "why": "", "documented": "",
        })
    }

    fn mistake(verdicts: &[serde_json::Value]) -> String {
        let cell = serde_json::json!({
            "scenario": "s", "title": "", "section": "", "source": {"edition": "e", "heading": "h"}, "cell": "c", "axes": {},
            "fidelity": "natural", "reason": "", "repeat": "", "started": "2026-01-01T00:00:00Z", "millis": 0, "phases": [],
            "packages": {}, "findings": [], "claims": {"a": "so", "b": "so"},
        });
        let cell: CellRecord = serde_json::from_value(cell).unwrap();
        let verdicts: Vec<Verdict> = verdicts.iter().map(|text| serde_json::from_value(text.clone()).unwrap()).collect();
        check_cell(&cell, &verdicts).err().unwrap_or_default()
    }

    fn with(changes: &[(&str, serde_json::Value)]) -> serde_json::Value {
        let mut verdict = verdict("a");
        changes.iter().for_each(|(key, value)| verdict[*key] = value.clone());
        verdict
    }

    #[test]
    fn each_claim_has_exactly_one_verdict() {
        assert_eq!(mistake(&[verdict("b"), verdict("a")]), "");
        assert_eq!(mistake(&[verdict("b")]), "the verdict on `a` in `s:c` is missing");
        assert_eq!(mistake(&[verdict("a"), verdict("a")]), "the verdict on `a` in `s:c` is a duplicate");
        assert_eq!(mistake(&[verdict("x")]), "the verdict on `x` in `s:c` is not of a claim of its cell");
    }

    #[test]
    fn a_contradictory_verdict_is_refused() {
        let table = [
            (vec![("verdict", "inconclusive".into()), ("cause", "timeout".into())], "it says `expected: true`"),
            (vec![("verdict", "inconclusive".into()), ("expected", false.into())], "only an inconclusive verdict has a cause"),
            (vec![("verdict", "drifted".into()), ("drift", "absent".into())], "it says `expected: true`"),
            (vec![("verdict", "drifted".into()), ("known", true.into())], "only a drift has a kind"),
            (vec![("known", true.into())], "only a drift can be known"),
            (vec![("gone", true.into())], "it says `expected: true`"),
            (vec![("expected", false.into())], "it says `expected: false`"),
        ];
        for (changes, wanted) in table {
            let found = mistake(&[with(&changes), verdict("b")]);
            assert!(found.contains(wanted), "{changes:?}: {found}");
        }
        for sound in [
            vec![("gone", true.into()), ("expected", false.into())],
            vec![("verdict", "drifted".into()), ("drift", "absent".into()), ("known", true.into())],
            vec![("verdict", "inconclusive".into()), ("cause", "timeout".into()), ("expected", false.into())],
        ] {
            assert_eq!(mistake(&[with(&sound), verdict("b")]), "", "{sound:?}");
        }
    }
}
