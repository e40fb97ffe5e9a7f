//! The page under test as a list of blocks: headings, prose and literal blocks, each with its place in the file.

pub mod audit;
mod block;
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
use std::path::{Path, PathBuf};

use crate::text::advice::Advice;
use crate::text::files;
pub use block::{Block, Kind};
pub use markup::Markup;
pub use words::{Word, words};

/// Maximum size of a page in bytes. Even long documentation pages have a tenth of it.
pub const LIMIT: u64 = 4 << 20;

/// The help for a wrong file.
const HELP: &str = "give the file of the page: reStructuredText, Markdown, HTML or plain text";

/// A page as a list of blocks.
#[derive(Debug, Clone)]
pub struct Page {
    pub path: PathBuf,
    pub text: String,
    pub markup: Markup,
    pub blocks: Vec<Block>,
    lines: Vec<usize>,
}

impl Page {
    /// Reads a page. Without `markup`, the file name decides.
    pub fn read(path: &Path, markup: Option<Markup>) -> Result<Self, Advice> {
        let shown = path.display();
        let failed = |cause: io::Error| match cause.kind() {
            io::ErrorKind::FileTooLarge => {
                let message = format!("page `{shown}` has more than {} MiB, which is too large for a page", LIMIT >> 20);
                Advice::new(message, "give the file of a single page")
            }
            _ => Advice::new(format!("failed to read page `{shown}`: {cause}"), HELP),
        };
        let bytes = files::read(path, LIMIT).map_err(failed)?;
        let text = text(path, bytes)?;
        Page::parse(path, text, markup.unwrap_or_else(|| Markup::of(path)))
    }

    /// Splits a text into blocks.
    pub fn parse(path: &Path, text: String, markup: Markup) -> Result<Self, Advice> {
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
            false => Err(Advice::new(format!("page `{}` has no text", path.display()), HELP)),
        }
    }

    /// The line of a byte offset, from 1.
    pub fn line(&self, place: usize) -> usize {
        self.lines.partition_point(|start| *start <= place)
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
