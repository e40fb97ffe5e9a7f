//! The part of a selection that `--shard` names.

use std::io::{self, Write};

use super::failure::{Failure, usage};
use super::inputs::{Inputs, unplanned};
use super::places::Places;
use crate::ci::{Selection, Shard};
use crate::image::{Catalog, ImageError};
use crate::model::cell::Cell;
use crate::model::record::ShardRecord;
use crate::model::scenario::Scenario;
use crate::plan::Images;
use crate::plan::timings::Durations;

pub(super) type Selected<'a> = Vec<(&'a Scenario, Cell)>;

pub(super) fn selection<'a>(
    selected: &Selected<'_>,
    catalog: &Catalog,
    durations: &'a Durations,
) -> Result<Selection<'a>, ImageError> {
    let mut selection = Selection::new(durations);
    let mut images = Images::new(catalog);
    for (scenario, cell) in selected {
        let [image, control] = images.of(scenario, cell)?;
        selection.add(cell, [&image, &control]);
    }
    Ok(selection)
}

/// The cells of one shard and its record.
pub(super) fn part<'a>(
    selected: Selected<'a>,
    shard: Shard,
    places: &Places,
    inputs: &Inputs,
) -> Result<(Selected<'a>, ShardRecord), Failure> {
    let durations = Durations::read(&places.page.scenarios).map_err(usage)?;
    let selection = selection(&selected, &inputs.catalog, &durations).map_err(|error| unplanned(places, error))?;
    let division = selection.divide(shard.count);
    let record = selection.record(&division, shard, &inputs.library.digest);
    let mut mine = division.shards[shard.index - 1].iter().copied().peekable();
    if mine.peek().is_none() {
        let _ =
            writeln!(io::stderr(), "note: shard {shard} has none of the {} cells, so there is nothing to do", selection.len());
    }
    let chosen = selected.into_iter().enumerate().filter(|(place, _)| mine.next_if_eq(place).is_some());
    Ok((chosen.map(|(_, cell)| cell).collect(), record))
}
