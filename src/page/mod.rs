//! The page under test, taken apart: headings, prose and literal blocks, each with its place in the file. It knows four
//! formats and no claim of its own; what the ledger says of it is `bind`'s.

pub mod audit;
pub mod correct;
pub mod coverage;
pub mod edit;
mod html;
pub mod locate;
mod markdown;
pub mod markup;
pub mod patch;
mod plain;
mod rst;
mod words;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::text::files;
pub use markup::Markup;
pub use words::{Word, words};

/// The most bytes a page may have. The longest documentation pages there are have a tenth of it.
pub const LIMIT: u64 = 4 << 20;

/// Why a page cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// It cannot be opened or read.
    #[error(
        "failed to read page `{path}`: {cause}\nhelp: name the file of the page: reStructuredText, Markdown, HTML or plain text"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// It is larger than any page.
    #[error("page `{path}` has more than {} MiB, so it is no page\nhelp: name the file of one page", LIMIT >> 20)]
    Size {
        /// The file.
        path: PathBuf,
    },
    /// It is no text.
    #[error(
        "page `{path}`, line {line}: a zero byte, so this is no text\nhelp: name the page's source, not something made of it"
    )]
    Binary {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
    },
    /// It is not UTF-8.
    #[error(
        "page `{path}`, line {line}, byte {byte:#04x}: not UTF-8\nhelp: convert it first, e.g. `iconv -f WINDOWS-1252 -t UTF-8 {path}`"
    )]
    Encoding {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The byte that cannot stand there.
        byte: u8,
    },
    /// It says nothing.
    #[error("page `{path}` has no text\nhelp: name the file of the page: reStructuredText, Markdown, HTML or plain text")]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A heading; 1 is the page's own.
    Heading(u8),
    /// A paragraph, or what reads like one.
    Prose,
    /// A literal block: commands, output, files.
    Literal,
}

/// A heading, a paragraph or a literal block.
#[derive(Debug, Clone)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// Its text without markup; lines as in the file.
    pub text: String,
    /// Where its text is marked as code, in `text`.
    pub code: Vec<Range<usize>>,
    /// Its words, in order.
    pub words: Vec<Word>,
    /// The whole element in the file, markup included, without what is blank after it.
    pub element: Range<usize>,
    segments: Vec<Segment>,
}

/// A stretch of a block's text and where it comes from.
#[derive(Debug, Clone)]
struct Segment {
    text: Range<usize>,
    source: Range<usize>,
}

impl Block {
    /// Where a stretch of `text` stands in the file.
    pub fn source(&self, text: Range<usize>) -> Range<usize> {
        let start = self.segments.partition_point(|segment| segment.text.end <= text.start);
        let end = self.segments.partition_point(|segment| segment.text.start < text.end).saturating_sub(1);
        match (self.segments.get(start), self.segments.get(end)) {
            (Some(first), Some(last)) => first.at(text.start, first.source.start)..last.at(text.end, last.source.end),
            _ => self.element.clone(),
        }
    }
}

impl Segment {
    /// A place in the text as one in the file; one inside what was decoded is `outer`.
    fn at(&self, place: usize, outer: usize) -> usize {
        let exact = self.text.len() == self.source.len();
        if exact { self.source.start + place.clamp(self.text.start, self.text.end) - self.text.start } else { outer }
    }
}

/// A block in the making.
#[derive(Default)]
struct Builder {
    text: String,
    code: Vec<Range<usize>>,
    segments: Vec<Segment>,
}

impl Builder {
    /// Adds text and says where it comes from.
    fn push(&mut self, text: &str, source: Range<usize>) {
        let start = self.text.len();
        self.text.push_str(text);
        self.segments.push(Segment { text: start..self.text.len(), source });
    }

    /// Adds text that is marked as code.
    fn push_code(&mut self, text: &str, source: Range<usize>) {
        let start = self.text.len();
        self.push(text, source);
        self.code.push(start..self.text.len());
    }

    /// The block, unless it says nothing.
    fn finish(self, kind: Kind, element: Range<usize>) -> Option<Block> {
        let words = words(&self.text);
        let says = !self.text.trim().is_empty();
        says.then_some(Block { kind, text: self.text, code: self.code, words, element, segments: self.segments })
    }
}

/// A page, taken apart.
#[derive(Debug, Clone)]
pub struct Page {
    /// The file.
    pub path: PathBuf,
    /// Its text as it stands there.
    pub text: String,
    /// How it is written.
    pub markup: Markup,
    /// Its blocks, in order.
    pub blocks: Vec<Block>,
    lines: Vec<usize>,
}

impl Page {
    /// Reads a page; how it is written follows from its name unless it is given.
    ///
    /// # Errors
    /// When it cannot be read, or is no text, or holds none.
    pub fn read(path: &Path, markup: Option<Markup>) -> Result<Self, PageError> {
        let failed = |cause: io::Error| match cause.kind() {
            io::ErrorKind::FileTooLarge => PageError::Size { path: path.to_owned() },
            _ => PageError::Read { path: path.to_owned(), cause },
        };
        let bytes = files::read(path, LIMIT).map_err(failed)?;
        let text = text(path, bytes)?;
        Page::parse(path, text, markup.unwrap_or_else(|| Markup::of(path)))
    }

    /// Takes a text apart.
    ///
    /// # Errors
    /// When it says nothing.
    pub fn parse(path: &Path, text: String, markup: Markup) -> Result<Self, PageError> {
        let mut blocks = match markup {
            Markup::Rst => rst::blocks(&text),
            Markup::Markdown => markdown::blocks(&text),
            Markup::Html => html::blocks(&text),
            Markup::Plain => plain::blocks(&text),
        };
        for block in &mut blocks {
            block.element.end = block.element.start + text[block.element.clone()].trim_end().len();
        }
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        match blocks.iter().any(|block| !block.words.is_empty()) {
            true => Ok(Page { path: path.to_owned(), text, markup, blocks, lines }),
            false => Err(PageError::Empty { path: path.to_owned() }),
        }
    }

    /// The line of a place in the file, from 1.
    pub fn line(&self, place: usize) -> usize {
        self.lines.partition_point(|start| *start <= place)
    }
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<String, PageError> {
    let line = |end: usize| bytes[..end].iter().filter(|byte| **byte == b'\n').count() + 1;
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(PageError::Binary { path: path.to_owned(), line: line(at) });
    }
    match str::from_utf8(&bytes) {
        Ok(_) => Ok(String::from_utf8(bytes).expect("it was just looked at")),
        Err(error) => {
            let at = error.valid_up_to();
            Err(PageError::Encoding { path: path.to_owned(), line: line(at), byte: bytes[at] })
        }
    }
}
