//! Reading the input of a subcommand: scenarios, ledger, dockerfiles and pins, with all their mistakes at once.

use std::collections::BTreeSet;
use std::env::var_os;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::failure::{Failure, usage};
use super::places::Places;
use crate::image::{Catalog, ImageCache, ImageError, Settings};
use crate::load::{self, Library, LoadErrors, Mistake, Survey};
use crate::model::cell::expand::expand;
use crate::model::scenario::Scenario;
use crate::plan::Images;
use crate::run::lock;
use crate::text::advice::Advice;

pub(super) fn settings(places: &Places) -> Settings {
    Settings {
        dockerfiles: places.dockerfiles.clone(),
        cache: places.cache.clone().unwrap_or_else(crate::image::archive::default_cache),
        registry: places.registry.clone(),
        image_cache: places.image_cache.clone().map(|repository| ImageCache { repository, push: places.image_cache_push }),
        docker_config: docker_config(),
        mirror: places.mirror.clone(),
        network: places.build_network.clone(),
        index: places.index.clone(),
        archived: places.allow_expired_release,
        locks: lock::default_folder(),
    }
}

/// The folder of the Docker client's configuration.
fn docker_config() -> Option<PathBuf> {
    let home = || var_os("HOME").map(|home| Path::new(&home).join(".docker"));
    var_os("DOCKER_CONFIG").filter(|folder| !folder.is_empty()).map(PathBuf::from).or_else(home)
}

pub(super) fn library(places: &Places) -> Result<Library, Failure> {
    load::page(&places.project, &places.page).map_err(usage)
}

/// The ledger with the scenarios that have no mistake, and a warning if others have one. Mistakes of the ledger and of the refused
/// corrections are an error.
pub(super) fn ledger(places: &Places) -> Result<(Library, Option<String>), Failure> {
    let survey = load::survey(&places.project, &places.page);
    let own = |file: &Path| places.page.ledgers().contains(&file) || file == places.page.scenarios.join(load::REJECTED);
    let (of_ledger, others): (Vec<Mistake>, Vec<Mistake>) = survey.mistakes.into_iter().partition(|mistake| own(&mistake.file));
    match survey.library {
        Some(library) if of_ledger.is_empty() => {
            let mut files: Vec<String> = others.iter().map(|mistake| mistake.file.display().to_string()).collect();
            files.dedup();
            let warning = "newer results of their cells are left out; `matrix check` lists the mistakes";
            let warning = (!files.is_empty()).then(|| format!("mistakes in {}: {warning}", files.join(", ")));
            Ok((library, warning))
        }
        Some(_) => Err(usage(LoadErrors(of_ledger))),
        None => Err(usage(LoadErrors([of_ledger, others].concat()))),
    }
}

/// The scenarios with their ledger, and the dockerfiles.
pub(super) struct Inputs {
    pub(super) library: Library,
    pub(super) catalog: Catalog,
}

/// Reads scenarios and dockerfiles. The error lists all mistakes.
pub(super) fn inputs(places: &Places) -> Result<Inputs, Failure> {
    let survey = load::survey(&places.project, &places.page);
    let (catalog, broken) = Catalog::survey(&places.dockerfiles);
    let catalog = catalog.of(Arc::clone(&places.project));
    match survey.library {
        Some(library) if survey.mistakes.is_empty() && broken.is_empty() && of_project(&catalog).is_empty() => {
            Ok(Inputs { library, catalog })
        }
        _ => Err(wrong(places).unwrap_or_else(|| usage(anyhow::anyhow!("the files changed while they were being read")))),
    }
}

/// The error of an image that cannot be planned; all mistakes of the input if there are any.
pub(super) fn unplanned(places: &Places, error: ImageError) -> Failure {
    wrong(places).unwrap_or_else(|| usage(error))
}

/// All mistakes of the input, if there are any.
pub(super) fn wrong(places: &Places) -> Option<Failure> {
    let survey = load::survey(&places.project, &places.page);
    let (catalog, broken) = Catalog::survey(&places.dockerfiles);
    let catalog = catalog.of(Arc::clone(&places.project));
    let mut of_scenarios: Vec<String> = survey.mistakes.iter().map(ToString::to_string).collect();
    of_scenarios.extend(survey.unbound(&places.page).iter().map(ToString::to_string));
    let pins_are_right = !broken.iter().any(|error| matches!(error, ImageError::Pins(_)));
    let mut of_images: Vec<String> = broken.iter().map(|error| listed(error.advice(), "")).collect();
    of_images.extend(of_project(&catalog).iter().map(|advice| listed(advice, "")));
    let mut found = BTreeSet::new();
    for mistake in images(&survey, &catalog) {
        match mistake {
            Found::Scenario(mistake) if found.insert(mistake.to_string()) => of_scenarios.push(mistake.to_string()),
            Found::Image { error: ImageError::Unpinned(_), .. } if !pins_are_right => {}
            Found::Image { error, cell } if found.insert(error.to_string()) => {
                of_images.push(listed(error.advice(), &format!(", which {cell} needs")));
            }
            Found::Scenario(_) | Found::Image { .. } => {}
        }
    }
    let place = match (of_scenarios.is_empty(), of_images.is_empty()) {
        (true, true) => return None,
        (false, true) => "the scenarios",
        (true, false) => "the dockerfiles",
        (false, false) => "the scenarios and the dockerfiles",
    };
    let all = [of_scenarios, of_images].concat();
    let plural = if all.len() == 1 { "" } else { "s" };
    Some(usage(anyhow::anyhow!("{} mistake{plural} in {place}\n{}", all.len(), all.join("\n"))))
}

/// What the project file names and the folders lack: files of bases, dockerfiles that unpack releases, and pinned archives.
fn of_project(catalog: &Catalog) -> Vec<Advice> {
    let project = catalog.project();
    let file = project.file.as_ref().map_or(String::new(), |file| file.display().to_string());
    let at = |key: String, advice: &Advice| Advice::new(format!("{file}: {key}: {}", advice.message), advice.help.clone());
    let bases = catalog.base_mistakes().into_iter().map(|(name, error)| at(format!("bases.{name}"), error.advice()));
    let unpacking = project.axes.iter().filter_map(|(name, axis)| {
        let error = catalog.files(axis.unpacking.as_ref()?).err()?;
        Some(at(format!("axes.{name}.unpacking"), error.advice()))
    });
    let messages = project.pages.iter().enumerate().filter_map(|(number, page)| {
        let error = catalog.pinned(&page.messages.as_ref()?.archive).err()?;
        Some(at(format!("pages[{number}].messages.archive"), &error))
    });
    bases.chain(unpacking).chain(messages).collect()
}

/// An error of a dockerfile as an item of a list.
fn listed(Advice { message, help }: &Advice, needed: &str) -> String {
    if help.is_empty() { message.clone() } else { format!("{message}{needed}\n  help: {help}") }
}

enum Found {
    Scenario(Mistake),
    /// A mistake in a dockerfile or in the pins, and the first cell that it affects.
    Image {
        error: ImageError,
        cell: String,
    },
}

/// Images of scenarios that the dockerfiles do not provide.
fn images(survey: &Survey, catalog: &Catalog) -> Vec<Found> {
    let mut images = Images::new(catalog);
    let mut all = Vec::new();
    for scenario in survey.library.iter().flat_map(|library| &library.scenarios) {
        for cell in expand(scenario) {
            for (key, error) in images.mistakes(scenario, &cell) {
                match error {
                    ImageError::Unknown { name, .. } if catalog.is_broken(&name) => {}
                    ImageError::Unknown { advice, .. } => all.push(unknown(survey, scenario, &key, &advice)),
                    error => all.push(Found::Image { error, cell: format!("`{}`", cell.cell_ref()) }),
                }
            }
        }
    }
    for scenario in &survey.doubtful {
        for (key, stack) in [("image", &scenario.image), ("control.image", &scenario.control.image)] {
            let names = stack.iter().map(|layer| &layer.dockerfile).enumerate();
            let plain = names.filter(|(_, name)| !name.0.is_empty() && !name.0.contains("{{"));
            let missing = plain.filter(|(_, name)| !catalog.is_broken(&name.0));
            let missing = missing.filter_map(|(place, name)| Some((place, catalog.files(&name.0).err()?)));
            all.extend(missing.map(|(place, error)| unknown(survey, scenario, &format!("{key}[{place}]"), error.advice())));
        }
    }
    all
}

fn unknown(survey: &Survey, scenario: &Scenario, key: &str, error: &Advice) -> Found {
    Found::Scenario(survey.mistake(&scenario.file, key, error))
}
