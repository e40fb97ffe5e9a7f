//! `matrix doctor`: what is found, what is missing, and the one command that mends it.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::Command;

use super::{Ended, Task, fault, library, settings, with_engine, work};
use crate::cell::expand::expand;
use crate::cell::select::Choice;
use crate::cli::Places;
use crate::engine::{Engine, EngineInfo, RUN_LABEL};
use crate::exit::Exit;
use crate::image::Base;
use crate::run::block_on;
use crate::run::lease::{default_folder, is_dead};
use crate::source::Cache;

pub(super) fn doctor(places: &Places) -> Ended {
    let mut findings = Findings::default();
    let bases = match library(places) {
        Ok(library) => {
            findings.good("scenarios", format!("{} in `{}`", library.scenarios.len(), places.scenarios.display()));
            library.scenarios.iter().flat_map(expand).map(|cell| cell.axes["base"].clone()).collect()
        }
        Err(failure) => {
            findings.bad("scenarios", format!("{:#}", failure.1), "matrix check");
            BTreeSet::new()
        }
    };
    let examined = with_engine(places, Examination { places, bases, findings: &mut findings });
    if let Err(failure) = examined {
        findings.bad(
            "engine",
            format!("{:#}", failure.1).lines().next().unwrap_or_default().to_owned(),
            "systemctl start docker",
        );
    }
    archives(places, &mut findings);
    findings.print().map_err(fault)
}

/// The archives the plans need, and whether they are there or can be fetched.
fn archives(places: &Places, findings: &mut Findings) {
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
        (_, Err(error)) => findings.bad("sources", format!("{found}; {error}"), "apt-get install -y python3-pip"),
    }
}

struct Examination<'a> {
    places: &'a Places,
    bases: BTreeSet<String>,
    findings: &'a mut Findings,
}

impl Task for Examination<'_> {
    fn with<E: Engine>(self, engine: &E, info: EngineInfo) -> Ended {
        let EngineInfo { name, version, api, address, architecture, .. } = info;
        self.findings.good("engine", format!("{name} {version} (API {api}, {architecture}) at `{address}`"));
        let settings = settings(self.places);
        let present = |base: &String| {
            let base = Base::parse(base).ok()?;
            let tags = [base.tag(), base.reference(settings.registry.as_deref())];
            tags.iter().any(|tag| matches!(block_on(engine.image(tag)), Ok(Some(_)))).then_some(())
        };
        let missing: Vec<_> = self.bases.iter().filter(|base| present(base).is_none()).cloned().collect();
        let bootstrap = Command::new("mmdebstrap").arg("--version").output().is_ok_and(|output| output.status.success());
        match (missing.is_empty(), bootstrap) {
            (true, _) => self.findings.good("bases", format!("{} present", self.bases.len())),
            (false, true) => {
                self.findings.good("bases", format!("to be pulled, or bootstrapped with mmdebstrap: {}", missing.join(", ")))
            }
            (false, false) => self.findings.bad(
                "bases",
                format!("missing: {}; without mmdebstrap they can only be pulled from a registry", missing.join(", ")),
                "apt-get install -y mmdebstrap",
            ),
        }
        let owned = block_on(engine.owned(RUN_LABEL)).unwrap_or_default();
        let dead = owned.iter().filter(|owned| is_dead(&default_folder(), owned.labels()).unwrap_or(false)).count();
        match dead {
            0 => self.findings.good("left behind", "nothing".to_owned()),
            count => self.findings.bad("left behind", format!("{count} containers and snapshots of dead runs"), "matrix clean"),
        }
        Ok(Exit::Expected)
    }
}

/// What was found, in order.
#[derive(Default)]
struct Findings(Vec<(&'static str, String, Option<&'static str>)>);

impl Findings {
    fn good(&mut self, what: &'static str, found: String) {
        self.0.push((what, found, None));
    }

    fn bad(&mut self, what: &'static str, found: String, mend: &'static str) {
        self.0.push((what, found, Some(mend)));
    }

    fn print(self) -> io::Result<Exit> {
        let mut out = io::stdout().lock();
        for (what, found, mend) in &self.0 {
            writeln!(out, "{:8} {what:12} {found}", if mend.is_some() { "missing" } else { "ok" })?;
            mend.map_or(Ok(()), |command| writeln!(out, "         {:12} mend it with: {command}", ""))?;
        }
        Ok(if self.0.iter().any(|(_, _, mend)| mend.is_some()) { Exit::Inconclusive } else { Exit::Expected })
    }
}
