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

use crate::text::files;
pub use block::{Block, Kind};
pub use markup::Markup;
pub use words::{Word, words};

/// Maximum size of a page in bytes. Even long documentation pages have a tenth of it.
pub const LIMIT: u64 = 4 << 20;

/// Why a page cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The file cannot be opened or read.
    #[error(
        "failed to read page `{path}`: {cause}\nhelp: name the file of the page: reStructuredText, Markdown, HTML or plain text"
    )]
    Read { path: PathBuf, cause: io::Error },
    /// The file is too large.
    #[error("page `{path}` has more than {} MiB, which is too large for a page\nhelp: name the file of one page", LIMIT >> 20)]
    Size { path: PathBuf },
    /// The file contains a zero byte.
    #[error(
        "page `{path}`, line {line}: a zero byte, so this is not a text file\nhelp: name the page's source, not a file built from it"
    )]
    Binary {
        path: PathBuf,
        /// Line, from 1.
        line: usize,
    },
    /// The file is not UTF-8.
    #[error(
        "page `{path}`, line {line}, byte {byte:#04x}: not UTF-8\nhelp: convert it first, e.g. `iconv -f WINDOWS-1252 -t UTF-8 {path}`"
    )]
    Encoding {
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        byte: u8,
    },
    /// The file contains no text.
    #[error("page `{path}` has no text\nhelp: name the file of the page: reStructuredText, Markdown, HTML or plain text")]
    Empty { path: PathBuf },
}

/// A page as a list of blocks.
#[derive(Debug, Clone)]
pub struct Page {
    pub path: PathBuf,
    /// The text of the file.
    pub text: String,
    pub markup: Markup,
    pub blocks: Vec<Block>,
    lines: Vec<usize>,
}

impl Page {
    /// Reads a page. Without `markup`, the file name decides.
    ///
    /// # Errors
    /// If the file cannot be read, is not a text file, or is empty.
    pub fn read(path: &Path, markup: Option<Markup>) -> Result<Self, PageError> {
        let failed = |cause: io::Error| match cause.kind() {
            io::ErrorKind::FileTooLarge => PageError::Size { path: path.to_owned() },
            _ => PageError::Read { path: path.to_owned(), cause },
        };
        let bytes = files::read(path, LIMIT).map_err(failed)?;
        let text = text(path, bytes)?;
        Page::parse(path, text, markup.unwrap_or_else(|| Markup::of(path)))
    }

    /// Splits a text into blocks.
    ///
    /// # Errors
    /// If the text is blank.
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

    /// The line of a byte offset, from 1.
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
        Ok(_) => Ok(String::from_utf8(bytes).expect("it was just checked")),
        Err(error) => {
            let at = error.valid_up_to();
            Err(PageError::Encoding { path: path.to_owned(), line: line(at), byte: bytes[at] })
        }
    }
}
