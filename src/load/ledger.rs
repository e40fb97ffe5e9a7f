//! Validates the claim ledger: ids are unique, and each claim belongs to one section.

use std::collections::BTreeSet;

use super::diagnostic::Place;
use super::raw;
use crate::model::claim::{Claim, ClaimKind, Ledger, Status, Waiver};
use crate::model::keys::Quoting;

/// Validates the ledger and reports mistakes at their place.
pub(super) fn valid(raw: &raw::Ledger, place: &Place<'_>) -> Ledger {
    let mut ids = BTreeSet::new();
    let mut ledger = Ledger::default();
    for (at, section) in place.key("sections").each(&raw.sections) {
        if !ids.insert(&section.id.0) {
            at.key("id").note(format!("section `{}` is defined twice", section.id.0), "put all its claims into one entry");
        }
        ledger.sections.push((section.id.0.as_str().into(), section.heading.0.clone()));
        for (at, claim) in at.key("claims").each(&section.claims) {
            if !ids.insert(&claim.id.0) {
                at.key("id").note(format!("claim `{}` is defined twice", claim.id.0), "each claim needs its own id");
            }
            let read = quoted(claim, &section.id.0, &at.key("quotes"));
            match claim.status {
                Some(Status::Draft) => ledger.drafts.push(read),
                None => ledger.claims.push(read),
            }
            bounded(claim, &at);
        }
    }
    ledger.waivers = place.key("waivers").each(&raw.waivers).map(|(at, waiver)| waived(waiver, &at, raw)).collect();
    ledger
}

/// Reports a measure without a number, and a number on a claim that is not a measure.
fn bounded(claim: &raw::Claim, place: &Place<'_>) {
    let has_bound = claim.above.is_some() || claim.below.is_some();
    if has_bound != (claim.kind == ClaimKind::Measure) {
        let (message, help) = match has_bound {
            true => ("only a measure has `above` or `below`", "remove them, or change its `kind` to `measure`"),
            false => ("this measure has no number", "add `above`, `below` or both, with the numbers of the page"),
        };
        place.note(message, help);
    }
}

/// A claim with its quotes, sorted into words, lines and commands.
fn quoted(raw: &raw::Claim, section: &str, place: &Place<'_>) -> Claim {
    let (id, says) = (raw.id.0.as_str().into(), raw.says.0.clone());
    let (quotes, lines, commands) = (Vec::new(), Vec::new(), Vec::new());
    let (above, below) = (raw.above, raw.below);
    let mut claim = Claim { id, kind: raw.kind, section: section.into(), says, quotes, lines, commands, above, below };
    for (at, quote) in place.each(&raw.quotes) {
        let literal = match quote {
            Quoting::Words(words) => {
                claim.quotes.push(words.0.clone());
                continue;
            }
            Quoting::Literal(literal) => literal,
        };
        let (kind, text) = match (&literal.line, &literal.command) {
            (Some(line), None) => (&mut claim.lines, line),
            (None, Some(command)) => (&mut claim.commands, command),
            _ => {
                at.note("is neither a line nor a command", "use `line` for printed text, `command` for typed text");
                continue;
            }
        };
        kind.push(text.0.clone());
        claim.quotes.push(literal.within.as_ref().unwrap_or(text).0.clone());
    }
    claim
}

fn waived(waiver: &raw::Waiver, at: &Place<'_>, ledger: &raw::Ledger) -> Waiver {
    let section = waiver.section.as_ref().map_or("", |section| &section.0);
    if !section.is_empty() && ledger.sections.iter().all(|other| other.id.0 != section) {
        at.key("section").note(format!("no section is `{section}`"), "use the id of a section above");
    }
    if ledger.waivers.iter().filter(|other| other.name == waiver.name).count() > 1 {
        at.key("name").note(format!("waiver `{}` is defined twice", waiver.name.0), "give each waiver its own name");
    }
    Waiver {
        name: waiver.name.0.clone(),
        section: section.into(),
        quotes: waiver.quotes.iter().map(|quote| quote.0.clone()).collect(),
        reason: waiver.reason.0.clone(),
    }
}
