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
    host::bootstrap(&remedy, &bases, missing.as_ref().unwrap_or(&bases), &mut findings);
    pages.iter().for_each(|places| archives(places, &remedy, &mut findings));
    host::certificates(&remedy, &mut findings);
    host::folders(&settings(places).cache, &mut findings);
    findings.print(format).map_err(fault)
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
