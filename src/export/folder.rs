//! The folder of an export on disk: written under another name and renamed when it is complete. It replaces only an earlier
//! export.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::image::File;
use crate::model::cell::Cell;
use crate::model::id::{CellId, ScenarioId};
use crate::text::advice::Advice;
use crate::text::files;

pub const MARK: &str = "export.json";
/// The folder in which the script stores outputs.
pub const OBSERVED: &str = "observed";
/// Size limit of a mark in bytes.
const LONGEST_MARK: u64 = 1 << 20;

/// Content of [`MARK`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Always 1.
    pub format: u32,
    pub matrix: String,
    pub scenario: ScenarioId,
    pub cell: CellId,
    /// Files and folders at the top of the export.
    pub files: Vec<String>,
}

/// The text of [`MARK`] for an export of these files.
pub(super) fn mark(cell: &Cell, files: &BTreeMap<String, File>) -> String {
    let mut tops: Vec<String> = files.keys().filter_map(|path| path.split('/').next()).map(str::to_owned).collect();
    tops.dedup();
    tops.push(MARK.to_owned());
    let mark = Mark {
        format: 1,
        matrix: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: cell.scenario.clone(),
        cell: cell.id.clone(),
        files: tops,
    };
    serde_json::to_string_pretty(&mark).expect("a mark is plain data") + "\n"
}

#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error(transparent)]
    Foreign(Advice),
    #[error(transparent)]
    Write(Advice),
}

fn unwritable(path: &Path, cause: &io::Error) -> FolderError {
    FolderError::Write(Advice::new(
        format!("failed to write `{}`: {cause}", path.display()),
        "free some space, or choose another folder with --output",
    ))
}

/// Writes all files, or none.
pub fn write(files: &BTreeMap<String, File>, path: &Path) -> Result<(), FolderError> {
    let failed = |cause| unwritable(path, &cause);
    let earlier = earlier(path)?;
    let beside = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(beside).map_err(failed)?;
    let new = tempfile::Builder::new().prefix(".export-").tempdir_in(beside).map_err(failed)?;
    for (name, file) in files {
        put(&new.path().join(name), file).map_err(failed)?;
    }
    // A temporary folder is private; an export is readable.
    fs::set_permissions(new.path(), Permissions::from_mode(0o755)).map_err(failed)?;
    if !earlier {
        return fs::rename(new.keep(), path).map_err(failed);
    }
    let old = tempfile::Builder::new().prefix(".export-old-").tempdir_in(beside).map_err(failed)?;
    let aside = old.path().join("export");
    fs::rename(path, &aside).map_err(failed)?;
    let renamed = fs::rename(new.path(), path);
    if renamed.is_err() {
        fs::rename(&aside, path).map_err(failed)?;
    }
    renamed.map_err(failed)
}

/// Whether the path is an earlier export. A path without a folder, or with an empty one, is not.
fn earlier(path: &Path) -> Result<bool, FolderError> {
    let failed = |cause| unwritable(path, &cause);
    let names = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        listed => listed.map_err(failed)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>(),
    };
    let names = names.map_err(failed)?;
    let mark: Option<Mark> =
        files::read(&path.join(MARK), LONGEST_MARK).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let ours = mark.map_or(Vec::new(), |mark| mark.files);
    let foreign = names
        .iter()
        .map(|name| name.to_string_lossy())
        .find(|name| *name != OBSERVED && !ours.iter().any(|ours| *name == **ours));
    match foreign {
        Some(found) => Err(FolderError::Foreign(Advice::new(
            format!("`{}` is not an export: it contains `{found}`", path.display()),
            "choose another folder with --output",
        ))),
        None => Ok(!names.is_empty()),
    }
}

fn put(path: &Path, file: &File) -> io::Result<()> {
    fs::create_dir_all(path.parent().expect("a file lies in the folder"))?;
    fs::write(path, &file.content)?;
    fs::File::open(path)?.sync_all()?;
    fs::set_permissions(path, Permissions::from_mode(if file.executable { 0o755 } else { 0o644 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(content: &str) -> BTreeMap<String, File> {
        let mark = Mark {
            format: 1,
            matrix: "0".into(),
            scenario: "s".into(),
            cell: "c".into(),
            files: vec![MARK.into(), "files".into(), "old".into()],
        };
        let file = |text: &str| File { executable: false, content: text.as_bytes().to_vec() };
        let mark = serde_json::to_string(&mark).unwrap();
        [(MARK.to_owned(), file(&mark)), ("files/a/b".to_owned(), file(content))].into()
    }

    #[test]
    fn an_export_replaces_an_earlier_one_and_the_outputs_of_its_script() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("deep/export");
        write(&export("one"), &path).unwrap();
        fs::create_dir(path.join(OBSERVED)).unwrap();
        fs::write(path.join("old"), "").unwrap();
        write(&export("two"), &path).unwrap();
        assert_eq!(fs::read_to_string(path.join("files/a/b")).unwrap(), "two");
        assert!(!path.join(OBSERVED).exists() && !path.join("old").exists());
        assert_eq!(fs::read_dir(place.path().join("deep")).unwrap().count(), 1, "no temporary folder is left");
    }

    #[test]
    fn an_empty_folder_is_replaced_and_anything_else_is_not() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("export");
        fs::create_dir(&path).unwrap();
        write(&export("one"), &path).unwrap();
        fs::write(path.join("notes.txt"), "mine").unwrap();
        let error = write(&export("two"), &path).unwrap_err().to_string();
        assert!(error.contains("`notes.txt`") && error.contains("help: "), "{error}");
        assert_eq!(fs::read_to_string(path.join("files/a/b")).unwrap(), "one");
        let other = place.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join(MARK), "{}").unwrap();
        write(&export("one"), &other).unwrap_err();
        write(&export("one"), &path.join("notes.txt")).unwrap_err();
    }
}
