//! A first ledger of a page: a draft claim for each text that a run could contradict, with quotes by which it is found again.

mod name;
mod write;

use std::collections::BTreeSet;

use super::command::{is_program, typed};
use super::coverage::{Uncovered, What, uncovered};
use super::locate::{Wording, bind};
use super::symptom::messages;
use super::words::{one_line, words};
use super::{Kind, Page};
use crate::load::TO_DO;
use crate::model::claim::{Claim, ClaimKind, Ledger};
use crate::text::sanitize::is_unfit;
use name::Names;

/// Maximum number of words that a draft quotes of a sentence.
const QUOTED: usize = 12;
/// Maximum number of characters that a draft repeats in its statement.
const SHOWN: usize = 100;

/// The drafts of a page, in the order of the page.
#[derive(Debug, Default)]
pub struct Draft {
    pub ledger: Ledger,
    /// Number of texts that have no draft, because the ledger would become too large or no quote finds them.
    pub left_out: usize,
}

/// What becomes one draft: a text, or several lines of output.
struct Item<'a> {
    texts: Vec<&'a Uncovered>,
    /// Whether output follows in the same block.
    printed: bool,
}

impl Draft {
    /// Drafts a ledger for a page.
    pub fn of(page: &Page) -> Self {
        let found = texts(page);
        let mut names = Names::default();
        let mut draft = Draft::default();
        let mut written = BTreeSet::new();
        let mut room = write::Room::default();
        for item in items(&found) {
            let (key, heading) = heading(page, item.texts[0].block);
            let section = names.section(&key, &heading);
            let Some(claim) = claim(page, &item, &section) else { continue };
            let texts: Vec<&String> = claim.quotes.iter().chain(&claim.lines).chain(&claim.commands).collect();
            let again = !written.insert((
                section.clone(),
                words(&texts.iter().map(|text| text.as_str()).collect::<Vec<_>>().join(" "))
                    .into_iter()
                    .map(|word| word.text)
                    .collect::<Vec<_>>(),
            ));
            if again || !room.has(&claim) {
                continue;
            }
            if draft.ledger.sections.iter().all(|(id, _)| *id != *section) {
                draft.ledger.sections.push((section.clone().into(), heading));
            }
            let id = names.claim(&section, &item.texts[0].text).into();
            draft.ledger.drafts.push(Claim { id, ..claim });
        }
        draft.checked(page)
    }

    /// The ledger as the text of `claims.yaml`.
    pub fn yaml(&self) -> String {
        write::yaml(&self.ledger)
    }

    /// Only the drafts that the page has, with the number of texts that have none.
    fn checked(mut self, page: &Page) -> Self {
        let binding = bind(page, &self.ledger);
        let lost = binding.drafts.iter().filter(|bound| bound.places.is_empty() || bound.wording() != Wording::Found);
        let lost: BTreeSet<_> = lost.map(|bound| bound.claim.id.clone()).collect();
        self.ledger.drafts.retain(|claim| !lost.contains(&claim.id));
        let used: BTreeSet<_> = self.ledger.drafts.iter().map(|claim| claim.section.clone()).collect();
        self.ledger.sections.retain(|(id, _)| used.contains(id));
        let sections = &self.ledger.sections;
        self.ledger.drafts.sort_by_key(|claim| sections.iter().position(|(id, _)| *id == claim.section));
        self.left_out = uncovered(page, &bind(page, &self.ledger), &[]).len();
        self
    }
}

/// Every text that a run could contradict, from the top.
fn texts(page: &Page) -> Vec<Uncovered> {
    let empty = Ledger::default();
    let mut found = uncovered(page, &bind(page, &empty), &[]);
    found.sort_by_key(|text| (text.block, text.at.start));
    found
}

/// Adjacent lines of output are one item, everything else is one each.
fn items(found: &[Uncovered]) -> Vec<Item<'_>> {
    let mut items: Vec<Item<'_>> = Vec::new();
    for text in found {
        if let Some(last) = items.last_mut() {
            let before = last.texts[last.texts.len() - 1];
            let adjacent = before.block == text.block;
            last.printed = adjacent && matches!(text.what, What::Output | What::Error);
            if adjacent && (before.what, text.what) == (What::Output, What::Output) {
                last.texts.push(text);
                continue;
            }
        }
        items.push(Item { texts: vec![text], printed: false });
    }
    items
}

/// The heading above a block as a key and as text. Headings with the same words are one section.
fn heading(page: &Page, block: usize) -> (String, String) {
    let is_heading = |block: &&super::Block| matches!(block.kind, Kind::Heading(_));
    let key = |text: &str| words(text).into_iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
    // A heading of invisible characters has no text that a ledger could state.
    let is_named = |block: &&super::Block| is_heading(block) && !clean(&block.text).is_empty();
    if let Some(heading) = page.blocks[..=block].iter().rfind(is_named) {
        return (key(&heading.text), clean(&heading.text));
    }
    let name = page.path.file_stem().map(|name| clean(&name.to_string_lossy())).filter(|name| !name.is_empty());
    let names = name.into_iter().chain(["Before the first heading", "Above all headings"].map(str::to_owned));
    let taken = |name: &String| page.blocks.iter().filter(is_heading).any(|heading| key(&heading.text) == key(name));
    let name = names.into_iter().find(|name| !taken(name)).unwrap_or_else(|| "Text without a heading".to_owned());
    (String::new(), name)
}

/// The draft of an item, without its id.
fn claim(page: &Page, item: &Item<'_>, section: &str) -> Option<Claim> {
    let first = item.texts[0];
    let block = &page.blocks[first.block];
    let text = clean(&first.text);
    let literal = block.kind == Kind::Literal;
    let (mut quotes, mut lines, mut commands) = (Vec::new(), Vec::new(), Vec::new());
    match first.what {
        What::Error if literal => lines.push(text.clone()),
        What::Error => lines.extend(messages(block, &first.at).into_iter().map(marked)),
        What::Output => lines.extend(item.texts.iter().map(|text| clean(&text.text))),
        What::Command if literal => commands.extend(typed(&block.text[first.at.clone()]).map(|typed| clean(&typed))),
        What::Command => {
            // A part of code, cut at what looks like the end of a sentence, does not locate it.
            let inside = |at: &&std::ops::Range<usize>| first.at.start <= at.start && at.end <= first.at.end;
            let spans = block.code.iter().filter(inside).map(|at| &block.text[at.clone()]);
            commands.extend(spans.filter(|span| span.contains(' ')).map(clean));
        }
        What::Number | What::Option => {}
    }
    lines.retain(|line: &String| is_quotable(line));
    commands.retain(|command: &String| is_quotable(command));
    lines.dedup();
    if lines.is_empty() && commands.is_empty() {
        quotes.push(begin(&text));
        quotes.retain(|quote| is_quotable(quote));
    }
    let (kind, says) = match first.what {
        What::Error => (ClaimKind::Symptom, "the page shows the message: "),
        What::Command if commands.is_empty() => (ClaimKind::Statement, "the page notes: "),
        What::Command if !literal && !commands.iter().any(|command| is_program(command)) => {
            (ClaimKind::Statement, "the page names: ")
        }
        What::Command if item.printed => (ClaimKind::Statement, "the page shows what this prints: "),
        What::Command => (ClaimKind::Workaround, "the page has the reader type: "),
        What::Output => (ClaimKind::Statement, "the page shows: "),
        What::Number | What::Option => (ClaimKind::Statement, "the page states: "),
    };
    let shown = commands.first().or(lines.first()).unwrap_or(&text);
    let says = format!("{says}{}", shortened(shown));
    // A literal text is its own quote.
    quotes.extend(lines.iter().chain(&commands).cloned());
    let (id, section) = (String::new().into(), section.into());
    (!quotes.is_empty()).then_some(Claim {
        id,
        kind,
        section,
        says,
        quotes,
        lines,
        commands,
        above: None,
        below: None,
        proposal: None,
    })
}

/// A text on one line, without characters that a ledger may not have.
fn clean(text: &str) -> String {
    let shown: String = text.chars().map(|c| if c.is_control() || is_unfit(c) { ' ' } else { c }).collect();
    // What begins like this is a reminder in a ledger.
    one_line(&shown).trim_start_matches(TO_DO).trim_start().to_owned()
}

/// A message without the quotation marks around it.
fn marked(text: &str) -> String {
    clean(text.trim_matches(['"', '“', '”']))
}

fn is_quotable(text: &str) -> bool {
    text.chars().any(|c| c.is_alphabetic() || c.is_ascii_digit()) && !words(text).is_empty()
}

/// The first words of a sentence.
fn begin(text: &str) -> String {
    match words(text).get(QUOTED) {
        Some(next) => {
            let end = text[..next.at.start].rfind(char::is_whitespace).unwrap_or(text.len());
            text[..end].trim_end().to_owned()
        }
        None => text.to_owned(),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
