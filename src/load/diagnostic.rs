//! What an author got wrong and where: files, places in them, and mistakes.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::model::kinds::Orphan;
use crate::text::sanitize::visible;

/// Most mistakes told of one file.
pub(super) const MOST_NOTES: usize = 100;
/// Longest message, key path or help, in characters.
const LONGEST_MESSAGE: usize = 500;

/// One mistake in one file: what is wrong, and the next move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as it was asked for.
    pub file: PathBuf,
    /// Line and column, from 1, where they can be told.
    pub position: Option<(usize, usize)>,
    /// Key path, such as `workarounds[0].claim`; empty when the whole file is meant.
    pub path: String,
    /// What is wrong.
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

/// Every mistake found in a folder of scenarios, in the order of files and of lines. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct LoadErrors(pub Vec<Mistake>);

impl fmt::Display for LoadErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "1 mistake in the scenarios")?,
            many => write!(f, "{many} mistakes in the scenarios")?,
        }
        self.0.iter().try_for_each(|mistake| write!(f, "\n{mistake}"))
    }
}

/// Words of a file as one line of a message: its beginning, and nothing that a terminal would act on.
pub(super) fn readable(words: &str) -> String {
    match words.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => visible(&words[..end]) + "…",
        None => visible(words),
    }
}

/// One step of a key path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// An entry of a mapping.
    Name(String),
    /// An element of a list, from 0.
    Index(usize),
}

/// A key path as people write it: `workarounds[0].claim`.
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

/// A mistake, before its position is looked up.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) path: Vec<Key>,
    pub(super) message: String,
    pub(super) help: String,
    /// Known already for what the parser itself tells.
    pub(super) position: Option<(usize, usize)>,
}

/// A file as read, collecting what is wrong with it.
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

    /// Notes a mistake, once however often it is found. Of very many the first are enough, and of a long message the
    /// beginning.
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

    /// Whether no more is reported about it, or this was reported already.
    fn knows(&self, path: &[Key], message: &str) -> bool {
        let notes = self.notes.borrow();
        notes.len() > MOST_NOTES || notes.iter().any(|note| note.path == path && note.message == readable(message))
    }

    /// Whether anything is wrong with it so far.
    pub(super) fn flawed(&self) -> bool {
        !self.notes.borrow().is_empty()
    }

    /// Whether a ledger's ids may be wrong: it could not be read, or something is wrong with an id itself.
    pub(super) fn doubts_ids(&self) -> bool {
        let id = |key: Option<&Key>| key.is_none_or(|key| *key == Key::Name("id".to_owned()));
        self.notes.borrow().iter().any(|note| id(note.path.last()))
    }

    pub(super) fn notes(self) -> Vec<Note> {
        self.notes.into_inner()
    }

    /// The name without `.yaml`.
    pub(super) fn stem(&self) -> String {
        self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
    }

    pub(super) fn root(&self) -> Place<'_> {
        Place { file: self, path: Vec::new() }
    }
}

/// A place in a file, by key path.
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

    /// Notes a mistake here. The help is only computed if it is reported.
    /// Notes keys without the one that gives them a meaning.
    pub(super) fn orphans(&self, orphans: &[Orphan]) {
        for Orphan { key, main } in orphans {
            self.key(key).note(format!("`{key}` without `{main}`"), format!("add `{main}`, or take `{key}` out"));
        }
    }

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
