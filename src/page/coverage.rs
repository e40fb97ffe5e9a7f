//! What a page states that a run could contradict and that no claim covers: lines of literal blocks, and sentences with
//! numbers or options in them. A claim covers the line or the sentence its quote stands in, a waiver its whole block.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::bind::{Binding, Place};
use super::correct::one_line;
use super::{Block, Kind, Page};

/// What an uncovered stretch of the page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A command in a literal block, or one marked as code in prose.
    Command,
    /// Any other line of a literal block.
    Output,
    /// A sentence with a number in it.
    Number,
    /// A sentence that names an option.
    Option,
}

/// A stretch of the page that no claim covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Uncovered {
    /// Line of the file, from 1.
    pub line: usize,
    /// What it is.
    pub what: What,
    /// The text.
    pub text: String,
}

/// Every line and sentence to cover, and whether it is.
pub fn uncovered(page: &Page, binding: &Binding<'_>, corrections: &[Place]) -> Vec<Uncovered> {
    let claimed = binding.claims.iter().flat_map(|bound| bound.all_places().into_iter().chain(&bound.note)).chain(corrections);
    let claimed: Vec<(usize, Range<usize>)> = claimed.map(|place| (place.block, place.text(page))).collect();
    let waived: Vec<usize> = binding.waived.iter().flat_map(|waived| &waived.places).map(|place| place.block).collect();
    let free = |block: usize, unit: &Range<usize>| {
        !waived.contains(&block) || page.blocks[block].kind != Kind::Literal && !waived_here(page, binding, block, unit)
    };
    let claimed_here = |block: usize, unit: &Range<usize>| claimed.iter().any(|(of, at)| *of == block && overlap(at, unit));
    let mut found = Vec::new();
    for (index, block) in page.blocks.iter().enumerate() {
        for unit in units(block) {
            if let Some(what) = what(block, &unit)
                && free(index, &unit)
                && !claimed_here(index, &unit)
            {
                let text = one_line(&block.text[unit.clone()]);
                found.push(Uncovered { line: page.line(block.source(unit).start), what, text });
            }
        }
    }
    found
}

/// A waiver covers a literal block, but of prose only its sentence.
fn waived_here(page: &Page, binding: &Binding<'_>, block: usize, unit: &Range<usize>) -> bool {
    let places = binding.waived.iter().flat_map(|waived| &waived.places);
    places.filter(|place| place.block == block).any(|place| overlap(&place.text(page), unit))
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// The lines of a literal block, those that a backslash continues as one; the sentences of prose.
pub fn units(block: &Block) -> Vec<Range<usize>> {
    match block.kind {
        Kind::Heading(_) => Vec::new(),
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

fn sentences(text: &str) -> Vec<Range<usize>> {
    static END: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"[.:?!]["”’')]*\s+(?:["“‘'(]*\p{Lu})"#).expect("a literal pattern compiles"));
    let ends = END.find_iter(text).map(|end| {
        let ended = end.as_str().trim_end_matches(|c: char| !c.is_whitespace());
        end.start() + ended.len()
    });
    let mut start = 0;
    let mut found: Vec<Range<usize>> = Vec::new();
    for end in ends.chain([text.len()]) {
        found.push(start..start + text[start..end].trim_end().len());
        start = end;
    }
    found
}

/// What there is to cover in a line or a sentence.
fn what(block: &Block, unit: &Range<usize>) -> Option<What> {
    static COMMAND: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(?:[$#%] |>>> |\./|[A-Z_]+=\S|export )").expect("a literal pattern compiles"));
    static OPTION: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"(?:^|[\s‘“'"(])--?[A-Za-z][\w-]*"#).expect("a literal pattern compiles"));
    let text = &block.text[unit.clone()];
    let code = block.code.iter().filter(|code| overlap(code, unit)).any(|code| block.text[code.clone()].contains(' '));
    match block.kind {
        Kind::Heading(_) => None,
        Kind::Literal if COMMAND.is_match(text) => Some(What::Command),
        Kind::Literal => text.contains(char::is_alphanumeric).then_some(What::Output),
        Kind::Prose if code => Some(What::Command),
        Kind::Prose if text.contains(|c: char| c.is_ascii_digit()) => Some(What::Number),
        Kind::Prose => OPTION.is_match(text).then_some(What::Option),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_before_a_capital() {
        let text = "Use python2.5, e.g. mod_wsgi 3.0. It is ‘so’. See:";
        let shown: Vec<&str> = sentences(text).into_iter().map(|at| &text[at]).collect();
        assert_eq!(shown, ["Use python2.5, e.g. mod_wsgi 3.0.", "It is ‘so’.", "See:"]);
    }

    #[test]
    fn a_backslash_continues_a_line() {
        let text = "cc -o \\\n  a.c\n\n  ld\n";
        let shown: Vec<&str> = lines(text).into_iter().map(|at| &text[at]).collect();
        assert_eq!(shown, ["cc -o \\\n  a.c", "ld"]);
    }
}
