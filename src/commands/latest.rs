//! The newest result of every cell, without an engine: those of a record, and those that the state folder keeps of other
//! runs, where nothing that can be told without an engine has changed: the executable, what the images are made of, the steps,
//! and the engine that executed them. Whether the engine still has the same base is not asked. They are judged by the scenarios as
//! they are now.

use super::run::history;
use super::{Failure, fault};
use crate::cli::Places;
use crate::image::Catalog;
use crate::load::Library;
use crate::model::cell::expand::expand;
use crate::model::claim::Ledger;
use crate::model::plan::CellPlan;
use crate::model::record::EngineInfo;
use crate::model::record::join::overlay;
use crate::model::record::{FORMAT, Judged, Record, Selection};
use crate::plan::plan;
use crate::run::cache::{History, MAX_AGE, Surroundings};

/// A record with the newest result of each cell of the scenarios; `None` when nothing is known of any.
pub(super) fn latest(places: &Places, library: &Library, record: Option<Record>) -> Result<Option<Record>, Failure> {
    let history = history(Some(MAX_AGE));
    let cells: Vec<_> =
        library.scenarios.iter().flat_map(|scenario| expand(scenario).into_iter().map(move |c| (scenario, c))).collect();
    let order: Vec<(String, String)> = cells.iter().map(|(scenario, cell)| (scenario.id.clone(), cell.id.clone())).collect();
    let kept: Vec<_> = cells.into_iter().filter(|(scenario, cell)| history.has(&scenario.id, &cell.id)).collect();
    if kept.is_empty() {
        return Ok(record);
    }
    // Without dockerfiles nothing is known to be unchanged; that they are wrong is for others to tell.
    let Ok(catalog) = Catalog::read(&places.dockerfiles) else { return Ok(record) };
    // What cannot be planned any more has changed.
    let plans = kept.into_iter().filter_map(|(scenario, cell)| plan(scenario, cell, &library.ledger, &catalog).ok());
    let found = standing(&history, plans)?;
    Ok(merged(record, found, (&library.ledger, &order)))
}

/// The newest result of one cell.
pub(super) fn latest_of(plan: &CellPlan, record: Option<Record>, ledger: &Ledger) -> Result<Option<Record>, Failure> {
    let history = history(Some(MAX_AGE));
    if !history.has(&plan.cell.scenario, &plan.cell.id) {
        return Ok(record);
    }
    let found = standing(&history, [plan])?;
    Ok(merged(record, found, (ledger, &[])))
}

fn standing<P: std::borrow::Borrow<CellPlan>>(
    history: &History,
    plans: impl IntoIterator<Item = P>,
) -> Result<Vec<(EngineInfo, Judged)>, Failure> {
    let here = Surroundings::new(&EngineInfo::default()).map_err(fault)?;
    let stands = |plan: P| history.standing(plan.borrow(), &here.recipe(plan.borrow()));
    Ok(plans.into_iter().filter_map(stands).collect())
}

/// A record and what is known besides, all of one engine: the record's, else that of the newest result.
fn merged(
    record: Option<Record>,
    mut found: Vec<(EngineInfo, Judged)>,
    (ledger, order): (&Ledger, &[(String, String)]),
) -> Option<Record> {
    let newest = found.iter().max_by_key(|(_, (cell, _))| cell.started);
    let record = record.or_else(|| newest.map(|(engine, (cell, _))| header(engine, cell, ledger)))?;
    found.retain(|(engine, _)| is_same(engine, &record.engine));
    Some(overlay(record, found.into_iter().map(|(_, judged)| judged), order))
}

fn is_same(one: &EngineInfo, other: &EngineInfo) -> bool {
    let EngineInfo { name, version, architecture, id, kernel, storage, .. } = one;
    [name, version, architecture, id, kernel, storage]
        == [&other.name, &other.version, &other.architecture, &other.id, &other.kernel, &other.storage]
}

/// The record, still without cells, of the run that executed a cell.
fn header(engine: &EngineInfo, cell: &crate::model::record::CellRecord, ledger: &Ledger) -> Record {
    Record {
        format: FORMAT,
        matrix: env!("CARGO_PKG_VERSION").to_owned(),
        run: cell.run.clone(),
        started: cell.started,
        ended: Some(cell.started),
        selection: Selection::default(),
        engine: engine.clone(),
        shard: None,
        ledger: ledger.clone(),
        verdicts: Vec::new(),
        cells: Vec::new(),
        bases: Vec::new(),
        images: Vec::new(),
    }
}
