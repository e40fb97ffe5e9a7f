//! Loads a project file, or reports every mistake in it.

use std::collections::{BTreeMap, BTreeSet};
use std::env::current_dir;
use std::path::{Component, Path, PathBuf};

use regex::Regex;
use url::Url;

use super::diagnostic::{File, Place, ProjectErrors};
use super::file::{self, mistakes, parsed};
use super::raw::project as raw;
use crate::model::keys::Line;
use crate::model::project::{
    Axis, AxisWords, Base, BaseSource, Defaults, Edition, EditionText, FILE, FamilyName, Found, LEDGER, Messages, Page, Project,
    Releases, Rule,
};
use crate::text::version::Version;

/// The project file in a folder or in the nearest folder above it. For a relative folder, such as the empty path of the working
/// directory, its path is relative too.
pub fn find_project(folder: &Path) -> Option<PathBuf> {
    let here = current_dir().ok().filter(|_| folder.is_relative());
    let levels = here.map_or(0, |here| here.ancestors().count());
    let above = (1..levels).map(|level| [".."].iter().cycle().take(level).collect::<PathBuf>());
    folder.ancestors().map(Path::to_owned).chain(above).map(|folder| folder.join(FILE)).find(|file| file.is_file())
}

/// Loads a project file that was found in this way.
pub fn project(path: &Path, found: Found) -> Result<Project, ProjectErrors> {
    let file = file::project(path);
    let root = path.parent().unwrap_or(Path::new(""));
    let raw = parsed::<raw::Project>(&file, "Project");
    let project = raw.map(|raw| Project { file: Some(path.to_owned()), found, ..lowered(&raw, root, &file) });
    let mistakes = mistakes(file);
    match project {
        Some(project) if mistakes.is_empty() => Ok(project),
        _ => Err(ProjectErrors(mistakes)),
    }
}

fn lowered(raw: &raw::Project, root: &Path, file: &File) -> Project {
    let place = file.root();
    let usual = Project::default();
    let path = |line: &Line| root.join(&line.0);
    let bases = raw.bases.iter().filter_map(|(name, raw)| {
        let base = base(raw, root, &place.key("bases").key(&name.0))?;
        Some((name.0.clone(), base))
    });
    let axes = raw.axes.iter().map(|(name, raw)| (name.0.clone(), axis(raw, &place.key("axes").key(&name.0))));
    for (at, rule) in place.key("generalise").each(&raw.generalise) {
        replaceable(rule, &at);
    }
    Project {
        root: root.to_owned(),
        name: raw.name.0.clone(),
        pages: pages(&raw.pages, root, &place.key("pages")),
        dockerfiles: raw.dockerfiles.as_ref().map_or_else(|| root.join(&usual.dockerfiles), path),
        image_prefix: raw.image_prefix.as_ref().map_or(usual.image_prefix, |prefix| prefix.0.clone()),
        bases: bases.collect(),
        axes: axes.collect(),
        evidence: raw.evidence.iter().map(|name| name.0.clone()).collect(),
        generalise: raw
            .generalise
            .iter()
            .map(|rule| Rule { pattern: rule.pattern.0.clone(), with: rule.with.0.clone() })
            .collect(),
        defaults: raw.defaults.as_ref().map(|raw| defaults(raw, root)).unwrap_or_default(),
        ..usual
    }
}

fn pages(raw: &[raw::Page], root: &Path, place: &Place<'_>) -> Vec<Page> {
    let (mut ids, mut folders) = (BTreeSet::new(), BTreeSet::new());
    let page = |(at, raw): (Place<'_>, &raw::Page)| {
        if !ids.insert(raw.id.0.clone()) {
            at.key("id").note(format!("page `{}` is defined twice", raw.id.0), "give each page its own id");
        }
        let scenarios = root.join(&raw.scenarios.0);
        if !folders.insert(scenarios.clone()) {
            let help = "give each page its own folder of scenarios";
            at.key("scenarios").note(format!("another page has the scenarios in `{}`", raw.scenarios.0), help);
        }
        let ledger = raw.ledger.as_ref().map_or_else(|| scenarios.join(LEDGER), |ledger| root.join(&ledger.0));
        let editions = editions(&raw.editions, root, &ledger, &at.key("editions"));
        let messages = raw.messages.as_ref().map(|raw| messages(raw, &at.key("messages")));
        Page { id: raw.id.0.clone(), title: raw.title.0.clone(), ledger, scenarios, editions, messages }
    };
    place.each(raw).map(page).collect()
}

fn messages(raw: &raw::Messages, place: &Place<'_>) -> Messages {
    if raw.archive.0.contains('/') {
        let help = "write its file name, as the file of pins has it";
        place.key("archive").note(format!("`{}` is not the name of a pinned archive", raw.archive.0), help);
    }
    for (at, pattern) in place.key("patterns").each(&raw.patterns) {
        searchable(&pattern.0, &at);
    }
    let is_inside = |path: &str| Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    for (at, path) in place.key("sources").each(&raw.sources).filter(|(_, path)| !is_inside(&path.0)) {
        let help = "write a folder or a file as the archive has it, below its first folder, such as `src`";
        at.note(format!("`{}` is not a place in an archive", path.0), help);
    }
    Messages {
        archive: raw.archive.0.clone(),
        patterns: raw.patterns.iter().map(|pattern| pattern.0.clone()).collect(),
        sources: raw.sources.iter().map(|path| path.0.trim_end_matches('/').to_owned()).collect(),
    }
}

/// Reports a pattern that is not valid, or that matches the empty text.
fn searchable(pattern: &str, place: &Place<'_>) {
    match Regex::new(pattern) {
        Ok(regex) if !regex.is_match("") => {}
        Ok(_) => place.note("matches the empty text, so it would match everywhere", "write what a message must have"),
        Err(error) => {
            let cause = error.to_string();
            let cause = cause.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            place.note(format!("is not a regular expression: {cause}"), "correct it");
        }
    }
}

fn editions(raw: &[raw::Edition], root: &Path, usual: &Path, place: &Place<'_>) -> Vec<Edition> {
    let mut ids = BTreeSet::new();
    let edition = |(at, raw): (Place<'_>, &raw::Edition)| {
        if !ids.insert(raw.id.0.clone()) {
            at.key("id").note(format!("edition `{}` is defined twice", raw.id.0), "give each edition its own id");
        }
        let text = match (&raw.file, &raw.url, &raw.ledger) {
            (Some(file), None, _) => Some(EditionText::File(root.join(&file.0))),
            (None, Some(url), _) => {
                address(url, &at.key("url"));
                Some(EditionText::Url(url.0.clone()))
            }
            (None, None, Some(_)) => None,
            _ => {
                at.note("does not say where its text is", "give either its `file` or its `url`");
                return None;
            }
        };
        if raw.ledger.is_some() && !matches(EDITION, &raw.id.0) {
            let help = "use letters, digits, `.`, `_` and `-`: claims name it behind `@`, and so does a folder of reports";
            at.key("id").note(format!("`{}` cannot be the id of an edition with its own ledger", raw.id.0), help);
        }
        let ledger = raw.ledger.as_ref().map_or_else(|| usual.to_owned(), |ledger| root.join(&ledger.0));
        Some(Edition { id: raw.id.0.clone(), text, ledger })
    };
    place.each(raw).filter_map(edition).collect()
}

/// Reports what is not the address of a web server.
fn address(line: &Line, place: &Place<'_>) {
    let is_web = Url::parse(&line.0).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    if !is_web {
        place.note(format!("`{}` is not an address", line.0), "write it as `https://HOST/PATH`");
    }
}

fn base(raw: &raw::Base, root: &Path, place: &Place<'_>) -> Option<Base> {
    let raw::Base { debian, architecture, image, platform, dockerfile, archive, family } = raw;
    let source = match (debian, image, dockerfile, archive) {
        (Some(suite), None, None, None) => {
            BaseSource::Debian { suite: suite.0.clone(), architecture: architecture.as_ref().map(|word| word.0.clone()) }
        }
        (None, Some(image), None, None) => {
            referable(&image.0, &place.key("image"));
            BaseSource::Image { reference: image.0.clone(), platform: platform.as_ref().map(|text| text.0.clone()) }
        }
        (None, None, Some(folder), None) => BaseSource::Dockerfile(root.join(&folder.0)),
        (None, None, None, Some(archive)) => BaseSource::Archive(root.join(&archive.0)),
        (None, None, None, None) => {
            place.note("does not say how this base is obtained", "give `debian`, `image`, `dockerfile` or `archive`");
            return None;
        }
        _ => {
            place.note(
                "says several times how this base is obtained",
                "keep one of `debian`, `image`, `dockerfile` and `archive`",
            );
            return None;
        }
    };
    for (key, is_there, owner, has_owner) in [
        ("architecture", architecture.is_some(), "debian", debian.is_some()),
        ("platform", platform.is_some(), "image", image.is_some()),
    ] {
        if is_there && !has_owner {
            place.key(key).note(format!("`{key}` without `{owner}`"), format!("remove it; it belongs to `{owner}`"));
        }
    }
    if let Some(text) = platform.as_ref().filter(|text| !matches(PLATFORM, &text.0)) {
        place
            .key("platform")
            .note(format!("`{}` is not a platform", text.0), "write it as OS/ARCHITECTURE, such as `linux/amd64`");
    }
    let family = match (family, debian) {
        (Some(FamilyName::Debian) | None, Some(_)) => FamilyName::Debian,
        (Some(_), Some(_)) => {
            place.key("family").note("a suite of Debian has the family `debian`", "remove `family`");
            FamilyName::Debian
        }
        (Some(family), None) => *family,
        (None, None) => {
            let help = "add `family`: `debian`, `rpm`, `alpine` or `other`, which says how its packages are listed";
            place.note("`family` is missing", help);
            FamilyName::Other
        }
    };
    Some(Base { source, family })
}

/// The id of an edition that claims may name.
const EDITION: &str = "^[A-Za-z0-9][A-Za-z0-9._-]*$";
/// A platform of an image, such as `linux/arm/v7`.
const PLATFORM: &str = "^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?$";
/// A reference of an image: a repository, perhaps with a host, a tag and a digest.
const REFERENCE: &str = r"^([A-Za-z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$";

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).expect("the pattern is valid").is_match(text)
}

fn referable(reference: &str, place: &Place<'_>) {
    if matches(REFERENCE, reference) {
        return;
    }
    let help = match reference.split_once('@') {
        Some((_, digest)) if !matches("^sha256:[0-9a-f]{64}$", digest) => "a digest is `sha256:` and 64 hexadecimal digits",
        _ => "write it as [HOST[:PORT]/]REPOSITORY[:TAG][@DIGEST], such as `fedora:41`",
    };
    place.note(format!("`{reference}` is not the reference of an image"), help);
}

fn axis(raw: &raw::Axis, place: &Place<'_>) -> Axis {
    let releases = raw.releases.as_ref().and_then(|raw| releases(raw, &place.key("releases")));
    if raw.unpacking.is_some() && raw.releases.is_none() {
        place.key("unpacking").note("`unpacking` without `releases`", "add `releases`, or remove `unpacking`");
    }
    Axis {
        words: AxisWords {
            label: raw.label.as_ref().map(|label| label.0.clone()),
            cost: raw.cost,
            values: raw.values.iter().map(|(value, words)| (value.clone(), words.0.clone())).collect(),
        },
        shown: raw.shown,
        releases,
        unpacking: raw.unpacking.as_ref().map(|name| name.0.clone()),
    }
}

fn releases(raw: &raw::Releases, place: &Place<'_>) -> Option<Releases> {
    let raw::Releases { python_index, rust_index, list, forge } = raw;
    let text = |line: &Line| line.0.clone();
    match (python_index, rust_index, list, forge) {
        (Some(name), None, None, None) => Some(Releases::PythonIndex(text(name))),
        (None, Some(name), None, None) => Some(Releases::RustIndex(text(name))),
        (None, None, Some(list), None) => {
            let at = place.key("list");
            for (at, release) in at.each(list).filter(|(_, release)| Version::parse(&release.0).is_none()) {
                at.note(format!("`{}` is not a release", release.0), "write numbers separated by dots, such as `4.9.4`");
            }
            Some(Releases::List(list.iter().map(text).collect()))
        }
        (None, None, None, Some(url)) => {
            address(url, &place.key("forge"));
            Some(Releases::Forge(text(url)))
        }
        _ => {
            place.note(
                "does not say where the releases are listed",
                "give one of `python-index`, `rust-index`, `list` and `forge`",
            );
            None
        }
    }
}

/// Reports a pattern that is not valid or matches nothing in particular, and a replacement by a group that the pattern lacks.
fn replaceable(rule: &raw::Rule, place: &Place<'_>) {
    let pattern = match Regex::new(&rule.pattern.0) {
        Ok(pattern) => pattern,
        Err(error) => {
            let cause = error.to_string();
            let cause = cause.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            return place.key("pattern").note(format!("is not a regular expression: {cause}"), "correct it");
        }
    };
    if pattern.is_match("") {
        place.key("pattern").note("matches the empty text, so it would replace nothing everywhere", "write what must be there");
    }
    let groups = Regex::new(r"\$\$|\$\{([^}]*)\}|\$([A-Za-z0-9_]+)").expect("the pattern is valid");
    let named: BTreeMap<&str, usize> = pattern.capture_names().enumerate().filter_map(|(at, name)| Some((name?, at))).collect();
    for found in groups.captures_iter(&rule.with.0) {
        let Some(name) = found.get(1).or_else(|| found.get(2)).map(|name| name.as_str()) else { continue };
        let is_there = name.parse().map_or_else(|_| named.contains_key(name), |group: usize| group < pattern.captures_len());
        if !is_there {
            let help = "use a group of the pattern; before a letter, a digit or `_`, write `${1}` instead of `$1`";
            place.key("with").note(format!("the pattern has no group `{name}`"), help);
        }
    }
}

fn defaults(raw: &raw::Defaults, root: &Path) -> Defaults {
    let text = |line: &Option<Line>| line.as_ref().map(|line| line.0.clone());
    Defaults {
        jobs: raw.jobs,
        report_dir: raw.report_dir.as_ref().map(|folder| root.join(&folder.0)),
        registry: text(&raw.registry),
        mirror: text(&raw.mirror),
        index: text(&raw.index),
        build_network: text(&raw.build_network),
    }
}
