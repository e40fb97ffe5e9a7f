//! Plain text: blocks separated by empty lines. Literal blocks are not marked, so a block that does not read like prose
//! counts as literal.

use std::ops::Range;

use super::block::{Block, Builder, Kind};

/// Maximum number of words in a heading.
const HEADING: usize = 10;

/// The blocks of a text. Adjacent literal blocks are joined, because output and programs contain empty lines.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<(Kind, Range<usize>)> = Vec::new();
    for paragraph in paragraphs(text) {
        let kind = kind(&text[paragraph.clone()]);
        match found.last_mut() {
            Some((Kind::Literal, before)) if kind == Kind::Literal => before.end = paragraph.end,
            _ => found.push((kind, paragraph)),
        }
    }
    if let Some((kind @ Kind::Heading(_), _)) = found.first_mut() {
        *kind = Kind::Heading(1);
    }
    let block = |(kind, at): (Kind, Range<usize>)| {
        let mut builder = Builder::default();
        builder.push(&text[at.clone()], at.clone());
        builder.finish(kind, at)
    };
    found.into_iter().filter_map(block).collect()
}

/// The ranges of text between empty lines.
fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end().len();
        match (line.trim().is_empty(), open) {
            (true, _) => open = false,
            (false, true) => found.last_mut().expect("one is open").end = end,
            (false, false) => {
                found.push(start..end);
                open = true;
            }
        }
        start += line.len();
    }
    found
}

/// Prose begins and ends like a sentence; a heading is one short line of capitalised words.
fn kind(text: &str) -> Kind {
    let text = text.trim_start_matches(['-', '*', '•', ' ', '\u{feff}']);
    let begins = text.starts_with(|first: char| first.is_uppercase() || "\"“‘('".contains(first));
    let body = text.trim_end_matches(['"', '”', '’', '\'', ')']);
    let ends = body.ends_with(['.', ':', '?', '!', '…']);
    let flush = text.lines().skip(1).all(|line| !line.starts_with([' ', '\t']));
    match (begins && flush, ends) {
        (true, true) => Kind::Prose,
        (true, false) if is_heading(text) => Kind::Heading(2),
        _ => Kind::Literal,
    }
}

fn is_heading(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let named = |word: &&&str| word.trim_start_matches(['‘', '“', '\'', '"', '(']).starts_with(|c: char| !c.is_lowercase());
    let plain = |word: &&str| !word.contains(['/', '=', '<', '>', '$', ';', '{']) && !word.ends_with(':');
    let capital = words.iter().filter(named).count();
    !text.contains('\n') && words.len() <= HEADING && words.iter().all(plain) && capital * 2 > words.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_not_prose_is_literal() {
        let kinds = |text: &str| blocks(text).iter().map(|block| block.kind).collect::<Vec<_>>();
        let text = "Some Issues\n\nA first sentence,\non two lines.\n\n$ ls\n\nfile.c\n\nMixing 32 Bit Packages\n\nIt says:";
        let (prose, literal) = (Kind::Prose, Kind::Literal);
        assert_eq!(kinds(text), [Kind::Heading(1), prose, literal, Kind::Heading(2), prose]);
        assert_eq!(kinds("Directive /usr/local"), [literal]);
        assert_eq!(kinds("'site' failed; use -v for traceback"), [literal]);
    }
}
