//! `matrix doctor`: what is present, what is missing, and the command that fixes it.

mod engine;
mod fix;
mod host;

use std::collections::BTreeSet;
use std::io::{self, Write};

use owo_colors::{OwoColorize, Style};
use serde::Serialize;

use super::{Ended, fault, json_line, library, settings, with_engine, work};
use crate::cli::{Format, Places};
use crate::commands::exit::Exit;
use crate::image::archive::Cache;
use crate::model::cell::expand::expand;
use crate::model::cell::select::Choice;
use engine::Examination;
use fix::{Package, Remedy};

pub(super) fn doctor(places: &Places, format: Format) -> Ended {
    let remedy = Remedy::here();
    let mut findings = Findings::default();
    let bases = scenarios(places, &mut findings);
    let mut missing = None;
    let examination = Examination { places, remedy: &remedy, bases: &bases, missing: &mut missing, findings: &mut findings };
    if let Err(failure) = with_engine(places, examination) {
        engine::unreachable(places, &remedy, &failure.1, &mut findings);
    }
    // Without an engine it is unknown which bases exist, so all may have to be built.
    host::bootstrap(&remedy, missing.as_ref().unwrap_or(&bases), &mut findings);
    archives(places, &remedy, &mut findings);
    host::certificates(&remedy, &mut findings);
    host::folders(&settings(places).cache, &mut findings);
    findings.print(format).map_err(fault)
}

/// The scenarios, and the bases that their cells start from.
fn scenarios(places: &Places, findings: &mut Findings) -> BTreeSet<String> {
    match library(places) {
        Ok(library) => {
            findings.good("scenarios", format!("{} in `{}`", library.scenarios.len(), places.scenarios.display()));
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
    let cache = Cache::new(&settings.cache, settings.index.as_deref());
    let missing = sources.iter().filter(|(name, digest)| !cache.holds(name, digest)).count();
    let found = format!("{} of {} archives in `{}`", sources.len() - missing, sources.len(), settings.cache.display());
    match (missing, cache.index()) {
        (0, _) => findings.good("sources", found),
        (_, Ok(index)) => findings.good("sources", format!("{found}; the rest comes from `{index}`")),
        (_, Err(error)) => findings.bad("sources", format!("{found}; {error}"), remedy.install(&[Package::Pip])),
    }
}

/// What was found, in order.
#[derive(Default)]
struct Findings(Vec<Finding>);

/// One thing that was looked at.
#[derive(Serialize)]
struct Finding {
    state: State,
    what: &'static str,
    found: String,
    /// The command that fixes it.
    fix: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Ok,
    /// Runs work, but not as well as they could.
    Note,
    /// Runs, or some of them, do not work.
    Missing,
}

impl Findings {
    fn good(&mut self, what: &'static str, found: impl Into<String>) {
        self.0.push(Finding { state: State::Ok, what, found: found.into(), fix: None });
    }

    fn note(&mut self, what: &'static str, found: impl Into<String>, fix: Option<String>) {
        self.0.push(Finding { state: State::Note, what, found: found.into(), fix });
    }

    fn bad(&mut self, what: &'static str, found: impl Into<String>, fix: impl Into<String>) {
        self.0.push(Finding { state: State::Missing, what, found: found.into(), fix: Some(fix.into()) });
    }

    fn print(self, format: Format) -> io::Result<Exit> {
        let mut out = anstream::stdout().lock();
        match format {
            Format::Json => json_line(&mut out, &self.0)?,
            Format::Text => self.0.iter().try_for_each(|finding| finding.print(&mut out))?,
        }
        Ok(if self.0.iter().any(|finding| finding.state == State::Missing) { Exit::Inconclusive } else { Exit::Expected })
    }
}

impl Finding {
    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let (word, style) = match self.state {
            State::Ok => ("ok", Style::new().green()),
            State::Note => ("note", Style::new().yellow()),
            State::Missing => ("missing", Style::new().red()),
        };
        let mut lines = self.found.lines();
        writeln!(out, "{:8} {:12} {}", word.style(style), self.what, lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| writeln!(out, "{:21} {line}", ""))?;
        self.fix.iter().try_for_each(|command| writeln!(out, "{:21} fix: {command}", ""))
    }
}
