//! Mistakes of an author: files, places in them, and messages.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::model::kinds::Orphan;
use crate::text::sanitize::visible;

/// Maximum number of mistakes reported for one file.
pub(super) const MOST_NOTES: usize = 100;
/// Maximum length of a message, key path or help, in characters.
const LONGEST_MESSAGE: usize = 500;

/// One mistake in one file: what is wrong, and the next move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The path as the caller gave it.
    pub file: PathBuf,
    /// Line and column, from 1, if they are known.
    pub position: Option<(usize, usize)>,
    /// Key path, such as `workarounds[0].claim`; empty if the mistake concerns the whole file.
    pub path: String,
    pub message: String,
    /// The next move; may be empty.
    pub help: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", visible(&self.file.display().to_string()))?;
        if let Some((line, column)) = self.position {
            write!(f, "{line}:{column}:")?;
        }
        if !self.path.is_empty() {
            write!(f, " {}:", self.path)?;
        }
        write!(f, " {}", self.message)?;
        if !self.help.is_empty() {
            write!(f, "\n  help: {}", self.help)?;
        }
        Ok(())
    }
}

/// Every mistake in a folder of scenarios, sorted by file and line. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct LoadErrors(pub Vec<Mistake>);

impl fmt::Display for LoadErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        listed(f, &self.0, "scenarios")
    }
}

/// Every mistake in a project file, sorted by line. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ProjectErrors(pub Vec<Mistake>);

impl fmt::Display for ProjectErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        listed(f, &self.0, "project file")
    }
}

fn listed(f: &mut fmt::Formatter<'_>, mistakes: &[Mistake], place: &str) -> fmt::Result {
    let plural = if mistakes.len() == 1 { "" } else { "s" };
    write!(f, "{} mistake{plural} in the {place}", mistakes.len())?;
    mistakes.iter().try_for_each(|mistake| write!(f, "\n{mistake}"))
}

/// A text from a file as one line of a message: truncated, and without characters that a terminal would interpret.
pub(super) fn readable(words: &str) -> String {
    match words.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => visible(&words[..end]) + "…",
        None => visible(words),
    }
}

/// One element of a key path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Name(String),
    /// An index into a list, from 0.
    Index(usize),
}

/// Formats a key path, such as `workarounds[0].claim`.
pub(super) fn written(path: &[Key]) -> String {
    let mut text = String::new();
    for key in path {
        match key {
            Key::Name(name) if text.is_empty() => text.push_str(name),
            Key::Name(name) => text.extend([".", name]),
            Key::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// A mistake whose position may not be known yet.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) path: Vec<Key>,
    pub(super) message: String,
    pub(super) help: String,
    /// Set only for errors of the parser, which come with a position.
    pub(super) position: Option<(usize, usize)>,
}

/// A file and the mistakes found in it so far.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) text: String,
    notes: RefCell<Vec<Note>>,
}

impl File {
    pub(super) fn new(path: &Path) -> Self {
        File { path: path.to_owned(), text: String::new(), notes: RefCell::default() }
    }

    /// Records a mistake, unless it is a duplicate or the file has too many. Truncates a long message.
    pub(super) fn note(&self, mut note: Note) {
        note.message = readable(&note.message);
        note.help = readable(&note.help);
        let mut notes = self.notes.borrow_mut();
        if notes.len() > MOST_NOTES || notes.contains(&note) {
            return;
        }
        if notes.len() == MOST_NOTES {
            note = Note { message: "holds more mistakes".into(), help: "correct these first".into(), ..Note::default() };
        }
        notes.push(note);
    }

    /// Whether the file has too many mistakes or already has this one.
    fn knows(&self, path: &[Key], message: &str) -> bool {
        let notes = self.notes.borrow();
        notes.len() > MOST_NOTES || notes.iter().any(|note| note.path == path && note.message == readable(message))
    }

    /// Whether the file has a mistake so far.
    pub(super) fn flawed(&self) -> bool {
        !self.notes.borrow().is_empty()
    }

    /// Whether the ids of a ledger may be wrong: the ledger could not be read, or an id has a mistake.
    pub(super) fn doubts_ids(&self) -> bool {
        let id = |key: Option<&Key>| key.is_none_or(|key| *key == Key::Name("id".to_owned()));
        self.notes.borrow().iter().any(|note| id(note.path.last()))
    }

    pub(super) fn notes(self) -> Vec<Note> {
        self.notes.into_inner()
    }

    /// The file name without `.yaml`.
    pub(super) fn stem(&self) -> String {
        self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
    }

    pub(super) fn root(&self) -> Place<'_> {
        Place { file: self, path: Vec::new() }
    }
}

/// A key path in a file.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    pub(super) file: &'a File,
    pub(super) path: Vec<Key>,
}

impl<'a> Place<'a> {
    pub(super) fn key(&self, name: &str) -> Place<'a> {
        self.with(Key::Name(name.to_owned()))
    }

    pub(super) fn index(&self, index: usize) -> Place<'a> {
        self.with(Key::Index(index))
    }

    fn with(&self, key: Key) -> Place<'a> {
        let path = self.path.iter().cloned().chain([key]).collect();
        Place { file: self.file, path }
    }

    /// Each element with its place.
    pub(super) fn each<'b, T>(&self, list: &'b [T]) -> impl Iterator<Item = (Place<'a>, &'b T)> + use<'a, 'b, T> {
        let place = self.clone();
        list.iter().enumerate().map(move |(index, element)| (place.index(index), element))
    }

    /// Reports keys without the main key that they belong to.
    pub(super) fn orphans(&self, orphans: &[Orphan]) {
        for Orphan { key, main } in orphans {
            self.key(key).note(format!("`{key}` without `{main}`"), format!("add `{main}`, or remove `{key}`"));
        }
    }

    /// Reports a mistake here, once.
    pub(super) fn note(&self, message: impl Into<String>, help: impl Into<String>) {
        let message = message.into();
        if !self.file.knows(&self.path, &message) {
            self.file.note(Note { path: self.path.clone(), message, help: help.into(), position: None });
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.path.display(), written(&self.path))
    }
}
