//! Pinned upstream archives: the file of pins, and a cache that downloads from the package index. An archive with another digest
//! never gets its name in the cache.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use url::Url;

use crate::subject::index::{self, Releases};
use crate::text::advice::Advice;
use crate::text::digest::digest;
use crate::text::files::{self, Readers};

/// Size limit of an archive in bytes.
pub const SIZE_LIMIT: u64 = 64 << 20;

/// Size limit of the file of pins in bytes.
pub(super) const MOST_PINS: u64 = 1 << 20;

/// Why an archive is not available.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The archive does not have its pinned digest.
    #[error(
        "`{file}` from `{url}` is not the pinned archive: sha256 is {found}, pinned is {pinned}\nhelp: if upstream replaced the archive, change the pin; otherwise do not trust where it comes from"
    )]
    WrongDigest { file: String, url: String, found: String, pinned: String },
    /// The cache cannot be written.
    #[error(transparent)]
    Store(Advice),
    #[error(transparent)]
    Index(#[from] Advice),
}

/// The pinned archives, by file name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins(BTreeMap<String, Pin>);

/// A line of the file of pins.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pin {
    /// In hexadecimal.
    sha256: String,
    /// Where the archive is; `None` is the package index.
    url: Option<String>,
}

impl Pins {
    /// Reads a file in the format of `sha256sum`, in which a line may end with a URL; all its malformed lines are reported at once.
    /// Without the file there are no pins: a project without archives needs none.
    pub fn read(path: &Path) -> Result<Pins, Advice> {
        if path.symlink_metadata().is_err_and(|cause| cause.kind() == ErrorKind::NotFound) {
            return Ok(Pins::default());
        }
        let unreadable = |cause| {
            let message = format!("failed to read the pins in `{}`: {cause}", path.display());
            Advice::new(message, "replace it with a plain file; `matrix pin` adds lines to it")
        };
        let text = plain_text(path).map_err(unreadable)?;
        let mut pins = BTreeMap::new();
        let mut problems = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')) {
            let problem = match pin(line).map(|(file, pin)| pins.insert(file.to_owned(), pin)) {
                None => "is not a digest, a file name and perhaps a URL",
                Some(Some(_)) => "pins a file twice",
                Some(None) => continue,
            };
            problems.push(format!("{}:{}: `{line}` {problem}", path.display(), number + 1));
        }
        if problems.is_empty() {
            return Ok(Pins(pins));
        }
        Err(Advice::new(
            format!("the pins cannot be used:\n{}", problems.join("\n")),
            "each line must be as `sha256sum` prints it: digest, two spaces, file name; a URL may follow after two more spaces",
        ))
    }

    /// The pinned sha256 of a file, in hexadecimal.
    pub fn digest(&self, file: &str) -> Option<&str> {
        self.0.get(file).map(|pin| pin.sha256.as_str())
    }

    /// The archives that are not in the package index, each with its URL.
    pub fn urls(&self) -> BTreeMap<String, String> {
        self.0.iter().filter_map(|(file, pin)| Some((file.clone(), pin.url.clone()?))).collect()
    }

    /// Adds a pin unless the file has one; returns whether it was added.
    pub fn add(&mut self, file: &str, sha256: &str, url: Option<String>) -> bool {
        let added = !self.0.contains_key(file);
        if added {
            self.0.insert(file.to_owned(), Pin { sha256: sha256.to_owned(), url });
        }
        added
    }
}

/// The text of a plain file. Links are rejected, because messages quote malformed lines, which must not come from another file.
fn plain_text(path: &Path) -> std::io::Result<String> {
    if !std::fs::symlink_metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    files::read_text(path, MOST_PINS)
}

/// The archive in a line of the file of pins, with its digest and its URL.
fn pin(line: &str) -> Option<(&str, Pin)> {
    let (sha256, rest) = line.split_once(' ')?;
    let rest = rest.strip_prefix([' ', '*'])?;
    let (name, url) = rest.split_once("  ").map_or((rest, None), |(name, url)| (name, Some(url)));
    let hex = sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', ' ', '\t']);
    let is_url = |url: &str| Url::parse(url).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    let pin = Pin { sha256: sha256.to_owned(), url: url.map(str::to_owned) };
    (hex && plain && url.is_none_or(is_url)).then_some((name, pin))
}

/// The name of the archive in a line of the file of pins.
pub(super) fn pinned(line: &str) -> Option<&str> {
    pin(line).map(|(name, _)| name)
}

/// A folder of downloaded archives, and the index for missing ones.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    index: Option<String>,
    /// Archives that are elsewhere.
    urls: BTreeMap<String, String>,
}

impl Cache {
    /// A cache in `folder` that downloads from `index`, or from the user's index if there is none.
    pub fn new(folder: &Path, index: Option<&str>) -> Cache {
        Cache { folder: folder.to_owned(), index: index.map(str::to_owned), urls: BTreeMap::new() }
    }

    /// Downloads these archives from their URLs.
    #[must_use]
    pub fn with_urls(self, urls: BTreeMap<String, String>) -> Self {
        Cache { urls, ..self }
    }

    /// Whether all of these archives have a URL, so that no index is needed.
    pub fn has_urls<'a>(&self, mut files: impl Iterator<Item = &'a String>) -> bool {
        files.all(|file| self.urls.contains_key(file))
    }

    /// Whether the cache contains an archive with this digest.
    pub fn holds(&self, file: &str, sha256: &str) -> bool {
        files::read(&self.folder.join(file), SIZE_LIMIT).is_ok_and(|bytes| digest(&bytes) == sha256)
    }

    /// The path of an archive with this digest; downloads it if necessary. Blocks.
    pub fn fetch(&self, file: &str, sha256: &str) -> Result<PathBuf, SourceError> {
        let path = self.folder.join(file);
        // A damaged file is downloaded again and replaced.
        if self.holds(file, sha256) {
            return Ok(path);
        }
        let (url, bytes) = match self.urls.get(file) {
            Some(url) => index::download_url(url, SIZE_LIMIT)?,
            None => index::download(&self.index()?, file, SIZE_LIMIT)?,
        };
        let found = digest(&bytes);
        if found != sha256 {
            return Err(SourceError::WrongDigest { file: file.to_owned(), url, found, pinned: sha256.to_owned() });
        }
        match files::write(&path, &bytes, Readers::User) {
            Ok(()) => Ok(path),
            Err(cause) => Err(SourceError::Store(Advice::new(
                format!("failed to write `{}`: {cause}", path.display()),
                "free some space, or choose another folder for the cache",
            ))),
        }
    }

    /// The releases of a project, requested from the index. Blocks.
    pub fn releases(&self, project: &str) -> Result<Releases, Advice> {
        index::releases(&self.index()?, project)
    }

    /// The address of the index: the configured one, else the user's.
    pub fn index(&self) -> Result<String, Advice> {
        match &self.index {
            Some(url) => Ok(url.clone()),
            None => index::address().map_err(|cause| {
                let folder = self.folder.display();
                let help = format!("set one with `--index URL` or MATRIX_INDEX, or put the archives into `{folder}`");
                Advice::new(format!("no package index is configured: {cause}"), help)
            }),
        }
    }
}

/// `$XDG_CACHE_HOME/matrix/sources`, else `~/.cache/matrix/sources`, else a folder for temporary files.
pub fn default_cache() -> PathBuf {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    caches.unwrap_or_else(std::env::temp_dir).join("matrix/sources")
}
