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
                _ => format!("cell `{}` is there twice", cell.cell_ref()),
            });
        };
        check_cell(cell, of_cell)?;
    }
    match verdicts.first_key_value() {
        Some((cell, of)) => Err(format!("a verdict on `{}` is of cell `{cell}`, which is not there", of[0].claim)),
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
            let why = if cell.claims.contains_key(claim) { "there twice" } else { "of no claim of its cell" };
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
        return Some(format!("it is `{ruling}`, and a drift has a kind where nothing else has"));
    }
    if verdict.cause.is_some() != (verdict.verdict == Ruling::Inconclusive) {
        return Some(format!("it is `{ruling}`, and what is inconclusive has a cause where nothing else has"));
    }
    if known && verdict.verdict != Ruling::Drifted {
        return Some(format!("it is `{ruling}`, and only a drift can be known"));
    }
    if gone && (known || verdict.verdict == Ruling::Inconclusive) {
        return Some("a stated drift cannot be gone where it was seen or nothing could be told".to_owned());
    }
    let derived = verdict.is_as_expected();
    (expected != derived).then(|| format!("it says `expected: {expected}`, which follows from nothing else it says"))
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

    fn told(verdicts: &[serde_json::Value]) -> String {
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
    fn one_verdict_on_each_claim_and_none_besides() {
        assert_eq!(told(&[verdict("b"), verdict("a")]), "");
        assert_eq!(told(&[verdict("b")]), "the verdict on `a` in `s:c` is missing");
        assert_eq!(told(&[verdict("a"), verdict("a")]), "the verdict on `a` in `s:c` is there twice");
        assert_eq!(told(&[verdict("x")]), "the verdict on `x` in `s:c` is of no claim of its cell");
    }

    #[test]
    fn a_verdict_that_contradicts_itself_is_none() {
        let table = [
            (vec![("verdict", "inconclusive".into()), ("cause", "timeout".into())], "it says `expected: true`"),
            (vec![("verdict", "inconclusive".into()), ("expected", false.into())], "has a cause"),
            (vec![("verdict", "drifted".into()), ("drift", "absent".into())], "it says `expected: true`"),
            (vec![("verdict", "drifted".into()), ("known", true.into())], "has a kind"),
            (vec![("known", true.into())], "only a drift can be known"),
            (vec![("gone", true.into())], "it says `expected: true`"),
            (vec![("expected", false.into())], "it says `expected: false`"),
        ];
        for (changes, wanted) in table {
            let told = told(&[with(&changes), verdict("b")]);
            assert!(told.contains(wanted), "{changes:?}: {told}");
        }
        for sound in [
            vec![("gone", true.into()), ("expected", false.into())],
            vec![("verdict", "drifted".into()), ("drift", "absent".into()), ("known", true.into())],
            vec![("verdict", "inconclusive".into()), ("cause", "timeout".into()), ("expected", false.into())],
        ] {
            assert_eq!(told(&[with(&sound), verdict("b")]), "", "{sound:?}");
        }
    }
}
