//! Compares expectations and steps with the page: with the lines and commands that the ledger quotes for a claim, and
//! with the versions that an answer must show.

use std::collections::BTreeMap;

use super::axes::described;
use super::diagnostic::Place;
use super::raw;
use super::scope::{LONGEST_PATTERN, LONGEST_TEXT, Names, spliced};
use crate::model::claim::{Claim, ClaimKind};
use crate::model::drift::Drift;
use crate::model::expect::{ExitRule, Operand, Without};
use crate::model::keys;
use crate::model::when::{Axes, When};
use crate::text::template;

/// Minimum number of letters that must remain of a quote.
const FEWEST_LETTERS: usize = 4;
/// Wildcard for any text, in quotes and in patterns.
const ANY: &str = "[..]";

/// An expectation as written, with all conditions under which it applies.
struct Look<'a> {
    at: Place<'a>,
    raw: &'a raw::Expectation,
    whens: Vec<When>,
    /// Whether its step shows in `resolved` that the software works, and how.
    shows: Option<Shows>,
}

/// How a step shows that the software works. An answer shows more than the output of a command: it comes from a running server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shows {
    Output,
    Answer,
}

impl Look<'_> {
    fn counts(&self, cell: &Axes) -> bool {
        self.whens.iter().all(|when| when.holds(cell))
    }
}

/// The parts of a quote that an expectation leaves out, each with a reason.
pub(super) fn without(raw: &[keys::Without], place: &Place<'_>) -> Vec<Without> {
    let one = |(at, raw): (Place<'_>, &keys::Without)| {
        let what = match (&raw.words, &raw.axis) {
            (Some(words), None) => words.0.clone(),
            (None, Some(axis)) => axis.clone(),
            _ => {
                at.note("has neither `words` nor `axis`", "add `words` of the ledger's quote, or in `resolved` an `axis`");
                String::new()
            }
        };
        Without { what, reason: raw.reason.0.clone() }
    };
    place.each(raw).map(one).collect()
}

impl<'a> Names<'a> {
    /// Reports a documented line that no expectation looks for, a documented command that no step executes, and a
    /// version that no answer shows.
    pub(super) fn measured(&self, raw: &'a raw::Scenario, place: &Place<'a>) {
        let looks = self.looks(raw, place);
        for claim in self.ledger.of_section(&self.section) {
            let deciding: Vec<&Look<'_>> =
                looks.iter().filter(|look| look.raw.claim.as_deref() == Some(claim.id.as_str())).collect();
            let skips = raw.skipped.iter().filter(|skip| claim.id == *skip.claim).map(|skip| when(&skip.when));
            let skips: Vec<When> = skips.collect();
            for look in &deciding {
                known(&look.raw.without, &claim.lines, &look.at.key("without"));
                empty(&look.raw.without, &claim.lines, &look.at.key("without"));
            }
            if claim.kind == ClaimKind::Measure {
                deciding.iter().for_each(|look| number(look, claim));
                off(claim, raw, place);
            }
            for line in &claim.lines {
                self.line(line, &deciding, &skips);
            }
            for line in self.ledger.proposals(&claim.id).flat_map(|proposal| &proposal.output) {
                self.proposed(line, &deciding, &looks);
            }
            for (at, workaround) in place.key("workarounds").each(&raw.workarounds).filter(|(_, w)| claim.id == *w.claim) {
                known(&workaround.without, &claim.commands, &at.key("without"));
                for command in &claim.commands {
                    self.command(command, workaround, &at, &skips);
                }
            }
        }
        let answers: Vec<&Look<'_>> = looks.iter().filter(|look| look.shows.is_some() && look.raw.claim.is_none()).collect();
        self.versions(&answers, &place.key("resolved"));
    }

    /// Reports a line that in some cell no deciding expectation looks for.
    fn line(&self, line: &str, deciding: &[&Look<'_>], skips: &[When]) {
        let lacking = |cell: &Axes| {
            let here = || deciding.iter().filter(|look| look.counts(cell));
            let first = here().next().filter(|_| !skips.iter().any(|skip| skip.holds(cell)))?;
            let holds = |look: &Look<'_>| {
                let wanted = left(line, &look.raw.without);
                let texts = look.raw.tests.has().iter().map(|text| text.0.as_str());
                texts.filter_map(|text| self.filled(text, LONGEST_PATTERN)).any(|text| stands(&wanted, &text))
            };
            (!here().any(|look| holds(look))).then_some(first.at.key("has"))
        };
        if let Some(place) = self.grid.cell(|cell| lacking(cell).is_some()).and_then(lacking) {
            place.note(
                format!("does not expect the complete line that the ledger quotes: `{line}`"),
                "expect the complete line, with the actual line as `reworded`; or name the omitted `words` and a reason under \
                 `without`",
            );
        }
    }

    /// Reports a line that the ledger proposes for the page if no expectation of the scenario that decides the claim looks for it,
    /// so that no run shows it.
    fn proposed(&self, line: &str, deciding: &[&Look<'_>], looks: &[Look<'_>]) {
        let Some(first) = deciding.first() else { return };
        let texts = looks.iter().flat_map(|look| look.raw.tests.has()).map(|text| text.0.as_str());
        let is_it = |text: String| stands(line, &text) || occur(&runs(&text), line);
        if !texts.filter_map(|text| self.filled(text, LONGEST_PATTERN)).any(is_it) {
            first.at.key("has").note(
                format!("does not expect the line that the ledger proposes for the page: `{line}`"),
                "expect a part of it, or correct the `output` of the claim in the ledger",
            );
        }
    }

    /// Reports a command that in some cell the workaround contains nowhere: in a step, its environment or a replacement.
    fn command(&self, command: &str, workaround: &raw::Workaround, place: &Place<'_>, skips: &[When]) {
        let tried = when(&workaround.when);
        let wanted = left(command, &workaround.without);
        let steps: Vec<(When, Vec<String>)> = spliced(self.common, &workaround.steps, &place.key("steps"))
            .into_iter()
            .map(|(_, step)| (when(&step.when), self.done(step)))
            .collect();
        let replaced = workaround
            .replace
            .values()
            .flat_map(|step| [self.lines(step.run.iter().map(|run| &run.0)), self.variables(&step.env)].concat());
        let own: Vec<String> = self.variables(&workaround.env).into_iter().chain(replaced).collect();
        let has = |lines: &[String]| lines.iter().any(|line| stands(&wanted, line));
        let holds = |cell: &Axes| has(&own) || steps.iter().any(|(when, lines)| when.holds(cell) && has(lines));
        let counts = |cell: &Axes| tried.holds(cell) && !skips.iter().any(|skip| skip.holds(cell));
        if self.grid.cell(|cell| counts(cell) && !holds(cell)).is_some() {
            place.key("steps").note(
                format!("no step contains the command that the ledger quotes: `{command}`"),
                "use the documented command, or name the omitted `words` and a reason under `without`",
            );
        }
    }

    /// The actions of a step, line by line: its inputs, and each variable with its value.
    fn done(&self, step: &raw::Step) -> Vec<String> {
        [self.inputs(step), self.variables(&step.env)].concat()
    }

    fn variables(&self, env: &BTreeMap<keys::Variable, String>) -> Vec<String> {
        let variables = env.iter().map(|(name, value)| format!("{}={value}", name.0));
        variables.filter_map(|text| self.filled(&text, LONGEST_TEXT)).collect()
    }

    /// Reports a part of the subject whose version no answer shows in some cell.
    fn versions(&self, answers: &[&Look<'_>], place: &Place<'_>) {
        for look in answers {
            for (at, left) in look.at.key("without").each(&look.raw.without) {
                let axes = || self.grid.axes.iter().map(|axis| axis.name.as_str());
                if let Some(axis) = left.axis.as_ref().filter(|axis| !axes().any(|known| known == **axis)) {
                    at.key("axis").note(format!("no axis is named `{axis}`"), crate::text::suggest::suggest(axis, axes()));
                }
            }
        }
        let wanted = self.project.shown();
        let shown: Vec<_> = self.grid.axes.iter().filter(|axis| wanted.contains(&axis.name.as_str())).collect();
        let is_whole = shown.len() == wanted.len();
        for axis in shown.into_iter().filter(|_| is_whole) {
            let shows = |look: &&&Look<'_>| {
                let left = look.raw.without.iter().any(|left| left.axis.as_ref() == Some(&axis.name));
                let texts = look.raw.tests.has().iter().map(|text| text.0.as_str());
                let mut filled = texts.filter_map(|text| self.filled(text, LONGEST_PATTERN));
                left || filled.any(|text| template::names(&text).is_ok_and(|names| names.contains(&axis.name.as_str())))
            };
            let here = |cell: &Axes| {
                let counted = || answers.iter().filter(|look| look.counts(cell));
                let best = counted().map(|look| look.shows).max();
                counted().filter(|look| Some(look.shows) == best).collect::<Vec<_>>()
            };
            let silent = |cell: &Axes| !here(cell).is_empty() && !here(cell).iter().any(shows);
            if let Some(cell) = self.grid.cell(silent) {
                place.note(
                    format!("no step of `resolved` shows which `{}` was used in {}", axis.name, described(cell)),
                    format!("expect `{{{{ {} }}}}` in a `has`, or name the `axis` and a reason under `without`", axis.name),
                );
            }
        }
    }

    /// Every expectation with its place.
    fn looks(&self, raw: &'a raw::Scenario, place: &Place<'a>) -> Vec<Look<'a>> {
        let mut parts = vec![
            (place.key("prepare"), &raw.prepare, None, false),
            (place.key("reproduce"), &raw.reproduce, None, false),
            (place.key("resolved"), &raw.resolved, None, true),
            (place.key("control").key("verify"), &raw.control.verify, None, false),
        ];
        for (at, workaround) in place.key("workarounds").each(&raw.workarounds) {
            parts.push((at.key("verify"), &workaround.verify, Some(&workaround.when), false));
        }
        let mut looks = Vec::new();
        for (at, steps, outer, resolved) in parts {
            for (at, step) in spliced(self.common, steps, &at) {
                for (at, check) in at.key("expect").each(&step.expect) {
                    let whens = outer.into_iter().chain([&step.when, &check.when]).map(when).collect();
                    looks.push(Look { at, raw: check, whens, shows: shows(step).filter(|_| resolved) });
                }
            }
        }
        looks
    }
}

fn shows(step: &raw::Step) -> Option<Shows> {
    if step.actions.iter().any(|action| action.kind().is_request()) {
        return Some(Shows::Answer);
    }
    let succeeds = |check: &raw::Expectation| check.claim.is_none() && check.tests.exit() == Some(ExitRule::Success);
    (step.exit.is_some() || step.expect.iter().any(succeeds)).then_some(Shows::Output)
}

/// Reports an expectation whose number has other bounds than the ledger.
fn number(look: &Look<'_>, claim: &Claim) {
    // Bounds without a number are reported elsewhere.
    if claim.above.is_none() && claim.below.is_none() || !look.raw.orphans.is_empty() {
        return;
    }
    let number = look.raw.tests.number();
    let is = |bound: Option<&Operand>, wanted: Option<f64>| match (bound, wanted) {
        (Some(Operand::Literal(given)), Some(wanted)) => *given == wanted,
        (given, wanted) => given.is_none() && wanted.is_none(),
    };
    if !is(number.and_then(|number| number.above.as_ref()), claim.above)
        || !is(number.and_then(|number| number.below.as_ref()), claim.below)
    {
        let words = |word: &str, bound: Option<f64>| bound.map(|bound| format!("`{word}: {bound}`"));
        let bounds: Vec<String> = [words("above", claim.above), words("below", claim.below)].into_iter().flatten().collect();
        let message = format!("does not measure claim `{}`", claim.id);
        look.at.note(message, format!("expect a `number` with {}, as in the ledger, and no other bound", bounds.join(" and ")));
    }
}

/// Reports a stated `off-measure` range that overlaps the documented one.
fn off(claim: &Claim, raw: &raw::Scenario, place: &Place<'_>) {
    let of_claim = |known: &raw::KnownDrift| claim.id == *known.claim && known.drift == Drift::OffMeasure;
    for (at, known) in place.key("known-drift").each(&raw.known_drift).filter(|(_, known)| of_claim(known)) {
        let (Some(above), Some(below)) = (known.above, known.below) else { continue };
        let lowest = above.max(claim.above.unwrap_or(f64::NEG_INFINITY));
        let highest = below.min(claim.below.unwrap_or(f64::INFINITY));
        if lowest < highest {
            at.note(
                format!(
                    "also states numbers from {lowest} to {highest}, which are within the documented bounds of claim `{}`",
                    claim.id
                ),
                "state only numbers outside of the documented bounds",
            );
        }
    }
}

/// Reports words under `without` that do not occur in any quote.
fn known(without: &[keys::Without], quotes: &[String], place: &Place<'_>) {
    for (at, left) in place.each(without) {
        let Some(words) = left.words.as_ref() else { continue };
        if !quotes.iter().any(|quote| plain(quote).contains(&plain(&words.0))) {
            at.key("words")
                .note(format!("no quote of this claim in the ledger has `{}`", words.0), "copy the words from the ledger");
        }
    }
}

/// Reports a `without` that leaves nothing of a line to look for.
fn empty(without: &[keys::Without], lines: &[String], place: &Place<'_>) {
    let letters = |line: &String| left(line, without).replace(ANY, "").chars().filter(|c| c.is_alphanumeric()).count();
    if lines.iter().any(|line| letters(line) < FEWEST_LETTERS) {
        place.note("leaves out everything that the ledger quotes", "omit less, or add the claim to `skipped` with a reason");
    }
}

/// A quote with the words of `without` replaced by a wildcard.
fn left(quote: &str, without: &[keys::Without]) -> String {
    let words = without.iter().filter_map(|without| without.words.as_ref());
    words.fold(plain(quote), |quote, words| quote.replace(&plain(&words.0), ANY))
}

/// Whether a text contains a whole quote in order. Gaps are allowed only at a wildcard of the quote.
fn stands(quote: &str, text: &str) -> bool {
    let runs = runs(text);
    let (mut run, mut from) = (0, 0);
    let pieces: Vec<&str> = quote.split(ANY).collect();
    pieces.iter().enumerate().all(|(index, piece)| {
        let wanted = piece.trim();
        let (first, last) = (index == 0 || piece.starts_with(' '), index + 1 == pieces.len() || piece.ends_with(' '));
        while let Some(here) = runs.get(run) {
            if let Some(at) = whole(wanted, &here[from..], first, last) {
                from += at + wanted.len();
                return true;
            }
            (run, from) = (run + 1, 0);
        }
        wanted.is_empty()
    })
}

/// The position of a piece in a text. `first` and `last` require a word boundary at that end of the piece.
fn whole(piece: &str, text: &str, first: bool, last: bool) -> Option<usize> {
    let joined = |one: Option<char>, other: Option<char>| {
        one.is_some_and(char::is_alphanumeric) && other.is_some_and(char::is_alphanumeric)
    };
    let fits = |at: &usize| {
        let (before, after) = (&text[..*at], &text[at + piece.len()..]);
        let begun = first && joined(before.chars().next_back(), piece.chars().next());
        let going_on = last && joined(piece.chars().next_back(), after.chars().next());
        !begun && !going_on
    };
    text.match_indices(piece).map(|(at, _)| at).find(fits)
}

/// Whether these parts occur in a text, in this order. Parts without a letter say nothing.
fn occur(parts: &[String], text: &str) -> bool {
    let mut rest = text;
    let mut is_next = |part: &String| {
        let at = rest.find(part.trim());
        rest = &rest[at.map_or(0, |at| at + part.trim().len())..];
        at.is_some()
    };
    parts.iter().any(|part| part.contains(char::is_alphabetic)) && parts.iter().all(&mut is_next)
}

/// The literal parts of a text, between placeholders and wildcards.
fn runs(text: &str) -> Vec<String> {
    let mut runs = Vec::new();
    for part in text.split(ANY) {
        let mut rest = part;
        while let Some((before, place)) = rest.split_once("{{") {
            runs.push(plain(before));
            rest = place.split_once("}}").map_or("", |(_, after)| after);
        }
        runs.push(plain(rest));
    }
    runs
}

/// Replaces each run of white space by one blank.
fn plain(text: &str) -> String {
    let blank = |c: char| if c.is_whitespace() { ' ' } else { c };
    let mut plain: String = text.chars().map(blank).collect();
    while plain.contains("  ") {
        plain = plain.replace("  ", " ");
    }
    plain
}

/// A condition as written. It is validated elsewhere.
fn when(raw: &keys::When) -> When {
    When(raw.iter().map(|(name, values)| (name.0.clone(), values.0.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "error while loading shared libraries: [..]: cannot open shared object file";

    #[test]
    fn a_line_matches_if_all_its_words_occur_in_order() {
        assert!(stands(LINE, "error while loading shared libraries: libx.so: cannot open shared object file"));
        assert!(stands(LINE, "[..]error while loading shared libraries: {{ name }}: cannot open shared object file: gone"));
        assert!(
            stands("Python/[..].", "for Python/{{ python }}.0.")
                && stands("make: *** [[..]x.la] Error 1", "make: *** [[..]x.la] Error 1")
        );
    }

    #[test]
    fn a_part_of_a_line_is_not_the_line() {
        for part in [
            "[..]: cannot open shared object file",
            "error while loading shared libraries: [..]",
            "error while loading [..]: cannot open shared object file",
            "error while loading shared libraries: [..]: cannot open shared object fil",
            "error while loading shared librarixs: [..]: cannot open shared object file",
            "terror while loading shared libraries: [..]: cannot open shared object file",
            "[..]: cannot open shared object file, error while loading shared libraries: ",
        ] {
            assert!(!stands(LINE, part), "{part}");
        }
    }
}
