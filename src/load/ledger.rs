//! Validates the ledgers of a page: ids are unique, each claim belongs to one section, and a claim of several editions says the same
//! in all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::{File, Place};
use super::file::parsed;
use super::raw;
use crate::model::claim::{Claim, ClaimKind, Edition, Ledger, Proposal, Status, Waiver, topic as claim_topic};
use crate::model::id::ClaimId;
use crate::model::keys::Quoting;
use crate::model::project::{self, Page};

/// The claims of all editions of a page. Reports mistakes at their place; `None` if a ledger cannot be read or an id may be wrong.
pub(super) fn of_page(page: &Page, files: &[File]) -> Option<Ledger> {
    let paths = page.ledgers();
    let files: Vec<&File> = paths.iter().map(|path| files.iter().find(|file| file.path == *path)).collect::<Option<_>>()?;
    let raw: Vec<Option<raw::Ledger>> = files.iter().map(|file| parsed(file, "Ledger")).collect();
    let raw: Vec<raw::Ledger> = raw.into_iter().collect::<Option<_>>()?;
    let mut earlier = Earlier::new();
    let mut ledgers = Vec::new();
    for (file, raw) in files.iter().zip(&raw) {
        let of_file = page.editions.iter().filter(|edition| edition.ledger == file.path);
        let read = Reader { earlier: &earlier, editions: of_file.map(|edition| edition.id.as_str()).collect() };
        let ledger = read.ledger(raw, &file.root());
        for (status, claim) in ledger.with_status() {
            earlier.entry(claim.id.clone()).or_insert_with(|| (claim.clone(), status, file.stem()));
        }
        ledgers.push(ledger);
    }
    if files.iter().any(|file| file.doubts_ids()) {
        return None;
    }
    if ledgers.len() == 1 {
        return ledgers.pop();
    }
    let edition = |edition: &project::Edition| {
        let place = paths.iter().position(|path| *path == edition.ledger)?;
        Some(Edition { id: edition.id.clone(), ledger: ledgers[place].clone() })
    };
    let editions = page.editions.iter().filter_map(edition).collect();
    Some(Ledger { editions, ..Ledger::of_all(&ledgers) })
}

/// The claims of earlier ledgers of the page, each with its status and the name of its file.
type Earlier = BTreeMap<ClaimId, (Claim, Option<Status>, String)>;

/// Reads one ledger.
struct Reader<'a> {
    earlier: &'a Earlier,
    /// The ids of the editions that have this ledger.
    editions: Vec<&'a str>,
}

impl Reader<'_> {
    fn ledger(&self, raw: &raw::Ledger, place: &Place<'_>) -> Ledger {
        let mut ids = BTreeSet::new();
        let mut ledger = Ledger::default();
        for (at, section) in place.key("sections").each(&raw.sections) {
            if !ids.insert(&*section.id.0) {
                let help = "put all its claims into one entry";
                at.key("id").note(format!("section `{}` is defined twice", section.id.0), help);
            }
            ledger.sections.push((section.id.0.as_str().into(), section.heading.0.clone()));
            for (at, claim) in at.key("claims").each(&section.claims) {
                if !ids.insert(&*claim.id.0) {
                    at.key("id").note(format!("claim `{}` is defined twice", claim.id.0), "each claim needs its own id");
                }
                let (read, status) = self.claim(claim, section, &at);
                match status {
                    Some(Status::Draft) => ledger.drafts.push(read),
                    None => ledger.claims.push(read),
                }
            }
        }
        self.once(raw, place);
        ledger.waivers = place.key("waivers").each(&raw.waivers).map(|(at, waiver)| waived(waiver, &at, raw)).collect();
        ledger
    }

    fn claim(&self, raw: &raw::Claim, section: &raw::Section, place: &Place<'_>) -> (Claim, Option<Status>) {
        self.named(&raw.id.0, place);
        let id = ClaimId::from(raw.id.0.as_str());
        let (kind, says, status) = match self.earlier.get(&id) {
            Some((stated, status, file)) => {
                self.same(raw, stated, file, place);
                (stated.kind, stated.says.clone(), *status)
            }
            None => stated(raw, place),
        };
        bounded(raw, kind, place);
        let section_id = section.id.0.as_str().into();
        let (above, below) = (raw.above, raw.below);
        let proposal = proposed(raw, section, place);
        let Quotes { words: quotes, lines, commands } = Quotes::of(raw, &place.key("quotes"));
        (Claim { id, kind, section: section_id, says, quotes, lines, commands, above, below, proposal }, status)
    }

    /// Reports an edition in the id of a claim that is not an edition of this ledger, or that has nothing to differ from.
    fn named(&self, id: &str, place: &Place<'_>) {
        let Some((topic, edition)) = id.split_once('@') else { return };
        let known = self.earlier.keys().any(|claim| claim_topic(claim.as_str()) == topic);
        if !self.editions.contains(&edition) {
            let help = match self.editions.as_slice() {
                [] => format!("write `{topic}`: `@` is for pages that have editions with ledgers of their own"),
                own => format!("the part behind `@` is the edition of this ledger: `{topic}@{}`", own[0]),
            };
            place.key("id").note(format!("this is not the ledger of an edition `{edition}`"), help);
        } else if !known {
            let help = format!("write `{topic}`: `@` is for a claim that says something else than an earlier edition");
            place.key("id").note(format!("no earlier edition has a claim `{topic}`"), help);
        }
    }

    /// Reports what a claim of an earlier edition states again.
    fn same(&self, raw: &raw::Claim, stated: &Claim, file: &str, place: &Place<'_>) {
        let other = format!("`{}@{}`", stated.topic(), self.editions.first().copied().unwrap_or("EDITION"));
        for (key, is_there) in [("says", raw.says.is_some()), ("kind", raw.kind.is_some()), ("status", raw.status.is_some())] {
            if is_there {
                let help = format!("remove it if both editions say the same, else name this claim {other}");
                return place.key(key).note(format!("`{file}.yaml` states this claim already"), help);
            }
        }
        let has_bounds = raw.above.is_some() || raw.below.is_some();
        if has_bounds && (raw.above, raw.below) != (stated.above, stated.below) {
            let help = format!("name it {other}, with `kind` and `says`: it says something else in this edition");
            place.note(format!("this measure has other bounds than in `{file}.yaml`"), help);
        }
    }

    /// Reports a claim that this ledger has twice: as an earlier edition states it, and as this edition does.
    fn once(&self, raw: &raw::Ledger, place: &Place<'_>) {
        let ids: BTreeSet<&str> = raw.sections.iter().flat_map(|section| &section.claims).map(|claim| &*claim.id.0).collect();
        for (at, section) in place.key("sections").each(&raw.sections) {
            for (at, claim) in at.key("claims").each(&section.claims) {
                let plain = claim_topic(&claim.id.0);
                if claim.id.0 != plain && ids.contains(plain) {
                    let message = format!("this edition has `{plain}` too, as an earlier edition states it");
                    at.key("id").note(message, "keep the one that says what this edition says");
                }
            }
        }
    }
}

/// Kind, words and status of a claim that no earlier edition states.
fn stated(raw: &raw::Claim, place: &Place<'_>) -> (ClaimKind, String, Option<Status>) {
    if raw.kind.is_none() {
        place.note("`kind` is missing", "add `kind`: kind of the claim");
    }
    if raw.says.is_none() {
        place.note("`says` is missing", "add `says`: the statement of the page, in this project's words");
    }
    let says = raw.says.as_ref().map_or(String::new(), |says| says.0.clone());
    (raw.kind.unwrap_or(ClaimKind::Statement), says, raw.status)
}

/// Reports a measure without a number, and a number on a claim that is not a measure.
fn bounded(claim: &raw::Claim, kind: ClaimKind, place: &Place<'_>) {
    let has_bound = claim.above.is_some() || claim.below.is_some();
    if has_bound == (kind == ClaimKind::Measure) {
        return;
    }
    let (message, help) = match has_bound {
        true => ("only a measure has `above` or `below`", "remove them, or change its `kind` to `measure`"),
        false => ("this measure has no number", "add `above`, `below` or both, with the numbers of the page"),
    };
    place.note(message, help);
}

/// What the page could say about a claim of a section that is not on it.
fn proposed(raw: &raw::Claim, section: &raw::Section, place: &Place<'_>) -> Option<Proposal> {
    let lines = |lines: &[crate::model::keys::Line]| lines.iter().map(|line| line.0.clone()).collect::<Vec<_>>();
    match (&raw.text, section.proposed) {
        (Some(text), true) => {
            if !raw.quotes.is_empty() {
                place.key("quotes").note("a proposed section is not on the page", "remove them, or remove `proposed: true`");
            }
            return Some(Proposal { text: text.0.clone(), output: lines(&raw.output), commands: lines(&raw.commands) });
        }
        (None, true) => {
            place.note("`text` is missing", "add `text`: what the page could say about it, as the section is proposed")
        }
        (_, false) => {
            let own = [("text", raw.text.is_some()), ("output", !raw.output.is_empty()), ("commands", !raw.commands.is_empty())];
            for (key, _) in own.iter().filter(|(_, is_there)| *is_there) {
                place
                    .key(key)
                    .note(format!("only a claim of a proposed section has `{key}`"), "add `proposed: true` to the section");
            }
        }
    }
    None
}

/// The quotes of a claim, sorted into words, lines and commands. The words of each are among `words`.
#[derive(Default)]
struct Quotes {
    words: Vec<String>,
    lines: Vec<String>,
    commands: Vec<String>,
}

impl Quotes {
    fn of(raw: &raw::Claim, place: &Place<'_>) -> Self {
        let mut quotes = Quotes::default();
        for (at, quote) in place.each(&raw.quotes) {
            let literal = match quote {
                Quoting::Words(words) => {
                    quotes.words.push(words.0.clone());
                    continue;
                }
                Quoting::Literal(literal) => literal,
            };
            let (kind, text) = match (&literal.line, &literal.command) {
                (Some(line), None) => (&mut quotes.lines, line),
                (None, Some(command)) => (&mut quotes.commands, command),
                _ => {
                    at.note("is neither a line nor a command", "use `line` for printed text, `command` for typed text");
                    continue;
                }
            };
            kind.push(text.0.clone());
            quotes.words.push(literal.within.as_ref().unwrap_or(text).0.clone());
        }
        quotes
    }
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
