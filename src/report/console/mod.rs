//! The run on the console: progress on standard error (`Progress`) and the result on standard output (`table`). Colour never
//! carries meaning alone; the caller's stream decides whether colour is used.

mod bisection;
mod grid;
mod images;
mod mutation;
mod news;
mod progress;
mod stability;
mod style;

use std::io::{self, Write};
use std::path::Path;

use owo_colors::{OwoColorize, Style};
use similar::{ChangeTag, DiffOp, TextDiff};

use super::headline::{headline, worst};
use super::runs::{cached_of, other_runs};
use super::state::{State, count};
use super::text::visible;
use crate::model::cause::{Cause, spelled};
use crate::model::claim::Edition;
use crate::model::record::Record;
use crate::model::verdict::Verdict;
use crate::summary::query::{Cells, page};
use news::{claims_of, unexpected};
use style::{shown, style, word};

pub use bisection::{bisection, stretches};
pub use images::images;
pub use mutation::mutation;
pub use progress::Progress;
pub use stability::stability;

/// Prints the result of a run: a table per scenario, everything that needs attention in full, the total, and the paths of
/// the reports in `dir`. `out` removes colour if it is not wanted, as the streams of `anstream` do.
pub fn table(record: &Record, dir: &Path, out: &mut dyn Write) -> io::Result<()> {
    let cells = Cells::of(record);
    let heading = record.subject.heading();
    if !heading.is_empty() {
        writeln!(out, "{}", visible(&heading).bold())?;
    }
    for scenario in cells.scenarios(record) {
        grid::print(record, &cells, scenario, out)?;
    }
    for alike in unexpected(&record.verdicts) {
        news(record, &alike, &cells, out)?;
    }
    total(record, dir, out)
}

/// One block: the claims, the cell, what was documented and observed, and how to repeat it.
fn news(record: &Record, alike: &[&Verdict], cells: &Cells<'_>, out: &mut dyn Write) -> io::Result<()> {
    let verdict = alike[0];
    let state = State::of(verdict);
    let kind =
        verdict.drift.map(spelled).or_else(|| verdict.cause.map(spelled)).map_or(String::new(), |kind| format!(" ({kind})"));
    writeln!(out, "{} {}{kind}", word(state).style(style(state)), claims_of(alike).bold())?;
    writeln!(out, "  cell        {} {}", visible(&verdict.scenario), visible(&verdict.cell))?;
    let cell = cells.get(verdict.cell_ref());
    if let Some(missing) = cell.and_then(|cell| cell.not_reproduced.as_ref()) {
        let step = &missing.step;
        say(out, "reproduce", &format!("step `{step}` should show: {}", missing.expected.replace('\n', "; ")))?;
        say(out, "happened", &missing.seen)?;
    }
    // The details are printed above.
    let why = match verdict.cause {
        Some(Cause::NotReproduced) => "the documented failure was not reproduced",
        _ => &verdict.why,
    };
    say(out, "why", why)?;
    if state != State::Inconclusive || !verdict.observed.is_empty() {
        say(out, "documented", &verdict.documented)?;
        writeln!(out, "  observed    {}", marked(&shown(&verdict.documented), &shown(&verdict.observed.to_string())))?;
    }
    for finding in cell.iter().flat_map(|cell| &cell.findings) {
        say(out, "finding", finding)?;
    }
    say(out, "page", &cell.map_or(String::new(), |cell| page(record, cell, &verdict.claim)))?;
    say(out, "revisit", &verdict.written)?;
    say(out, "repeat", cell.map_or("", |cell| &cell.repeat))?;
    writeln!(out)
}

fn say(out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    let name = std::iter::once(name).chain(std::iter::repeat(""));
    name.zip(text.lines()).try_for_each(|(name, line)| writeln!(out, "  {name:<12}{}", shown(line)))
}

fn total(record: &Record, dir: &Path, out: &mut dyn Write) -> io::Result<()> {
    let states: Vec<String> =
        count(&record.verdicts).into_iter().map(|(state, count)| format!("{count} {}", state.label())).collect();
    writeln!(out, "{}: {}", headline(record).style(style(worst(record))).bold(), states.join(", "))?;
    if let Some(cached) = cached_of(record, &record.cells) {
        writeln!(out, "{cached} (--no-cache executes every cell)")?;
    }
    if let Some(runs) = other_runs(record) {
        writeln!(out, "{}", visible(&runs))?;
    }
    writeln!(out, "Reports: {} (and report.md, junit.xml, record.json beside it)", dir.join("report.html").display())?;
    let of_edition = |edition: &Edition| dir.join(&edition.id).join("report.html").display().to_string();
    let editions: Vec<String> = record.ledger.editions.iter().map(of_edition).collect();
    if !editions.is_empty() {
        writeln!(out, "Of each edition: {}", editions.join(", "))?;
    }
    Ok(())
}

/// `observed` with its differences from the nearest documented line marked `[-gone-]{+new+}`; unmarked if the two have
/// little in common.
fn marked(documented: &str, observed: &str) -> String {
    let ratio = |line: &String| TextDiff::from_slices(&tokens(line), &tokens(observed)).ratio();
    let nearest = documented.lines().map(|line| filled(line, observed)).max_by(|a, b| ratio(a).total_cmp(&ratio(b)));
    match nearest {
        _ if observed.is_empty() => "no such output".to_owned(),
        Some(line) if ratio(&line) > 0.5 => differences(&tokens(&line), &tokens(observed)),
        _ => observed.to_owned(),
    }
}

/// The documented line with each elision replaced by the text of `observed` that it matches.
fn filled(documented: &str, observed: &str) -> String {
    let mut segments = documented.split("[..]");
    let mut line = segments.next().unwrap_or_default().to_owned();
    let mut rest = observed.strip_prefix(line.as_str()).unwrap_or(observed);
    for segment in segments {
        let starts = segment.char_indices().map(|(index, character)| index + character.len_utf8()).rev();
        let found = starts.map(|end| &segment[..end]).find_map(|start| Some((rest.find(start)?, start.len())));
        let (elided, shared) = found.unwrap_or((if segment.is_empty() { rest.len() } else { 0 }, 0));
        line = line + &rest[..elided] + segment;
        rest = &rest[elided + shared..];
    }
    line
}

fn differences(old: &[&str], new: &[&str]) -> String {
    let diff = TextDiff::from_slices(old, new);
    let change = |op: &DiffOp| {
        let side =
            |tag| diff.iter_changes(op).filter(|change| change.tag() == tag).map(|change| change.value()).collect::<String>();
        let marks = [
            ("[-", side(ChangeTag::Delete), "-]", Style::new().red()),
            ("{+", side(ChangeTag::Insert), "+}", Style::new().green()),
        ];
        let marks = marks.into_iter().filter(|(_, text, ..)| !text.is_empty());
        side(ChangeTag::Equal)
            + &marks.map(|(open, text, close, style)| format!("{open}{text}{close}").style(style).to_string()).collect::<String>()
    };
    diff.ops().iter().map(change).collect()
}

/// Splits a line into words and single other characters.
fn tokens(line: &str) -> Vec<&str> {
    let mut tokens: Vec<&str> = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|character: char| !character.is_alphanumeric()).unwrap_or(rest.len());
        let (token, after) = rest.split_at(word.max(first.len_utf8()));
        tokens.push(token);
        rest = after;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn differing_words_are_marked_and_an_elision_stands_for_anything() {
        let marked =
            marked("mod_wsgi.c:[..]: Python.h: No such file or folder", "mod_wsgi.c:34:10: Python.h: No such file or directory");
        assert_eq!(bare(&marked), "mod_wsgi.c:34:10: Python.h: No such file or [-folder-]{+directory+}");
    }

    #[test]
    fn an_elision_at_the_end_matches_the_rest_and_one_without_a_match_matches_nothing() {
        assert_eq!(filled("a [..]", "a b c"), "a b c");
        assert_eq!(filled("[..]x[..]", "é b c"), "xé b c");
    }

    #[test]
    fn the_nearest_of_several_documented_lines_is_compared() {
        assert_eq!(
            bare(&marked("something else\nnode.h is missing", "compile.h is missing")),
            "[-node-]{+compile+}.h is missing"
        );
    }

    #[test]
    fn dissimilar_lines_are_not_marked() {
        assert_eq!(marked("a b c d e f", "quite another thing"), "quite another thing");
        assert_eq!(marked("a", ""), "no such output");
    }
}
