//! One scenario as a table: cells by claims, within the width of a console.

use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, LineStyle, Table, TableStyle};
use owo_colors::OwoColorize;

use super::style::word;
use crate::model::cause::spelled;
use crate::model::id::{CellId, ClaimId, ScenarioId};
use crate::model::record::Record;
use crate::model::verdict::Verdict;
use crate::report::runs::cached_of;
use crate::report::state::State;
use crate::report::text::visible;
use crate::report::view::anchor::short;
use crate::summary::query::{Cells, Defect, axes, claims, defects};

/// Columns that fit on a console and in the log of a CI job.
const WIDTH: usize = 100;

struct Grid<'a> {
    axes: Vec<&'a str>,
    cells: Vec<&'a CellId>,
    verdicts: BTreeMap<(&'a CellId, &'a ClaimId), &'a Verdict>,
}

/// How verdicts are abbreviated, the widest first.
#[derive(Debug, Clone, Copy)]
enum Words {
    Whole,
    /// The longest word is split in two.
    Broken,
    /// Words are also stacked.
    Stacked,
}

pub(super) fn print(record: &Record, cells: &Cells<'_>, scenario: &ScenarioId, out: &mut dyn Write) -> io::Result<()> {
    let title = record.cells.iter().find(|cell| cell.scenario == *scenario).map(|cell| format!(": {}", visible(&cell.title)));
    writeln!(out, "{}{}", visible(scenario).bold(), title.unwrap_or_default())?;
    for Defect { fidelity, reason, cells: of } in defects(record, scenario) {
        writeln!(
            out,
            "{} defect in {}: {}",
            spelled(fidelity),
            format_args!("{of} cell{}", if of == 1 { "" } else { "s" }),
            visible(reason)
        )?;
    }
    if let Some(cached) = cached_of(record, record.cells.iter().filter(|cell| cell.scenario == *scenario)) {
        writeln!(out, "{cached}")?;
    }
    let of_scenario: Vec<&Verdict> = record.verdicts.iter().filter(|verdict| verdict.scenario == *scenario).collect();
    let ids = cells.of_scenario(record, scenario);
    let grid = Grid {
        axes: axes(&ids, &of_scenario),
        cells: ids,
        verdicts: of_scenario.iter().map(|verdict| ((&verdict.cell, &verdict.claim), *verdict)).collect(),
    };
    for table in grid.tables(&claims(record, scenario)) {
        writeln!(out, "{}\n", table.trim_fmt())?;
    }
    Ok(())
}

impl Grid<'_> {
    /// One table of these claims if it fits, with stacked words if necessary; else several tables.
    fn tables(&self, claims: &[&ClaimId]) -> Vec<Table> {
        let fits = |table: &Table| table.lines().map(|line| width(&line)).max().unwrap_or(0) <= WIDTH;
        let tables = [Words::Whole, Words::Broken, Words::Stacked].map(|words| self.table(claims, words));
        let table = tables.iter().find(|table| fits(table)).unwrap_or(&tables[2]).clone();
        match claims.split_at(claims.len() / 2) {
            ([], _) => vec![table],
            _ if fits(&table) => vec![table],
            (left, right) => [self.tables(left), self.tables(right)].concat(),
        }
    }

    fn table(&self, claims: &[&ClaimId], words: Words) -> Table {
        let mut table = Table::new();
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'))).enforce_styling();
        table.style_text_only();
        let axes = self.axes.iter().map(visible);
        table.set_header(axes.chain(claims.iter().map(|claim| head(claim))).collect::<Vec<_>>());
        for cell in &self.cells {
            let values = self.verdicts.iter().find(|((id, _), _)| id == cell).map(|(_, verdict)| &verdict.axes);
            let value = |axis: &&str| Cell::new(values.and_then(|axes| axes.get(*axis)).map_or(String::new(), visible));
            let verdict = |claim: &&ClaimId| {
                self.verdicts.get(&(*cell, *claim)).map_or(Cell::new(""), |verdict| verdict_cell(State::of(verdict), words))
            };
            table.add_row(self.axes.iter().map(value).chain(claims.iter().map(verdict)).collect::<Vec<_>>());
        }
        // The border between columns adds a space.
        for column in table.column_iter_mut() {
            column.set_padding((0, 1));
        }
        table
    }
}

/// The claim without its section, broken if it is wider than its column.
fn head(claim: &ClaimId) -> String {
    let mut head = String::new();
    let mut line = 0;
    for part in visible(short(claim)).split_inclusive('-') {
        line += part.len();
        if line > "confirmed".len() && line > part.len() {
            head.push('\n');
            line = part.len();
        }
        head += part;
    }
    head
}

fn verdict_cell(state: State, words: Words) -> Cell {
    let word = match (words, state) {
        (Words::Broken | Words::Stacked, State::Inconclusive) => "INCON-\nCLUSIVE".to_owned(),
        (Words::Stacked, _) => word(state).replace(' ', "\n"),
        (Words::Whole | Words::Broken, _) => word(state),
    };
    let cell = Cell::new(word);
    match state {
        State::Drifted | State::DriftGone => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
        State::Inconclusive => cell.fg(Color::DarkYellow).add_attribute(Attribute::Bold),
        State::KnownDrift => cell.fg(Color::DarkCyan),
        State::Confirmed => cell.fg(Color::DarkGreen),
        State::Skipped => cell.add_attribute(Attribute::Dim),
    }
}

/// Width of a line in columns, without colour codes.
fn width(line: &str) -> usize {
    anstream::adapter::strip_str(line).to_string().trim_end().chars().count()
}
