//! Sentences of the page that are true up to a version: the versions are put before the sentence. Only where the sentence says
//! nothing else: where it introduces the output that the claim is about, or is simple.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::locate::{Binding, Bound, Place, Quote};
use super::output::literal_units;
use super::results::Results;
use super::sentence::sentences;
use super::{Block, Kind, Page};
use crate::model::claim::ClaimKind;
use crate::summary::bound::Bound as Versions;
use crate::summary::claim::Standing;
use crate::summary::conditions::Condition;
use crate::text::pattern::known;

/// Words with which a sentence begins and that are written small after the versions. Others may be names.
const OPENING: &str = "A After All Although An Another Any As At Because Before By For From However If In It Normally On Once One Some \
                       Specifically Such That The Then There These They This Those To When Where While With You Your";

/// A sentence to put versions before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounded {
    pub block: usize,
    /// What is replaced, in the block's text: earlier versions, if the sentence has them, and the first letter.
    pub at: Range<usize>,
    /// With which versions the sentence is true.
    pub versions: String,
    /// The first letter of the sentence.
    pub letter: String,
    /// Whether the sentence has versions of an earlier run.
    pub has_earlier: bool,
    /// Where the page has these versions before the sentence.
    pub stated_at: Option<Place>,
    /// Whether nothing is to be said in addition.
    pub is_whole: bool,
}

impl Bounded {
    pub fn of(page: &Page, binding: &Binding<'_>, bound: &Bound<'_>, results: &Results<'_>) -> Option<Self> {
        let versions = versions(bound, results)?;
        let (block, sentence) = target(page, bound)?;
        let shown = shown(&versions.conditions);
        let same =
            |other: &Bound<'_>| self::versions(other, results).is_some_and(|other| self::shown(&other.conditions) == shown);
        let about = |other: &&Bound<'_>| other.claim.id != bound.claim.id && is_about(page, other, bound, (block, &sentence));
        if !binding.claims.iter().filter(about).all(same) {
            return None;
        }
        let of = &page.blocks[block];
        let text = &of.text[sentence.clone()];
        let earlier = earlier(text, &versions.conditions);
        let rest = &text[earlier..];
        let first = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
        let is_open = earlier > 0 || OPENING.split_whitespace().any(|word| word == first);
        let letter = rest.chars().next().filter(|_| is_open)?.to_lowercase().to_string();
        let start = sentence.start;
        Some(Bounded {
            block,
            at: start..start + earlier + rest.chars().next().map_or(0, char::len_utf8),
            stated_at: stated(of, block, &sentence, &shown),
            has_earlier: earlier > 0,
            versions: shown,
            letter,
            is_whole: versions.is_whole,
        })
    }
}

impl Bounded {
    /// Whether the page has versions before the sentence.
    pub fn is_there(&self) -> bool {
        self.has_earlier || self.stated_at.is_some()
    }
}

/// The versions that bound a claim that holds in part.
fn versions(bound: &Bound<'_>, results: &Results<'_>) -> Option<Versions> {
    let outcome = results.outcome(&bound.claim.id).filter(|outcome| outcome.standing == Standing::InPart)?;
    Versions::of(outcome)
}

/// As the page says it: `With mod_wsgi up to 4.5.6 (not 4.5.7)`.
fn shown(conditions: &[Condition]) -> String {
    let shown: Vec<String> = conditions.iter().map(|condition| format!("{condition:#}")).collect();
    format!("With {}", shown.join(" and "))
}

/// The sentence that says no more than the claim: one that ends in a colon and introduces the literal block with its output, or
/// else a simple one that has all its quotes.
fn target(page: &Page, bound: &Bound<'_>) -> Option<(usize, Range<usize>)> {
    let literal = literal_units(page, bound);
    if !literal.is_empty() && bound.claim.kind != ClaimKind::Symptom {
        return None;
    }
    if let Some((block, _)) = literal.first() {
        let before = block.checked_sub(1).filter(|before| page.blocks[*before].kind == Kind::Prose)?;
        let text = &page.blocks[before].text;
        let last = sentences(text).pop()?;
        let in_one = literal.iter().all(|(other, _)| other == block);
        return (in_one && text[last.clone()].ends_with(':')).then_some((before, last));
    }
    let first = bound.places.first()?;
    let block = &page.blocks[first.block];
    let at = first.text(page);
    let sentence = sentences(&block.text).into_iter().find(|sentence| sentence.start <= at.start && at.end <= sentence.end)?;
    let inside = |place: &Place| {
        let at = place.text(page);
        place.block == first.block && sentence.start <= at.start && at.end <= sentence.end
    };
    let is_one = block.kind == Kind::Prose && bound.places.iter().all(inside) && is_simple(&block.text[sentence.clone()]);
    is_one.then_some((first.block, sentence))
}

/// Whether a sentence has one clause.
fn is_simple(sentence: &str) -> bool {
    static PARTS: LazyLock<Regex> = LazyLock::new(|| {
        known(r"(?i)[,;:()–—]|\b(?:and|or|but|although|though|because|if|unless|when|where|while|which|that|so|as|since|until)\b")
    });
    !PARTS.is_match(sentence.trim_end_matches(['.', ':']))
}

/// Whether a claim is about the sentence, or about a literal block that has output of the bound claim.
fn is_about(page: &Page, other: &Bound<'_>, bound: &Bound<'_>, (block, sentence): (usize, &Range<usize>)) -> bool {
    let blocks: Vec<usize> = literal_units(page, bound).into_iter().map(|(block, _)| block).collect();
    other.places.iter().any(|place| {
        let at = place.text(page);
        blocks.contains(&place.block) || (place.block == block && at.start < sentence.end && sentence.start < at.end)
    })
}

/// Length of the versions of an earlier run before a sentence, with the comma and the space after them.
fn earlier(sentence: &str, conditions: &[Condition]) -> usize {
    let labels: Vec<String> = conditions.iter().map(|of| regex::escape(&of.label).replace(' ', r"\s+")).collect();
    let one = format!(r"(?:{})\s+(?:up\s+to\s+\S+|from\s+\S+\s+on|\S+\s+to\s+\S+|\S+)(?:\s+\(not\s[^)]*\))?", labels.join("|"));
    let pattern = Regex::new(&format!(r"^With\s+{one}(?:\s+and\s+{one})*,\s+")).ok();
    pattern.and_then(|pattern| Some(pattern.find(sentence)?.end())).unwrap_or(0)
}

/// The versions at the start of the sentence, if it has exactly these.
fn stated(block: &Block, index: usize, sentence: &Range<usize>, versions: &str) -> Option<Place> {
    let first = block.words.partition_point(|word| word.at.start < sentence.start);
    let place = Quote::exact(versions).places(index, &block.words[first..]).into_iter().next()?;
    let ends = block.words.get(first + place.words.end - 1).map(|word| &block.text[word.at.end..]);
    let is_whole = ends.is_some_and(|after| after.trim_start_matches(')').starts_with(','));
    (place.words.start == 0 && is_whole).then(|| Place { block: index, words: first..first + place.words.end })
}
