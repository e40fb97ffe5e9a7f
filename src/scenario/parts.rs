//! What each part of a scenario must and must not look for: `prepare` and `reproduce` what is known when they are
//! executed, `reproduce` the failure itself, `resolved` an answer. It must not know how one expectation is made valid.

use super::mistake::Place;
use super::names::{Names, spliced};
use super::words::Bound;
use super::{Act, Check, ClaimKind, Operand, Step, raw};

impl Names<'_> {
    /// Notes claims that `prepare` cannot decide, and comparisons that cannot be made yet in it or in `reproduce`.
    pub(super) fn in_time(&self, raw: &raw::Scenario, place: &Place<'_>) {
        for (part, steps, known) in
            [("prepare", &raw.prepare, &["prepare"][..]), ("reproduce", &raw.reproduce, &["prepare", "reproduce"])]
        {
            for (at, step) in spliced(self.common, steps, &place.key(part)) {
                for (at, check) in at.key("expect").each(&step.expect) {
                    match &check.claim {
                        Some(claim) if part == "prepare" => self.tried(claim, &at.key("claim")),
                        Some(_) => {}
                        None => taken(check, known, &at),
                    }
                }
            }
        }
    }

    /// Notes a symptom: the healthy side is asked for it in `reproduce` alone.
    fn tried(&self, claim: &str, place: &Place<'_>) {
        if self.ledger.claim(claim).is_some_and(|claim| claim.kind == ClaimKind::Symptom) {
            place.note("a symptom in `prepare` is not looked for on the healthy side", "decide it in `reproduce`");
        }
    }
}

/// Notes a comparison with a number of a phase that comes later than those known.
fn taken(check: &raw::Check, known: &[&str], place: &Place<'_>) {
    for (key, bound) in [("below", &check.below), ("above", &check.above)] {
        let Some(Bound(Operand::Captured { phase: Some(phase), .. })) = bound else { continue };
        if !known.contains(&phase.as_str()) {
            let message = format!("`{phase}` is executed later, and this must hold at once");
            place.key(key).note(message, "compare with a number taken before, or decide a `claim` with it");
        }
    }
}

/// The steps of `reproduce`, one of which says that the failure occurred.
pub(super) fn reproduce(steps: Vec<Step>, place: &Place<'_>) -> Vec<Step> {
    if !steps.is_empty() && !steps.iter().flat_map(plain).any(|_| true) {
        let help = "add one without a `claim`, such as `exit: failure`";
        place.key("reproduce").note("no expectation says that the failure occurred at all", help);
    }
    steps
}

/// The steps of `resolved`, one of which shows what Apache answers.
pub(super) fn resolved(steps: Vec<Step>, place: &Place<'_>) -> Vec<Step> {
    let answers = |step: &Step| {
        let well = plain(step).any(|check| check.status.is_some_and(|status| (200..300).contains(&status)));
        matches!(step.act, Act::Http(_)) && well && plain(step).any(|check| !check.has.is_empty())
    };
    // A list that is empty has been complained about already.
    if !steps.is_empty() && !steps.iter().any(answers) {
        let help = "add an `http` step that expects a `status` of 200 to 299 and, as `has`, what is answered";
        place.key("resolved").note("no step shows what Apache answers", help);
    }
    steps
}

/// The expectations that decide no claim.
fn plain(step: &Step) -> impl Iterator<Item = &Check> {
    step.expect.iter().filter(|check| check.claim.is_none())
}
