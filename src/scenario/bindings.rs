//! Which part of a scenario decides which claim: every claim of the section has one that fits its kind, and what
//! is stated about claims does not contradict itself. It works on the valid types only.

use std::collections::BTreeSet;

use super::grid::{Grid, described};
use super::mistake::{Place, nearest, quoted};
use super::{Check, Claim, ClaimKind, Drift, KnownDrift, Ledger, Scenario, Step};

/// Notes every claim of the section that nothing decides, and every statement that cannot come true.
pub(super) fn check(scenario: &Scenario, grid: &Grid, place: &Place<'_>, ledger: &Ledger) {
    let decided = decided(scenario, ledger);
    for claim in ledger.of_section(&scenario.section).filter(|claim| !decided.contains(claim.id.as_str())) {
        undecided(claim, scenario, grid, &place.key("section"));
    }
    nothing_left(scenario, grid, &place.key("skipped"), ledger);
    for (number, (at, known)) in place.key("known-drift").each(&scenario.known_drift).enumerate() {
        if ledger.claim(&known.claim).is_some_and(|claim| claim.section == scenario.section) {
            drift_fits(known, scenario, &at);
        }
        disjoint(number, scenario, grid, &at);
    }
}

/// The claims that something decides. A misspelt id is noted where it stands; the claim nearest to it was not forgotten.
fn decided<'a>(scenario: &'a Scenario, ledger: &'a Ledger) -> BTreeSet<&'a str> {
    let workarounds = scenario.workarounds.iter().map(|workaround| workaround.claim.as_str());
    let named = checks(scenario).filter_map(|check| check.claim.as_deref()).chain(workarounds);
    let section = || ledger.of_section(&scenario.section).map(|claim| claim.id.as_str());
    let meant = |id| {
        if ledger.claim(id).is_some() { Some(id) } else { nearest(id, section()).first().copied() }
    };
    named.filter_map(meant).collect()
}

/// Notes a claim that is not skipped everywhere either.
fn undecided(claim: &Claim, scenario: &Scenario, grid: &Grid, place: &Place<'_>) {
    let help = match claim.kind {
        ClaimKind::Workaround => "give an entry of `workarounds` this `claim`, or state under `skipped` why no run can decide it",
        ClaimKind::Symptom | ClaimKind::Measure | ClaimKind::Diagnostic | ClaimKind::Statement => {
            "give an expectation this `claim`, or state under `skipped` why no run can decide it"
        }
    };
    let skips = || scenario.skipped.iter().filter(|skip| skip.claim == claim.id);
    let open = grid.cell(|cell| !skips().any(|skip| skip.when.holds(cell)));
    if let Some(cell) = open {
        let scope = if skips().next().is_some() { format!(" in {}", described(cell)) } else { String::new() };
        place.note(format!("nothing decides claim `{}`{scope}", claim.id), help);
    }
}

/// Notes a cell in which no claim of the section is left to decide.
fn nothing_left(scenario: &Scenario, grid: &Grid, place: &Place<'_>, ledger: &Ledger) {
    let skipped = |claim: &Claim, cell: &_| scenario.skipped.iter().any(|skip| skip.claim == claim.id && skip.when.holds(cell));
    let idle = grid.cell(|cell| ledger.of_section(&scenario.section).all(|claim| skipped(claim, cell)));
    // Without any claim it is the section that is unknown, which has been said.
    if let Some(cell) = idle.filter(|_| ledger.of_section(&scenario.section).next().is_some()) {
        let message = format!("every claim is skipped in {}, so nothing is decided there", described(cell));
        place.note(message, "leave such cells out with `exclude`, or decide a claim in them");
    }
}

fn drift_fits(known: &KnownDrift, scenario: &Scenario, place: &Place<'_>) {
    let workaround = by_workaround(scenario, &known.claim);
    let mut deciding = checks(scenario).filter(|check| decides(check, &known.claim)).peekable();
    let checked = deciding.peek().is_some();
    if !workaround && !checked {
        return place.key("claim").note(format!("nothing decides claim `{}`, so it cannot drift", known.claim), "take this out");
    }
    let (fits, possible) = match known.drift {
        Drift::WorkaroundFails | Drift::WorkaroundUnneeded => (workaround, ["absent", "reworded"]),
        Drift::Absent | Drift::Reworded => (checked, ["workaround-fails", "workaround-unneeded"]),
        Drift::OffMeasure => (deciding.any(|check| check.number.is_some()), ["absent", "reworded"]),
    };
    if !fits {
        let how = if checked { "an expectation" } else { "a workaround" };
        let message = format!("claim `{}` is decided by {how}, which cannot drift like this", known.claim);
        let possible = if checked { ["absent", "reworded"] } else { possible };
        place.key("drift").note(message, format!("use {}", quoted(possible, " or ")));
    }
}

/// A drift stated twice, or of a claim that is skipped, could not be told from its absence.
fn disjoint(number: usize, scenario: &Scenario, grid: &Grid, place: &Place<'_>) {
    let known = &scenario.known_drift[number];
    for (other, earlier) in scenario.known_drift[..number].iter().enumerate().filter(|(_, earlier)| earlier.claim == known.claim)
    {
        if let Some(cell) = grid.cell(|cell| known.when.holds(cell) && earlier.when.holds(cell)) {
            let message = format!("known-drift[{other}] states a drift of `{}` too in {}", known.claim, described(cell));
            place.note(message, "narrow one of the two with `when`");
        }
    }
    for (other, skip) in scenario.skipped.iter().enumerate().filter(|(_, skip)| skip.claim == known.claim) {
        if let Some(cell) = grid.cell(|cell| known.when.holds(cell) && skip.when.holds(cell)) {
            let message = format!("skipped[{other}] skips `{}` in {}, where it cannot drift", known.claim, described(cell));
            place.note(message, "narrow one of the two with `when`");
        }
    }
}

fn by_workaround(scenario: &Scenario, claim: &str) -> bool {
    scenario.workarounds.iter().any(|workaround| workaround.claim == claim)
}

fn decides(check: &Check, claim: &str) -> bool {
    check.claim.as_deref() == Some(claim)
}

/// Every expectation of the scenario.
fn checks(scenario: &Scenario) -> impl Iterator<Item = &Check> {
    let parts = [&scenario.prepare, &scenario.reproduce, &scenario.resolved, &scenario.control.shows];
    let workarounds = scenario.workarounds.iter().flat_map(|workaround| [&workaround.steps, &workaround.shows]);
    parts.into_iter().chain(workarounds).flat_map(|steps: &Vec<Step>| steps).flat_map(|step| &step.expect)
}
