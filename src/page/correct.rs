//! Corrections of the page where a run contradicts it: the line that is printed instead, or a note on where a sentence
//! holds. Corrections state only what a run showed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::locate::{Binding, Bound, Place, Quote};
use super::spread::Spread;
use super::words::one_line;
use super::{Kind, Page};
use crate::model::claim::{Claim, ClaimKind};
use crate::model::drift::Drift;
use crate::model::id::ClaimId;
use crate::model::project::Rule;
use crate::model::verdict::Ruling;
use crate::summary::claim::{Group, Outcome, Standing};
use crate::text::pattern::known;

/// Maximum number of characters of a printed line in a correction.
const LINE: usize = 400;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The line that is printed instead of the documented output, for claims that hold nowhere.
    pub printed: Option<String>,
    /// A note on where it holds; names in backticks.
    pub note: String,
}

impl Proposal {
    /// The correction that follows from a run; `None` if the run does not contradict the claim, or did not decide it. `noted`
    /// is the note that the page has; its ranges of measured numbers stay while they hold.
    pub fn of(claim: &Claim, outcome: &Outcome<'_>, noted: &str, rules: &Rules) -> Option<Self> {
        let note = || note(claim, outcome, &Spread::stated(noted), rules);
        match outcome.standing {
            Standing::Holds | Standing::Unknown | Standing::Undecided => None,
            Standing::InPart => Some(Proposal { printed: None, note: note() }),
            Standing::Fails => Some(Proposal { printed: printed(claim, outcome, rules), note: note() }),
        }
    }
}

/// The line that is printed instead of the documented text; the same failure in other words comes first. `None` if the
/// failure has several wordings.
fn printed(claim: &Claim, outcome: &Outcome<'_>, rules: &Rules) -> Option<String> {
    let of_kind = |drift| outcome.of_ruling(Ruling::Drifted).filter(move |group| group.drift() == Some(drift));
    let group = of_kind(Drift::Reworded).next().or_else(|| of_kind(Drift::Absent).next())?;
    let line = |group: &Group<'_>| rules.generalised(&group.verdicts[0].observed.printed());
    let alone = of_kind(Drift::Reworded).all(|other| line(other) == line(group));
    (claim.kind == ClaimKind::Symptom && alone).then(|| line(group)).flatten()
}

/// The claim, where it holds, where it does not, and why.
fn note(claim: &Claim, outcome: &Outcome<'_>, stated: &[Spread], rules: &Rules) -> String {
    let (so, not_so) = match claim.kind {
        ClaimKind::Symptom => ("seen", "not seen"),
        ClaimKind::Workaround => ("helps", "does not help"),
        ClaimKind::Measure | ClaimKind::Diagnostic | ClaimKind::Statement => ("so", "not so"),
    };
    let confirmed = outcome.of_ruling(Ruling::Confirmed).map(|group| format!("{so} with {}.", group.place()));
    let drifted: Vec<&Group<'_>> = outcome.of_ruling(Ruling::Drifted).collect();
    let alone = drifted.len() == 1 && outcome.standing == Standing::Fails;
    let drifted = drifted.iter().enumerate().map(|(at, group)| {
        let place = if alone { "in every tested cell".to_owned() } else { format!("with {}", group.place()) };
        let not_so = if group.drift() == Some(Drift::Reworded) { "in other words" } else { not_so };
        let instead = match group.drift() {
            Some(Drift::OffMeasure) => measured(group).map_or(String::new(), |spread| spread.settled(stated, at).sentence()),
            _ => instead(group, rules),
        };
        format!("{not_so} {place}: {}{instead}", ended(&without_steps(reason(group))))
    });
    let sentences = confirmed.chain(drifted).enumerate();
    let sentences = sentences.map(|(at, sentence)| if at == 0 { sentence } else { capitalised(&sentence) });
    one_line(&format!("“{}”: {}", claim.says, sentences.collect::<Vec<_>>().join(" ")))
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// The reason of a group. A measure without a stated reason has one that names the number of one cell.
fn reason<'a>(group: &Group<'a>) -> &'a str {
    let is_measured = group.drift() == Some(Drift::OffMeasure) && group.verdicts[0].stated.is_none();
    if is_measured { "the number is another" } else { group.reason() }
}

/// What was printed instead, if that helps a reader.
fn instead(group: &Group<'_>, rules: &Rules) -> String {
    match group.drift() {
        Some(Drift::Reworded) => rules
            .generalised(&group.verdicts[0].observed.printed())
            .map_or(String::new(), |line| format!(" The output is `{line}`.")),
        Some(Drift::OffMeasure | Drift::Absent | Drift::WorkaroundFails | Drift::WorkaroundUnneeded) | None => String::new(),
    }
}

/// The range of the measured numbers.
fn measured(group: &Group<'_>) -> Option<Spread> {
    Spread::of(group.verdicts.iter().filter_map(|verdict| verdict.observed.number.as_ref()))
}

fn ended(sentence: &str) -> String {
    if sentence.ends_with('.') { sentence.to_owned() } else { format!("{sentence}.") }
}

/// A scenario's reason without asides on its own steps.
fn without_steps(reason: &str) -> String {
    static ASIDE: LazyLock<Regex> = LazyLock::new(|| known(r",? ?\((?:step|see|as the) [^)]*\)"));
    ASIDE.replace_all(reason, "").into_owned()
}

/// Rules that replace parts of printed lines that differ between runs or systems.
#[derive(Debug)]
pub struct Rules(Vec<(Regex, String)>);

impl Rules {
    /// The rules of a project, among those for all output: dates, process ids, addresses, lines of source. A pattern that is not
    /// valid, as an edited record may have it, replaces nothing.
    pub fn new(of_project: &[Rule]) -> Self {
        let rule = |pattern, with: &str| (known(pattern), with.to_owned());
        let before = [
            rule(r"\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d [\d:.]+ \d{4}\] ?", ""),
            rule(r"pid[ =]\d+(?::tid \d+)?", "pid N"),
            rule(r"0x[0-9a-f]{6,}", "0xN"),
        ];
        let after = [rule(r"(\.[ch]|line)([: ])\d+(?::\d+)?", "$1${2}N"), rule(r"[`‘’]", "'")];
        let own = of_project.iter().filter_map(|rule| Some((Regex::new(&rule.pattern).ok()?, rule.with.clone())));
        Rules(before.into_iter().chain(own).chain(after).collect())
    }

    /// A printed line by these rules.
    pub fn generalised(&self, line: &str) -> Option<String> {
        let first = line.lines().map(one_line).find(|line| !line.is_empty())?;
        let text = self.0.iter().fold(first, |text, (rule, by)| rule.replace_all(&text, by).into_owned());
        let text = text.trim().to_owned();
        let cut = text.char_indices().nth(LINE).map(|(at, _)| at);
        Some(cut.map_or(text.clone(), |at| format!("{} [...]", &text[..at])))
    }
}

/// A claim that a run contradicts, with its correction.
#[derive(Debug)]
pub struct Correction<'a> {
    pub claim: &'a Claim,
    pub proposal: Proposal,
    pub stated_at: Vec<Place>,
}

impl Correction<'_> {
    pub fn is_stated(&self) -> bool {
        !self.stated_at.is_empty()
    }
}

/// The correction of every claim that a run contradicts. `outcomes` holds the run's results by claim id.
pub fn corrections<'a>(
    page: &Page,
    binding: &Binding<'a>,
    outcomes: &BTreeMap<&ClaimId, Outcome<'_>>,
    rules: &Rules,
) -> Vec<Correction<'a>> {
    let correction = |bound: &Bound<'a>| {
        let noted = bound.note.as_ref().map_or("", |note| page.blocks[note.block].text.as_str());
        let proposal = Proposal::of(bound.claim, outcomes.get(&bound.claim.id)?, noted, rules)?;
        let places = |text: &str, blocks: &[usize]| {
            let quote = Quote::exact(text);
            blocks.iter().flat_map(|block| quote.places(*block, &page.blocks[*block].words)).collect::<Vec<_>>()
        };
        let notes = bound.note.as_ref().map_or(Vec::new(), |note| places(&proposal.note, &[note.block]));
        // The printed line counts as a correction only if the documented output is gone.
        let output = |place: &Place| page.blocks[place.block].kind == Kind::Literal;
        let gone = notes.is_empty() && !bound.places.iter().any(output);
        let printed = proposal.printed.iter().filter(|_| gone).flat_map(|line| places(line, &bound.region));
        let stated_at = notes.iter().cloned().chain(printed).collect();
        Some(Correction { claim: bound.claim, proposal, stated_at })
    };
    binding.claims.iter().filter_map(correction).collect()
}
