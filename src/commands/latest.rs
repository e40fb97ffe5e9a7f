//! The latest result of each cell without an engine: from a record, and from the result cache if everything that is known without
//! an engine is unchanged (executable, contents of images, steps, engine). Image ids of bases are not compared. Results are
//! judged by the current scenarios.

use std::path::Path;

use super::failure::{Failure, fault, usage};
use super::places::Places;
use super::run::cell_cache;
use crate::image::Catalog;
use crate::load::Library;
use crate::model::cell::expand::expand;
use crate::model::claim::{Claim, Ledger};
use crate::model::id::CellRef;
use crate::model::plan::CellPlan;
use crate::model::project::Subject;
use crate::model::record::EngineInfo;
use crate::model::record::join::overlay;
use crate::model::record::{FORMAT, Judged, Record, Selection};
use crate::plan::plan;
use crate::report;
use crate::run::cache::{CacheKey, CellCache, MAX_AGE};

/// The record of the last run in a folder, unless it is about other claims: then it says nothing about this page.
pub(super) fn last(dir: &Path, ledger: &Ledger) -> Result<Option<Record>, Failure> {
    let path = dir.join("record.json");
    let record = path.exists().then(|| report::read(&path)).transpose().map_err(usage)?;
    let is_about = |record: &Record| {
        let known = |claim: &Claim| ledger.claims.iter().any(|own| own.id == claim.id);
        record.ledger.claims.is_empty() || record.ledger.claims.iter().any(known)
    };
    Ok(record.filter(is_about))
}

/// A record with the latest result of each cell; `None` if there are no results.
pub(super) fn latest(places: &Places, library: &Library, record: Option<Record>) -> Result<Option<Record>, Failure> {
    let cell_cache = cell_cache(Some(MAX_AGE));
    let cells: Vec<_> =
        library.scenarios.iter().flat_map(|scenario| expand(scenario).into_iter().map(move |c| (scenario, c))).collect();
    let order: Vec<_> = cells.iter().map(|(_, cell)| cell.cell_ref()).collect();
    let cached: Vec<_> = cells.iter().filter(|(_, cell)| cell_cache.has(cell.cell_ref())).collect();
    if cached.is_empty() {
        return Ok(record);
    }
    // Without dockerfiles no result is known to be current. Other subcommands report their mistakes.
    let Ok(catalog) = Catalog::read(&places.dockerfiles) else { return Ok(record) };
    let catalog = catalog.of(std::sync::Arc::clone(&places.project));
    // A cell that cannot be planned has changed.
    let plans = cached.into_iter().filter_map(|(scenario, cell)| plan(scenario, cell.clone(), &library.ledger, &catalog).ok());
    let found = current_results(&cell_cache, plans)?;
    let about = About { subject: places.project.subject(&places.page), ledger: &library.ledger };
    Ok(merge(record, found, &about, &order))
}

/// What a record is about.
pub(super) struct About<'a> {
    pub(super) subject: Subject,
    pub(super) ledger: &'a Ledger,
}

pub(super) fn latest_of(plan: &CellPlan, record: Option<Record>, about: &About<'_>) -> Result<Option<Record>, Failure> {
    let cell_cache = cell_cache(Some(MAX_AGE));
    if !cell_cache.has(plan.cell.cell_ref()) {
        return Ok(record);
    }
    let found = current_results(&cell_cache, [plan])?;
    Ok(merge(record, found, about, &[]))
}

fn current_results<P: std::borrow::Borrow<CellPlan>>(
    cell_cache: &CellCache,
    plans: impl IntoIterator<Item = P>,
) -> Result<Vec<(EngineInfo, Judged)>, Failure> {
    let here = CacheKey::new(&EngineInfo::default()).map_err(fault)?;
    let stands = |plan: P| cell_cache.latest(plan.borrow(), &here.recipe(plan.borrow()));
    Ok(plans.into_iter().filter_map(stands).collect())
}

/// Adds results to a record. All must come from one engine: that of the record, else that of the latest result.
fn merge(
    record: Option<Record>,
    mut found: Vec<(EngineInfo, Judged)>,
    about: &About<'_>,
    order: &[CellRef<'_>],
) -> Option<Record> {
    let newest = found.iter().max_by_key(|(_, (cell, _))| cell.started);
    let record = record.or_else(|| newest.map(|(engine, (cell, _))| header(engine, cell, about)))?;
    let record = Record { subject: about.subject.clone(), ..record };
    found.retain(|(engine, _)| is_same(engine, &record.engine));
    Some(overlay(record, found.into_iter().map(|(_, judged)| judged), order))
}

fn is_same(one: &EngineInfo, other: &EngineInfo) -> bool {
    let EngineInfo { name, version, architecture, id, kernel, storage, .. } = one;
    [name, version, architecture, id, kernel, storage]
        == [&other.name, &other.version, &other.architecture, &other.id, &other.kernel, &other.storage]
}

/// The record of the run that executed a cell, without cells.
fn header(engine: &EngineInfo, cell: &crate::model::record::CellRecord, about: &About<'_>) -> Record {
    Record {
        format: FORMAT,
        matrix: env!("CARGO_PKG_VERSION").to_owned(),
        runs: vec![cell.run.clone()],
        started: cell.started,
        ended: Some(cell.started),
        selection: Selection::default(),
        engine: engine.clone(),
        shard: None,
        // Results without it have another recipe, and are not among the newest.
        compiler_cache: Some(true),
        subject: about.subject.clone(),
        ledger: about.ledger.clone(),
        verdicts: Vec::new(),
        cells: Vec::new(),
        bases: Vec::new(),
        images: Vec::new(),
    }
}
