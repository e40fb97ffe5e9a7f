//! `matrix bisect`: which releases there are, which of them to try, and what came of it.

use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::check::inputs;
use super::run::{Running, history, whole};
use super::{Ended, Failure, Task, Work, filters, json_line, settings, untold, usage, with_engine};
use crate::bisect::found::{Answer, Found, stretches};
use crate::bisect::{Bisection, Question, RELEASES, Tried, Value};
use crate::cli::{Bisect, Format, Places};
use crate::commands::exit::Exit;
use crate::engine::Engine;
use crate::image::archive::Cache;
use crate::image::releases::Release;
use crate::image::{Catalog, Settings};
use crate::model::cell::Cell;
use crate::model::cell::select::{Choice, select};
use crate::model::record::EngineInfo;
use crate::model::record::{Judged, Selection};
use crate::plan::timings::Durations;
use crate::report::console;
use crate::run::Order;
use crate::run::cache::MAX_AGE;
use crate::text::version::Version;

pub(super) fn bisect(places: &Places, args: &Bisect) -> Ended {
    let (library, mut catalog) = inputs(places)?;
    let choice = Choice { scenarios: vec![args.scenario.clone()], only: filters(&args.only)?, full: true };
    let (scenarios, cells): (Vec<_>, Vec<Cell>) = select(&library.scenarios, &choice).map_err(usage)?.into_iter().unzip();
    let scenario = *scenarios.first().expect("selecting nothing is an error");
    let (from, to) = (bound("--from", args.from.as_deref())?, bound("--to", args.to.as_deref())?);
    let question = Question { claim: args.claim.clone(), axis: args.axis.clone(), from, to };
    question.check(scenario).map_err(usage)?;
    let settings = settings(places);
    let published = match question.axis == RELEASES {
        true => Published::ask(&settings, &mut catalog)?,
        false => Published::default(),
    };
    let bisection = Bisection::new(scenario, &cells, question, &published.versions).map_err(usage)?;
    let plans = bisection.plans(&library.ledger, &catalog).map_err(usage)?;
    if args.list {
        return super::told(list(&bisection, &published, args.format)).map(|()| Exit::Expected);
    }
    let order = Halving { bisection: &bisection, places: bisection.open().map(|(place, _)| place).collect() };
    let work = Work { ledger: library.ledger.clone(), plans, shard: None, catalog, settings };
    let selection = Selection { scenarios: choice.scenarios, only: args.only.clone(), full: true, ..Selection::default() };
    let (jobs, report_dir) = (args.jobs, args.report_dir.clone());
    let durations = Durations::read(&places.scenarios).map_err(usage)?;
    let (order, history) = (Some(&order as &dyn Order), history(Some(MAX_AGE)));
    let running = Running { work, selection, order, jobs, durations, report_dir, history, resume: false, earlier: None };
    with_engine(places, Bisecting { running, bisection: &bisection, published: &published, format: args.format })
}

fn bound(option: &str, text: Option<&str>) -> Result<Option<Version>, Failure> {
    let read = |text: &str| {
        let mistake = || anyhow::anyhow!("`{option} {text}` names no release\nhelp: give a version, such as `{option} 4.9.4`");
        Version::parse(text).ok_or_else(|| usage(mistake()))
    };
    text.map(read).transpose()
}

/// The releases that the package index lists.
#[derive(Default)]
struct Published {
    versions: Vec<Version>,
    /// Those whose archive has no pin but the index's own.
    vouched: Vec<Release>,
    left_out: Vec<(Version, String)>,
}

impl Published {
    /// Asks the index, and pins by its word what has no pin.
    fn ask(settings: &Settings, catalog: &mut Catalog) -> Result<Published, Failure> {
        let cache = Cache::new(&settings.cache, settings.index.as_deref());
        let releases = cache.releases(RELEASES).map_err(untold)?;
        if releases.published.is_empty() {
            let help = "help: name another package index with `--index URL` or MATRIX_INDEX";
            return Err(untold(anyhow::anyhow!("the package index lists no release of `{RELEASES}`\n{help}")));
        }
        let mut published = Published { left_out: releases.left_out, ..Published::default() };
        for release in releases.published {
            match &release.sha256 {
                _ if catalog.is_pinned(&release.file) => {}
                Some(sha256) => {
                    catalog.pin(&release.file, sha256);
                    published.vouched.push(release.clone());
                }
                None => {
                    let reason = "its archive is not pinned, and the index states no sha256".to_owned();
                    published.left_out.push((release.version, reason));
                    continue;
                }
            }
            published.versions.push(release.version);
        }
        published.left_out.sort();
        Ok(published)
    }
}

/// The next cells are those that the search asks for.
#[derive(Debug)]
struct Halving<'a> {
    bisection: &'a Bisection<'a>,
    /// For every plan, the place of its value among all.
    places: Vec<usize>,
}

impl Order for Halving<'_> {
    fn next(&self, judged: &[Judged]) -> (Vec<usize>, String) {
        let search = self.bisection.search(judged.iter().map(|(cell, verdicts)| (cell, verdicts.as_slice())));
        let next = search.next();
        let words = self.bisection.words(&search, &next);
        (next.iter().filter_map(|place| self.places.iter().position(|open| open == place)).collect(), words)
    }
}

struct Bisecting<'a> {
    running: Running<'a>,
    bisection: &'a Bisection<'a>,
    published: &'a Published,
    format: Format,
}

impl Task for Bisecting<'_> {
    fn with<E: Engine>(mut self, engine: &E, info: EngineInfo) -> Ended {
        let (record, failed) = self.running.perform(engine, info)?;
        let found = Found::new(self.bisection, &record, &self.published.vouched, &self.published.left_out);
        let mut out = anstream::stdout().lock();
        super::told(match self.format {
            Format::Json => json_line(&mut out, &found),
            Format::Text => console::bisection(&found, &mut out)
                .and_then(|()| writeln!(out, "Reports: {}", self.running.report_dir.join("report.html").display())),
        })?;
        // One verdict alone says nothing of a change, unless no more was asked for.
        let told = match &found.answer {
            Answer::Changed { .. } => true,
            Answer::Unchanged { first, last } => first.value != last.value || found.values == 1,
            Answer::Untold => false,
        };
        let exit = if told && record.ended.is_some() { Exit::Expected } else { Exit::Inconclusive };
        whole(failed, exit)
    }
}

/// What would be tried.
fn list(bisection: &Bisection<'_>, published: &Published, format: Format) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    if let Format::Json = format {
        return json_line(&mut out, &bisection.values.iter().map(|value| entry(bisection, value)).collect::<Vec<_>>());
    }
    let Question { claim, axis, .. } = &bisection.question;
    let (environment, open) = (&bisection.environment.id, bisection.open().count());
    writeln!(out, "{claim} over {open} values of {axis} in {environment}, {} cells if all can be told:", most(open))?;
    for (_, value) in bisection.open() {
        let how = match &value.tried {
            Tried::Like(listed) => format!("like {listed}"),
            Tried::Listed | Tried::Not(_) => "listed by the scenario".to_owned(),
        };
        let vouched = published.vouched.iter().any(|release| release.version == value.version);
        writeln!(out, "  {:<9}{how}{}", value.version, if vouched { ", verified by the index's own sha256" } else { "" })?;
    }
    let excluded = bisection.values.iter().map(|value| (&value.version, value.reason()));
    console::stretches("excluded there by the scenario, with what lies beyond", &stretches(excluded), &mut out)?;
    let left_out = published.left_out.iter().map(|(version, reason)| (version, Some(reason.as_str())));
    console::stretches("left out", &stretches(left_out), &mut out)
}

/// Most cells that a search among this many values takes: both ends, then halving.
fn most(values: usize) -> usize {
    values.min(2 + values.next_power_of_two().ilog2() as usize)
}

fn entry(bisection: &Bisection<'_>, value: &Value) -> Json {
    let (cell, version) = (bisection.cell(value).id, value.version.as_str());
    match &value.tried {
        Tried::Listed => json!({"value": version, "tried": true, "cell": cell}),
        Tried::Like(listed) => json!({"value": version, "tried": true, "cell": cell, "like": listed}),
        Tried::Not(reason) => json!({"value": version, "tried": false, "reason": reason}),
    }
}
