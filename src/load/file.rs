//! The files of a folder: their text, their content as a mirror type, and their mistakes with positions.

use std::fs;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::diagnostic::{File, Mistake, Note, readable, written};
use super::locate::{End, position};
use super::shape;
use super::yaml::tree;
use crate::model::project::{FILE, LEDGER, Page};
use crate::text::files;

/// Size limit of one file, in bytes.
pub const LONGEST: u64 = 256 << 10;
/// Maximum number of files in a folder.
const MOST_FILES: usize = 500;
/// Maximum number of opening brackets in a file: parsing takes quadratic time in their nesting depth.
pub const MOST_BRACKETS: usize = 5_000;
/// File name of the parts that scenarios share.
pub(super) const COMMON: &str = "common.yaml";

/// Reads the ledger of a page and the YAML files in its folder of scenarios, sorted by name.
pub(super) fn files(page: &Page) -> Result<Vec<File>, Mistake> {
    let dir = &page.scenarios;
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
    // A project whose scenarios are beside its own file.
    names.retain(|name| name != FILE);
    if names.len() > MOST_FILES {
        let message = format!("holds more than {MOST_FILES} scenario files");
        let help = "split the scenarios into several folders, and select one with --scenarios".into();
        return Err(Mistake { file: dir.to_owned(), position: None, path: String::new(), message, help });
    }
    let mut paths: Vec<_> = names.iter().map(|name| dir.join(name)).collect();
    let ledgers = page.ledgers();
    let is_ledger = |path: &Path| ledgers.contains(&path);
    paths.extend(
        ledgers
            .iter()
            .filter(|ledger| !paths.iter().any(|path| path == *ledger))
            .map(|ledger| ledger.to_path_buf())
            .collect::<Vec<_>>(),
    );
    paths.sort();
    let within = |path: &Path| match is_ledger(path) && path.parent() != Some(dir) {
        true => path.parent().and_then(|folder| fs::canonicalize(folder).ok()).unwrap_or_else(|| root.clone()),
        false => root.clone(),
    };
    Ok(paths.iter().map(|path| read(path, &within(path), is_ledger(path))).collect())
}

/// Reads a project file.
pub(super) fn project(path: &Path) -> File {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = File::new(path);
    match fs::canonicalize(folder).and_then(|root| Ok((root, fs::metadata(path)?))) {
        Ok((root, _)) => file = read(path, &root, false),
        Err(cause) => {
            let help = format!("name the project's `{FILE}`, or its folder");
            file.root().note(format!("failed to read: {cause}"), help);
        }
    }
    file
}

/// Reads one file. If that fails, the error is a mistake of the file.
fn read(path: &Path, root: &Path, is_ledger: bool) -> File {
    let mut file = File::new(path);
    let refused = |message: String, help: &str| file.root().note(message, help);
    let inside = fs::canonicalize(path).and_then(|real| Ok((real.starts_with(root), fs::metadata(&real)?)));
    match inside {
        Err(cause) if is_ledger && path.ends_with(LEDGER) => {
            refused(format!("failed to read: {cause}"), "a folder of scenarios needs a claim ledger, `claims.yaml`")
        }
        Err(cause) if is_ledger => refused(format!("failed to read: {cause}"), "name the `ledger` of the page in `matrix.yaml`"),
        Err(cause) => refused(format!("failed to read: {cause}"), "remove it, or check what it points to"),
        Ok((false, _)) => refused("points outside of the folder of scenarios".into(), "put the file itself here, not a link"),
        Ok((_, about)) if !about.is_file() => refused("is not a file".into(), "only scenario files may have such names"),
        Ok((_, about)) if about.len() > LONGEST => {
            refused(format!("is longer than {LONGEST} bytes"), "split it; shared parts belong in `common.yaml`");
        }
        Ok(_) if path.extension().is_some_and(|end| end == "yml") && !is_ledger => {
            refused("ends in `.yml`, so it would not be read".into(), "rename it to end in `.yaml`");
        }
        // The limit applies again, because the file may grow in the meantime.
        Ok(_) => match files::read(path, LONGEST).map(String::from_utf8) {
            Err(cause) => refused(format!("failed to read: {cause}"), ""),
            Ok(Err(_)) => refused("is not UTF-8 text".into(), "save it as UTF-8"),
            Ok(Ok(text)) if text.matches(['[', '{']).count() > MOST_BRACKETS => {
                refused(format!("has more than {MOST_BRACKETS} brackets"), "write lists and mappings on separate lines");
            }
            // The byte order mark that some editors write is not part of the text.
            Ok(Ok(text)) => file.text = text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned),
        },
    }
    file
}

/// Parses a file into its mirror type, if its shape is valid. An unreadable file has already been reported.
pub(super) fn parsed<T: DeserializeOwned>(file: &File, definition: &str) -> Option<T> {
    if file.flawed() {
        return None;
    }
    let mut tree = tree(file)?;
    if !shape::check(&mut tree, definition, file) {
        return None;
    }
    serde_json::from_value(tree).map_err(|error| file.root().note(error.to_string(), "")).ok()
}

/// The mistakes of a file with their positions, sorted by line.
pub(super) fn mistakes(file: File) -> Vec<Mistake> {
    let (path, text) = (file.path.clone(), file.text.clone());
    let mistake = |note: Note| Mistake {
        file: path.clone(),
        position: note.position.or_else(|| position(&text, &note.path, End::Key)),
        path: readable(&written(&note.path)),
        message: note.message,
        help: note.help,
    };
    let mut mistakes: Vec<Mistake> = file.notes().into_iter().map(mistake).collect();
    mistakes.sort_by_key(|mistake| mistake.position.unwrap_or((usize::MAX, 0)));
    mistakes
}
