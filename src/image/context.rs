//! Reads the folder of a dockerfile within limits. A malicious folder must not make the program read anything else: links are
//! not followed, only regular files are opened, and sizes are limited.

use std::collections::BTreeMap;
use std::fs::{self, FileType};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::text::advice::Advice;
use crate::text::files;

/// Size limit of all folders together in bytes. Larger files must be pinned archives.
pub(super) const MOST_BYTES: u64 = 64 << 20;
/// Maximum number of files and folders in one folder, and in the folder that contains all of them.
const MOST_ENTRIES: usize = 2_000;
/// Size limit of a dockerfile in bytes.
const LONGEST_TEXT: u64 = 256 << 10;
/// Maximum length of a file's relative path in bytes.
const LONGEST_NAME: usize = 200;

/// A file of a dockerfile's folder, with its properties in the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub executable: bool,
    pub content: Vec<u8>,
}

/// The files of a dockerfile's folder by path, without `sources/`, which exists for manual builds. Their size is subtracted from
/// `left`, the number of bytes that may still be read.
pub(super) fn files(folder: &Path, left: &mut u64) -> Result<BTreeMap<String, File>, Advice> {
    let mut reading = Reading { files: BTreeMap::new(), entries: 0, left };
    reading.folder(folder, "")?;
    Ok(reading.files)
}

/// The entries of a folder and their types, sorted by name. Links are not followed.
pub(super) fn entries(folder: &Path) -> Result<Vec<(PathBuf, FileType)>, Advice> {
    let list = || {
        let entries =
            fs::read_dir(folder)?.take(MOST_ENTRIES + 1).map(|entry| entry.and_then(|e| Ok((e.path(), e.file_type()?))));
        entries.collect::<io::Result<Vec<_>>>()
    };
    let mut entries = list().map_err(|cause| unreadable(folder, &cause))?;
    if entries.len() > MOST_ENTRIES {
        return Err(many(folder));
    }
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries)
}

/// The name of a file or folder, if it is printable.
pub(super) fn name(path: &Path) -> Result<String, Advice> {
    let name = path.file_name().unwrap_or_default();
    match name.to_str() {
        Some(name) if !name.chars().any(|c| c.is_control() || crate::text::sanitize::is_unfit(c)) => Ok(name.to_owned()),
        _ => Err(unfit(path, "has a name with unsupported characters", "use letters, digits, `.`, `_` and `-`")),
    }
}

struct Reading<'a> {
    files: BTreeMap<String, File>,
    entries: usize,
    left: &'a mut u64,
}

impl Reading<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), Advice> {
        for (path, kind) in entries(folder)? {
            let name = format!("{prefix}{}", name(&path)?);
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                return Err(many(folder));
            } else if name.len() > LONGEST_NAME {
                let problem = format!("has a name of more than {LONGEST_NAME} bytes, including its folders");
                return Err(unfit(&path, &problem, "use a shorter name, or fewer folders"));
            } else if name == "sources" {
                continue;
            } else if kind.is_dir() {
                self.folder(&path, &format!("{name}/"))?;
            } else {
                self.file(&path, kind, name)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, kind: FileType, name: String) -> Result<(), Advice> {
        let left = if name == "Dockerfile" { LONGEST_TEXT.min(*self.left) } else { *self.left };
        let content = bytes(path, kind, left)?;
        *self.left -= content.len() as u64;
        let mode = fs::symlink_metadata(path).map_err(|cause| unreadable(path, &cause))?.permissions().mode();
        self.files.insert(name, File { executable: mode & 0o111 != 0, content });
        Ok(())
    }
}

/// The name of a dockerfile's folder, which becomes a part of image names. `None` if it contains no dockerfile.
pub(super) fn dockerfile(path: &Path, kind: FileType) -> Result<Option<String>, Advice> {
    let found = fs::symlink_metadata(path.join("Dockerfile"));
    if !found.is_ok_and(|found| !found.is_dir()) {
        return Ok(None);
    }
    let name = name(path)?;
    let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if kind.is_symlink() {
        Err(link(path))
    } else if name.split('-').all(word) && name.len() <= LONGEST_NAME {
        Ok(Some(name))
    } else {
        Err(unfit(path, "is not a valid name of a dockerfile", "use a name in kebab-case such as `python-runtime`"))
    }
}

fn bytes(path: &Path, kind: FileType, longest: u64) -> Result<Vec<u8>, Advice> {
    if kind.is_symlink() {
        return Err(link(path));
    } else if !kind.is_file() {
        return Err(unfit(path, "is neither a file nor a folder", "remove it"));
    }
    files::read(path, longest).map_err(|cause| match cause.kind() {
        io::ErrorKind::FileTooLarge => {
            let problem = format!("exceeds the limit of {longest} bytes for this folder");
            unfit(path, &problem, "pin a large archive in SHA256SUMS and copy it from `sources/`")
        }
        _ => unreadable(path, &cause),
    })
}

pub(super) fn unreadable(path: &Path, cause: &io::Error) -> Advice {
    Advice::new(format!("failed to read `{}`: {cause}", path.display()), "")
}

fn link(path: &Path) -> Advice {
    unfit(path, "is a link, which may point outside", "replace it with the file that it points to")
}

fn many(folder: &Path) -> Advice {
    unfit(folder, &format!("holds more than {MOST_ENTRIES} files and folders"), "keep only files that the image needs")
}

fn unfit(path: &Path, problem: &str, help: &str) -> Advice {
    Advice::new(format!("`{}` {problem}", path.display()), help)
}
