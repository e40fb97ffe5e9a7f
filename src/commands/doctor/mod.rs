//! `matrix doctor`: what is present, what is missing, and the command that fixes it.

mod engine;
mod findings;
mod fix;
mod host;

use std::collections::BTreeSet;

use super::connect::connect;
use super::failure::{CommandResult, fault};
use super::inputs::{library, settings};
use super::work::work;
use crate::cli::Format;
use crate::commands::places::Places;
use crate::image::archive::Cache;
use crate::model::cell::expand::expand;
use crate::model::cell::select::Choice;
use crate::model::project::BaseSource;
use engine::Examination;
use findings::Findings;
use fix::Remedy;

pub(super) fn doctor(pages: &[Places], format: Format) -> CommandResult {
    let places = &pages[0];
    let remedy = Remedy::here();
    let mut findings = Findings::default();
    let bases = pages.iter().flat_map(|places| scenarios(places, &mut findings)).collect();
    let mut missing = None;
    match connect(places) {
        Ok((engine, info)) => {
            let mut examination = Examination { places, findings: &mut findings };
            missing = Some(examination.examine(&*engine, info, &bases));
        }
        Err(failure) => engine::unreachable(places, &remedy, &failure.1, &mut findings),
    }
    // Without an engine it is unknown which bases exist, so all may have to be built.
    let missing = missing.unwrap_or_else(|| bases.clone());
    let (suites, others): (BTreeSet<_>, BTreeSet<_>) = bases.into_iter().partition(|name| is_suite(places, name));
    if others.is_empty() || !suites.is_empty() {
        let missing = missing.intersection(&suites).cloned().collect();
        host::bootstrap(&remedy, &suites, &missing, &mut findings);
    }
    others.iter().for_each(|name| declared(places, name, missing.contains(name), &mut findings));
    pages.iter().for_each(|places| archives(places, &remedy, &mut findings));
    host::certificates(&remedy, &mut findings);
    host::folders(&settings(places).cache, &mut findings);
    findings.print(format).map_err(fault)
}

/// Whether a base is a suite that can be bootstrapped.
fn is_suite(places: &Places, name: &str) -> bool {
    places.project.bases.get(name).is_none_or(|base| matches!(base.source, BaseSource::Debian { .. }))
}

/// A base that is not bootstrapped, and what it needs.
fn declared(places: &Places, name: &str, is_missing: bool, findings: &mut Findings) {
    let Some(base) = places.project.bases.get(name) else { return };
    let fix = "correct `bases` in the project file";
    match &base.source {
        _ if !is_missing => findings.good("declared base", format!("`{name}` is present")),
        BaseSource::Debian { .. } => {}
        BaseSource::Image { reference, .. } => findings.good("declared base", format!("`{name}` will be pulled: `{reference}`")),
        BaseSource::Dockerfile(folder) if folder.join("Dockerfile").is_file() => {
            findings.good("declared base", format!("`{name}` will be built from `{}`", folder.display()));
        }
        BaseSource::Dockerfile(folder) => {
            findings.bad("declared base", format!("`{name}`: `{}` has no `Dockerfile`", folder.display()), fix)
        }
        BaseSource::Archive(file) if file.is_file() => {
            findings.good("declared base", format!("`{name}` will be imported from `{}`", file.display()))
        }
        BaseSource::Archive(file) => findings.bad("declared base", format!("`{name}`: `{}` is not there", file.display()), fix),
    }
}

fn scenarios(places: &Places, findings: &mut Findings) -> BTreeSet<String> {
    match library(places) {
        Ok(library) => {
            findings.good("scenarios", format!("{} in `{}`", library.scenarios.len(), places.page.scenarios.display()));
            library.scenarios.iter().flat_map(expand).map(|cell| cell.axes["base"].clone()).collect()
        }
        Err(failure) => {
            findings.bad("scenarios", format!("{:#}", failure.1), "matrix check");
            BTreeSet::new()
        }
    }
}

/// The archives the plans need, and whether they are there or can be fetched.
fn archives(places: &Places, remedy: &Remedy, findings: &mut Findings) {
    let Ok(work) = work(places, &Choice { scenarios: Vec::new(), only: Vec::new(), full: true }) else {
        return;
    };
    let images = work.plans.iter().flat_map(|plan| [&plan.image, &plan.control_image]);
    let sources: BTreeSet<_> = images.flat_map(|image| &image.layers).flat_map(|layer| &layer.sources).collect();
    let settings = settings(places);
    let cache = Cache::new(&settings.cache, settings.index.as_deref()).with_urls(work.catalog.urls());
    let missing: Vec<&String> =
        sources.iter().filter(|(name, digest)| !cache.holds(name, digest)).map(|(name, _)| *name).collect();
    let found = format!("{} of {} archives in `{}`", sources.len() - missing.len(), sources.len(), settings.cache.display());
    if missing.is_empty() {
        return findings.good("sources", found);
    }
    if cache.has_urls(missing.into_iter()) {
        return findings.good("sources", format!("{found}; the rest will be fetched from the URLs of the pins"));
    }
    match cache.index() {
        Ok(index) => findings.good("sources", format!("{found}; the rest will be fetched from `{index}`")),
        Err(error) => {
            findings.bad("sources", format!("{found}; {error}"), remedy.install(&[crate::subject::index::PACKAGE]));
        }
    }
}
