//! Corrections as edits of the page's file, in its markup.

use std::ops::Range;

use super::correct::{Correction, Proposal};
use super::locate::{Binding, Bound};
use super::{Kind, Markup, Page, coverage};
use crate::model::id::ClaimId;

/// Paragraph width on a page that wraps its paragraphs.
const WIDTH: usize = 78;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub at: Range<usize>,
    pub by: String,
    pub claims: Vec<ClaimId>,
}

/// The edits that correct the page, in its order; none for a claim without a place on the page.
pub fn edits(page: &Page, binding: &Binding<'_>, corrections: &[Correction<'_>]) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for correction in corrections.iter().filter(|correction| !correction.is_stated()) {
        let Some(bound) = binding.claims.iter().find(|bound| bound.claim.id == correction.claim.id) else {
            continue;
        };
        let units = literal_units(page, bound);
        match &correction.proposal.printed {
            Some(printed) if !units.is_empty() => edits.extend(replaced(page, &units, &bound.claim.id, printed)),
            _ => edits.extend(noted(page, bound, &correction.proposal)),
        }
    }
    edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
    without_repetition(page, edits).into_iter().map(|edit| whole_lines(page, edit)).collect()
}

/// The edit without white space at the ends of lines: what follows it on its line, and what is in the new text. A line of which
/// nothing is left is removed.
fn whole_lines(page: &Page, edit: Edit) -> Edit {
    let Edit { at: Range { mut start, mut end }, by, claims } = edit;
    let rest = page.text[end..].split('\n').next().unwrap_or("");
    let before = page.text[..start].rfind('\n').map_or(0, |line| line + 1);
    if by.is_empty() && rest.trim().is_empty() && page.text[before..start].trim().is_empty() {
        // With the line break before it; the first line has one after it only.
        start = before.saturating_sub(1);
        end = (end + rest.len() + usize::from(before == 0)).min(page.text.len());
    } else if rest.trim().is_empty() {
        end += rest.trim_end_matches('\r').len();
    }
    let lines: Vec<&str> = by.split('\n').collect();
    let last = lines.len() - 1;
    // The last line of the text goes on with the rest of the page's line.
    let shown =
        lines.iter().enumerate().map(|(at, line)| if at < last || rest.trim().is_empty() { line.trim_end() } else { line });
    Edit { at: start..end, by: shown.collect::<Vec<_>>().join("\n"), claims }
}

/// The lines of literal blocks that contain a claim's quotes, by block.
fn literal_units(page: &Page, bound: &Bound<'_>) -> Vec<(usize, Range<usize>)> {
    let mut units: Vec<(usize, Range<usize>)> = Vec::new();
    for place in bound.places.iter().filter(|place| page.blocks[place.block].kind == Kind::Literal) {
        let at = place.text(page);
        let touched = coverage::units(&page.blocks[place.block]).into_iter().filter(|u| u.start < at.end && at.start < u.end);
        for unit in touched.map(|unit| (place.block, unit)) {
            if !units.contains(&unit) {
                units.push(unit);
            }
        }
    }
    units
}

/// Replaces the first of the lines in each block by the printed line, and removes the others.
fn replaced(page: &Page, units: &[(usize, Range<usize>)], claim: &ClaimId, printed: &str) -> Vec<Edit> {
    let edit = |(index, (block, unit)): (usize, &(usize, Range<usize>))| {
        let first = units[..index].iter().all(|(earlier, _)| earlier != block);
        let by = if first { page.markup.literal(printed) } else { String::new() };
        Edit { at: page.blocks[*block].source(unit.clone()), by, claims: vec![claim.to_owned()] }
    };
    units.iter().enumerate().map(edit).collect()
}

/// A note after the paragraph with the claim, or after the literal block that it introduces. Replaces an earlier note.
fn noted(page: &Page, bound: &Bound<'_>, proposal: &Proposal) -> Option<Edit> {
    let edit = |at, by| Some(Edit { at, by, claims: vec![bound.claim.id.clone()] });
    let text = page.markup.prose(&proposal.note);
    if let Some(note) = &bound.note {
        let old = &page.blocks[note.block];
        return edit(old.element.clone(), Note::new(page, column(&page.text, old.element.start)).replaced(&text));
    }
    let first = bound.places.first()?.block;
    let introduced =
        page.blocks.get(first + 1).filter(|block| block.kind == Kind::Literal && page.blocks[first].kind == Kind::Prose);
    let after = introduced.unwrap_or(&page.blocks[first]).element.end;
    let blocks = (0..=first).rev().map(|index| &page.blocks[index]);
    let prose = blocks.take_while(|block| !matches!(block.kind, Kind::Heading(_))).find(|block| block.kind == Kind::Prose);
    let indent = prose.map_or(0, |block| column(&page.text, block.element.start));
    edit(after..after, Note::new(page, indent).added(&text))
}

struct Note {
    markup: Markup,
    indent: usize,
    width: usize,
}

impl Note {
    fn new(page: &Page, indent: usize) -> Self {
        let prose = page.blocks.iter().filter(|block| block.kind == Kind::Prose);
        let wrapped = prose.into_iter().any(|block| block.text.trim().contains('\n'));
        let width = if wrapped { WIDTH.saturating_sub(indent).max(WIDTH / 2) } else { usize::MAX };
        Note { markup: page.markup, indent, width }
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
            Markup::Markdown => Note { indent: self.indent.saturating_sub(2), ..*self }.filled(text, "> "),
            Markup::Html => format!("<p class=\"note\">{}</p>", self.filled(text, "")),
            Markup::Plain => format!("Note: {}", self.filled(text, "")),
        }
    }

    fn filled(&self, text: &str, start: &str) -> String {
        filled(text, self.width).join(&format!("\n{}{start}", " ".repeat(self.indent)))
    }
}

/// Wraps text between words into lines of at most `width` characters.
fn filled(text: &str, width: usize) -> Vec<String> {
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
            Some(last) if edit.at.is_empty() && last.at == edit.at => {
                // Claims of one sentence may have the same note.
                last.by += if last.by.ends_with(&edit.by) { "" } else { &edit.by };
                last.claims.append(&mut edit.claims);
            }
            Some(last)
                if !edit.at.is_empty() && !last.at.is_empty() && adjacent(last) && (last.by == edit.by || edit.by.is_empty()) =>
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
