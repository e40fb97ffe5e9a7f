//! Corrections of the page where a run contradicts it: the lines that are printed instead, the versions with which a sentence is
//! true, or a note on where it holds. Corrections state only what a run showed.

use std::sync::LazyLock;

use regex::Regex;

use super::locate::{Binding, Bound, Place, Quote};
use super::note::Note;
use super::output::Output;
use super::results::Results;
use super::sentence_bound::Bounded;
use super::spread::Spread;
use super::{Page, words};
use crate::model::claim::Claim;
use crate::model::rejection::Rejection;
use crate::summary::claim::Standing;
use crate::text::pattern::known;

/// What to write for one claim: at least one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// For claims that hold nowhere.
    pub output: Option<Output>,
    pub bounded: Option<Bounded>,
    /// What the other parts do not say.
    pub note: Option<Note>,
}

impl Proposal {
    /// The correction that follows from a run; `None` if the run does not contradict the claim, or did not decide it.
    fn of(page: &Page, binding: &Binding<'_>, bound: &Bound<'_>, results: &Results<'_>) -> Option<Self> {
        let outcome = results.outcome(&bound.claim.id)?;
        if !matches!(outcome.standing, Standing::InPart | Standing::Fails) {
            return None;
        }
        // A page that has a note keeps it; ranges of measured numbers stay while they hold.
        let noted = bound.note.as_ref().map(|note| page.blocks[note.block].text.as_str());
        let output = Output::of(page, binding, bound, results).filter(|output| noted.is_none() || !output.stated_at.is_empty());
        let bounded = Bounded::of(page, binding, bound, results).filter(|bounded| noted.is_none() || bounded.is_there());
        let is_whole = output.as_ref().is_some_and(|output| output.is_whole) || bounded.as_ref().is_some_and(|of| of.is_whole);
        let note = (noted.is_some() || !is_whole)
            .then(|| Note::of(bound.claim, outcome, &Spread::stated(noted.unwrap_or("")), results.rules));
        Some(Proposal { output, bounded, note })
    }

    /// What it writes, as text.
    pub fn text(&self) -> String {
        let output = self.output.iter().flat_map(|output| output.lines.iter().cloned());
        let bounded = self.bounded.iter().map(|bounded| format!("{}, ...", bounded.versions));
        output.chain(bounded).chain(self.note.iter().map(Note::text)).collect::<Vec<_>>().join("\n")
    }

    /// Whether it writes what a text says, but for measured numbers, which differ from run to run.
    fn writes(&self, text: &str) -> bool {
        let read = |text: &str| words(&without_numbers(text)).into_iter().map(|word| word.text).collect::<Vec<_>>();
        read(&self.text()) == read(text)
    }
}

fn without_numbers(text: &str) -> String {
    static MEASURED: LazyLock<Regex> =
        LazyLock::new(|| known(r"(?s)\bmeasured\s+`([^`]*)`\s+is\s+(?:between\s+)?-?\d+(?:\.\d+)?(?:\s+and\s+-?\d+(?:\.\d+)?)?"));
    MEASURED.replace_all(text, "measured `$1` is N").into_owned()
}

/// A claim that a run contradicts, with its correction.
#[derive(Debug)]
pub struct Correction<'a> {
    pub claim: &'a Claim,
    pub proposal: Proposal,
    /// What the proposal writes for this claim alone, by which a refusal is recognised.
    pub identity: String,
    pub stated_at: Vec<Place>,
    /// The refusal of exactly this proposal.
    pub refused: Option<&'a Rejection>,
    /// The refusal of another proposal for this claim.
    pub refused_before: Option<&'a Rejection>,
}

impl Correction<'_> {
    pub fn is_stated(&self) -> bool {
        !self.stated_at.is_empty()
    }

    /// Whether to propose it: it is neither on the page nor refused.
    pub fn is_open(&self) -> bool {
        !self.is_stated() && self.refused.is_none()
    }
}

/// The correction of every claim that a run contradicts.
pub fn corrections<'a>(
    page: &Page,
    binding: &Binding<'a>,
    results: &Results<'_>,
    rejections: &'a [Rejection],
) -> Vec<Correction<'a>> {
    let mut corrections: Vec<Correction<'a>> = Vec::new();
    for bound in &binding.claims {
        let Some(proposal) = Proposal::of(page, binding, bound, results) else { continue };
        let mut of_claim = rejections.iter().filter(|rejection| rejection.claim == bound.claim.id);
        let refused = of_claim.clone().find(|rejection| proposal.writes(&rejection.proposal));
        let refused_before = of_claim.next_back().filter(|_| refused.is_none());
        let (claim, identity) = (bound.claim, proposal.text());
        corrections.push(Correction { claim, proposal, identity, stated_at: Vec::new(), refused, refused_before });
    }
    join_notes(page, binding, &mut corrections);
    for correction in &mut corrections {
        let bound = binding.claims.iter().find(|bound| bound.claim.id == correction.claim.id);
        correction.stated_at = bound.map_or(Vec::new(), |bound| stated(page, bound, &correction.proposal));
    }
    say_once(&mut corrections, results);
    corrections
}

/// Claims with the same note in the same place share it.
fn join_notes(page: &Page, binding: &Binding<'_>, corrections: &mut [Correction<'_>]) {
    let place = |correction: &Correction<'_>| {
        let bound = binding.claims.iter().find(|bound| bound.claim.id == correction.claim.id)?;
        let old = bound.note.as_ref().map(|note| page.blocks[note.block].element.start);
        old.or_else(|| Some(page.blocks[note_after(page, bound)?].element.end))
    };
    let notes: Vec<Option<(usize, String, String)>> = corrections
        .iter()
        .map(|correction| {
            let note = correction.proposal.note.as_ref().filter(|_| correction.refused.is_none())?;
            Some((place(correction)?, note.rest.clone(), correction.claim.says.clone()))
        })
        .collect();
    for (correction, own) in corrections.iter_mut().zip(&notes) {
        let (Some(note), Some((place, rest, _))) = (&mut correction.proposal.note, own) else { continue };
        let same = notes.iter().flatten().filter(|(other, text, _)| other == place && text == rest);
        note.says = same.map(|(_, _, says)| says.clone()).collect();
    }
}

/// The block after which a note on a claim is placed: that of its first quote, or the literal block that it introduces, with the
/// end of the sentence that goes on after it.
pub(super) fn note_after(page: &Page, bound: &Bound<'_>) -> Option<usize> {
    use super::Kind::{Literal, Prose};
    let kind = |index: usize| page.blocks.get(index).map(|block| block.kind);
    let mut after = bound.places.first()?.block;
    if kind(after) == Some(Prose) && kind(after + 1) == Some(Literal) {
        after += 1;
    }
    let goes_on =
        |index: usize| page.blocks.get(index).is_some_and(|next| next.text.trim_start().starts_with(char::is_lowercase));
    if kind(after) == Some(Literal) && kind(after + 1) == Some(Prose) && goes_on(after + 1) {
        after += 1;
    }
    Some(after)
}

/// Where the page states every part of a proposal; nowhere if it lacks one.
fn stated(page: &Page, bound: &Bound<'_>, proposal: &Proposal) -> Vec<Place> {
    let note = proposal.note.as_ref().map(|note| {
        let quote = Quote::exact(&note.text());
        let noted = bound.note.iter().map(|place| place.block);
        noted.flat_map(|block| quote.places(block, &page.blocks[block].words)).collect::<Vec<_>>()
    });
    let output = proposal.output.as_ref().map(|output| output.stated_at.clone());
    let bounded = proposal.bounded.as_ref().map(|bounded| bounded.stated_at.iter().cloned().collect());
    let parts: Vec<Vec<Place>> = [note, output, bounded].into_iter().flatten().collect();
    if parts.iter().any(Vec::is_empty) { Vec::new() } else { parts.concat() }
}

/// Adjacent lines of a literal block that would be replaced by the same line are replaced once.
fn say_once(corrections: &mut [Correction<'_>], results: &Results<'_>) {
    let mut lines: Vec<&mut super::output::Replaced> = corrections
        .iter_mut()
        .filter(|correction| correction.stated_at.is_empty() && correction.refused.is_none())
        .filter_map(|correction| correction.proposal.output.as_mut())
        .flat_map(|output| &mut output.replaced)
        .collect();
    lines.sort_by_key(|line| (line.block, line.unit.start));
    let mut last: Option<(usize, usize, Vec<String>)> = None;
    for line in lines.into_iter().filter(|line| !line.by.is_empty()) {
        let is_same = |(block, unit, by): &(usize, usize, Vec<String>)| {
            let alike = |(one, other): (&String, &String)| results.rules.alike(one, other);
            let equal = by.len() == line.by.len() && by.iter().zip(&line.by).all(alike);
            *block == line.block && *unit != line.unit.start && equal
        };
        if last.as_ref().is_some_and(is_same) {
            line.by.clear();
        } else {
            last = Some((line.block, line.unit.start, line.by.clone()));
        }
    }
}
