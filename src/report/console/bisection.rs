//! The result of a bisection on the console: the answer in the first line, then the cells.

use std::io::{self, Write};

use super::style::shown;
use crate::bisect::Kind;
use crate::bisect::found::{Again, Answer, CellFound, Found, Stretch};
use crate::report::text::{cut, duration};

/// Maximum length of a cell's deciding line, in bytes.
const LINE: usize = 160;

pub fn bisection(found: &Found, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}{}", if found.complete { "" } else { "interrupted; so far: " }, answer(found))?;
    if let Answer::Changed { between, .. } = &found.answer {
        between.iter().try_for_each(|stretch| writeln!(out, "  {}: {}", place(stretch), line(&stretch.reason)))?;
    }
    if let Answer::Unstable { again, .. } = &found.answer {
        for Again { value, kind, line: shown } in again {
            let kind = kind.as_ref().map_or("undecided".to_owned(), Kind::to_string);
            writeln!(out, "  {value} once more: {kind}  {}", line(shown))?;
        }
    }
    let Found { scenario, axis, from, to, values, place: environment, .. } = found;
    writeln!(out, "{scenario} in {environment}, {axis} {from} to {to} (values: {values}), cells run: {}", found.cells.len())?;
    found.cells.iter().try_for_each(|cell| row(cell, out))?;
    let vouched: Vec<&str> = found.cells.iter().filter(|p| p.sha256_by_index.is_some()).map(|p| p.value.as_str()).collect();
    if !vouched.is_empty() {
        writeln!(out, "archives verified by the index's own sha256, because they are not pinned: {}", vouched.join(", "))?;
    }
    stretches("excluded by the scenario in this environment, with the releases beyond", &found.excluded, out)?;
    stretches("left out", &found.left_out, out)
}

fn answer(found: &Found) -> String {
    let Found { claim, axis, .. } = found;
    match &found.answer {
        Answer::Changed { before, after, range, confirmed, .. } => {
            let sure = if *confirmed { ", both confirmed by a second run" } else { "" };
            let (first, then) = (&before.kind, &after.kind);
            format!("{claim} changed at {axis} {range}: {first} at {}, {then} at {}{sure}", before.value, after.value)
        }
        Answer::Unstable { before, after, .. } => {
            let (first, then) = (&before.kind, &after.kind);
            let between = format!("between {axis} {} and {}", before.value, after.value);
            format!("{claim} is not stable {between}: first {first} and {then}, but not so when they were run once more")
        }
        Answer::Unchanged { first, last } if first.value == last.value => {
            format!("{claim} was only decided at {axis} {}: {}", first.value, first.kind)
        }
        Answer::Unchanged { first, last } => {
            format!("{claim} did not change from {axis} {} to {}: {} at both", first.value, last.value, first.kind)
        }
        Answer::Undecided => format!("{claim} is undecided at every {axis}"),
    }
}

fn row(cell: &CellFound, out: &mut dyn Write) -> io::Result<()> {
    let kind = cell.kind.as_ref().map_or("undecided".to_owned(), Kind::to_string);
    writeln!(out, "  {:<9}{kind:<22}{:>11}  {}", cell.value, duration(cell.millis), line(&cell.line))
}

/// Prints stretches of values with their reasons, if any.
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
