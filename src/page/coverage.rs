//! Text of a page that a run could contradict and that no claim covers: messages, lines of literal blocks, and sentences with
//! numbers or options. A claim or a draft covers the line or sentence that contains its quote, a waiver its whole block.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::command::Commands;
use super::locate::{Binding, Place};
use super::sentence::sentences;
use super::symptom::{is_symptom, shows_symptom};
use super::words::one_line;
use super::{Block, Kind, Page};
use crate::text::pattern::known;

/// The kind of an uncovered text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Text that reads like an error message.
    Error,
    /// A command in a literal block, or one marked as code in prose.
    Command,
    /// Any other line of a literal block.
    Output,
    /// A sentence with a number in it.
    Number,
    /// A sentence that names an option.
    Option,
}

/// A text of the page that no claim covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Uncovered {
    /// Line of the file, from 1.
    pub line: usize,
    pub what: What,
    pub text: String,
    #[serde(skip)]
    pub block: usize,
    /// Range in the block's text.
    #[serde(skip)]
    pub at: Range<usize>,
}

/// Every line, sentence and heading that needs a claim and has none; error messages come first.
pub fn uncovered(page: &Page, binding: &Binding<'_>, corrections: &[Place]) -> Vec<Uncovered> {
    let text = |place: &Place| (place.block, place.text(page));
    let bound = binding.claims.iter().chain(&binding.drafts);
    let claimed = bound.flat_map(|bound| bound.all_places().into_iter().chain(&bound.note)).chain(corrections);
    let claimed: Vec<(usize, Range<usize>)> = claimed.map(text).collect();
    let waived: Vec<(usize, Range<usize>)> = binding.waived.iter().flat_map(|waived| &waived.places).map(text).collect();
    let mut found = Vec::new();
    for (index, block) in page.blocks.iter().enumerate() {
        let in_unit = |unit: &Range<usize>, (of, at): &(usize, Range<usize>)| *of == index && overlap(at, unit);
        let in_block = |(of, _): &(usize, Range<usize>)| *of == index && block.kind == Kind::Literal;
        let is_section = binding.headings.contains(&index);
        let commands = Commands::of(block);
        for unit in units(block).into_iter().filter(|_| !is_section) {
            let covered = claimed.iter().any(|place| in_unit(&unit, place))
                || waived.iter().any(|place| in_block(place) || in_unit(&unit, place));
            if let (Some(what), false) = (what(block, &commands, &unit), covered) {
                let (line, text) = (page.line(block.source(unit.clone()).start), one_line(&block.text[unit.clone()]));
                found.push(Uncovered { line, what, text, block: index, at: unit });
            }
        }
    }
    found.sort_by_key(|uncovered| uncovered.what != What::Error);
    found
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// The lines of a literal block, with continuation lines joined; the sentences of prose; a heading.
pub fn units(block: &Block) -> Vec<Range<usize>> {
    match block.kind {
        Kind::Heading(_) => std::iter::once(0..block.text.len()).collect(),
        Kind::Literal => lines(&block.text),
        Kind::Prose => sentences(&block.text),
    }
}

fn lines(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let (mut start, mut continued) = (0, false);
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end().len();
        match found.last_mut() {
            Some(last) if continued => last.end = end,
            _ if line.trim().is_empty() => {}
            _ => found.push(start + line.len() - line.trim_start().len()..end),
        }
        continued = line.trim_end().ends_with('\\');
        start += line.len();
    }
    found
}

/// The kind of text to cover in a line, a sentence or a heading, if any.
fn what(block: &Block, commands: &Commands, unit: &Range<usize>) -> Option<What> {
    static OPTION: LazyLock<Regex> = LazyLock::new(|| known(r#"(?:^|[\s‘“'"(])--?[A-Za-z][\w-]*"#));
    // A digit inside of a name is no number, but a version is one.
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| known(r"(?:^|[^\w.-])[-+.]*\d|\d\.\d"));
    let text = &block.text[unit.clone()];
    let code = block.code.iter().filter(|code| overlap(code, unit)).any(|code| block.text[code.clone()].contains(' '));
    match block.kind {
        Kind::Literal if commands.is_command(text) => Some(What::Command),
        Kind::Literal if is_symptom(text) && commands.is_output() => Some(What::Error),
        Kind::Literal => text.contains(char::is_alphanumeric).then_some(What::Output),
        Kind::Heading(_) | Kind::Prose if shows_symptom(block, unit) => Some(What::Error),
        Kind::Heading(_) => None,
        Kind::Prose if code => Some(What::Command),
        Kind::Prose if NUMBER.is_match(text) => Some(What::Number),
        Kind::Prose => OPTION.is_match(text).then_some(What::Option),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_continues_a_line() {
        let text = "cc -o \\\n  a.c\n\n  ld\n";
        let shown: Vec<&str> = lines(text).into_iter().map(|at| &text[at]).collect();
        assert_eq!(shown, ["cc -o \\\n  a.c", "ld"]);
    }
}
