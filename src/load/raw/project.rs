//! The project file as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::keys::{BaseName, Line, Name, PackageName, Prefix, Sentence, Suite, Word};
use crate::model::project::FamilyName;

/// A project: its pages, and what their scenarios share. Paths are relative to the folder of this file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::load) struct Project {
    /// Name of the project, as reports write it.
    pub(in crate::load) name: Line,
    /// Its pages.
    #[schemars(length(min = 1))]
    pub(in crate::load) pages: Vec<Page>,
    /// Folder of dockerfiles; default: `dockerfiles`.
    pub(in crate::load) dockerfiles: Option<Line>,
    /// Prefix of the names of images; default: `matrix`.
    pub(in crate::load) image_prefix: Option<Prefix>,
    /// The bases by name, each with exactly one of `debian`, `image`, `dockerfile` and `archive`. Default: each base is a suite of
    /// Debian, or a suite and an architecture.
    #[serde(default)]
    pub(in crate::load) bases: BTreeMap<BaseName, Base>,
    /// Facts about axes, by name.
    #[serde(default)]
    pub(in crate::load) axes: BTreeMap<Word, Axis>,
    /// Packages whose versions are recorded for each cell; those without wildcards distinguish bases for a reader.
    #[serde(default)]
    pub(in crate::load) evidence: Vec<PackageName>,
    /// Rules that replace system-specific text of output, for corrections of the page.
    #[serde(default)]
    pub(in crate::load) generalise: Vec<Rule>,
    /// Defaults of options.
    pub(in crate::load) defaults: Option<Defaults>,
}

/// A page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Page {
    /// Its id, for `--page`.
    pub(in crate::load) id: Name,
    /// Its title, as reports write it.
    pub(in crate::load) title: Line,
    /// Folder of its scenarios.
    pub(in crate::load) scenarios: Line,
    /// File of its ledger; default: `claims.yaml` in the folder of scenarios.
    pub(in crate::load) ledger: Option<Line>,
    /// Its editions. If there are some, the `source` of each scenario names one of them.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(in crate::load) editions: Vec<Edition>,
    /// The messages that it may document, for `matrix page --messages`.
    pub(in crate::load) messages: Option<Messages>,
}

/// The messages of the program that a page is about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Messages {
    /// A pinned archive of its sources, such as `frob-1.2.tar.gz`.
    pub(in crate::load) archive: Line,
    /// Regular expressions. What one matches in a literal of the sources is a message, such as `FROB[0-9]{4}`.
    #[schemars(length(min = 1))]
    pub(in crate::load) patterns: Vec<Sentence>,
    /// Folders and files of the archive that are read; default: all of it.
    #[serde(default)]
    pub(in crate::load) sources: Vec<Line>,
}

/// An edition of a page, with its `file`, its `url`, or at least a `ledger` of its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Edition {
    /// Its id, as the `source` of a scenario names it.
    pub(in crate::load) id: Line,
    /// Its ledger, if it says something else than other editions.
    pub(in crate::load) ledger: Option<Line>,
    /// Its file.
    pub(in crate::load) file: Option<Line>,
    /// Its address, such as `https://example.org/page.html`.
    pub(in crate::load) url: Option<Line>,
}

/// A base, with exactly one of `debian`, `image`, `dockerfile` and `archive`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Base {
    /// A suite of Debian, such as `bookworm`: pulled from a registry that has it, else bootstrapped.
    pub(in crate::load) debian: Option<Suite>,
    /// With `debian`: an architecture other than the engine's, such as `i386`.
    pub(in crate::load) architecture: Option<Suite>,
    /// Reference of an image, such as `fedora:41`, or with a digest `fedora:41@sha256:...`.
    pub(in crate::load) image: Option<Line>,
    /// With `image`: a platform other than the engine's, such as `linux/386`.
    pub(in crate::load) platform: Option<Line>,
    /// Folder of a dockerfile that is built without anything below it.
    pub(in crate::load) dockerfile: Option<Line>,
    /// Tar archive of a root file system, perhaps compressed.
    pub(in crate::load) archive: Option<Line>,
    /// Family of the distribution, which says how packages are listed as evidence; `debian` needs none.
    pub(in crate::load) family: Option<FamilyName>,
}

/// Facts about an axis.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Axis {
    /// Its label in reports; default: its name.
    pub(in crate::load) label: Option<Line>,
    /// The effort for a reader of a condition on this axis; default: 102. Reports use the conditions with the least effort.
    #[schemars(range(min = 1, max = 1000))]
    pub(in crate::load) cost: Option<u32>,
    /// How a page says that the axis has a value, after "with": `a Python without a shared library`; default: label and value.
    #[serde(default)]
    pub(in crate::load) values: BTreeMap<String, Line>,
    /// Whether `resolved` must show its value, in every scenario that has all such axes; default: no.
    #[serde(default)]
    pub(in crate::load) shown: bool,
    /// Where the releases that are its values are listed, for `matrix bisect`.
    pub(in crate::load) releases: Option<Releases>,
    /// With `releases`: the dockerfile that unpacks the archive of a release, if no other dockerfile of a stack does.
    pub(in crate::load) unpacking: Option<Name>,
}

/// Where releases are listed: exactly one of `python-index`, `rust-index`, `list` and `forge`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::load) struct Releases {
    /// Name of a project in the Python package index.
    pub(in crate::load) python_index: Option<Line>,
    /// Name of a crate in the index of Rust crates.
    pub(in crate::load) rust_index: Option<Line>,
    /// The releases themselves.
    #[schemars(length(min = 1))]
    pub(in crate::load) list: Option<Vec<Line>>,
    /// Address of a repository in the API of a forge, whose tags are the releases.
    pub(in crate::load) forge: Option<Line>,
}

/// A rule that replaces system-specific text of output.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::load) struct Rule {
    /// Regular expression.
    pub(in crate::load) pattern: Sentence,
    /// Replacement; `$1` is the first group of the pattern.
    pub(in crate::load) with: Line,
}

/// Defaults of options. Options and variables override them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::load) struct Defaults {
    /// Number of containers at once.
    #[schemars(range(min = 1, max = 65535))]
    pub(in crate::load) jobs: Option<u16>,
    /// Report folder.
    pub(in crate::load) report_dir: Option<Line>,
    /// Registry to pull bases from.
    pub(in crate::load) registry: Option<Line>,
    /// Package mirror to bootstrap bases from.
    pub(in crate::load) mirror: Option<Line>,
    /// Package index to fetch releases from.
    pub(in crate::load) index: Option<Line>,
    /// Network of image builds.
    pub(in crate::load) build_network: Option<Line>,
}
