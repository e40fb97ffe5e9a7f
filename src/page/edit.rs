//! Corrections as edits of the page's file, in its markup.

use std::ops::Range;

use super::correct::{Correction, note_after};
use super::locate::{Binding, Bound};
use super::output::Replaced;
use super::sentence_bound::Bounded;
use super::{Kind, Markup, Page};
use crate::model::id::ClaimId;

/// Paragraph width on a page that wraps its paragraphs.
pub(super) const WIDTH: usize = 78;

/// How an edit corrects the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Output is replaced by what is printed.
    Output,
    /// A sentence is limited to versions.
    Sentence,
    Note,
    /// A section is added.
    Section,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub at: Range<usize>,
    pub by: String,
    pub claims: Vec<ClaimId>,
    pub way: Way,
}

/// The edits that correct the page, in its order; none for a claim without a place on the page, and none that was refused.
pub fn edits(page: &Page, binding: &Binding<'_>, corrections: &[Correction<'_>]) -> Vec<Edit> {
    let open: Vec<&Correction<'_>> = corrections.iter().filter(|correction| correction.is_open()).collect();
    let mut edits = outputs(page, &open);
    for correction in &open {
        let bounded = correction.proposal.bounded.as_ref().filter(|bounded| bounded.stated_at.is_none());
        edits.extend(bounded.map(|bounded| sentence(page, bounded, &correction.claim.id)));
    }
    edits.extend(notes(page, binding, &open));
    edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
    without_repetition(page, edits).into_iter().map(|edit| whole_lines(page, edit)).collect()
}

/// Replaces lines of literal blocks, each once.
fn outputs(page: &Page, open: &[&Correction<'_>]) -> Vec<Edit> {
    let outputs = open.iter().filter_map(|correction| correction.proposal.output.as_ref());
    let mut lines: Vec<&Replaced> =
        outputs.filter(|output| output.stated_at.is_empty()).flat_map(|output| &output.replaced).collect();
    // Of several replacements of a line, one that is not empty comes first.
    lines.sort_by_key(|line| (line.block, line.unit.start, line.by.is_empty()));
    let mut edits: Vec<(usize, Edit)> = Vec::new();
    for line in lines {
        let at = page.blocks[line.block].source(line.unit.clone());
        match edits.last_mut() {
            Some((block, edit)) if *block == line.block && edit.at == at => edit.claims.push(line.claim.clone()),
            _ => {
                let by: Vec<String> = line.by.iter().map(|line| page.markup.literal(line)).collect();
                let by = by.join("\n").replace('\n', &format!("\n{}", margin(&page.text, at.start)));
                edits.push((line.block, Edit { at, by, claims: vec![line.claim.clone()], way: Way::Output }));
            }
        }
    }
    edits.into_iter().map(|(_, edit)| edit).collect()
}

/// What a line begins with before a position, if that is white space and signs of quotation; else only its white space.
fn margin(text: &str, place: usize) -> &str {
    let line = &text[place - column(text, place)..place];
    let end = line.find(|c: char| !c.is_whitespace() && c != '>').unwrap_or(line.len());
    &line[..end]
}

/// Puts versions before a sentence; on a page that wraps its paragraphs, on a line of their own.
fn sentence(page: &Page, bounded: &Bounded, claim: &ClaimId) -> Edit {
    let Bounded { versions, letter, .. } = bounded;
    let mut at = page.blocks[bounded.block].source(bounded.at.clone());
    let before = &page.text[at.start - column(&page.text, at.start)..at.start];
    let versions = page.markup.escaped(versions);
    let by = if !is_wrapped(page) {
        format!("{versions}, {letter}")
    } else if before.contains(char::is_alphanumeric) {
        let margin = margin(&page.text, at.start);
        at.start -= before.len() - before.trim_end().len();
        format!("\n{margin}{versions},\n{margin}{letter}")
    } else {
        // It may be the first line of an item of a list.
        let margin: String = before.chars().map(|sign| if sign.is_whitespace() || sign == '>' { sign } else { ' ' }).collect();
        format!("{versions},\n{margin}{letter}")
    };
    Edit { at, by, claims: vec![claim.clone()], way: Way::Sentence }
}

/// Notes in one place.
struct Noted {
    at: Range<usize>,
    form: NoteForm,
    texts: Vec<String>,
    claims: Vec<ClaimId>,
}

impl Noted {
    fn edit(self) -> Edit {
        let Noted { at, form, texts, claims } = self;
        let (first, rest) = texts.split_first().expect("there is one");
        let (first, others) = if at.is_empty() { (form.added(first), form) } else { (form.replaced(first), form.outer()) };
        let by = rest.iter().fold(first, |by, text| by + &others.added(text));
        Edit { at, by, claims, way: Way::Note }
    }
}

/// The notes: each after the paragraph with the claim, or in place of an earlier note.
fn notes(page: &Page, binding: &Binding<'_>, open: &[&Correction<'_>]) -> Vec<Edit> {
    let mut found: Vec<Noted> = Vec::new();
    for correction in open {
        let bound = binding.claims.iter().find(|bound| bound.claim.id == correction.claim.id);
        let (Some(note), Some(bound)) = (&correction.proposal.note, bound) else { continue };
        let Some((at, form)) = place(page, bound) else { continue };
        let (text, claim) = (page.markup.prose(&note.text()), correction.claim.id.clone());
        match found.iter_mut().find(|other| other.at == at) {
            Some(other) => {
                other.claims.push(claim);
                if !other.texts.contains(&text) {
                    other.texts.push(text);
                }
            }
            None => found.push(Noted { at, form, texts: vec![text], claims: vec![claim] }),
        }
    }
    found.into_iter().map(Noted::edit).collect()
}

fn place(page: &Page, bound: &Bound<'_>) -> Option<(Range<usize>, NoteForm)> {
    if let Some(note) = &bound.note {
        let old = &page.blocks[note.block].element;
        return Some((old.clone(), NoteForm::new(page, column(&page.text, old.start))));
    }
    let first = bound.places.first()?.block;
    let after = page.blocks[note_after(page, bound)?].element.end;
    let blocks = (0..=first).rev().map(|index| &page.blocks[index]);
    let prose = blocks.take_while(|block| !matches!(block.kind, Kind::Heading(_))).find(|block| block.kind == Kind::Prose);
    let indent = prose.map_or(0, |block| column(&page.text, block.element.start));
    Some((after..after, NoteForm::new(page, indent)))
}

/// The edit without white space at the ends of lines: what follows it on its line, and what is in the new text. A line of which
/// nothing is left is removed. What is only added comes after the white space that ends its line.
fn whole_lines(page: &Page, edit: Edit) -> Edit {
    let Edit { at: Range { mut start, mut end }, by, claims, way } = edit;
    let rest = page.text[end..].split('\n').next().unwrap_or("");
    let before = page.text[..start].rfind('\n').map_or(0, |line| line + 1);
    let is_added = start == end;
    if by.is_empty() && rest.trim().is_empty() && page.text[before..start].trim().is_empty() {
        // With the line break before it; the first line has one after it only.
        start = before.saturating_sub(1);
        end = (end + rest.len() + usize::from(before == 0)).min(page.text.len());
    } else if rest.trim().is_empty() {
        end += rest.trim_end_matches('\r').len();
        start = if is_added { end } else { start };
    }
    let lines: Vec<&str> = by.split('\n').collect();
    let last = lines.len() - 1;
    // The last line of the text goes on with the rest of the page's line.
    let shown =
        lines.iter().enumerate().map(|(at, line)| if at < last || rest.trim().is_empty() { line.trim_end() } else { line });
    Edit { at: start..end, by: shown.collect::<Vec<_>>().join("\n"), claims, way }
}

pub(super) fn is_wrapped(page: &Page) -> bool {
    page.blocks.iter().any(|block| block.kind == Kind::Prose && block.text.trim().contains('\n'))
}

/// How a note is written in a place.
#[derive(Clone, Copy)]
struct NoteForm {
    markup: Markup,
    indent: usize,
    width: usize,
}

impl NoteForm {
    fn new(page: &Page, indent: usize) -> Self {
        let width = if is_wrapped(page) { WIDTH.saturating_sub(indent).max(WIDTH / 2) } else { usize::MAX };
        NoteForm { markup: page.markup, indent, width }
    }

    /// The form of another note after this one, whose text has this indent.
    fn outer(self) -> Self {
        let inner = match self.markup {
            Markup::Rst => 3,
            Markup::Markdown => 2,
            Markup::Html | Markup::AsciiDoc | Markup::Plain => 0,
        };
        NoteForm { indent: self.indent.saturating_sub(inner), ..self }
    }

    /// The note with its markup, after other text.
    fn added(&self, text: &str) -> String {
        let margin = " ".repeat(self.indent);
        match self.markup {
            Markup::Rst => format!("\n\n{margin}.. note::\n\n{margin}   {}", self.filled(text, "   ")),
            Markup::Markdown => format!("\n\n{margin}> {}", self.filled(text, "> ")),
            Markup::AsciiDoc => format!("\n\nNOTE: {text}"),
            Markup::Html => format!("\n<p class=\"note\">{}</p>", self.filled(text, "")),
            Markup::Plain => format!("\n\n{margin}Note: {}", self.filled(text, "")),
        }
    }

    /// The note as a replacement of an earlier one.
    fn replaced(&self, text: &str) -> String {
        match self.markup {
            Markup::Rst => self.filled(text, ""),
            // It follows its label, and one line cannot be taken for markup.
            Markup::AsciiDoc => text.to_owned(),
            Markup::Markdown => self.outer().filled(text, "> "),
            Markup::Html => format!("<p class=\"note\">{}</p>", self.filled(text, "")),
            Markup::Plain => format!("Note: {}", self.filled(text, "")),
        }
    }

    fn filled(&self, text: &str, start: &str) -> String {
        filled(text, self.width).join(&format!("\n{}{start}", " ".repeat(self.indent)))
    }
}

/// Wraps text between words into lines of at most `width` characters.
pub(super) fn filled(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is one");
        match line.is_empty() || line.chars().count() + 1 + word.chars().count() <= width {
            true if line.is_empty() => line.push_str(word),
            true => *line += &format!(" {word}"),
            false => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Joins adjacent lines with the same replacement. A line with an empty replacement is removed with its line break.
fn without_repetition(page: &Page, edits: Vec<Edit>) -> Vec<Edit> {
    let mut joined: Vec<Edit> = Vec::new();
    for mut edit in edits {
        let adjacent = |last: &Edit| page.text[last.at.end..edit.at.start.max(last.at.end)].trim().is_empty();
        let same_place = joined.last().is_some_and(|last| last.at.start < edit.at.end && edit.at.start < last.at.end);
        match joined.last_mut() {
            Some(last) if same_place => last.claims.append(&mut edit.claims),
            Some(last)
                if edit.way == Way::Output
                    && last.way == Way::Output
                    && adjacent(last)
                    && (last.by == edit.by || edit.by.is_empty()) =>
            {
                last.at.end = edit.at.end;
                last.claims.append(&mut edit.claims);
            }
            _ => joined.push(edit),
        }
    }
    joined
}

/// The page's text with the edits applied.
pub fn edited(page: &Page, edits: &[Edit]) -> String {
    let mut text = page.text.clone();
    for edit in edits.iter().rev() {
        text.replace_range(edit.at.clone(), &edit.by);
    }
    text
}

/// Distance of a position from the start of its line, in bytes.
fn column(text: &str, place: usize) -> usize {
    place - text[..place].rfind('\n').map_or(0, |at| at + 1)
}
