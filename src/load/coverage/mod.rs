//! Checks which part of a scenario decides which claim: each claim of the section is decided by a part that fits its
//! kind, and the statements about claims do not contradict each other. Works on the valid types only.

mod workarounds;

use std::collections::BTreeSet;

use super::axes::{Grid, described};
use super::diagnostic::Place;
use crate::model::claim::{Claim, ClaimKind, Ledger};
use crate::model::drift::{Drift, KnownDrift};
use crate::model::expect::Expectation;
use crate::model::id::ClaimId;
use crate::model::scenario::Scenario;
use crate::model::step::Step;
use crate::model::when::{Axes, When};
use crate::text::suggest::{nearest, quoted};
use crate::text::template::Template;

/// Reports every claim of the scenario that nothing decides, and every statement that cannot come true.
pub(super) fn check(scenario: &Scenario, grid: &Grid, place: &Place<'_>, ledger: &Ledger) {
    let meant = misspelt(scenario, ledger);
    for claim in scenario.claims.iter().filter_map(|id| ledger.claim(id)).filter(|claim| !meant.contains(claim.id.as_str())) {
        undecided(claim, scenario, grid, &place.key("section"));
    }
    nothing_left(scenario, grid, &place.key("skipped"));
    unstated(scenario, grid, place);
    absences(scenario, grid, &place.key("not-reproduced"));
    for (number, (at, known)) in place.key("known-drift").each(&scenario.known_drift).enumerate() {
        if scenario.claims.contains(&known.claim) {
            drift_fits(known, scenario, grid, &at);
            workarounds::which(known, scenario, grid, &at);
        }
        disjoint(number, scenario, grid, &at);
    }
}

/// Reports a cell in which `not-reproduced` is stated twice, and a known drift of a workaround in a cell in which no
/// workaround is tried.
fn absences(scenario: &Scenario, grid: &Grid, place: &Place<'_>) {
    for (number, (at, stated)) in place.each(&scenario.not_reproduced).enumerate() {
        for (other, earlier) in scenario.not_reproduced[..number].iter().enumerate() {
            if let Some(cell) = grid.cell(|cell| stated.when.holds(cell) && earlier.when.holds(cell)) {
                let message = format!("not-reproduced[{other}] also covers {}", described(cell));
                at.note(message, "restrict one of the two with `when`");
            }
        }
        for (other, known) in scenario.known_drift.iter().enumerate().filter(|(_, known)| known.drift.is_of_workaround()) {
            if let Some(cell) = grid.cell(|cell| stated.when.holds(cell) && known.when.holds(cell)) {
                let message = format!(
                    "known-drift[{other}] states a drift of a workaround in {}, where no workaround runs",
                    described(cell)
                );
                at.note(message, "restrict one of the two with `when`");
            }
        }
    }
}

/// The claims nearest to ids that do not exist. A misspelt id is reported at its own place, so the claim that it means
/// is not reported as undecided.
fn misspelt<'a>(scenario: &'a Scenario, ledger: &'a Ledger) -> BTreeSet<&'a str> {
    let workarounds = scenario.workarounds.iter().map(|workaround| &workaround.claim);
    let named = checks(scenario).filter_map(|(_, check)| check.claim.as_ref()).chain(workarounds);
    let section = || ledger.of_section(&scenario.section).map(|claim| claim.id.as_str());
    let unknown = |id: &&ClaimId| ledger.claim(id).is_none() && ledger.draft(id).is_none();
    named.filter(unknown).filter_map(|id| nearest(id.as_str(), section()).first().copied()).collect()
}

/// Reports a claim that in some cell is neither decided nor skipped.
fn undecided(claim: &Claim, scenario: &Scenario, grid: &Grid, place: &Place<'_>) {
    let help = match claim.kind {
        ClaimKind::Workaround => {
            "add this `claim` to an entry of `workarounds`, or add it to `skipped` with the reason why no run can decide it"
        }
        ClaimKind::Symptom | ClaimKind::Measure | ClaimKind::Diagnostic | ClaimKind::Statement => {
            "add this `claim` to an expectation, or add it to `skipped` with the reason why no run can decide it"
        }
    };
    let skips = || scenario.skipped.iter().filter(|skip| skip.claim == claim.id);
    let deciders = Deciders::of(&claim.id, scenario);
    let settled = |cell: &Axes| skips().any(|skip| skip.when.holds(cell)) || deciders.how(cell).any();
    if let Some(cell) = grid.cell(|cell| !settled(cell)) {
        let scope = grid.cell(settled).map_or_else(String::new, |_| format!(" in {}", described(cell)));
        place.note(format!("nothing decides claim `{}`{scope}", claim.id), help);
    }
}

/// Reports a cell in which every claim of the scenario is skipped.
fn nothing_left(scenario: &Scenario, grid: &Grid, place: &Place<'_>) {
    let skipped = |claim: &ClaimId, cell: &_| scenario.skipped.iter().any(|skip| skip.claim == *claim && skip.when.holds(cell));
    let idle = grid.cell(|cell| scenario.claims.iter().all(|claim| skipped(claim, cell)));
    // A scenario without claims has an unknown section, which has been reported.
    if let Some(cell) = idle.filter(|_| !scenario.claims.is_empty()) {
        let message = format!("every claim is skipped in {}, so nothing is decided there", described(cell));
        place.note(message, "`exclude` these cells, or decide a claim in them");
    }
}

fn drift_fits(known: &KnownDrift<Template>, scenario: &Scenario, grid: &Grid, place: &Place<'_>) {
    let deciders = Deciders::of(&known.claim, scenario);
    let decided = |cell: &Axes| deciders.how(cell);
    if let Some(cell) = grid.cell(|cell| known.when.holds(cell) && !decided(cell).any()) {
        let scope = grid.cell(|cell| decided(cell).any()).map_or_else(String::new, |_| format!(" in {}", described(cell)));
        let message = format!("nothing decides claim `{}`{scope}, so it cannot drift", known.claim);
        return place.key("claim").note(message, if scope.is_empty() { "remove this" } else { "restrict its `when`" });
    }
    let fits = |how: How<'_>| match known.drift {
        Drift::WorkaroundFails | Drift::WorkaroundUnneeded => how.workaround,
        Drift::Absent => how.check,
        Drift::Reworded => how.words.contains(&known.line().map(|text| text.0.as_str())),
        Drift::OffMeasure => how.number,
    };
    if let Some(cell) = grid.cell(|cell| known.when.holds(cell) && !fits(decided(cell))) {
        if known.drift == Drift::Reworded && decided(cell).check {
            let message = format!("no expectation of claim `{}` has this `seen` as its `reworded`", known.claim);
            return place.key("drift").note(message, "add the same text as `reworded` to an expectation, or use `absent`");
        }
        let (by, possible) = match decided(cell).check {
            true => ("an expectation", ["absent", "reworded"]),
            false => ("a workaround", ["workaround-fails", "workaround-unneeded"]),
        };
        let message = format!("claim `{}` is decided by {by}, which cannot drift like this", known.claim);
        place.key("drift").note(message, format!("use {}", quoted(possible, " or ")));
    }
}

/// Reports a `reworded` without a known drift. Each of the two texts verifies the other: a text that is not compared
/// with another may be much too short without any sign of it.
fn unstated(scenario: &Scenario, grid: &Grid, place: &Place<'_>) {
    for (whens, check) in checks(scenario) {
        let (Some(text), Some(claim)) = (&check.reworded, &check.claim) else { continue };
        let states = |known: &KnownDrift<Template>| {
            let same = known.claim == *claim
                && known.drift == Drift::Reworded
                && known.line().map(|text| text.0.as_str()) == Some(text.0.as_str());
            same && grid.cell(|cell| known.when.holds(cell) && whens.iter().all(|when| when.holds(cell))).is_some()
        };
        if !scenario.known_drift.iter().any(states) {
            let at = check.at.split_once(": ").map_or(check.at.as_str(), |(_, key)| key);
            place.key("known-drift").note(
                format!("no known drift of claim `{claim}` has the `reworded` of `{at}`"),
                "add a known drift with the same text as `seen`, or remove `reworded`: reports show the nearest line anyway",
            );
        }
    }
}

/// Reports a drift that is stated twice or of a skipped claim: the verdict would be the same without it.
fn disjoint(number: usize, scenario: &Scenario, grid: &Grid, place: &Place<'_>) {
    let known = &scenario.known_drift[number];
    let same = |earlier: &KnownDrift<Template>| earlier.claim == known.claim && workarounds::same(known, earlier);
    for (other, earlier) in scenario.known_drift[..number].iter().enumerate().filter(|(_, earlier)| same(earlier)) {
        if let Some(cell) = grid.cell(|cell| known.when.holds(cell) && earlier.when.holds(cell)) {
            let message = format!("known-drift[{other}] also states a drift of `{}` in {}", known.claim, described(cell));
            place.note(message, "restrict one of the two with `when`");
        }
    }
    for (other, skip) in scenario.skipped.iter().enumerate().filter(|(_, skip)| skip.claim == known.claim) {
        if let Some(cell) = grid.cell(|cell| known.when.holds(cell) && skip.when.holds(cell)) {
            let message = format!("skipped[{other}] skips `{}` in {}, where it cannot drift", known.claim, described(cell));
            place.note(message, "restrict one of the two with `when`");
        }
    }
}

struct How<'a> {
    workaround: bool,
    check: bool,
    /// Whether one of the expectations compares a number.
    number: bool,
    /// The `reworded` texts of the expectations.
    words: Vec<Option<&'a str>>,
}

impl How<'_> {
    fn any(&self) -> bool {
        self.workaround || self.check
    }
}

/// Everything that decides a claim in some cell, computed once for all cells.
struct Deciders<'a> {
    workarounds: Vec<&'a When>,
    checks: Vec<(Vec<&'a When>, &'a Expectation<Template>)>,
}

impl<'a> Deciders<'a> {
    fn of(claim: &ClaimId, scenario: &'a Scenario) -> Self {
        let workarounds = scenario.workarounds.iter().filter(|workaround| workaround.claim == *claim);
        Deciders {
            workarounds: workarounds.map(|workaround| &workaround.when).collect(),
            checks: checks(scenario).filter(|(_, check)| check.claim.as_ref() == Some(claim)).collect(),
        }
    }

    fn how(&self, cell: &Axes) -> How<'a> {
        let mut how = How {
            workaround: self.workarounds.iter().any(|when| when.holds(cell)),
            check: false,
            number: false,
            words: Vec::new(),
        };
        for (_, check) in self.checks.iter().filter(|(whens, _)| whens.iter().all(|when| when.holds(cell))) {
            how.check = true;
            how.number |= check.tests.have("number");
            how.words.extend(check.reworded.as_ref().map(|text| Some(text.0.as_str())));
        }
        how
    }
}

/// Every expectation of the scenario, with all conditions under which it applies.
fn checks(scenario: &Scenario) -> impl Iterator<Item = (Vec<&When>, &Expectation<Template>)> {
    let parts = [&scenario.prepare, &scenario.reproduce, &scenario.resolved, &scenario.control.verify].map(|steps| (None, steps));
    let shows = scenario
        .workarounds
        .iter()
        .flat_map(|workaround| [&workaround.steps, &workaround.verify].map(|steps| (Some(&workaround.when), steps)));
    parts.into_iter().chain(shows).flat_map(|(outer, steps): (Option<&When>, &Vec<Step<Template>>)| {
        steps.iter().flat_map(move |step| {
            step.expect.iter().map(move |check| (outer.into_iter().chain([&step.when, &check.when]).collect(), check))
        })
    })
}
