//! The claims of the ledger on a page, found by their quotes. White space, line breaks and markup make no difference, and
//! file names in a quote may be missing, because text copied from a rendered page may lack them.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Block, Kind, Page, Word, words};
use crate::model::claim::{Claim, Ledger, Waiver};
use crate::model::id::SectionId;
use crate::text::pattern::known;

/// Maximum number of words that `[..]` in a quote matches: enough for a path and a name, but not for a sentence.
const ELIDED: usize = 12;
/// Minimum similarity of the nearest place, if the quote's section is on the page.
const NEAR: f64 = 0.5;
/// Minimum similarity of the nearest place, if the section is not on the page.
const NEAR_ANYWHERE: f64 = 0.8;

/// A range of words in one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub block: usize,
    pub words: Range<usize>,
}

impl Place {
    /// Range in the block's text.
    pub fn text(&self, page: &Page) -> Range<usize> {
        let words = &page.blocks[self.block].words[self.words.clone()];
        words[0].at.start..words[words.len() - 1].at.end
    }

    /// The line of the file on which it begins, from 1.
    pub fn line(&self, page: &Page) -> usize {
        page.line(page.blocks[self.block].source(self.text(page)).start)
    }

    pub fn quoted<'a>(&self, page: &'a Page) -> &'a str {
        &page.blocks[self.block].text[self.text(page)]
    }
}

/// A quote that the page lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    pub quote: &'a str,
    /// The most similar place, if any is similar.
    pub nearest: Option<Place>,
}

/// One claim and its places on the page.
#[derive(Debug, Clone)]
pub struct Bound<'a> {
    pub claim: &'a Claim,
    /// Every place of every quote, in the order of the quotes.
    pub places: Vec<Place>,
    /// Quotes that the page lacks.
    pub changes: Vec<Change<'a>>,
    /// A paragraph that begins with the ledger's wording of the claim, as the note of a correction does.
    pub note: Option<Place>,
    /// The blocks that were searched.
    pub region: Vec<usize>,
}

/// Whether the page has a claim's quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Wording {
    Found,
    /// The page words it differently, or lacks some quotes.
    Changed,
    Gone,
}

impl Bound<'_> {
    pub fn wording(&self) -> Wording {
        let near = self.changes.iter().any(|change| change.nearest.is_some());
        match (self.places.is_empty(), self.changes.is_empty()) {
            (_, true) => Wording::Found,
            (true, false) if !near => Wording::Gone,
            _ => Wording::Changed,
        }
    }

    /// The places of its quotes and of the most similar text, from the top.
    pub fn all_places(&self) -> Vec<&Place> {
        let mut places: Vec<&Place> =
            self.places.iter().chain(self.changes.iter().filter_map(|change| change.nearest.as_ref())).collect();
        places.sort_by_key(|place| (place.block, place.words.start));
        places
    }
}

/// A waiver and the blocks it covers.
#[derive(Debug, Clone)]
pub struct Waived<'a> {
    pub waiver: &'a Waiver,
    /// The places of its quotes; none if the page lacks them.
    pub places: Vec<Place>,
}

/// The whole ledger with its places on a page.
#[derive(Debug, Clone)]
pub struct Binding<'a> {
    /// The claims, in the ledger's order.
    pub claims: Vec<Bound<'a>>,
    /// The drafts, in the ledger's order.
    pub drafts: Vec<Bound<'a>>,
    /// The waivers, in the ledger's order.
    pub waived: Vec<Waived<'a>>,
    /// Headings of the ledger's sections that the page lacks.
    pub without: Vec<&'a str>,
    /// The blocks that are the headings of the ledger's sections.
    pub headings: Vec<usize>,
}

pub fn bind<'a>(page: &Page, ledger: &'a Ledger) -> Binding<'a> {
    let regions = Regions::of(page, ledger);
    let find = |section: &SectionId, quote: &String| regions.find(page, section, quote);
    let waived = |waiver: &'a Waiver| {
        let places = waiver.quotes.iter().flat_map(|quote| find(&waiver.section, quote)).collect();
        Waived { waiver, places }
    };
    let waived: Vec<Waived<'a>> = ledger.waivers.iter().map(waived).collect();
    let is_on_page = |claim: &&Claim| claim.proposal.is_none();
    let all = || ledger.claims.iter().chain(&ledger.drafts).filter(is_on_page);
    let found: Vec<Vec<Vec<Place>>> =
        all().map(|claim| claim.quotes.iter().map(|quote| find(&claim.section, quote)).collect()).collect();
    // The place of one quote is not the nearest place of another.
    let taken: Vec<&Place> = found.iter().flatten().flatten().chain(waived.iter().flat_map(|waived| &waived.places)).collect();
    let bound = |(claim, found): (&'a Claim, &Vec<Vec<Place>>)| {
        let missing =
            claim.quotes.iter().zip(found).filter(|(quote, places)| places.is_empty() && !Quote::new(quote).may_be_lost());
        let changes = missing.map(|(quote, _)| Change { quote, nearest: regions.nearest(page, &claim.section, quote, &taken) });
        let region = regions.blocks(&claim.section);
        Bound {
            claim,
            changes: changes.collect(),
            places: found.iter().flatten().cloned().collect(),
            note: note(page, claim, &region),
            region,
        }
    };
    let mut claims: Vec<Bound<'a>> = all().zip(&found).map(bound).collect();
    let drafts = claims.split_off(ledger.claims.iter().filter(is_on_page).count());
    let headings = regions.sections.iter().flat_map(|region| &region.blocks).map(|blocks| blocks.start).collect();
    Binding { claims, drafts, waived, without: regions.without(), headings }
}

/// What may be before a claim in a note: a word such as “Note”, and other claims.
static LEADS: LazyLock<Regex> = LazyLock::new(|| known(r"^\W*(?:\w+\W+)?(?:“[^”]*”\s+and\s+)*\W*$"));

/// The note of a claim: the whole paragraph.
fn note(page: &Page, claim: &Claim, region: &[usize]) -> Option<Place> {
    let says = Quote::exact(&claim.says);
    let begins = |block: &&usize| {
        let block = &page.blocks[**block];
        let leads = |place: &Place| LEADS.is_match(&block.text[..block.words[place.words.start].at.start]);
        block.kind == Kind::Prose && says.places(0, &block.words).iter().any(leads)
    };
    region.iter().find(begins).map(|block| Place { block: *block, words: 0..page.blocks[*block].words.len() })
}

/// A section of the ledger and its blocks, one range for each heading of the page that reads like its own.
struct Region<'a> {
    section: &'a SectionId,
    heading: &'a str,
    blocks: Vec<Range<usize>>,
}

/// The blocks of each section of the ledger.
struct Regions<'a> {
    sections: Vec<Region<'a>>,
    blocks: usize,
}

impl<'a> Regions<'a> {
    fn of(page: &Page, ledger: &'a Ledger) -> Self {
        let section = |(section, heading): &'a (SectionId, String)| {
            let wanted: Vec<String> = words(heading).into_iter().map(|word| word.text).collect();
            let is_it = |(_, block): &(usize, &Block)| {
                matches!(block.kind, Kind::Heading(_)) && block.words.iter().map(|word| &word.text).eq(&wanted)
            };
            let blocks = page.blocks.iter().enumerate().filter(is_it).map(|(start, _)| region(page, start)).collect();
            Region { section, heading, blocks }
        };
        let is_on_page = |(id, _): &&(SectionId, String)| !ledger.is_proposed(id);
        Regions { sections: ledger.sections.iter().filter(is_on_page).map(section).collect(), blocks: page.blocks.len() }
    }

    /// The blocks of a section; if the page lacks its heading, all blocks outside of other sections.
    fn blocks(&self, section: &SectionId) -> Vec<usize> {
        let ranges = || self.sections.iter().flat_map(|region| &region.blocks);
        match self.region(section) {
            [] => (0..self.blocks).filter(|block| !ranges().any(|region| region.contains(block))).collect(),
            [own] => own.clone().collect(),
            // One of them may be within another.
            own => own.iter().cloned().flatten().collect::<BTreeSet<usize>>().into_iter().collect(),
        }
    }

    fn region(&self, section: &SectionId) -> &[Range<usize>] {
        self.sections.iter().find(|region| region.section == section).map_or(&[], |region| &region.blocks)
    }

    fn without(&self) -> Vec<&'a str> {
        self.sections.iter().filter(|region| region.blocks.is_empty()).map(|region| region.heading).collect()
    }

    /// The places of a quote. Headings are searched if no other text has it.
    fn find(&self, page: &Page, section: &SectionId, quote: &str) -> Vec<Place> {
        let quote = Quote::new(quote);
        let (headings, texts) = self.parts(page, section);
        let places = |blocks: Vec<usize>| -> Vec<Place> {
            blocks.into_iter().flat_map(|block| quote.places(block, &page.blocks[block].words)).collect()
        };
        let found = places(texts);
        if found.is_empty() { places(headings) } else { found }
    }

    /// The text most similar to a missing quote, outside of places that are taken.
    fn nearest(&self, page: &Page, section: &SectionId, quote: &str, taken: &[&Place]) -> Option<Place> {
        let near = if self.region(section).is_empty() { NEAR_ANYWHERE } else { NEAR };
        let quote = Quote::new(quote);
        let (headings, texts) = self.parts(page, section);
        let likeness = |block: usize| {
            let free = |word: usize| !taken.iter().any(|place| place.block == block && place.words.contains(&word));
            (quote.nearest(&page.blocks[block].words, free), block)
        };
        let best = |blocks: Vec<usize>| {
            let ((likeness, words), block) =
                blocks.into_iter().map(likeness).max_by(|((one, _), _), ((other, _), _)| one.total_cmp(other))?;
            (likeness >= near).then_some(Place { block, words })
        };
        best(texts).or_else(|| best(headings))
    }

    /// The headings and the other blocks of a section.
    fn parts(&self, page: &Page, section: &SectionId) -> (Vec<usize>, Vec<usize>) {
        self.blocks(section).into_iter().partition(|block| matches!(page.blocks[*block].kind, Kind::Heading(_)))
    }
}

/// The blocks from a heading to the next heading of the same or a higher level.
pub(super) fn region(page: &Page, start: usize) -> Range<usize> {
    let level = |block: &Block| if let Kind::Heading(level) = block.kind { level } else { u8::MAX };
    let own = level(&page.blocks[start]);
    let rest = &page.blocks[start + 1..];
    start..rest.iter().position(|block| level(block) <= own).map_or(page.blocks.len(), |end| start + 1 + end)
}

/// A quote as words. Some may be missing on the page, and `[..]` matches other words.
pub(super) struct Quote(Vec<Wanted>);

/// One word of a quote.
struct Wanted {
    text: String,
    /// Whether it belongs to a file name.
    lost: bool,
    /// Whether other words may precede it.
    elided: bool,
}

impl Quote {
    pub(super) fn new(text: &str) -> Self {
        let begin = |word: &Word| text[..word.at.start].rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let name = |word: &Word| is_file_name(&text[begin(word)..].split_whitespace().next().unwrap_or("").replace("[..]", ""));
        let mut end = 0;
        let wanted = words(text).into_iter().map(|word| {
            let elided = text[end..word.at.start].contains("[..]");
            end = word.at.end;
            Wanted { lost: name(&word), elided, text: word.text }
        });
        Quote(wanted.collect())
    }

    /// A quote without optional words.
    pub(super) fn exact(text: &str) -> Self {
        Quote(words(text).into_iter().map(|word| Wanted { text: word.text, lost: false, elided: false }).collect())
    }

    fn may_be_lost(&self) -> bool {
        self.0.iter().all(|wanted| wanted.lost)
    }

    /// Every place in a block's words, without overlaps. The first word of a quote must be on the page, and so must every
    /// word of a quote that consists of file names only.
    pub(super) fn places(&self, block: usize, words: &[Word]) -> Vec<Place> {
        let whole = self.may_be_lost();
        let mut places = Vec::new();
        let mut start = 0;
        while start < words.len() {
            let begins = self.0.first().is_some_and(|first| first.text == words[start].text);
            let length = if begins { length(&self.0, &words[start..], whole) } else { None };
            if let Some(length) = length {
                places.push(Place { block, words: start..start + length });
            }
            start += length.unwrap_or(1);
        }
        places
    }

    /// The most similar range of free words, and its similarity from 0 to 1: the share of the quote that occurs in order,
    /// with little between.
    fn nearest(&self, words: &[Word], free: impl Fn(usize) -> bool) -> (f64, Range<usize>) {
        let weight = |wanted: &Wanted| wanted.text.chars().count().min(8) as i64;
        let whole: i64 = self.0.iter().map(|wanted| if wanted.lost { 0 } else { weight(wanted) }).sum();
        // Local alignment: a matching word counts by its length, an extra or missing word costs one.
        let mut best = (0, 0, 0..0);
        let mut row = vec![(0_i64, 0_i64, 0_usize); self.0.len() + 1];
        for (index, word) in words.iter().enumerate() {
            let mut corner = std::mem::replace(&mut row[0], (0, 0, index + 1));
            let free = free(index);
            for (column, wanted) in self.0.iter().enumerate() {
                let left = row[column];
                let above = row[column + 1];
                let same = if free && wanted.text == word.text { weight(wanted) } else { 0 };
                let through = (corner.0 + if same > 0 { same } else { -1 }, corner.1 + same, corner.2);
                let gap = if left.0 >= above.0 { left } else { above };
                let next = [through, (gap.0 - 1, gap.1, gap.2)].into_iter().max_by_key(|cell| cell.0).expect("two");
                corner = above;
                row[column + 1] = if next.0 > 0 { next } else { (0, 0, index + 1) };
                if row[column + 1].0 > best.0 {
                    best = (row[column + 1].0, row[column + 1].1, row[column + 1].2..index + 1);
                }
            }
        }
        ((best.1 as f64) / (whole.max(1) as f64), best.2)
    }
}

/// Number of words that a quote matches at the start of `words`. With `whole`, no word may be missing.
fn length(quote: &[Wanted], words: &[Word], whole: bool) -> Option<usize> {
    let Some((wanted, rest)) = quote.split_first() else {
        return Some(0);
    };
    let most = if wanted.elided { ELIDED.min(words.len()) } else { 0 };
    let there = (0..=most).find_map(|between| {
        words.get(between).filter(|word| word.text == wanted.text)?;
        length(rest, &words[between + 1..], whole).map(|length| between + 1 + length)
    });
    there.or_else(|| (wanted.lost && !whole).then(|| length(rest, words, whole)).flatten())
}

/// Whether a word is a file name, which text copied from a rendered page may lack.
fn is_file_name(word: &str) -> bool {
    let inside = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
    !word.starts_with('-') && word.contains(char::is_alphabetic) && (word.contains('/') || inside.contains('.'))
}
