//! Sources, read as the language of each file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::message::{File, Message};
use super::{c, python};

/// Extensions of documentation, in which nothing is used.
const PROSE: [&str; 8] = ["md", "rst", "txt", "html", "htm", "adoc", "po", "svg"];

/// The messages of some sources.
#[derive(Debug)]
pub struct Sources {
    pub(super) messages: Vec<Message>,
    /// Number of files that were read.
    pub files: usize,
    /// Number of files that were not read, by extension.
    pub unread: BTreeMap<String, usize>,
}

impl Sources {
    /// Reads messages from text files. The extension of a file determines its language.
    pub fn read(files: &[File]) -> Self {
        let of = |extensions: &'static [&str]| {
            files.iter().filter(|file| extensions.contains(&extension(&file.path).as_str())).collect::<Vec<&File>>()
        };
        let (in_c, in_python) = (of(&c::EXTENSIONS), of(&python::EXTENSIONS));
        let is_read = |file: &&File| in_c.iter().chain(&in_python).any(|read| read.path == file.path);
        let mut unread: BTreeMap<String, usize> = BTreeMap::new();
        for file in files.iter().filter(|file| !is_read(file)) {
            *unread.entry(extension(&file.path)).or_default() += 1;
        }
        let is_prose = |file: &&File| PROSE.contains(&extension(&file.path).as_str());
        let others = files.iter().filter(|file| !c::EXTENSIONS.contains(&extension(&file.path).as_str()) && !is_prose(file));
        let words: BTreeSet<String> = others.flat_map(|file| names(&file.text)).map(str::to_owned).collect();
        let mut messages = c::messages(&in_c, &words);
        messages.extend(in_python.iter().flat_map(|file| python::messages(file)));
        Sources { messages, files: in_c.len() + in_python.len(), unread }
    }
}

/// In lower case; empty without one.
fn extension(path: &str) -> String {
    Path::new(path).extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_').filter(|name| !name.is_empty())
}
