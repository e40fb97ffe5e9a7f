//! Plans of the selected cells, and what they need.

use std::sync::Arc;

use super::failure::{Failure, usage};
use super::inputs::{Inputs, inputs, settings, unplanned};
use super::places::Places;
use super::shard::part;
use crate::ci::Shard;
use crate::cli::Which;
use crate::image::{Catalog, Settings};
use crate::load::Library;
use crate::model::cell::Cell;
use crate::model::cell::select::{Choice, Filter, select};
use crate::model::claim::Ledger;
use crate::model::plan::CellPlan;
use crate::model::project::Subject;
use crate::model::record::ShardRecord;
use crate::model::scenario::Scenario;

pub(super) struct Work {
    /// What reports must know of the project and the page.
    pub(super) subject: Subject,
    pub(super) ledger: Ledger,
    pub(super) plans: Vec<CellPlan>,
    /// The shard that these cells are, if any.
    pub(super) shard: Option<ShardRecord>,
    pub(super) catalog: Catalog,
    pub(super) settings: Settings,
}

pub(super) fn choice(which: &Which) -> Result<Choice, Failure> {
    Ok(Choice { scenarios: which.scenarios.clone(), only: filters(&which.only)?, full: which.full })
}

pub(super) fn filters(only: &[String]) -> Result<Vec<Filter>, Failure> {
    only.iter().map(|text| Filter::parse(text)).collect::<Result<_, _>>().map_err(usage)
}

pub(super) fn work(places: &Places, choice: &Choice) -> Result<Work, Failure> {
    plan_selected(inputs(places)?, places, choice, None)
}

pub(super) fn work_for(places: &Places, which: &Which) -> Result<Work, Failure> {
    plan_selected(inputs(places)?, places, &choice(which)?, which.shard)
}

pub(super) fn plan_cells(library: &Library, places: &Places, cells: Vec<(&Scenario, Cell)>) -> Result<Work, Failure> {
    let catalog = Catalog::read(&places.dockerfiles).map_err(usage)?.of(Arc::clone(&places.project));
    let plans = cells.into_iter().map(|(scenario, cell)| crate::plan::plan(scenario, cell, &library.ledger, &catalog));
    let plans = plans.collect::<Result<_, _>>().map_err(usage)?;
    let subject = places.project.subject(&places.page);
    Ok(Work { subject, ledger: library.ledger.clone(), plans, shard: None, catalog, settings: settings(places) })
}

pub(super) fn plan_selected(inputs: Inputs, places: &Places, choice: &Choice, shard: Option<Shard>) -> Result<Work, Failure> {
    let mut selected = select(&inputs.library.scenarios, choice).map_err(usage)?;
    let shard = match shard {
        Some(shard) => {
            let (mine, record) = part(selected, shard, places, &inputs)?;
            selected = mine;
            Some(record)
        }
        None => None,
    };
    let Inputs { library, catalog } = &inputs;
    let plans = selected.into_iter().map(|(scenario, cell)| crate::plan::plan(scenario, cell, &library.ledger, catalog));
    let plans = plans.collect::<Result<_, _>>().map_err(|error| unplanned(places, error))?;
    let Inputs { library, catalog } = inputs;
    let subject = places.project.subject(&places.page);
    Ok(Work { subject, ledger: library.ledger, plans, shard, catalog, settings: settings(places) })
}
