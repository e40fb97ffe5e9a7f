//! Notes on where a sentence of the page holds, where it does not, and why.

use std::sync::LazyLock;

use regex::Regex;

use super::rules::Rules;
use super::spread::Spread;
use super::words::one_line;
use crate::model::claim::{Claim, ClaimKind};
use crate::model::drift::Drift;
use crate::model::verdict::Ruling;
use crate::summary::claim::{Group, Outcome, Standing};
use crate::text::pattern::known;

/// A note; names in backticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The claims, in the ledger's words.
    pub says: Vec<String>,
    /// Where they hold, where they do not, and why.
    pub rest: String,
}

impl Note {
    /// `stated` are the ranges of measured numbers that the page states, which stay while they hold.
    pub(super) fn of(claim: &Claim, outcome: &Outcome<'_>, stated: &[Spread], rules: &Rules) -> Self {
        Note { says: vec![claim.says.clone()], rest: one_line(&rest(claim, outcome, stated, rules)) }
    }

    /// The whole text, which begins with the claims, so that a later run finds it.
    pub fn text(&self) -> String {
        let says: Vec<String> = self.says.iter().map(|says| format!("“{says}”")).collect();
        one_line(&format!("{}: {}", says.join(" and "), self.rest))
    }
}

fn rest(claim: &Claim, outcome: &Outcome<'_>, stated: &[Spread], rules: &Rules) -> String {
    let (so, not_so, nowhere) = match claim.kind {
        ClaimKind::Symptom => ("seen", "not seen", "not seen in any tested environment"),
        ClaimKind::Workaround => ("helps", "does not help", "does not help in any tested environment"),
        ClaimKind::Measure | ClaimKind::Diagnostic | ClaimKind::Statement => ("so", "not so", "not so in any tested environment"),
    };
    let confirmed = outcome.of_ruling(Ruling::Confirmed).map(|group| format!("{so} {}.", group.on_page()));
    let drifted: Vec<&Group<'_>> = outcome.of_ruling(Ruling::Drifted).collect();
    let alone = drifted.len() == 1 && outcome.standing == Standing::Fails;
    let drifted = drifted.iter().enumerate().map(|(at, group)| {
        let is_reworded = group.drift() == Some(Drift::Reworded);
        let place = match (alone, is_reworded) {
            (true, true) => "seen in other words in every tested environment".to_owned(),
            (true, false) => nowhere.to_owned(),
            (false, true) => format!("seen in other words {}", group.on_page()),
            (false, false) => format!("{not_so} {}", group.on_page()),
        };
        let instead = match group.drift() {
            Some(Drift::OffMeasure) => measured(group).map_or(String::new(), |spread| spread.settled(stated, at).sentence()),
            _ => instead(group, rules),
        };
        format!("{place}: {}{instead}", ended(&without_steps(reason(group))))
    });
    let sentences = confirmed.chain(drifted).enumerate();
    let sentences = sentences.map(|(at, sentence)| if at == 0 { sentence } else { capitalised(&sentence) });
    sentences.collect::<Vec<_>>().join(" ")
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
