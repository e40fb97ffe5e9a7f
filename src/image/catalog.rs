//! The dockerfiles and the pins.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::archive::Pins;
use super::context::{self, File, unreadable};
use super::dockerfile::Dockerfile;
use super::error::{ImageError, ImageErrors};
use crate::model::plan::LayerPlan;
use crate::model::project::Project;
use crate::subject::index::release;
use crate::text::advice::Advice;
use crate::text::digest::hex;
use crate::text::shell::quoted;
use crate::text::suggest::suggest;

/// Name of the file of pins, which is beside the folders of the dockerfiles.
pub(crate) const PINS: &str = "SHA256SUMS";

/// The dockerfiles and the pins in memory.
#[derive(Debug, Clone)]
pub struct Catalog {
    root: PathBuf,
    project: Arc<Project>,
    pub(super) folders: BTreeMap<String, Folder>,
    /// Folders with an invalid dockerfile.
    broken: BTreeSet<String>,
    pins: Pins,
}

#[derive(Debug, Clone)]
pub(super) struct Folder {
    dockerfile: Dockerfile,
    files: BTreeMap<String, File>,
    digest: String,
}

impl Catalog {
    /// The folder of the catalogue.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads the pins and every folder with a `Dockerfile`. The error contains all mistakes.
    pub fn read(dockerfiles: &Path) -> Result<Catalog, ImageErrors> {
        let (catalog, errors) = Catalog::survey(dockerfiles);
        if errors.is_empty() { Ok(catalog) } else { Err(ImageErrors(errors)) }
    }

    /// The same dockerfiles for a project.
    #[must_use]
    pub fn of(self, project: Arc<Project>) -> Catalog {
        Catalog { project, ..self }
    }

    /// The project that the dockerfiles belong to; the default one unless [`Catalog::of`] was called.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The options with which a command uses these dockerfiles and a folder of scenarios, each with a space before it.
    pub fn options(&self, scenarios: Option<&Path>) -> String {
        self.project.options(scenarios, &self.root)
    }

    /// The valid part of a folder of dockerfiles, and all mistakes in it.
    pub fn survey(dockerfiles: &Path) -> (Catalog, Vec<ImageError>) {
        let mut errors = Vec::new();
        let (mut folders, mut broken) = (BTreeMap::new(), BTreeSet::new());
        let pins = Pins::read(&dockerfiles.join(PINS)).unwrap_or_else(|error| {
            errors.push(ImageError::Pins(error));
            Pins::default()
        });
        let mut left = context::MOST_BYTES;
        for (path, kind) in context::entries(dockerfiles).unwrap_or_else(|error| {
            errors.push(error.into());
            Vec::new()
        }) {
            let name = context::dockerfile(&path, kind).map_err(|error| vec![error.into()]);
            let folder = name.and_then(|name| name.map(|name| Ok((name, Folder::read(&path, &mut left)?))).transpose());
            match folder {
                Ok(folder) => folders.extend(folder),
                Err(found) => {
                    broken.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
                    errors.extend(found);
                }
            }
        }
        (Catalog { root: dockerfiles.to_owned(), project: Arc::default(), folders, broken, pins }, errors)
    }

    /// Whether there is an invalid dockerfile with this name.
    pub fn is_broken(&self, dockerfile: &str) -> bool {
        self.broken.contains(dockerfile)
    }

    /// Whether an archive has a pin.
    pub fn is_pinned(&self, file: &str) -> bool {
        self.pins.digest(file).is_some()
    }

    /// The pinned sha256 of an archive; the error says how to pin it.
    pub fn pinned(&self, file: &str) -> Result<&str, Advice> {
        let unpinned =
            || Advice::new(format!("`{file}` is not pinned in `{}`", self.root.join(PINS).display()), self.pinning(file));
        self.pins.digest(file).ok_or_else(unpinned)
    }

    /// The archives that are not in the package index, each with its URL.
    pub fn urls(&self) -> BTreeMap<String, String> {
        self.pins.urls()
    }

    /// Adds a pin in memory only, of an archive at a URL or in the package index. A pin in the file takes precedence; returns whether
    /// there was none.
    pub fn pin(&mut self, file: &str, sha256: &str, url: Option<String>) -> bool {
        self.pins.add(file, sha256, url)
    }

    /// One dockerfile with the values of its `ARG`s: each is the value with the same lower-case name, else its default.
    pub fn layer(&self, dockerfile: &str, values: &BTreeMap<String, String>) -> Result<LayerPlan, ImageError> {
        self.layer_or_all(dockerfile, values).map_err(|mut errors| errors.swap_remove(0))
    }

    /// Like [`Catalog::layer`], with all errors; an `Err` has at least one.
    pub(crate) fn layer_or_all(&self, dockerfile: &str, values: &BTreeMap<String, String>) -> Result<LayerPlan, Vec<ImageError>> {
        let folder = self.folder(dockerfile).map_err(|error| vec![error])?;
        let args = folder.dockerfile.fill(values)?;
        let pinned = |file: &str| self.pins.digest(file).map(str::to_owned);
        let sources = folder.dockerfile.sources(&args, pinned, |file| self.pinning(file))?;
        Ok(LayerPlan { dockerfile: dockerfile.to_owned(), args, sources, files: folder.digest.clone() })
    }

    /// Help on how to pin an archive.
    fn pinning(&self, file: &str) -> String {
        let by_hand = || format!("add its sha256 to `{}`", self.root.join(PINS).display());
        let command = |(name, version): (&str, &str)| {
            let release = quoted(&format!("{name}=={version}"));
            format!("`matrix pin {release}{}` adds the sha256 that the package index publishes", self.options(None))
        };
        release(file).map_or_else(by_hand, command)
    }

    /// The files in a dockerfile's folder, including the dockerfile, by path.
    pub fn files(&self, dockerfile: &str) -> Result<&BTreeMap<String, File>, ImageError> {
        Ok(&self.folder(dockerfile)?.files)
    }

    /// The values on which a dockerfile's layer depends. Equal values result in equal layers.
    pub(crate) fn taken<'a>(
        &'a self,
        dockerfile: &str,
        values: &'a BTreeMap<String, String>,
    ) -> Result<impl Iterator<Item = &'a str>, ImageError> {
        Ok(self.folder(dockerfile)?.dockerfile.taken(values))
    }

    fn folder(&self, name: &str) -> Result<&Folder, ImageError> {
        let unknown = || {
            let help = suggest(name, self.folders.keys().map(String::as_str));
            ImageError::Unknown { name: name.to_owned(), advice: Advice::new(format!("there is no dockerfile `{name}`"), help) }
        };
        self.folders.get(name).ok_or_else(unknown)
    }
}

impl Folder {
    fn read(path: &Path, left: &mut u64) -> Result<Folder, Vec<ImageError>> {
        let files = context::files(path, left).map_err(|error| vec![error.into()])?;
        let file = path.join("Dockerfile");
        let text = String::from_utf8_lossy(files.get("Dockerfile").map_or(&[], |file| &file.content)).into_owned();
        let dockerfile = Dockerfile::read(&file, &text)?;
        Ok(Folder { dockerfile, digest: files_digest(&files), files })
    }
}

pub(super) fn files_digest(files: &BTreeMap<String, File>) -> String {
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

/// A tar archive that depends only on these names and files.
pub(super) fn tar_of<'a>(files: impl IntoIterator<Item = (String, &'a File)>) -> Result<Vec<u8>, ImageError> {
    let mut tar = tar::Builder::new(Vec::new());
    let unwritable = |cause| unreadable(Path::new("a tar archive"), &cause);
    for (name, file) in files {
        append(&mut tar, &name, file).map_err(unwritable)?;
    }
    Ok(tar.into_inner().map_err(unwritable)?)
}

fn append(tar: &mut tar::Builder<Vec<u8>>, name: &str, file: &File) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(file.content.len() as u64);
    header.set_mode(if file.executable { 0o755 } else { 0o644 });
    // Time, user and group remain 0, so that the tar archive does not depend on them.
    tar.append_data(&mut header, name, file.content.as_slice())
}
