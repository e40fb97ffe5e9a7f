//! `matrix bisect`: searches the releases between which a verdict changes.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value as Json, json};

use super::connect::connect;
use super::failure::{CommandResult, Failure, unavailable, usage};
use super::inputs::{Inputs, inputs, settings};
use super::output::{ignore_closed_pipe, json_line};
use super::places::Places;
use super::run::{Running, cell_cache, finish};
use super::work::{Work, filters};
use crate::bisect::found::{Answer, Found, Runs, stretches};
use crate::bisect::{Bisection, Method, Question, Value};
use crate::cli::{Bisect, Format};
use crate::commands::exit::Exit;
use crate::engine::Engine;
use crate::image::archive::Cache;
use crate::image::{Catalog, Settings};
use crate::model::cell::Cell;
use crate::model::cell::select::{Choice, select};
use crate::model::project::{Project, Releases};
use crate::model::record::{EngineInfo, Judged, Record, Selection};
use crate::report::console;
use crate::subject::index::{Release, crate_index, crate_releases, shown_address, tagged_releases};
use crate::text::advice::Advice;
use crate::text::suggest::quoted;
use crate::text::version::Version;

pub(super) fn bisect(places: &Places, args: &Bisect) -> CommandResult {
    let Inputs { library, mut catalog } = inputs(places)?;
    let choice = Choice { scenarios: vec![args.scenario.clone()], only: filters(&args.only)?, full: true };
    let (scenarios, cells): (Vec<_>, Vec<Cell>) = select(&library.scenarios, &choice).map_err(usage)?.into_iter().unzip();
    let scenario = *scenarios.first().expect("selecting nothing is an error");
    let (from, to) = (bound("--from", args.from.as_deref())?, bound("--to", args.to.as_deref())?);
    let question = Question { claim: args.claim.clone(), axis: axis(args, &places.project)?, from, to };
    question.check(scenario).map_err(usage)?;
    let settings = settings(places);
    let published = match places.project.axes.get(&question.axis).and_then(|axis| axis.releases.as_ref()) {
        Some(releases) => Published::ask(releases, &settings, &mut catalog)?,
        None => Published::default(),
    };
    let bisection = Bisection::new(scenario, &cells, question, &published.versions).map_err(usage)?;
    let plans = bisection.plans(&library.ledger, &catalog).map_err(usage)?;
    if args.list {
        return ignore_closed_pipe(list(&bisection, &published, args.format)).map(|()| Exit::Expected);
    }
    // The index of each plan's value.
    let open: Vec<usize> = bisection.open().map(|(place, _)| place).collect();
    let order = |judged: &[Judged]| {
        let search = bisection.search(judged.iter().map(|(cell, verdicts)| (cell, verdicts.as_slice())));
        let next = search.next();
        let words = bisection.words(&search, &next);
        (next.iter().filter_map(|place| open.iter().position(|other| other == place)).collect(), words)
    };
    let subject = places.project.subject(&places.page);
    let work = Work { subject, ledger: library.ledger.clone(), plans, shard: None, catalog, settings };
    let selection = Selection { scenarios: choice.scenarios, only: args.only.clone(), full: true, ..Selection::default() };
    let running = Running::new(places, work, selection, &places.report_dir(args.report_dir.as_deref(), "bisect"))?;
    let mut running = Running { order: Some(&order), jobs: args.jobs, ..running };
    let (engine, info) = connect(places)?;
    let (record, failed) = running.perform(&*engine, info.clone())?;
    let report_dir = running.report_dir.clone();
    let sides: Vec<usize> = bisection.sides(&record).filter_map(|place| open.iter().position(|other| *other == place)).collect();
    let again = if sides.is_empty() { None } else { Some(confirm(&mut running, &sides, &*engine, info)?) };
    let (again, failed_again) = again.unzip();
    let runs = Runs { record: &record, again: again.as_ref() };
    let found = Found::new(&bisection, runs, &published.index_verified, &published.left_out);
    finish(failed.or(failed_again.flatten()), conclude(&found, args.format, &report_dir)?)
}

/// Executes the cells beside a change once more, whatever was executed before, with reports of their own.
fn confirm(
    running: &mut Running<'_>,
    sides: &[usize],
    engine: &dyn Engine,
    info: EngineInfo,
) -> Result<(Record, Option<Advice>), Failure> {
    let mut place = 0..;
    running.work.plans.retain(|_| place.next().is_some_and(|place| sides.contains(&place)));
    running.report_dir = running.report_dir.join("again");
    (running.order, running.cell_cache) = (None, cell_cache(None));
    running.perform(engine, info)
}

/// The axis of the option, else the only one with a list of releases.
fn axis(args: &Bisect, project: &Project) -> Result<String, Failure> {
    match (&args.axis, project.released().as_slice()) {
        (Some(axis), _) => Ok(axis.clone()),
        (None, [axis]) => Ok((*axis).to_owned()),
        (None, []) => {
            let help = "name one with `--axis`, or give an axis `releases` in the project file";
            Err(usage(Advice::new("no axis has a list of releases", help)))
        }
        (None, several) => {
            let help = format!("name one with `--axis`: {}", quoted(several.iter().copied(), ", "));
            Err(usage(Advice::new("several axes have a list of releases", help)))
        }
    }
}

fn bound(option: &str, text: Option<&str>) -> Result<Option<Version>, Failure> {
    let read = |text: &str| {
        let help = format!("give a version, such as `{option} 4.9.4`");
        let mistake = || Advice::new(format!("`{option} {text}` is not a release"), help);
        Version::parse(text).ok_or_else(|| usage(mistake()))
    };
    text.map(read).transpose()
}

/// The published releases.
#[derive(Default)]
struct Published {
    versions: Vec<Version>,
    /// Releases whose archive is only verified by the digest of the index.
    index_verified: Vec<Release>,
    left_out: Vec<(Version, String)>,
}

impl Published {
    /// Asks the source of releases, and pins unpinned archives with its digests.
    fn ask(source: &Releases, settings: &Settings, catalog: &mut Catalog) -> Result<Published, Failure> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (releases, help) = match source {
            Releases::List(list) => {
                let versions = list.iter().filter_map(|release| Version::parse(release)).collect();
                return Ok(Published { versions, ..Published::default() });
            }
            Releases::PythonIndex(name) => {
                let help = "choose another package index with `--index URL` or MATRIX_INDEX";
                (Cache::new(&settings.cache, settings.index.as_deref()).releases(name), help)
            }
            Releases::RustIndex(name) => {
                let index = variable("MATRIX_RUST_INDEX").map_or_else(crate_index, Ok);
                (index.and_then(|index| crate_releases(&index, name)), "choose another index with MATRIX_RUST_INDEX")
            }
            Releases::Forge(url) => {
                let token = variable("MATRIX_FORGE_TOKEN");
                (tagged_releases(url, token.as_deref()), "correct the address of the `forge` in the project file")
            }
        };
        let releases = releases.map_err(unavailable)?;
        if releases.published.is_empty() {
            let lists = match source {
                Releases::PythonIndex(name) => format!("the package index lists no release of `{name}`"),
                Releases::RustIndex(name) => format!("the index of Rust crates lists no release of `{name}`"),
                Releases::Forge(url) => format!("no tag at `{}` is a release", shown_address(url)),
                Releases::List(_) => unreachable!("a list is not asked"),
            };
            return Err(unavailable(Advice::new(lists, help)));
        }
        let mut published = Published { left_out: releases.left_out, ..Published::default() };
        for release in releases.published {
            match (&release.file, &release.sha256) {
                // A list and the tags of a forge have no archives; a dockerfile that needs one has its pin.
                (None, _) => {}
                (Some(file), _) if catalog.is_pinned(file) => {}
                (Some(file), Some(sha256)) => {
                    catalog.pin(file, sha256, release.url.clone());
                    published.index_verified.push(release.clone());
                }
                (Some(_), None) => {
                    let reason = "its archive is not pinned, and the index publishes no sha256".to_owned();
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

/// Prints the answer. A single verdict shows no change, unless only one value was selected.
fn conclude(found: &Found, format: Format, report_dir: &Path) -> Result<Exit, Failure> {
    let mut out = anstream::stdout().lock();
    ignore_closed_pipe(match format {
        Format::Json => json_line(&mut out, found),
        Format::Text => console::bisection(found, &mut out)
            .and_then(|()| writeln!(out, "Reports: {}", report_dir.join("report.html").display())),
    })?;
    let decided = match &found.answer {
        Answer::Changed { .. } => true,
        Answer::Unchanged { first, last } => first.value != last.value || found.values == 1,
        Answer::Unstable { .. } | Answer::Undecided => false,
    };
    Ok(if decided && found.complete { Exit::Expected } else { Exit::Inconclusive })
}

/// Prints the values to try.
fn list(bisection: &Bisection<'_>, published: &Published, format: Format) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    if let Format::Json = format {
        return json_line(&mut out, &bisection.values.iter().map(|value| entry(bisection, value)).collect::<Vec<_>>());
    }
    let Question { claim, axis, .. } = &bisection.question;
    let (environment, open) = (&bisection.environment.id, bisection.open().count());
    let most = max_cells(open);
    writeln!(out, "{claim} over {open} values of {axis} in {environment}, {most} cells if all can be decided, 2 of them twice:")?;
    for (_, value) in bisection.open() {
        let how = match &value.method {
            Method::Like(listed) => format!("like {listed}"),
            Method::Listed | Method::Excluded(_) => "listed by the scenario".to_owned(),
        };
        let index_verified = published.index_verified.iter().any(|release| release.version == value.version);
        writeln!(out, "  {:<9}{how}{}", value.version, if index_verified { ", verified by the index's own sha256" } else { "" })?;
    }
    let excluded = bisection.values.iter().map(|value| (&value.version, value.reason()));
    console::stretches("excluded by the scenario in this environment, with the releases beyond", &stretches(excluded), &mut out)?;
    let left_out = published.left_out.iter().map(|(version, reason)| (version, Some(reason.as_str())));
    console::stretches("left out", &stretches(left_out), &mut out)
}

/// Largest number of cells of a search among this many values: both ends, then halving.
fn max_cells(values: usize) -> usize {
    values.min(2 + values.next_power_of_two().ilog2() as usize)
}

fn entry(bisection: &Bisection<'_>, value: &Value) -> Json {
    let (cell, version) = (bisection.cell(value).id, value.version.as_str());
    match &value.method {
        Method::Listed => json!({"value": version, "tried": true, "cell": cell}),
        Method::Like(listed) => json!({"value": version, "tried": true, "cell": cell, "like": listed}),
        Method::Excluded(reason) => json!({"value": version, "tried": false, "reason": reason}),
    }
}
