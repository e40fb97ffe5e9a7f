//! From a folder of YAML files to valid scenarios, or to every mistake in them. The only module that knows YAML:
//! it turns text into plain data and key paths into line numbers. It must not know what makes a scenario right.

mod axes;
mod capability;
mod check_phases;
mod coverage;
mod diagnostic;
pub mod doubts;
mod expectation;
mod ledger;
mod limits;
mod locate;
mod lower;
mod measure;
mod outlive;
mod raw;
mod raw_types;
mod replace;
mod schema;
mod scope;
mod self_match;
mod shape;
mod steps;
mod variant;
mod yaml;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::load::diagnostic::{File, Note, told, written};
pub use crate::load::diagnostic::{Key, LoadErrors, Mistake};
use crate::model::claim::{Claim, Ledger};
use crate::model::scenario::Scenario;
use crate::text::digest::hex;
use crate::text::files;
use locate::spelled;
use locate::{End, position};
pub use variant::Variants;
use yaml::tree;

/// The claim ledger's file name.
const LEDGER: &str = "claims.yaml";
/// The file of what scenarios share.
const COMMON: &str = "common.yaml";
/// Longest file read, in bytes.
const LONGEST: u64 = 256 << 10;
/// Most files of one folder.
const MOST_FILES: usize = 500;
/// Most brackets opened in one file: the parser takes time that grows with the square of their nesting.
const MOST_BRACKETS: usize = 5_000;

/// Everything a folder of scenarios holds.
#[derive(Debug, Clone)]
pub struct Library {
    /// The claims.
    pub ledger: Ledger,
    /// The scenarios, by the ledger's sections, then by id.
    pub scenarios: Vec<Scenario>,
    /// Digest of the files, by which two machines know that they have the same.
    pub digest: String,
}

impl Library {
    /// The scenarios that decide a claim, or say why it cannot be decided.
    pub fn binding(&self, claim: &str) -> impl Iterator<Item = &Scenario> {
        self.scenarios.iter().filter(move |scenario| scenario.claims.iter().any(|bound| bound == claim))
    }

    /// The claims that no scenario binds.
    pub fn unbound(&self) -> impl Iterator<Item = &Claim> {
        self.ledger.claims.iter().filter(|claim| self.binding(&claim.id).next().is_none())
    }
}

/// A folder of scenarios, whatever is wrong with it.
#[derive(Debug, Default)]
pub struct Survey {
    /// The ledger, and the scenarios in which nothing is wrong; `None` without a ledger to check them against.
    pub library: Option<Library>,
    /// Scenarios that could be read, and in which something is wrong: what they name can be looked at, and no more.
    pub doubtful: Vec<Scenario>,
    /// Every mistake in every file.
    pub mistakes: Vec<Mistake>,
    /// Whether every file of a scenario made one.
    pub complete: bool,
    texts: BTreeMap<PathBuf, String>,
}

impl Survey {
    /// A mistake that another check found at a place of one of the files: a key path such as `control.image[0]`.
    pub fn mistake(&self, file: &Path, path: &str, (message, help): (String, String)) -> Mistake {
        let position = self.texts.get(file).and_then(|text| position(text, &keys(path), End::Value));
        Mistake { file: file.to_owned(), position, path: path.to_owned(), message: told(&message), help: told(&help) }
    }

    /// The claims that no scenario binds, as mistakes of the ledger. Nothing can be said of that where a scenario could not
    /// be read.
    pub fn unbound(&self, dir: &Path) -> Vec<Mistake> {
        let Some(library) = self.library.as_ref().filter(|_| self.complete) else { return Vec::new() };
        let doubted = |claim: &&Claim| self.doubtful.iter().all(|scenario| !scenario.claims.contains(&claim.id));
        let ledger = &library.ledger;
        let mistake = |claim: &Claim| {
            let section = ledger.sections.iter().position(|(id, _)| *id == claim.section).unwrap_or_default();
            let place = ledger.of_section(&claim.section).position(|other| other.id == claim.id).unwrap_or_default();
            let message = format!("no scenario binds claim `{}`", claim.id);
            let help = "bind it in a scenario of its section, under `skipped` where no run can decide it".to_owned();
            self.mistake(&dir.join(LEDGER), &format!("sections[{section}].claims[{place}].id"), (message, help))
        };
        library.unbound().filter(doubted).map(mistake).collect()
    }
}

/// A key path, as `written` writes it.
fn keys(path: &str) -> Vec<Key> {
    let key = |part: &str| match part.strip_suffix(']').map(str::parse) {
        Some(Ok(index)) => Key::Index(index),
        _ => Key::Name(part.to_owned()),
    };
    path.split(['.', '[']).map(key).collect()
}

/// Loads a folder: `claims.yaml`, `common.yaml` if there is one, and a scenario from every other `*.yaml`.
///
/// # Errors
/// Every mistake in every file.
pub fn folder(dir: &Path) -> Result<Library, LoadErrors> {
    match survey(dir) {
        Survey { library: Some(library), mistakes, .. } if mistakes.is_empty() => Ok(library),
        Survey { mistakes, .. } => Err(LoadErrors(mistakes)),
    }
}

/// Looks at a folder as [`folder`] does, and gives what is right in it besides what is wrong.
pub fn survey(dir: &Path) -> Survey {
    let files = match files(dir) {
        Ok(files) => files,
        Err(mistake) => return Survey { mistakes: vec![mistake], ..Survey::default() },
    };
    let mut survey = library(&files, dir);
    survey.texts = files.iter().map(|file| (file.path.clone(), file.text.clone())).collect();
    survey.mistakes = files.into_iter().flat_map(mistakes).collect();
    survey
}

/// The JSON Schema of scenario files, with `$defs` for the ledger and for what scenarios share.
pub fn schema() -> Value {
    schema::SCHEMA.clone()
}

/// Reads every file before judging any, so that one mistake does not hide those of another file. Scenarios are held
/// against a ledger whose ids are right, and against a shared file that could be read: against others all would seem wrong.
fn library(files: &[File], dir: &Path) -> Survey {
    let named = |name: &str| files.iter().find(|file| file.path == dir.join(name));
    let shared = [named(LEDGER), named(COMMON)];
    let authored = files.iter().filter(|file| !shared.iter().flatten().any(|shared| shared.path == file.path));
    let scenarios: Vec<_> = authored.map(|file| (file, parsed::<raw::Scenario>(file, "Scenario"))).collect();
    let common = named(COMMON).map(|file| (file, parsed::<raw::Common>(file, "Common")));
    let ledger = named(LEDGER).and_then(|file| Some((file, ledger::valid(&parsed(file, "Ledger")?, &file.root()))));
    let Some((_, ledger)) = ledger.filter(|(file, _)| !file.doubts_ids()) else { return Survey::default() };
    let unread = common.as_ref().is_some_and(|(_, common)| common.is_none());
    let common = common.and_then(|(file, common)| Some((file, common?)));
    let read = scenarios.iter().filter_map(|(file, raw)| Some((*file, raw.as_ref().filter(|raw| !(unread && shares(raw)))?)));
    let valid = |(file, raw)| Some((file, lower::valid(raw, file, (&ledger, common.as_ref()))?));
    let found: Vec<(&File, Scenario)> = read.filter_map(valid).collect();
    let complete = found.len() == scenarios.len();
    let doubted = common.as_ref().is_some_and(|(file, _)| file.flawed());
    let (right, doubtful): (Vec<_>, Vec<_>) = found.into_iter().partition(|(file, _)| !doubted && !file.flawed());
    let mut scenarios: Vec<Scenario> = right.into_iter().map(|(_, scenario)| scenario).collect();
    let section = |id: &str| ledger.sections.iter().position(|(section, _)| section == id);
    scenarios.sort_by_key(|scenario| (section(&scenario.section), scenario.id.clone()));
    let doubtful = doubtful.into_iter().map(|(_, scenario)| scenario).collect();
    let library = Some(Library { ledger, scenarios, digest: digest(files) });
    Survey { library, doubtful, complete, ..Survey::default() }
}

/// Whether a scenario names anything of `common.yaml`.
fn shares(scenario: &raw::Scenario) -> bool {
    let remedies = scenario.workarounds.iter().flat_map(|workaround| [&workaround.steps, &workaround.verify]);
    let parts =
        [&scenario.prepare, &scenario.reproduce, &scenario.resolved, &scenario.control.verify].into_iter().chain(remedies);
    scenario.cells.is_some() || parts.flatten().any(|step| step.list.is_some())
}

/// Digest of the files' names and texts, wherever the folder lies.
fn digest(files: &[File]) -> String {
    let mut state = Sha256::new();
    for file in files {
        for text in [&file.stem(), &file.text] {
            state.update((text.len() as u64).to_be_bytes());
            state.update(text);
        }
    }
    hex(&state.finalize())
}

/// The folder's YAML files, read, in the order of their names.
fn files(dir: &Path) -> Result<Vec<File>, Mistake> {
    let unreadable = |cause: io::Error| Mistake {
        file: dir.to_owned(),
        position: None,
        path: String::new(),
        message: format!("failed to read the folder of scenarios: {cause}"),
        help: "run from the project's folder, or name the folder that holds `claims.yaml` and the scenarios".into(),
    };
    let root = fs::canonicalize(dir).map_err(unreadable)?;
    let mut names = fs::read_dir(dir)
        .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>())
        .map_err(unreadable)?;
    names.retain(|name| matches!(Path::new(name).extension(), Some(end) if end == "yaml" || end == "yml"));
    if !names.iter().any(|name| name == LEDGER) {
        names.push(LEDGER.into());
    }
    if names.len() > MOST_FILES {
        let message = format!("holds more than {MOST_FILES} scenario files");
        let help = "keep scenarios that belong together in a folder of their own, and name it with --scenarios".into();
        return Err(Mistake { file: dir.to_owned(), position: None, path: String::new(), message, help });
    }
    names.sort();
    Ok(names.iter().map(|name| read(&dir.join(name), &root)).collect())
}

/// One file's text. What cannot be read is a mistake of that file.
fn read(path: &Path, root: &Path) -> File {
    let mut file = File::new(path);
    let refused = |message: String, help: &str| file.root().note(message, help);
    let inside = fs::canonicalize(path).and_then(|real| Ok((real.starts_with(root), fs::metadata(&real)?)));
    match inside {
        Err(cause) if path.ends_with(LEDGER) => {
            refused(format!("failed to read: {cause}"), "a folder of scenarios needs a claim ledger, `claims.yaml`")
        }
        Err(cause) => refused(format!("failed to read: {cause}"), "take it out, or see what it points to"),
        Ok((false, _)) => refused("leads out of the folder of scenarios".into(), "put the file itself here, not a link"),
        Ok((_, about)) if !about.is_file() => refused("is not a file".into(), "keep only scenario files under such names"),
        Ok((_, about)) if about.len() > LONGEST => {
            refused(format!("is longer than {LONGEST} bytes"), "split it; what scenarios share goes to `common.yaml`");
        }
        Ok(_) if path.extension().is_some_and(|end| end == "yml") => {
            refused("ends in `.yml`, so it would not be read".into(), "rename it to end in `.yaml`");
        }
        // No more than was seen to be there, should the file grow meanwhile.
        Ok(_) => match files::read(path, LONGEST).map(String::from_utf8) {
            Err(cause) => refused(format!("failed to read: {cause}"), ""),
            Ok(Err(_)) => refused("is not UTF-8 text".into(), "save it as UTF-8"),
            Ok(Ok(text)) if text.matches(['[', '{']).count() > MOST_BRACKETS => {
                refused(format!("opens more than {MOST_BRACKETS} brackets"), "write lists and mappings line by line");
            }
            // The mark of an encoding that some editors write is no part of the text.
            Ok(Ok(text)) => file.text = text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned),
        },
    }
    file
}

/// A file's content in its mirror type, if its shape allows. A file that could not be read has been noted.
fn parsed<T: DeserializeOwned>(file: &File, definition: &str) -> Option<T> {
    if file.flawed() {
        return None;
    }
    let mut tree = tree(file)?;
    if !shape::check(&mut tree, definition, file) {
        return None;
    }
    serde_json::from_value(tree).map_err(|error| file.root().note(error.to_string(), "")).ok()
}

/// A file's mistakes with their positions, in the order of lines.
fn mistakes(file: File) -> Vec<Mistake> {
    let (path, text) = (file.path.clone(), file.text.clone());
    let mistake = |note: Note| Mistake {
        file: path.clone(),
        position: note.position.or_else(|| position(&text, &note.path, End::Key)),
        path: told(&written(&note.path)),
        message: note.message,
        help: note.help,
    };
    let mut mistakes: Vec<Mistake> = file.notes().into_iter().map(mistake).collect();
    mistakes.sort_by_key(|mistake| mistake.position.unwrap_or((usize::MAX, 0)));
    mistakes
}
