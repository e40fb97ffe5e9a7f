//! `matrix plan`: the plan of a selection, or the shards that it is divided into.

use std::io::{self, BufWriter, Write};

use serde_json::Value;

use super::failure::{CommandResult, fault, usage};
use super::inputs::{Inputs, inputs, unplanned};
use super::list;
use super::places::Places;
use super::shard::{part, selection};
use super::work::choice;
use crate::ci::{Source, formats};
use crate::cli::{Plan, PlanFormat};
use crate::commands::exit::Exit;
use crate::model::cell::select::select;
use crate::plan::timings::Durations;
use crate::plan::{Images, write_list};
use crate::text::advice::Advice;

/// Default duration of a shard.
const TARGET_MINUTES: u16 = 60;

pub(super) fn show(places: &Places, args: &Plan) -> CommandResult {
    let sharded = match args.format {
        PlanFormat::Github => Some(formats::GITHUB),
        PlanFormat::Gitlab => Some(formats::GITLAB),
        PlanFormat::Text | PlanFormat::Json => None,
    };
    match sharded {
        Some(most) => show_jobs(places, args, most),
        None if args.shards.is_some() || args.target_minutes.is_some() => {
            let help = "add --format github or gitlab";
            Err(usage(Advice::new("--shards and --target-minutes only apply to a list of shards", help)))
        }
        None => show_cells(places, args),
    }
}

/// Prints plans only if all cells can be planned. Plans are made one at a time, as many would not fit into memory.
fn show_cells(places: &Places, args: &Plan) -> CommandResult {
    let inputs = inputs(places)?;
    let Inputs { library, catalog } = &inputs;
    let mut cells = select(&library.scenarios, &choice(&args.which)?).map_err(usage)?;
    if let Some(shard) = args.which.shard {
        cells = part(cells, shard, places, &inputs)?.0;
    }
    let mut images = Images::new(catalog);
    cells.iter().try_for_each(|(scenario, cell)| images.check(scenario, cell)).map_err(|error| unplanned(places, error))?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    if args.format == PlanFormat::Json {
        write_list(cells, &library.ledger, &mut images, &mut out).map_err(fault)?;
    } else {
        for (scenario, cell) in cells {
            let plan = crate::plan::plan(scenario, cell, &library.ledger, catalog).map_err(usage)?;
            list::plan(&mut out, &plan).map_err(fault)?;
        }
    }
    out.flush().map_err(fault)?;
    Ok(Exit::Expected)
}

fn show_jobs(places: &Places, args: &Plan, most: usize) -> CommandResult {
    if args.which.shard.is_some() {
        let help = "remove --shard; --shards sets the number of shards";
        return Err(usage(Advice::new("a shard cannot be divided", help)));
    }
    let asked = args.shards.map(usize::from);
    if let Some(asked) = asked.filter(|asked| *asked > most) {
        let help = format!("use at most {most} shards, or --target-minutes");
        return Err(usage(Advice::new(format!("{asked} shards exceed the limit of this CI system, which is {most}"), help)));
    }
    let Inputs { library, catalog } = inputs(places)?;
    let durations = Durations::read(&places.page.scenarios).map_err(usage)?;
    let selected = select(&library.scenarios, &choice(&args.which)?).map_err(usage)?;
    let selection = selection(&selected, &catalog, &durations).map_err(|error| unplanned(places, error))?;
    let target = u64::from(args.target_minutes.unwrap_or(TARGET_MINUTES)) * 60_000;
    let source = if places.image_cache.is_some() { Source::Cache } else { Source::Builds };
    let division = match asked {
        Some(count) => selection.divide_fully(count),
        None => selection.divide_within(target, most, source),
    };
    let longest = division.expected(source).max().unwrap_or_default();
    if asked.is_none() && longest > target {
        let (minutes, target) = (longest.div_ceil(60_000), target / 60_000);
        let _ = writeln!(
            io::stderr(),
            "warning: a shard is expected to take {minutes} minutes, more than {target}: it cannot be divided further"
        );
    }
    // Options that select the same cells.
    let again = format!("{}{}", super::run::selection(&args.which), catalog.options(Some(&places.page.scenarios)));
    let value = match args.format {
        PlanFormat::Gitlab => formats::gitlab(&division, &again, places.image_cache.as_ref()),
        _ => formats::github(&division, source),
    };
    write_jobs(&value, args.format).map_err(fault)?;
    Ok(Exit::Expected)
}

/// GitHub reads outputs line by line, so its JSON is on one line.
fn write_jobs(value: &Value, format: PlanFormat) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match format {
        PlanFormat::Github => writeln!(out, "{value}"),
        _ => writeln!(out, "{value:#}"),
    }
}
