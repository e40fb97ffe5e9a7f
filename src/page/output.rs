//! Documented output that a run contradicts, and what is printed in its place: line by line, in the shape of the page.

use std::ops::Range;

use super::command::Commands;
use super::coverage;
use super::locate::{Binding, Bound, Place, Quote};
use super::results::Results;
use super::rules::joined;
use super::{Block, Kind, Page, words};
use crate::model::claim::{Claim, ClaimKind};
use crate::model::drift::Drift;
use crate::model::id::ClaimId;
use crate::model::verdict::{Ruling, Verdict};
use crate::summary::claim::{Group, Outcome, Standing};
use crate::text::pattern;

/// Least width of lines that continue each other.
const WIDTH: usize = 72;

/// A line of a literal block, and what the page should show there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    pub block: usize,
    /// Range in the block's text.
    pub unit: Range<usize>,
    /// The printed lines; none if the line is no longer printed.
    pub by: Vec<String>,
    pub claim: ClaimId,
}

/// What is printed in place of a claim's documented output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The printed lines, generalised; several if the failure has several wordings.
    pub lines: Vec<String>,
    /// The lines of the page to replace, among them those of other claims of the block that are printed otherwise too.
    pub replaced: Vec<Replaced>,
    /// Where the page has the printed lines already.
    pub stated_at: Vec<Place>,
    /// Whether nothing is to be said in addition.
    pub is_whole: bool,
}

/// A printed line, and the verdict that it decided.
struct Wording<'a> {
    line: String,
    verdict: &'a Verdict,
}

impl Output {
    /// `None` if the claim has no output, or if no run shows what is printed in its place.
    pub fn of(page: &Page, binding: &Binding<'_>, bound: &Bound<'_>, results: &Results<'_>) -> Option<Self> {
        let reader = Reader { page, binding, results };
        let outcome = results.outcome(&bound.claim.id)?;
        let wordings = reader.wordings(bound, outcome)?;
        let units = literal_units(page, bound);
        // Several wordings are not all printed by one command.
        let is_of_command = wordings.len() > 1 && units.iter().any(|(block, _)| has_command(&page.blocks[*block]));
        if is_of_command || reader.is_shared(bound, &units) {
            return None;
        }
        let own = reader.replaced(bound, &units, &wordings);
        let others = if own.is_empty() { Vec::new() } else { reader.refreshed(bound, &units, &wordings) };
        let stated: Option<Vec<Place>> = wordings.iter().map(|wording| reader.place(bound, &wording.line)).collect();
        let drifted: Vec<&Group<'_>> = outcome.of_ruling(Ruling::Drifted).collect();
        Some(Output {
            lines: wordings.iter().filter_map(|wording| results.rules.generalised(&wording.line)).collect(),
            stated_at: stated.filter(|_| own.is_empty()).unwrap_or_default(),
            replaced: own.into_iter().chain(others).collect(),
            is_whole: wordings.len() == 1 && drifted.iter().all(|group| group.drift() == drifted[0].drift()),
        })
    }
}

fn has_command(block: &Block) -> bool {
    let commands = Commands::of(block);
    coverage::units(block).into_iter().any(|unit| commands.is_command(&block.text[unit]))
}

/// The lines of literal blocks that contain a claim's quotes, by block.
pub(super) fn literal_units(page: &Page, bound: &Bound<'_>) -> Vec<(usize, Range<usize>)> {
    let mut units: Vec<(usize, Range<usize>)> = Vec::new();
    for place in bound.places.iter().filter(|place| page.blocks[place.block].kind == Kind::Literal) {
        let at = place.text(page);
        let touched =
            coverage::units(&page.blocks[place.block]).into_iter().filter(|unit| unit.start < at.end && at.start < unit.end);
        for unit in touched.map(|unit| (place.block, unit)) {
            if !units.contains(&unit) {
                units.push(unit);
            }
        }
    }
    units.sort_by_key(|(block, unit)| (*block, unit.start));
    units
}

/// Reads what is printed in place of the output of a page.
#[derive(Clone, Copy)]
struct Reader<'a> {
    page: &'a Page,
    binding: &'a Binding<'a>,
    results: &'a Results<'a>,
}

impl<'a> Reader<'a> {
    /// What is printed in place of the documented text, each wording once. The same failure in other words comes first; a failure
    /// that does not occur has a line only if the step that shows it is the one whose output the page documents.
    fn wordings(&self, bound: &Bound<'_>, outcome: &Outcome<'a>) -> Option<Vec<Wording<'a>>> {
        if outcome.standing != Standing::Fails || bound.claim.kind != ClaimKind::Symptom {
            return None;
        }
        let of_kind = |drift| outcome.of_ruling(Ruling::Drifted).filter(move |group| group.drift() == Some(drift));
        let reworded: Vec<&Group<'_>> = of_kind(Drift::Reworded).collect();
        let is_reworded = !reworded.is_empty();
        let groups = if is_reworded { reworded } else { of_kind(Drift::Absent).collect() };
        let mut found: Vec<Wording<'a>> = Vec::new();
        for group in groups {
            // The cells are in the order of the scenario, in which the newest come last.
            let verdict = group.verdicts.iter().rev().find(|verdict| verdict.observed.line.is_some())?;
            let line = verdict.observed.line.clone()?;
            if !is_reworded && !self.is_of_page(bound, verdict) {
                return None;
            }
            if !found.iter().any(|other| self.results.rules.alike(&other.line, &line)) {
                found.push(Wording { line, verdict });
            }
        }
        (found.len() == 1 || (is_reworded && !found.is_empty())).then_some(found)
    }

    /// Whether another symptom of the section was seen in the same step, so that the page shows the output of that step: one in the
    /// same literal block, if the page has this one.
    fn is_of_page(&self, bound: &Bound<'_>, verdict: &Verdict) -> bool {
        let own: Vec<usize> = bound.places.iter().map(|place| place.block).collect();
        let mut others = self.binding.claims.iter().filter(|other| {
            let is_beside = own.is_empty() || other.places.iter().any(|place| own.contains(&place.block));
            let is_other = other.claim.id != bound.claim.id && other.claim.kind == ClaimKind::Symptom;
            is_other && other.claim.section == bound.claim.section && is_beside
        });
        others.any(|other| {
            let of_cell = self.results.verdict(&other.claim.id, verdict);
            of_cell.is_some_and(|of| of.verdict == Ruling::Confirmed && of.evidence.is_some() && of.evidence == verdict.evidence)
        })
    }

    /// Whether another claim about one of these lines needs the line as it is.
    fn is_shared(&self, bound: &Bound<'_>, units: &[(usize, Range<usize>)]) -> bool {
        let needs = |other: &&Bound<'_>| {
            let outcome = self.results.outcome(&other.claim.id).filter(|outcome| outcome.standing != Standing::Undecided);
            other.claim.id != bound.claim.id && outcome.is_some_and(|outcome| self.wordings(other, outcome).is_none())
        };
        let touches = |other: &Bound<'_>| literal_units(self.page, other).iter().any(|unit| units.contains(unit));
        self.binding.claims.iter().filter(needs).any(touches)
    }

    /// What is printed instead of each of a claim's lines: a line that is still printed as it is now; the first of the others in a
    /// block by the wordings, the rest by nothing.
    fn replaced(&self, bound: &Bound<'_>, units: &[(usize, Range<usize>)], wordings: &[Wording<'_>]) -> Vec<Replaced> {
        let newest = wordings.last().expect("there is one").verdict;
        let mut begun: Vec<usize> = Vec::new();
        let mut found = Vec::new();
        for (block, unit) in units {
            let text = &self.page.blocks[*block].text[unit.clone()];
            let now = self.current(text, bound.claim, newest);
            let is_stated = |line: &str| self.results.rules.alike(&joined(text), line);
            if is_stated(&now.join(" ")) || wordings.iter().any(|wording| is_stated(&wording.line)) {
                continue;
            }
            let lines: Vec<&String> = match (now.is_empty(), begun.contains(block)) {
                (false, _) => now.iter().collect(),
                (true, true) => Vec::new(),
                (true, false) => {
                    begun.push(*block);
                    wordings.iter().map(|wording| &wording.line).collect()
                }
            };
            let by = lines.into_iter().map(|line| self.shaped(text, line)).collect();
            found.push(Replaced { block: *block, unit: unit.clone(), by, claim: bound.claim.id.clone() });
        }
        found
    }

    /// The other lines of these blocks that the same cell prints otherwise, though in the words of their claims.
    fn refreshed(&self, bound: &Bound<'_>, units: &[(usize, Range<usize>)], wordings: &[Wording<'_>]) -> Vec<Replaced> {
        let newest = wordings.last().expect("there is one").verdict;
        let holds = |other: &&Bound<'_>| {
            let outcome = self.results.outcome(&other.claim.id);
            other.claim.id != bound.claim.id && outcome.is_some_and(|outcome| outcome.standing == Standing::Holds)
        };
        let mut found: Vec<Replaced> = Vec::new();
        for other in self.binding.claims.iter().filter(holds) {
            let Some(verdict) = self.results.verdict(&other.claim.id, newest) else { continue };
            let is_beside = |block: usize| units.iter().any(|(own, _)| *own == block);
            for (block, unit) in literal_units(self.page, other).into_iter().filter(|(block, _)| is_beside(*block)) {
                let text = &self.page.blocks[block].text[unit.clone()];
                let now = self.current(text, other.claim, verdict);
                if !now.is_empty() && !self.results.rules.alike(&joined(text), &now.join(" ")) {
                    let by = now.iter().map(|line| self.shaped(text, line)).collect();
                    found.push(Replaced { block, unit, by, claim: other.claim.id.clone() });
                }
            }
        }
        found
    }

    /// What the step that decided a verdict prints now for a documented line: the lines that match what matches it, of what was
    /// expected and of what the ledger quotes. None if that would lose a quote of the claim.
    fn current(&self, documented: &str, claim: &Claim, verdict: &Verdict) -> Vec<String> {
        let Some(seen) = self.results.decided_by(verdict) else { return Vec::new() };
        let documented = joined(documented);
        let quoted = claim.lines.iter().map(|line| format!("[..]{line}[..]"));
        let patterns = quoted.chain(verdict.documented.lines().map(str::to_owned));
        let mut lines: Vec<String> = Vec::new();
        for line in
            patterns.filter(|pattern| pattern::line(pattern).is_match(&documented)).filter_map(|pattern| seen.line(&pattern))
        {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let has = |text: &str, quote: &str| !Quote::new(quote).places(0, &words(text)).is_empty();
        let is_kept = |quote: &String| !has(&documented, quote) || lines.iter().any(|line| has(line, quote));
        if claim.quotes.iter().all(is_kept) { lines } else { Vec::new() }
    }

    /// A printed line in the shape of the documented one: with its details, and continued like it if it is long.
    fn shaped(&self, documented: &str, line: &str) -> String {
        let line = self.results.rules.shaped(line, &joined(documented)).unwrap_or_default();
        let Some((_, next)) = documented.split_once("\\\n") else { return line };
        let indent = next.len() - next.trim_start().len();
        let width = documented.lines().map(|line| line.trim_end().chars().count()).max().unwrap_or(0).max(WIDTH);
        let mut lines = vec![String::new()];
        for word in line.split(' ') {
            let last = lines.last_mut().expect("there is one");
            match last.trim().is_empty() || last.chars().count() + 1 + word.chars().count() <= width {
                true if last.trim().is_empty() => last.push_str(word),
                true => *last += &format!(" {word}"),
                false => {
                    *last += " \\";
                    lines.push(format!("{}{word}", &next[..indent]));
                }
            }
        }
        lines.join("\n")
    }

    /// The line of a literal block of the claim's section that shows a printed line.
    fn place(&self, bound: &Bound<'_>, line: &str) -> Option<Place> {
        let literal = bound.region.iter().filter(|block| self.page.blocks[**block].kind == Kind::Literal);
        literal.copied().find_map(|index| {
            let block = &self.page.blocks[index];
            let shows = |unit: &Range<usize>| self.results.rules.alike(&joined(&block.text[unit.clone()]), line);
            let unit = coverage::units(block).into_iter().find(shows)?;
            let start = block.words.partition_point(|word| word.at.start < unit.start);
            let end = block.words.partition_point(|word| word.at.end <= unit.end);
            (start < end).then_some(Place { block: index, words: start..end })
        })
    }
}
