//! The project that the pages and scenarios belong to, as its `matrix.yaml` describes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::subject::family;
pub use crate::subject::family::FamilyName;
use crate::text::shell::quoted;

/// File name of the description.
pub const FILE: &str = "matrix.yaml";

/// A project. The default is one without a file: one page, and the usual folders.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Its file; `None` without one.
    pub file: Option<PathBuf>,
    /// How its file was found.
    pub found: Found,
    /// The folder of its file, to which its paths have been joined; empty for the working directory.
    pub root: PathBuf,
    /// Its name in reports; empty without a file.
    pub name: String,
    /// At least one.
    pub pages: Vec<Page>,
    /// Folder of dockerfiles.
    pub dockerfiles: PathBuf,
    /// Prefix of the names of images.
    pub image_prefix: String,
    /// The declared bases; if there are none, each base is a suite of Debian.
    pub bases: BTreeMap<String, Base>,
    /// Facts about axes, by name.
    pub axes: BTreeMap<String, Axis>,
    /// Packages whose versions distinguish bases for a reader.
    pub evidence: Vec<String>,
    /// Rules that replace system-specific text of output.
    pub generalise: Vec<Rule>,
    pub defaults: Defaults,
}

/// How a project file was found, which decides what a command in a message must repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// From the working directory upwards.
    Search,
    /// By `--project`.
    Option,
    /// From the folder of `--scenarios` upwards.
    Scenarios,
}

/// A page with its ledger and its scenarios.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub id: String,
    pub title: String,
    /// Folder of scenarios.
    pub scenarios: PathBuf,
    /// File of the ledger of editions without one of their own.
    pub ledger: PathBuf,
    pub editions: Vec<Edition>,
    /// The messages that it may document.
    pub messages: Option<Messages>,
}

/// The messages of a program, as its sources have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Messages {
    /// The pinned archive of the sources.
    pub archive: String,
    /// Regular expressions; what one matches is a message.
    pub patterns: Vec<String>,
    /// Folders and files of the archive that are read; without any, all of it.
    pub sources: Vec<String>,
}

/// An edition of a page, such as `classic`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    pub id: String,
    /// `None` if only its ledger is known.
    pub text: Option<EditionText>,
    /// File of its ledger.
    pub ledger: PathBuf,
}

/// Where the text of an edition is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditionText {
    File(PathBuf),
    Url(String),
}

/// How a base is obtained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    pub source: BaseSource,
    pub family: FamilyName,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseSource {
    /// A suite of Debian: pulled from a registry that has it, else bootstrapped.
    Debian { suite: String, architecture: Option<String> },
    /// An image by reference, perhaps with a digest.
    Image { reference: String, platform: Option<String> },
    /// A folder with a dockerfile.
    Dockerfile(PathBuf),
    /// A tar archive of a root file system.
    Archive(PathBuf),
}

/// Facts about an axis.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Axis {
    pub words: AxisWords,
    /// Whether `resolved` must show its value.
    pub shown: bool,
    pub releases: Option<Releases>,
    /// The dockerfile that unpacks the archive of a release, if no other dockerfile does.
    pub unpacking: Option<String>,
}

/// What reports must know of a project and one of its pages. It is a part of the record, so reports need no project file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Name of the project; empty without a project file, and in older records.
    pub project: String,
    /// Id of the page.
    pub page: String,
    /// Title of the page; empty without a project file, and in older records.
    pub title: String,
    /// The only edition of the page that the record is about; empty if it is about all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub edition: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub axes: BTreeMap<String, AxisWords>,
    /// Packages whose versions distinguish bases for a reader.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub generalise: Vec<Rule>,
}

impl Subject {
    /// The page in words, as the subject or object of a sentence.
    pub fn page_words(&self) -> String {
        match (self.project.as_str(), self.title.as_str()) {
            ("", "") => "the page".to_owned(),
            ("", title) => format!("the page “{title}”"),
            (project, "") => format!("the page of {project}"),
            (project, title) => format!("the page “{title}” of {project}"),
        }
    }

    /// The page as a heading: `mod_wsgi: Installation Issues`; empty if nothing is known.
    pub fn heading(&self) -> String {
        let name =
            [&self.project, &self.title].into_iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(": ");
        match (name.as_str(), self.edition.as_str()) {
            (_, "") => name,
            ("", edition) => format!("{edition} edition"),
            (name, edition) => format!("{name}, {edition} edition"),
        }
    }
}

/// How reports write about an axis.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AxisWords {
    /// Its label; `None` is its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The effort for a reader of a condition on it; `None` is the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<u32>,
    /// How a page says that it has a value, after "with": `a Python without a shared library`; `None` is the label and the value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

/// Where the releases that are the values of an axis are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Releases {
    /// A project in a Python package index.
    PythonIndex(String),
    /// A crate in an index of Rust crates.
    RustIndex(String),
    /// These releases.
    List(Vec<String>),
    /// The tags of a repository, at the address of a forge's API.
    Forge(String),
}

/// A pattern of system-specific text, and its replacement in a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// A regular expression.
    pub pattern: String,
    /// May refer to groups of the pattern, such as `$1`.
    pub with: String,
}

/// Defaults of options.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    pub jobs: Option<u16>,
    pub report_dir: Option<PathBuf>,
    pub registry: Option<String>,
    pub mirror: Option<String>,
    pub index: Option<String>,
    pub build_network: Option<String>,
}

impl Default for Project {
    fn default() -> Self {
        Project {
            file: None,
            found: Found::Search,
            root: PathBuf::new(),
            name: String::new(),
            pages: vec![Page::of_folder(Path::new("scenarios"))],
            dockerfiles: "dockerfiles".into(),
            image_prefix: "matrix".to_owned(),
            bases: BTreeMap::new(),
            axes: BTreeMap::new(),
            evidence: Vec::new(),
            generalise: Vec::new(),
            defaults: Defaults::default(),
        }
    }
}

impl Page {
    /// A page without a title whose ledger is in its folder of scenarios.
    pub fn of_folder(scenarios: &Path) -> Self {
        Page {
            id: "page".to_owned(),
            title: String::new(),
            scenarios: scenarios.to_owned(),
            ledger: scenarios.join(LEDGER),
            editions: Vec::new(),
            messages: None,
        }
    }

    /// The same page with another folder of scenarios, and the ledgers of its editions if that has them.
    #[must_use]
    pub fn in_folder(&self, folder: &Path) -> Self {
        let moved = |edition: &Edition| {
            let ledger = folder.join(edition.ledger.strip_prefix(&self.scenarios).ok()?);
            ledger.is_file().then(|| Edition { ledger, ..edition.clone() })
        };
        let editions: Option<Vec<Edition>> = self.editions.iter().map(moved).collect();
        let (id, title, editions) = (self.id.clone(), self.title.clone(), editions.unwrap_or_default());
        Page { id, title, editions, ..Page::of_folder(folder) }
    }

    /// The files of the ledgers of its editions, each once, in the order of the editions.
    pub fn ledgers(&self) -> Vec<&Path> {
        let mut files: Vec<&Path> = Vec::new();
        for edition in &self.editions {
            if !files.contains(&edition.ledger.as_path()) {
                files.push(&edition.ledger);
            }
        }
        if files.is_empty() { vec![&self.ledger] } else { files }
    }
}

/// Usual file name of a ledger.
pub const LEDGER: &str = "claims.yaml";

impl Project {
    /// What reports must know, for one of its pages.
    pub fn subject(&self, page: &Page) -> Subject {
        let words = self.axes.iter().filter(|(_, axis)| axis.words != AxisWords::default());
        Subject {
            project: self.name.clone(),
            page: page.id.clone(),
            title: page.title.clone(),
            edition: String::new(),
            axes: words.map(|(name, axis)| (name.clone(), axis.words.clone())).collect(),
            evidence: self.evidence.clone(),
            generalise: self.generalise.clone(),
        }
    }

    /// The command that lists the evidence among the packages of a base; empty if its family has none.
    pub fn package_query(&self, base: &str) -> String {
        family::query(self.bases.get(base).map_or(FamilyName::Debian, |base| base.family), &self.evidence)
    }

    /// The axes whose values `resolved` must show in a scenario that has all of them.
    pub fn shown(&self) -> Vec<&str> {
        self.axes.iter().filter(|(_, axis)| axis.shown).map(|(name, _)| name.as_str()).collect()
    }

    /// The axes with a list of releases.
    pub fn released(&self) -> Vec<&str> {
        self.axes.iter().filter(|(_, axis)| axis.releases.is_some()).map(|(name, _)| name.as_str()).collect()
    }

    /// The options with which a command uses these folders of this project, each with a space before it.
    pub fn options(&self, scenarios: Option<&Path>, dockerfiles: &Path) -> String {
        let path = |option: &str, path: &Path| format!(" --{option} {}", quoted(&path.display().to_string()));
        let file = self.file.as_ref().filter(|_| self.found == Found::Option).map(|file| path("project", file));
        let page = |scenarios: &Path| match self.pages.iter().find(|page| page.scenarios == scenarios) {
            Some(_) if self.found == Found::Scenarios => Some(path("scenarios", scenarios)),
            Some(_) if self.pages.len() == 1 => None,
            Some(page) => Some(format!(" --page {}", page.id)),
            None => Some(path("scenarios", scenarios)),
        };
        let other = (dockerfiles != self.dockerfiles).then(|| path("dockerfiles", dockerfiles));
        file.into_iter().chain(scenarios.and_then(page)).chain(other).collect()
    }
}
