//! The page under test as a list of blocks: headings, prose and literal blocks, each with its place in the file.

mod asciidoc;
pub mod audit;
mod block;
mod command;
pub mod correct;
pub mod coverage;
pub mod draft;
pub mod edit;
pub mod edition;
mod html;
pub mod locate;
pub mod mail;
mod markdown;
pub mod markup;
pub mod messages;
mod note;
pub mod output;
pub mod patch;
mod plain;
pub mod propose;
mod recognise;
pub mod results;
mod rst;
pub mod rules;
mod sentence;
pub mod sentence_bound;
mod spread;
mod symptom;
pub mod topic;
mod words;

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::text::advice::Advice;
use crate::text::files;
use block::Content;
pub use block::{Block, Kind};
pub use markup::{By, Markup};
use words::one_line;
pub use words::{Word, words};

/// Maximum size of a page in bytes. Even long documentation pages have a tenth of it.
pub const LIMIT: u64 = 4 << 20;

/// The help for a wrong file.
const HELP: &str = "give the file of the page: reStructuredText, Markdown, HTML, AsciiDoc or plain text";

/// A page as a list of blocks.
#[derive(Debug, Clone)]
pub struct Page {
    pub path: PathBuf,
    pub text: String,
    pub markup: Markup,
    /// How the markup was found.
    pub by: By,
    pub blocks: Vec<Block>,
    /// What the reader of its markup could not read, from the top.
    pub unread: Vec<Unread>,
    lines: Vec<usize>,
}

/// A part of the page that is not read: a file that it includes, or another notation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unread {
    /// Line of the file, from 1.
    pub line: usize,
    /// The name of the element, such as `include`.
    pub what: String,
    /// Its first line.
    pub text: String,
}

impl Page {
    /// Reads a page. Without `markup`, the file name decides, or else the content.
    pub fn read(path: &Path, markup: Option<Markup>) -> Result<Self, Advice> {
        let bytes = files::read(path, LIMIT).map_err(|cause| unreadable(&path.display().to_string(), &cause))?;
        Page::of(path, bytes, markup)
    }

    /// Reads a page from standard input; `path` is its name in messages.
    pub fn read_from(input: impl Read, path: &Path, markup: Option<Markup>) -> Result<Self, Advice> {
        let mut bytes = Vec::new();
        let read = input.take(LIMIT + 1).read_to_end(&mut bytes);
        let too_large = || io::Error::from(io::ErrorKind::FileTooLarge);
        let whole = read.and_then(|length| if length as u64 > LIMIT { Err(too_large()) } else { Ok(()) });
        whole.map_err(|cause| unreadable(&path.display().to_string(), &cause))?;
        Page::of(path, bytes, markup)
    }

    fn of(path: &Path, bytes: Vec<u8>, markup: Option<Markup>) -> Result<Self, Advice> {
        let text = text(path, bytes)?;
        let (markup, by) = match (markup, Markup::of(path)) {
            (Some(markup), _) => (markup, By::Option),
            (None, Some(markup)) => (markup, By::Name),
            (None, None) => (Markup::recognise(&text), By::Content),
        };
        Ok(Page { by, ..Page::parse(path, text, markup)? })
    }

    /// Splits a text into blocks.
    pub fn parse(path: &Path, text: String, markup: Markup) -> Result<Self, Advice> {
        let Content { mut blocks, unread } = match markup {
            Markup::Rst => rst::content(&text),
            Markup::Markdown => markdown::content(&text),
            Markup::Html => html::content(&text),
            Markup::AsciiDoc => asciidoc::content(&text),
            Markup::Plain => Content { blocks: plain::blocks(&text), unread: Vec::new() },
        };
        for block in &mut blocks {
            block.element.end = block.element.start + text[block.element.clone()].trim_end().len();
        }
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let has_text = blocks.iter().any(|block| !block.words.is_empty());
        let mut page = Page { path: path.to_owned(), text, markup, by: By::Option, blocks, unread: Vec::new(), lines };
        let first = |at: &str| one_line(at.lines().next().unwrap_or(""));
        let unread = unread.into_iter().map(|part| Unread {
            line: page.line(part.at.start),
            text: first(&page.text[part.at]),
            what: part.what,
        });
        page.unread = unread.collect();
        page.unread.sort_by_key(|unread| unread.line);
        match has_text || !page.unread.is_empty() {
            true => Ok(page),
            false => Err(Advice::new(format!("page `{}` has no text", path.display()), HELP)),
        }
    }

    /// The line of a byte offset, from 1.
    pub fn line(&self, place: usize) -> usize {
        self.lines.partition_point(|start| *start <= place)
    }
}

fn unreadable(shown: &str, cause: &io::Error) -> Advice {
    match cause.kind() {
        io::ErrorKind::FileTooLarge => {
            let message = format!("page `{shown}` has more than {} MiB, which is too large for a page", LIMIT >> 20);
            Advice::new(message, "give the file of a single page")
        }
        _ => Advice::new(format!("failed to read page `{shown}`: {cause}"), HELP),
    }
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<String, Advice> {
    let line = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    let shown = path.display();
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let message = format!("page `{shown}`, line {}: has a zero byte, so it is not a text file", line(&bytes[..at]));
        return Err(Advice::new(message, "give the source of the page, not a file built from it"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = line(&error.as_bytes()[..at]);
        let message = format!("page `{shown}`, line {line}, byte {:#04x}: not UTF-8", error.as_bytes()[at]);
        Advice::new(message, format!("convert it first, e.g. `iconv -f WINDOWS-1252 -t UTF-8 {shown}`"))
    })
}
