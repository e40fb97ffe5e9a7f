//! Loads a folder of YAML files into valid scenarios, or reports every mistake in them. This is the only module that
//! knows YAML: it parses text into plain data and maps key paths to line numbers.

mod axes;
mod capability;
mod check_phases;
mod coverage;
mod diagnostic;
pub mod doubts;
mod expectation;
mod file;
mod ledger;
mod limits;
mod locate;
mod lower;
mod measure;
mod outlive;
mod project;
mod raw;
mod rejected;
mod replace;
mod schema;
mod scope;
mod self_match;
mod shape;
mod stack;
mod steps;
mod variant;
mod yaml;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::load::diagnostic::{File, readable};
pub use crate::load::diagnostic::{Key, LoadErrors, Mistake, ProjectErrors};
use crate::load::file::{COMMON, files, mistakes, parsed};
pub use crate::load::file::{LONGEST as LONGEST_FILE, MOST_BRACKETS};
pub use crate::load::shape::TO_DO;
use crate::model::claim::{Claim, Ledger};
use crate::model::id::{ClaimId, SectionId};
use crate::model::project::{Found, Page, Project};
use crate::model::scenario::Scenario;
use crate::text::advice::Advice;
use crate::text::digest::hex;
use locate::{End, position};
use lower::Setting;
pub use project::{find_project, project};
pub use rejected::{REJECTED, with_rejections};
pub use variant::Variants;

/// The content of a folder of scenarios.
#[derive(Debug, Clone)]
pub struct Library {
    pub ledger: Ledger,
    /// Sorted by the ledger's sections, then by id.
    pub scenarios: Vec<Scenario>,
    /// Digest of the files. Two machines with the same digest have the same files.
    pub digest: String,
}

impl Library {
    /// The scenarios that bind a claim: they decide it or state why it cannot be decided.
    pub fn binding(&self, claim: &ClaimId) -> impl Iterator<Item = &Scenario> {
        self.scenarios.iter().filter(move |scenario| scenario.claims.contains(claim))
    }

    /// The claims that no scenario binds.
    pub fn unbound(&self) -> impl Iterator<Item = &Claim> {
        self.ledger.claims.iter().filter(|claim| self.binding(&claim.id).next().is_none())
    }
}

/// A folder of scenarios that may contain mistakes.
#[derive(Debug, Default)]
pub struct Survey {
    /// The ledger, and the scenarios without a mistake; `None` without a ledger to check them against.
    pub library: Option<Library>,
    /// Scenarios that could be parsed but contain a mistake. Only the names that they refer to are reliable enough to
    /// be checked.
    pub doubtful: Vec<Scenario>,
    /// Every mistake in every file.
    pub mistakes: Vec<Mistake>,
    /// Whether every scenario file could be turned into a scenario.
    pub complete: bool,
    texts: BTreeMap<PathBuf, String>,
}

impl Survey {
    /// A mistake that another check found at a key path of one of the files, such as `control.image[0]`.
    pub fn mistake(&self, file: &Path, path: &str, advice: &Advice) -> Mistake {
        let position = self.texts.get(file).and_then(|text| position(text, &keys(path), End::Value));
        Mistake {
            file: file.to_owned(),
            position,
            path: path.to_owned(),
            message: readable(&advice.message),
            help: readable(&advice.help),
        }
    }

    /// The claims that no scenario binds, as mistakes of the ledgers of the page. Empty if a scenario could not be read, because it
    /// might bind any claim.
    pub fn unbound(&self, page: &Page) -> Vec<Mistake> {
        let Some(library) = self.library.as_ref().filter(|_| self.complete) else { return Vec::new() };
        let doubted = |claim: &&Claim| self.doubtful.iter().all(|scenario| !scenario.claims.contains(&claim.id));
        let places = |file: &Path| self.texts.get(file).map(|text| claim_places(text)).unwrap_or_default();
        let ledgers: Vec<_> = page.ledgers().into_iter().map(|file| (file, places(file))).collect();
        let mistake = |claim: &Claim| {
            let has = |(_, places): &&(&Path, BTreeMap<String, String>)| places.contains_key(claim.id.as_str());
            let (file, places) = ledgers.iter().find(has).unwrap_or(&ledgers[0]);
            let help = "bind it in a scenario of its section, or list it under `skipped` if no run can decide it";
            let advice = Advice::new(format!("no scenario binds claim `{}`", claim.id), help);
            self.mistake(file, places.get(claim.id.as_str()).map_or("", String::as_str), &advice)
        };
        library.unbound().filter(doubted).map(mistake).collect()
    }
}

/// The key path of the id of each claim in the text of a ledger, by id.
fn claim_places(text: &str) -> BTreeMap<String, String> {
    let tree: Value = serde_yaml::from_str(text).unwrap_or_default();
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let mut places = BTreeMap::new();
    for (section, of) in list(&tree, "sections").iter().enumerate() {
        for (claim, of) in list(of, "claims").iter().enumerate() {
            let id = of["id"].as_str().unwrap_or_default().to_owned();
            places.insert(id, format!("sections[{section}].claims[{claim}].id"));
        }
    }
    places
}

/// The line, from 0, on which a ledger states the status of a claim.
pub fn status_line(ledger: &str, claim: &ClaimId) -> Option<usize> {
    let places = claim_places(ledger);
    let path = places.get(claim.as_str())?.strip_suffix("id")?;
    Some(position(ledger, &keys(&format!("{path}status")), End::Key)?.0 - 1)
}

/// Parses a key path in the form that `written` produces.
fn keys(path: &str) -> Vec<Key> {
    let key = |part: &str| match part.strip_suffix(']').map(str::parse) {
        Some(Ok(index)) => Key::Index(index),
        _ => Key::Name(part.to_owned()),
    };
    path.split(['.', '[']).map(key).collect()
}

/// Loads a folder as the page of the project that has it, if there is one; else with `claims.yaml` as its ledger.
pub fn folder(dir: &Path) -> Result<Library, LoadErrors> {
    let project = find_project(dir).and_then(|file| project(&file, Found::Scenarios).ok()).unwrap_or_default();
    let own = project.pages.iter().find(|page| page.scenarios == dir);
    page(&project, own.unwrap_or(&Page::of_folder(dir)))
}

/// Loads the ledger of a page and its scenarios.
pub fn page(project: &Project, page: &Page) -> Result<Library, LoadErrors> {
    match survey(project, page) {
        Survey { library: Some(library), mistakes, .. } if mistakes.is_empty() => Ok(library),
        Survey { mistakes, .. } => Err(LoadErrors(mistakes)),
    }
}

/// Loads like [`page`], and returns the valid parts along with the mistakes.
pub fn survey(project: &Project, page: &Page) -> Survey {
    let files = match files(page) {
        Ok(files) => files,
        Err(mistake) => return Survey { mistakes: vec![mistake], ..Survey::default() },
    };
    let mut survey = library(&files, project, page);
    survey.texts = files.iter().map(|file| (file.path.clone(), file.text.clone())).collect();
    survey.mistakes = files.into_iter().flat_map(mistakes).collect();
    survey
}

/// The JSON Schema of scenario files, with `$defs` for the ledger and for the shared file.
pub fn schema() -> Value {
    schema::SCENARIO.clone()
}

/// The JSON Schema of project files.
pub fn project_schema() -> Value {
    schema::PROJECT.clone()
}

/// Reads every file before it validates any, so that one mistake does not hide those in another file. Scenarios are
/// validated only against a ledger with valid ids and a shared file that could be read; otherwise every reference would
/// be reported.
fn library(files: &[File], project: &Project, page: &Page) -> Survey {
    let named = |path: &Path| files.iter().find(|file| file.path == path);
    let (ledgers, common) = (page.ledgers(), named(&page.scenarios.join(COMMON)));
    let rejected = named(&page.scenarios.join(REJECTED));
    let is_shared = |file: &File| {
        ledgers.contains(&file.path.as_path()) || [common, rejected].iter().flatten().any(|shared| shared.path == file.path)
    };
    let authored = files.iter().filter(|file| !is_shared(file));
    let scenarios: Vec<_> = authored.map(|file| (file, parsed::<raw::Scenario>(file, "Scenario"))).collect();
    let common = common.map(|file| (file, parsed::<raw::Common>(file, "Common")));
    let Some(mut ledger) = ledger::of_page(page, files) else { return Survey::default() };
    let rejections = rejected.and_then(|file| Some(rejected::valid(&parsed(file, "Rejected")?, &ledger, &file.root())));
    ledger.reject(rejections.unwrap_or_default());
    let unread = common.as_ref().is_some_and(|(_, common)| common.is_none());
    let common = common.and_then(|(file, common)| Some((file, common?)));
    let read = scenarios.iter().filter_map(|(file, raw)| Some((*file, raw.as_ref().filter(|raw| !(unread && shares(raw)))?)));
    let setting = Setting { ledger: &ledger, common: common.as_ref(), project, page };
    let valid = |(file, raw)| (file, lower::valid(raw, file, setting));
    let found: Vec<(&File, Scenario)> = read.map(valid).collect();
    let complete = found.len() == scenarios.len();
    let doubted = common.as_ref().is_some_and(|(file, _)| file.flawed());
    let (right, doubtful): (Vec<_>, Vec<_>) = found.into_iter().partition(|(file, _)| !doubted && !file.flawed());
    let mut scenarios: Vec<Scenario> = right.into_iter().map(|(_, scenario)| scenario).collect();
    let section = |id: &SectionId| ledger.sections.iter().position(|(section, _)| section == id);
    scenarios.sort_by_key(|scenario| (section(&scenario.section), scenario.id.clone()));
    let doubtful = doubtful.into_iter().map(|(_, scenario)| scenario).collect();
    let library = Some(Library { ledger, scenarios, digest: digest(files) });
    Survey { library, doubtful, complete, ..Survey::default() }
}

/// Whether a scenario refers to `common.yaml`.
fn shares(scenario: &raw::Scenario) -> bool {
    let remedies = scenario.workarounds.iter().flat_map(|workaround| [&workaround.steps, &workaround.verify]);
    let parts =
        [&scenario.prepare, &scenario.reproduce, &scenario.resolved, &scenario.control.verify].into_iter().chain(remedies);
    scenario.cells.is_some() || parts.flatten().any(|step| step.list.is_some())
}

/// Digest of the names and texts of the files. It does not depend on the location of the folder.
fn digest(files: &[File]) -> String {
    let mut state = Sha256::new();
    for file in files {
        for text in [&file.stem(), &file.text] {
            state.update((text.len() as u64).to_be_bytes());
            state.update(text);
        }
    }
    hex(&state.finalize())
}
