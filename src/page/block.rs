//! The parts of a page: headings, prose and literal blocks, each with its place in the file.

use std::ops::Range;

use super::words::{Word, words};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A heading; level 1 is the title.
    Heading(u8),
    Prose,
    /// A literal block: commands, output, files.
    Literal,
}

/// A heading, a paragraph or a literal block.
#[derive(Debug, Clone)]
pub struct Block {
    pub kind: Kind,
    /// Its text without markup; lines as in the file.
    pub text: String,
    /// The ranges of `text` that are marked as code.
    pub code: Vec<Range<usize>>,
    /// The ranges of `text` that are emphasised.
    pub emphasis: Vec<Range<usize>>,
    /// Whether it is quoted from elsewhere, as in a block quote.
    pub quoted: bool,
    /// Language of a literal block, in lower case; empty if the page does not state it.
    pub language: String,
    pub words: Vec<Word>,
    /// The whole element in the file, including markup, without trailing white space.
    pub element: Range<usize>,
    segments: Vec<Segment>,
}

/// A range of a block's text and its source range.
#[derive(Debug, Clone)]
struct Segment {
    text: Range<usize>,
    source: Range<usize>,
}

impl Block {
    /// The range in the file of a range of `text`.
    pub fn source(&self, text: Range<usize>) -> Range<usize> {
        let start = self.segments.partition_point(|segment| segment.text.end <= text.start);
        let end = self.segments.partition_point(|segment| segment.text.start < text.end).saturating_sub(1);
        match (self.segments.get(start), self.segments.get(end)) {
            (Some(first), Some(last)) => first.at(text.start, first.source.start)..last.at(text.end, last.source.end),
            _ => self.element.clone(),
        }
    }

    /// The same block in a text in which it begins `by` bytes later.
    pub(super) fn moved(mut self, by: usize) -> Self {
        self.element = self.element.start + by..self.element.end + by;
        for segment in &mut self.segments {
            segment.source = segment.source.start + by..segment.source.end + by;
        }
        self
    }
}

impl Segment {
    /// The position in the file of a position in the text; `outer` if it is inside of decoded text.
    fn at(&self, place: usize, outer: usize) -> usize {
        let exact = self.text.len() == self.source.len();
        if exact { self.source.start + place.clamp(self.text.start, self.text.end) - self.text.start } else { outer }
    }
}

/// What a reader finds in a text.
#[derive(Default)]
pub(super) struct Content {
    pub(super) blocks: Vec<Block>,
    pub(super) unread: Vec<Unread>,
}

/// An element whose text a reader cannot give, such as a file that the page includes.
pub(super) struct Unread {
    /// Its name in the markup.
    pub(super) what: String,
    pub(super) at: Range<usize>,
}

impl Content {
    pub(super) fn leave(&mut self, what: &str, at: Range<usize>) {
        self.unread.push(Unread { what: what.to_owned(), at });
    }
}

#[derive(Default)]
pub(super) struct Builder {
    pub(super) text: String,
    pub(super) quoted: bool,
    pub(super) language: String,
    code: Vec<Range<usize>>,
    emphasis: Vec<Range<usize>>,
    segments: Vec<Segment>,
}

impl Builder {
    pub(super) fn of_prose(quoted: bool) -> Self {
        Builder { quoted, ..Builder::default() }
    }

    pub(super) fn of_language(language: String) -> Self {
        Builder { language, ..Builder::default() }
    }

    /// Adds text from a range of the file.
    pub(super) fn push(&mut self, text: &str, source: Range<usize>) {
        let start = self.text.len();
        self.text.push_str(text);
        self.segments.push(Segment { text: start..self.text.len(), source });
    }

    pub(super) fn push_code(&mut self, text: &str, source: Range<usize>) {
        let start = self.text.len();
        self.push(text, source);
        self.code.push(start..self.text.len());
    }

    pub(super) fn push_emphasis(&mut self, text: &str, source: Range<usize>) {
        let start = self.text.len();
        self.push(text, source);
        self.emphasis.push(start..self.text.len());
    }

    pub(super) fn finish(self, kind: Kind, element: Range<usize>) -> Option<Block> {
        let Builder { text, quoted, language, code, emphasis, segments } = self;
        let words = words(&text);
        let has_text = !text.trim().is_empty();
        has_text.then_some(Block { kind, text, code, emphasis, quoted, language, words, element, segments })
    }

    /// The text from `start` on is emphasised.
    pub(super) fn emphasise(&mut self, start: usize) {
        if start < self.text.len() {
            self.emphasis.push(start..self.text.len());
        }
    }
}
