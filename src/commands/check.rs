//! `matrix check`: reports all mistakes in scenarios, ledger, dockerfiles and pins.

use std::io::{self, Write};

use super::failure::{CommandResult, fault};
use super::inputs::{Inputs, inputs, wrong};
use super::places::Places;
use super::work::plan_selected;
use crate::cli::Schema;
use crate::commands::exit::Exit;
use crate::load;
use crate::model::cell::select::Choice;
use crate::model::claim::Ledger;
use crate::model::id::SectionId;

/// Prints a JSON Schema.
pub(super) fn schema(kind: Schema) -> CommandResult {
    let schema = match kind {
        Schema::Scenario => load::schema(),
        Schema::Project => load::project_schema(),
    };
    writeln!(io::stdout().lock(), "{schema:#}").map_err(fault)?;
    Ok(Exit::Expected)
}

pub(super) fn check(places: &Places) -> CommandResult {
    let mut out = io::stdout().lock();
    if let Some(failure) = wrong(places) {
        return Err(failure);
    }
    let Inputs { library, catalog } = inputs(places)?;
    let drafts = drafts(&library.ledger);
    if library.scenarios.is_empty() {
        write!(out, "no scenario yet\n{drafts}").map_err(fault)?;
        return Ok(Exit::Expected);
    }
    let doubts: Vec<_> = library.scenarios.iter().flat_map(load::doubts::doubts).collect();
    let work = plan_selected(Inputs { library, catalog }, places, &Choice { full: true, ..Choice::default() }, None)?;
    let scenarios = work.plans.chunk_by(|a, b| a.cell.scenario == b.cell.scenario).count();
    let plural = if scenarios == 1 { "" } else { "s" };
    for doubt in doubts {
        // Standard error may be closed.
        let _ = writeln!(io::stderr(), "warning: {doubt}");
    }
    write!(out, "{scenarios} scenario{plural}, {} cells: valid\n{drafts}", work.plans.len()).map_err(fault)?;
    Ok(Exit::Expected)
}

/// The drafts of each section, with their number; empty if there are none.
fn drafts(ledger: &Ledger) -> String {
    let of = |(section, _): &(SectionId, String)| {
        let drafts: Vec<&str> = ledger.drafts_of(section).map(|draft| draft.id.as_str()).collect();
        if drafts.is_empty() { String::new() } else { format!("  {section}: {}\n", drafts.join(", ")) }
    };
    let listed: String = ledger.sections.iter().map(of).collect();
    match ledger.drafts.len() {
        0 => listed,
        1 => format!("1 draft, which no run judges\n{listed}"),
        many => format!("{many} drafts, which no run judges\n{listed}"),
    }
}
