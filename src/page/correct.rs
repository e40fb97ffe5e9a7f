//! What a page should say instead, where a run showed that it is not so: what is really printed, or where a sentence holds
//! and where not. Only what a run showed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::locate::{Binding, Bound, Place, Quote};
use super::{Kind, Page};
use crate::model::claim::{Claim, ClaimKind};
use crate::model::drift::Drift;
use crate::model::verdict::Ruling;
use crate::summary::claim::{Group, Outcome, Standing};
use crate::text::pattern::known;

/// The most characters of a printed line that a page repeats.
const LINE: usize = 400;

/// What to say of one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What is printed instead of the documented output; for claims that hold nowhere.
    pub printed: Option<String>,
    /// Where it holds and where not; names in backticks.
    pub note: String,
}

impl Proposal {
    /// What follows from what a run says of a claim; `None` where it contradicts nothing, or something could not be told.
    pub fn of(claim: &Claim, outcome: &Outcome<'_>) -> Option<Self> {
        match outcome.standing {
            Standing::Holds | Standing::Untold | Standing::Undecided => None,
            Standing::InPart => Some(Proposal { printed: None, note: note(claim, outcome) }),
            Standing::Fails => Some(Proposal { printed: printed(claim, outcome), note: note(claim, outcome) }),
        }
    }
}

/// What is printed where the documented text is not: that of the same failure in other words before anything else. None
/// where the failure has several wordings, which one line cannot stand for.
fn printed(claim: &Claim, outcome: &Outcome<'_>) -> Option<String> {
    let of_kind = |drift| outcome.of_ruling(Ruling::Drifted).filter(move |group| group.drift() == Some(drift));
    let group = of_kind(Drift::Reworded).next().or_else(|| of_kind(Drift::Absent).next())?;
    let line = |group: &Group<'_>| generalised(group.verdicts[0].printed());
    let alone = of_kind(Drift::Reworded).all(|other| line(other) == line(group));
    (claim.kind == ClaimKind::Symptom && alone).then(|| line(group)).flatten()
}

/// The claim, where it is so and where not, and why.
fn note(claim: &Claim, outcome: &Outcome<'_>) -> String {
    let (so, not_so) = match claim.kind {
        ClaimKind::Symptom => ("seen", "not seen"),
        ClaimKind::Workaround => ("helps", "does not help"),
        ClaimKind::Measure | ClaimKind::Diagnostic | ClaimKind::Statement => ("so", "not so"),
    };
    let confirmed = outcome.of_ruling(Ruling::Confirmed).map(|group| format!("{so} with {}.", group.place()));
    let drifted: Vec<&Group<'_>> = outcome.of_ruling(Ruling::Drifted).collect();
    let alone = drifted.len() == 1 && outcome.standing == Standing::Fails;
    let drifted = drifted.iter().map(|group| {
        let place = if alone { "wherever it was tried".to_owned() } else { format!("with {}", group.place()) };
        let not_so = if group.drift() == Some(Drift::Reworded) { "in other words" } else { not_so };
        format!("{not_so} {place}: {}{}", ended(&without_steps(group.reason())), instead(group))
    });
    let sentences = confirmed.chain(drifted).enumerate();
    let sentences = sentences.map(|(at, sentence)| if at == 0 { sentence } else { capitalised(&sentence) });
    one_line(&format!("“{}”: {}", claim.says, sentences.collect::<Vec<_>>().join(" ")))
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// What was seen instead, where that says something to a reader.
fn instead(group: &Group<'_>) -> String {
    match group.drift() {
        Some(Drift::Reworded) => {
            generalised(group.verdicts[0].printed()).map_or(String::new(), |line| format!(" Printed is `{line}`."))
        }
        Some(Drift::OffMeasure) => measured(group),
        Some(Drift::Absent | Drift::WorkaroundFails | Drift::WorkaroundUnneeded) | None => String::new(),
    }
}

/// The least and the most of the number that was looked at.
fn measured(group: &Group<'_>) -> String {
    let numbers = group.verdicts.iter().filter_map(|verdict| {
        let (name, number) = verdict.observed.rsplit_once(" = ")?;
        Some((name.rsplit_once(": ").map_or(name, |(_, name)| name), number.parse::<i64>().ok()?))
    });
    let numbers: Vec<(&str, i64)> = numbers.collect();
    match (numbers.iter().map(|(_, n)| n).min(), numbers.iter().map(|(_, n)| n).max()) {
        (Some(least), Some(most)) if least == most => format!(" Measured was `{}` {least}.", numbers[0].0),
        (Some(least), Some(most)) => format!(" Measured was `{}` from {least} to {most}.", numbers[0].0),
        _ => String::new(),
    }
}

fn ended(sentence: &str) -> String {
    if sentence.ends_with('.') { sentence.to_owned() } else { format!("{sentence}.") }
}

/// A scenario's reason without what it says of its own steps.
fn without_steps(reason: &str) -> String {
    static ASIDE: LazyLock<Regex> = LazyLock::new(|| known(r",? ?\((?:step|see|as the) [^)]*\)"));
    ASIDE.replace_all(reason, "").into_owned()
}

/// A printed line without what differs from run to run and from system to system: dates, process ids, addresses, versions
/// inside paths.
pub fn generalised(line: &str) -> Option<String> {
    static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let rule = |pattern, by| (known(pattern), by);
        vec![
            rule(r"\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d [\d:.]+ \d{4}\] ?", ""),
            rule(r"pid[ =]\d+(?::tid \d+)?", "pid N"),
            rule(r"0x[0-9a-f]{6,}", "0xN"),
            rule(r"(mod_wsgi|httpd)-\d+(?:\.\d+)+", "$1-X.Y.Z"),
            rule(r"(python)\d\.\d+", "${1}X.Y"),
            rule(r"(\.[ch]|line)([: ])\d+(?::\d+)?", "$1${2}N"),
            rule(r"[`‘’]", "'"),
        ]
    });
    let first = line.lines().map(one_line).find(|line| !line.is_empty())?;
    let text = RULES.iter().fold(first, |text, (rule, by)| rule.replace_all(&text, *by).into_owned());
    let cut = text.char_indices().nth(LINE).map(|(at, _)| at);
    Some(cut.map_or(text.clone(), |at| format!("{} [...]", &text[..at])))
}

/// Text on one line, without what a terminal or an editor would act on.
pub fn one_line(text: &str) -> String {
    let shown: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One claim against the page and a run.
#[derive(Debug)]
pub struct Correction<'a> {
    /// The claim.
    pub claim: &'a Claim,
    /// What to say.
    pub proposal: Proposal,
    /// Where the page says that already.
    pub said: Vec<Place>,
}

impl Correction<'_> {
    /// Whether the page already says what was seen.
    pub fn is_said(&self) -> bool {
        !self.said.is_empty()
    }
}

/// The correction of every claim that a run contradicts; `outcomes` is what it says of each, by id.
pub fn corrections<'a>(page: &Page, binding: &Binding<'a>, outcomes: &BTreeMap<&str, Outcome<'_>>) -> Vec<Correction<'a>> {
    let correction = |bound: &Bound<'a>| {
        let proposal = Proposal::of(bound.claim, outcomes.get(bound.claim.id.as_str())?)?;
        let places = |text: &str, blocks: &[usize]| {
            let quote = Quote::exact(text);
            blocks.iter().flat_map(|block| quote.places(*block, &page.blocks[*block].words)).collect::<Vec<_>>()
        };
        let noted = bound.note.as_ref().map_or(Vec::new(), |note| places(&proposal.note, &[note.block]));
        // Only where the documented output is gone does the printed one stand in its place.
        let output = |place: &Place| page.blocks[place.block].kind == Kind::Literal;
        let gone = noted.is_empty() && !bound.places.iter().any(output);
        let printed = proposal.printed.iter().filter(|_| gone).flat_map(|line| places(line, &bound.region));
        let said = noted.iter().cloned().chain(printed).collect();
        Some(Correction { claim: bound.claim, proposal, said })
    };
    binding.claims.iter().filter_map(correction).collect()
}
