//! The lines of a text with their indentation.

use std::ops::Range;

/// A line with its text without indentation and trailing white space.
pub(super) struct Line<'a> {
    pub(super) start: usize,
    pub(super) indent: usize,
    pub(super) text: &'a str,
}

impl<'a> Line<'a> {
    pub(super) fn new(text: &'a str, at: Range<usize>) -> Self {
        let whole = text[at.clone()].trim_end();
        let shown = whole.trim_start_matches([' ', '\t', '\u{feff}']);
        Line { start: at.start, indent: whole.len() - shown.len(), text: shown }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// Range of its text in the file.
    pub(super) fn place(&self) -> Range<usize> {
        self.start + self.indent..self.start + self.indent + self.text.len()
    }

    /// The character of an adornment, the line under or over a title.
    pub(super) fn adornment(&self) -> Option<char> {
        let sign = self.text.chars().next().filter(char::is_ascii_punctuation)?;
        (self.indent == 0 && self.text.chars().all(|other| other == sign)).then_some(sign)
    }
}
