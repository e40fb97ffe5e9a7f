//! What a bisection has found, for people: the answer in the first line, then what it rests on.

use std::io::{self, Write};

use super::shown;
use crate::bisect::found::{Answer, CellFound, Found, Kind, Stretch};
use crate::report::text::{cut, duration};

/// The most bytes of the deciding line of a cell.
const LINE: usize = 160;

/// Prints what was found.
pub fn bisection(found: &Found, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}{}", if found.complete { "" } else { "interrupted; so far: " }, answer(found))?;
    if let Answer::Changed { between, .. } = &found.answer {
        between.iter().try_for_each(|stretch| writeln!(out, "  {}: {}", place(stretch), line(&stretch.reason)))?;
    }
    let Found { scenario, axis, from, to, values, place: environment, .. } = found;
    writeln!(out, "{scenario} in {environment}, {axis} {from} to {to} (values: {values}), cells run: {}", found.cells.len())?;
    found.cells.iter().try_for_each(|cell| row(cell, out))?;
    let vouched: Vec<&str> = found.cells.iter().filter(|p| p.sha256_by_index.is_some()).map(|p| p.value.as_str()).collect();
    if !vouched.is_empty() {
        writeln!(out, "archives verified by the index's own sha256, as they are not pinned: {}", vouched.join(", "))?;
    }
    stretches("excluded there by the scenario, with what lies beyond", &found.excluded, out)?;
    stretches("left out", &found.left_out, out)
}

/// The answer in one line.
fn answer(found: &Found) -> String {
    let Found { claim, axis, .. } = found;
    match &found.answer {
        Answer::Changed { before, after, between } => {
            let when = match between.is_empty() {
                true => format!("changed at {axis} {}", after.value),
                false => format!("changed between {axis} {} and {}", before.value, after.value),
            };
            format!("{claim} {when}: {} at {}, {} at {}", before.kind, before.value, after.kind, after.value)
        }
        Answer::Unchanged { first, last } if first.value == last.value => {
            format!("{claim} was told at {axis} {} only: {}", first.value, first.kind)
        }
        Answer::Unchanged { first, last } => {
            format!("{claim} did not change from {axis} {} to {}: {} at both", first.value, last.value, first.kind)
        }
        Answer::Untold => format!("{claim} could not be told at any {axis}"),
    }
}

fn row(cell: &CellFound, out: &mut dyn Write) -> io::Result<()> {
    let kind = cell.kind.as_ref().map_or("could not be told".to_owned(), Kind::to_string);
    writeln!(out, "  {:<9}{kind:<22}{:>11}  {}", cell.value, duration(cell.millis), line(&cell.line))
}

/// What is said of stretches of values, if there are any. For what is left out as well before a run.
pub fn stretches(title: &str, stretches: &[Stretch], out: &mut dyn Write) -> io::Result<()> {
    if !stretches.is_empty() {
        writeln!(out, "{title}:")?;
    }
    stretches.iter().try_for_each(|stretch| writeln!(out, "  {}: {}", place(stretch), line(&stretch.reason)))
}

fn place(stretch: &Stretch) -> String {
    match stretch.values {
        1 => stretch.from.clone(),
        values => format!("{} to {} ({values})", stretch.from, stretch.to),
    }
}

fn line(text: &str) -> String {
    cut(&shown(text), LINE)
}
