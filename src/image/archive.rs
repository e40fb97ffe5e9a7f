//! Pinned upstream archives: one file of pins, a cache, and a Python package index to fill it from. An archive that
//! does not have its pinned digest never gets a name in the cache. `releases` tells what an index lists of a project, in
//! the order of its `version`s. Nothing here knows images or engines.

use super::index;
use crate::text::digest::digest;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::text::files::{self, Readers};

/// The largest archive that is fetched, in bytes.
pub const SIZE_LIMIT: u64 = 64 << 20;

/// The longest file of pins, in bytes.
pub(super) const MOST_PINS: u64 = 1 << 20;

/// An archive, or the pins, could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file of pins cannot be read.
    #[error("failed to read the pins in `{}`: {cause}\nhelp: it is kept in the repository; `git checkout` brings it back", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file of pins has lines that are none; each is named with file and line.
    #[error("the pins cannot be used:\n{}\nhelp: each line is what `sha256sum` prints for an archive: digest, two spaces, file name", problems.join("\n"))]
    Malformed {
        /// One fragment for each such line.
        problems: Vec<String>,
    },
    /// Nobody says where the package index is.
    #[error("no Python package index is known: {cause}\nhelp: name one with `--index URL` or MATRIX_INDEX, or put the archives into `{}`", folder.display())]
    NoIndex {
        /// What pip said.
        cause: String,
        /// The cache.
        folder: PathBuf,
    },
    /// The index, or the place of an archive it lists, does not answer.
    #[error(
        "failed to reach `{url}`: {cause}\nhelp: check the network and the proxy settings, or name another package index with `--index URL` or MATRIX_INDEX"
    )]
    Unreachable {
        /// What was asked for.
        url: String,
        /// Why.
        cause: String,
    },
    /// It answers with an HTTP error.
    #[error(
        "`{url}` answered with status {status}\nhelp: try again later, or name another package index with `--index URL` or MATRIX_INDEX"
    )]
    Status {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// What answers is not a package index.
    #[error(
        "`{url}` did not return a package listing: {seen}\nhelp: the index must be the address of a simple repository; check `--index` or MATRIX_INDEX"
    )]
    NotAnIndex {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        seen: String,
    },
    /// The index has no such file.
    #[error(
        "the package index lists no `{file}` at `{url}`\nhelp: check the file name among the pins, or name another package index with `--index URL` or MATRIX_INDEX"
    )]
    Unlisted {
        /// The archive.
        file: String,
        /// The page that should list it.
        url: String,
    },
    /// The connection ended before the archive did.
    #[error("`{url}` broke off before the archive was complete: {cause}\nhelp: run again; nothing of it was kept")]
    Truncated {
        /// The archive.
        url: String,
        /// What the connection said.
        cause: String,
    },
    /// The archive is larger than any that is wanted.
    #[error("`{url}` is larger than {SIZE_LIMIT} bytes\nhelp: check which file the index lists under that name")]
    TooLarge {
        /// The archive.
        url: String,
    },
    /// The archive is not the pinned one.
    #[error(
        "`{file}` from `{url}` is not the pinned archive: sha256 is {found}, pinned is {pinned}\nhelp: if upstream did replace it, change the pin; otherwise distrust that index"
    )]
    WrongDigest {
        /// The archive.
        file: String,
        /// Where it came from.
        url: String,
        /// Its sha256.
        found: String,
        /// The pinned one.
        pinned: String,
    },
    /// The cache cannot be written.
    #[error("failed to write `{}`: {cause}\nhelp: make room, or name another folder for the cache", path.display())]
    Store {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
}

/// The pinned digests, by file name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins(BTreeMap<String, String>);

impl Pins {
    /// Reads a file in the format of `sha256sum`; all its malformed lines are reported at once.
    pub fn read(path: &Path) -> Result<Pins, SourceError> {
        let text = plain_text(path).map_err(|cause| SourceError::Unreadable { path: path.to_owned(), cause })?;
        let mut pins = BTreeMap::new();
        let mut problems = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')) {
            let problem = match pin(line) {
                None => "is not a digest and a file name",
                Some((file, digest)) if pins.insert(file.to_owned(), digest.to_owned()).is_some() => "pins a file a second time",
                Some(_) => continue,
            };
            problems.push(format!("{}:{}: `{line}` {problem}", path.display(), number + 1));
        }
        if problems.is_empty() { Ok(Pins(pins)) } else { Err(SourceError::Malformed { problems }) }
    }

    /// The pinned sha256 of a file, in hexadecimal digits.
    pub fn digest(&self, file: &str) -> Option<&str> {
        self.0.get(file).map(String::as_str)
    }

    /// Pins one more file, unless it is pinned already; whether it was added.
    pub fn add(&mut self, file: &str, sha256: &str) -> bool {
        let added = !self.0.contains_key(file);
        if added {
            self.0.insert(file.to_owned(), sha256.to_owned());
        }
        added
    }
}

/// The text of a file that is no link: malformed lines are quoted in messages, and must not be those of another file.
fn plain_text(path: &Path) -> std::io::Result<String> {
    if !std::fs::symlink_metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is a link or no file at all"));
    }
    files::read_text(path, MOST_PINS)
}

pub(super) fn pin(line: &str) -> Option<(&str, &str)> {
    let (digest, name) = line.split_once(' ')?;
    let name = name.strip_prefix([' ', '*'])?;
    let hex = digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', ' ', '\t']);
    (hex && plain).then_some((name, digest))
}

/// A folder of fetched archives, and where to fetch what it lacks.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    index: Option<String>,
}

impl Cache {
    /// A cache in `folder`, filled from `index` when one is named, else from the index pip uses.
    pub fn new(folder: &Path, index: Option<&str>) -> Cache {
        Cache { folder: folder.to_owned(), index: index.map(str::to_owned) }
    }

    /// Whether an archive with this digest is there already.
    pub fn holds(&self, file: &str, sha256: &str) -> bool {
        files::read(&self.folder.join(file), SIZE_LIMIT).is_ok_and(|bytes| digest(&bytes) == sha256)
    }

    /// The path of an archive with this digest, fetched now unless it is there already. Blocks.
    pub fn fetch(&self, file: &str, sha256: &str) -> Result<PathBuf, SourceError> {
        let path = self.folder.join(file);
        // A damaged file is as good as none: it is fetched again and replaced.
        if self.holds(file, sha256) {
            return Ok(path);
        }
        let (url, bytes) = index::download(&self.index()?, file)?;
        let found = digest(&bytes);
        if found != sha256 {
            return Err(SourceError::WrongDigest { file: file.to_owned(), url, found, pinned: sha256.to_owned() });
        }
        files::write(&path, &bytes, Readers::User).map_err(|cause| SourceError::Store { path: path.clone(), cause })?;
        Ok(path)
    }

    /// The index that archives are fetched from: the one named, else the one pip uses.
    pub fn index(&self) -> Result<String, SourceError> {
        let environment = || std::env::var("PIP_INDEX_URL").ok().filter(|url| !url.is_empty());
        match self.index.clone().or_else(environment) {
            Some(url) => Ok(url),
            None => pips_index().map_err(|cause| SourceError::NoIndex { cause, folder: self.folder.clone() }),
        }
    }
}

/// `$XDG_CACHE_HOME/matrix/sources`, else `~/.cache/matrix/sources`; for a user without either, among temporary files.
pub fn default_cache() -> PathBuf {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    caches.unwrap_or_else(std::env::temp_dir).join("matrix/sources")
}

/// The index of the installed pip: the configured one, else the one built into it.
fn pips_index() -> Result<String, String> {
    let configured = python(&["-m", "pip", "config", "get", "global.index-url"]);
    configured.or_else(|_| python(&["-c", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"]))
}

fn python(arguments: &[&str]) -> Result<String, String> {
    let output =
        Command::new("python3").args(arguments).output().map_err(|error| format!("`python3` does not start: {error}"))?;
    let words = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && !words.is_empty() {
        return Ok(words);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("pip names none (`{}`)", said.trim().lines().last().unwrap_or("it says nothing")))
}
