//! What an image is made of: bases by name, the dockerfiles of the catalogue, and the tag that follows from all that
//! goes in. Plain functions over values; nothing here asks an engine or the network.

pub mod archive;
mod context;
mod dockerfile;
mod index;
pub mod pin;
pub mod releases;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::engine::ImageId;
use crate::image::archive::{Pins, SIZE_LIMIT, SourceError};
use crate::image::pin::release;
use crate::model::plan::{LayerPlan, unusual_folders};
use crate::text::digest::hex;
use crate::text::files;
use crate::text::shell::quoted;
use crate::text::suggest::suggest;
pub use context::File;
use dockerfile::Dockerfile;
pub(crate) use dockerfile::args;

/// Raised when the same dockerfile must be built anew although nothing that a tag is made of has changed.
const FORMAT: u32 = 1;
/// The file of pins, beside the dockerfiles' folders.
pub(crate) const PINS: &str = "SHA256SUMS";

/// Where images come from, as the user set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Folder of the dockerfiles and the pins.
    pub dockerfiles: PathBuf,
    /// Folder of fetched archives.
    pub cache: PathBuf,
    /// Registry to pull bases from; `None` is the engine's default.
    pub registry: Option<String>,
    /// Mirror to bootstrap bases from; `None` leaves it to mmdebstrap.
    pub mirror: Option<String>,
    /// Network of builds; `None` is the engine's default.
    pub network: Option<String>,
    /// Python package index for archives; `None` is pip's.
    pub index: Option<String>,
    /// Whether a base's Release file may have expired, as those of archived suites have.
    pub archived: bool,
    /// Folder of the locks by which runs know what another one is making.
    pub locks: PathBuf,
}

/// What is wrong with dockerfiles or what is asked of them.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The pins cannot be used.
    #[error(transparent)]
    Pins(#[from] SourceError),
    /// A file or folder cannot be read.
    #[error("failed to read `{}`: {cause}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file or folder that is not read: what it is or how large it is lets it reach too far.
    #[error("`{}` {problem}\nhelp: {help}", path.display())]
    Unfit {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        problem: String,
        /// The next move.
        help: &'static str,
    },
    /// A line of a dockerfile that this project cannot use.
    #[error("{at}: {problem}\nhelp: {help}")]
    Dockerfile {
        /// File and line.
        at: String,
        /// What is wrong.
        problem: String,
        /// The next move.
        help: String,
    },
    /// An archive without a pin.
    #[error("{at}: `{file}` is not pinned\nhelp: {help}")]
    Unpinned {
        /// File and line.
        at: String,
        /// The archive.
        file: String,
        /// The next move.
        help: String,
    },
    /// No dockerfile of that name.
    #[error("there is no dockerfile `{name}`\nhelp: {}", String::from(suggest(name, known.iter().map(String::as_str))))]
    Unknown {
        /// The name.
        name: String,
        /// Those that exist.
        known: Vec<String>,
    },
    /// A name that cannot be a base's.
    #[error(
        "`{name}` is not the name of a base\nhelp: a base is a suite or a suite and an architecture, such as bookworm or bookworm-i386"
    )]
    Base {
        /// The name.
        name: String,
    },
}

/// Everything that is wrong with the catalogue.
#[derive(Debug)]
pub struct ImageErrors(pub Vec<ImageError>);

impl fmt::Display for ImageErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for ImageErrors {}

/// A base's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The distribution's suite, e.g. `bookworm`.
    pub suite: String,
    /// Architecture, when not the engine's own, e.g. `i386`.
    pub architecture: Option<String>,
}

impl Base {
    /// Reads `<suite>` or `<suite>-<architecture>`.
    pub fn parse(name: &str) -> Result<Base, ImageError> {
        let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) && !text.is_empty();
        let (suite, architecture) =
            name.split_once('-').map_or((name, None), |(suite, architecture)| (suite, Some(architecture)));
        if word(suite) && architecture.is_none_or(word) {
            return Ok(Base { suite: suite.to_owned(), architecture: architecture.map(str::to_owned) });
        }
        Err(ImageError::Base { name: name.to_owned() })
    }

    /// The tag it has on the engine, pulled or bootstrapped.
    pub fn tag(&self) -> String {
        base_tag(&self.to_string())
    }

    /// What to pull it as.
    pub fn reference(&self, registry: Option<&str>) -> String {
        let parts = [registry.map(|host| host.trim_end_matches('/')), self.architecture.as_deref()];
        let prefix: String = parts.into_iter().flatten().map(|part| format!("{part}/")).collect();
        format!("{prefix}debian:{}", self.suite)
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.suite)?;
        self.architecture.iter().try_for_each(|architecture| write!(f, "-{architecture}"))
    }
}

/// The tag of the base with this name.
pub fn base_tag(name: &str) -> String {
    format!("matrix/base:{name}")
}

/// The dockerfiles and the pins, as read once.
#[derive(Debug, Clone)]
pub struct Catalog {
    root: PathBuf,
    folders: BTreeMap<String, Folder>,
    /// Those that are there and cannot be used.
    broken: BTreeSet<String>,
    pins: Pins,
}

#[derive(Debug, Clone)]
struct Folder {
    dockerfile: Dockerfile,
    files: BTreeMap<String, File>,
    digest: String,
}

impl Catalog {
    /// The folder it was read from.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads the pins and every folder that holds a `Dockerfile`; all mistakes are reported at once.
    pub fn read(dockerfiles: &Path) -> Result<Catalog, ImageErrors> {
        let (catalog, errors) = Catalog::survey(dockerfiles);
        if errors.is_empty() { Ok(catalog) } else { Err(ImageErrors(errors)) }
    }

    /// What is right in a folder of dockerfiles, and all that is wrong.
    pub fn survey(dockerfiles: &Path) -> (Catalog, Vec<ImageError>) {
        let mut errors = Vec::new();
        let (mut folders, mut broken) = (BTreeMap::new(), BTreeSet::new());
        let pins = Pins::read(&dockerfiles.join(PINS)).unwrap_or_else(|error| {
            errors.push(error.into());
            Pins::default()
        });
        let mut left = context::MOST_BYTES;
        for (path, kind) in context::entries(dockerfiles).unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        }) {
            let name = context::dockerfile(&path, kind).map_err(|error| vec![error]);
            let folder = name.and_then(|name| name.map(|name| Ok((name, Folder::read(&path, &mut left)?))).transpose());
            match folder {
                Ok(folder) => folders.extend(folder),
                Err(found) => {
                    broken.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
                    errors.extend(found);
                }
            }
        }
        (Catalog { root: dockerfiles.to_owned(), folders, broken, pins }, errors)
    }

    /// Whether there is a dockerfile of that name that cannot be used.
    pub fn is_broken(&self, dockerfile: &str) -> bool {
        self.broken.contains(dockerfile)
    }

    /// Whether an archive has a pin.
    pub fn is_pinned(&self, file: &str) -> bool {
        self.pins.digest(file).is_some()
    }

    /// Pins one more archive, for as long as this catalogue is in memory. The file of pins has the last word: whether this
    /// digest counts.
    pub fn pin(&mut self, file: &str, sha256: &str) -> bool {
        self.pins.add(file, sha256)
    }

    /// One dockerfile with its `ARG`s filled: each is the value of the same lower-case name, else its default.
    pub fn layer(&self, dockerfile: &str, values: &BTreeMap<String, String>) -> Result<LayerPlan, ImageError> {
        self.layer_or_all(dockerfile, values).map_err(|mut errors| errors.swap_remove(0))
    }

    /// [`Catalog::layer`], or all that is wrong with it: at least one error.
    pub(crate) fn layer_or_all(&self, dockerfile: &str, values: &BTreeMap<String, String>) -> Result<LayerPlan, Vec<ImageError>> {
        let folder = self.folder(dockerfile).map_err(|error| vec![error])?;
        let args = folder.dockerfile.fill(values)?;
        let pinned = |file: &str| self.pins.digest(file).map(str::to_owned);
        let sources = folder.dockerfile.sources(&args, pinned, |file| self.pinning(file))?;
        Ok(LayerPlan { dockerfile: dockerfile.to_owned(), args, sources, files: folder.digest.clone() })
    }

    /// How to pin an archive.
    fn pinning(&self, file: &str) -> String {
        let by_hand = || format!("add its sha256 to `{}`", self.root.join(PINS).display());
        let command = |(name, version): (&str, &str)| {
            let release = quoted(&format!("{name}=={version}"));
            format!(
                "`matrix pin {release}{}` adds the sha256 that the package index publishes",
                unusual_folders(None, &self.root)
            )
        };
        release(file).map_or_else(by_hand, command)
    }

    /// The files of a dockerfile's folder by their paths in it, the dockerfile itself included.
    pub fn files(&self, dockerfile: &str) -> Result<&BTreeMap<String, File>, ImageError> {
        Ok(&self.folder(dockerfile)?.files)
    }

    /// The values that the layer of a dockerfile is made of: with the same ones it is the same layer.
    pub(crate) fn taken<'a>(
        &'a self,
        dockerfile: &str,
        values: &'a BTreeMap<String, String>,
    ) -> Result<impl Iterator<Item = &'a str>, ImageError> {
        Ok(self.folder(dockerfile)?.dockerfile.taken(values))
    }

    /// The build context: a tar that is the same whenever its content is. `archives` says where each source is.
    pub fn context(&self, plan: &LayerPlan, archives: &BTreeMap<String, PathBuf>) -> Result<Vec<u8>, ImageError> {
        let mut tar = tar::Builder::new(Vec::new());
        let unwritable = |cause| ImageError::Read { path: PathBuf::from("the build context"), cause };
        for (name, file) in &self.folder(&plan.dockerfile)?.files {
            append(&mut tar, name, file).map_err(unwritable)?;
        }
        for (name, path) in archives {
            let content = files::read(path, SIZE_LIMIT).map_err(|cause| ImageError::Read { path: path.clone(), cause })?;
            append(&mut tar, &format!("sources/{name}"), &File { executable: false, content }).map_err(unwritable)?;
        }
        tar.into_inner().map_err(unwritable)
    }

    fn folder(&self, name: &str) -> Result<&Folder, ImageError> {
        let unknown = || ImageError::Unknown { name: name.to_owned(), known: self.folders.keys().cloned().collect() };
        self.folders.get(name).ok_or_else(unknown)
    }
}

/// The tag of a layer on a parent: it names the dockerfile and changes with everything that goes into the image.
pub fn tag(plan: &LayerPlan, parent: &ImageId) -> String {
    let mut state = Sha256::new();
    let mut part = |text: &str| {
        state.update((text.len() as u64).to_be_bytes());
        state.update(text);
    };
    part(&FORMAT.to_string());
    part(&parent.0);
    part(&plan.files);
    for (kind, pairs) in [("args", &plan.args), ("sources", &plan.sources)] {
        part(kind);
        pairs.iter().for_each(|(name, value)| {
            part(name);
            part(value);
        });
    }
    format!("matrix/{}:{}", plan.dockerfile, &hex(&state.finalize())[..16])
}

impl Folder {
    fn read(path: &Path, left: &mut u64) -> Result<Folder, Vec<ImageError>> {
        let files = context::files(path, left).map_err(|error| vec![error])?;
        let file = path.join("Dockerfile");
        let text = String::from_utf8_lossy(files.get("Dockerfile").map_or(&[], |file| &file.content)).into_owned();
        let dockerfile = Dockerfile::read(&file, &text)?;
        Ok(Folder { dockerfile, digest: files_digest(&files), files })
    }
}

fn files_digest(files: &BTreeMap<String, File>) -> String {
    let mut state = Sha256::new();
    for (name, file) in files {
        state.update((name.len() as u64).to_be_bytes());
        state.update(name);
        state.update([u8::from(file.executable)]);
        state.update((file.content.len() as u64).to_be_bytes());
        state.update(&file.content);
    }
    hex(&state.finalize())
}

fn append(tar: &mut tar::Builder<Vec<u8>>, name: &str, file: &File) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(file.content.len() as u64);
    header.set_mode(if file.executable { 0o755 } else { 0o644 });
    // Time, user and group stay 0, so that who builds and when makes no difference.
    tar.append_data(&mut header, name, file.content.as_slice())
}
