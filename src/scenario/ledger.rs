//! The claim ledger, made valid: ids that exist once and say which section they belong to.

use std::collections::BTreeSet;

use super::mistake::Place;
use super::{Claim, Ledger, Waiver, raw};

/// The ledger an author wrote; what is wrong with it is noted at its place.
pub(super) fn valid(raw: &raw::Ledger, place: &Place<'_>) -> Ledger {
    let mut ids = BTreeSet::new();
    let mut ledger = Ledger { sections: Vec::new(), claims: Vec::new(), waivers: Vec::new() };
    for (at, section) in place.key("sections").each(&raw.sections) {
        if !ids.insert(&section.id.0) {
            at.key("id").note(format!("section `{}` is given twice", section.id.0), "put all its claims under one entry");
        }
        ledger.sections.push((section.id.0.clone(), section.heading.0.clone()));
        for (at, claim) in at.key("claims").each(&section.claims) {
            if !ids.insert(&claim.id.0) {
                at.key("id").note(format!("claim `{}` is given twice", claim.id.0), "ids are fixed and belong to one claim each");
            }
            ledger.claims.push(Claim {
                id: claim.id.0.clone(),
                kind: claim.kind,
                section: section.id.0.clone(),
                says: claim.says.0.clone(),
                quotes: claim.quotes.iter().map(|quote| quote.0.clone()).collect(),
            });
        }
    }
    ledger.waivers = place.key("waivers").each(&raw.waivers).map(|(at, waiver)| waived(waiver, &at, raw)).collect();
    ledger
}

fn waived(waiver: &raw::Waiver, at: &Place<'_>, ledger: &raw::Ledger) -> Waiver {
    let section = waiver.section.as_ref().map_or("", |section| &section.0);
    if !section.is_empty() && ledger.sections.iter().all(|other| other.id.0 != section) {
        at.key("section").note(format!("no section is `{section}`"), "name one that is given above, by its id");
    }
    if ledger.waivers.iter().filter(|other| other.name == waiver.name).count() > 1 {
        at.key("name").note(format!("waiver `{}` is given twice", waiver.name.0), "call each by a name of its own");
    }
    Waiver {
        name: waiver.name.0.clone(),
        section: section.to_owned(),
        quotes: waiver.quotes.iter().map(|quote| quote.0.clone()).collect(),
        reason: waiver.reason.0.clone(),
    }
}
