//! `matrix list`, and the text of `matrix plan`.

use std::io::{self, Write};

use super::failure::{CommandResult, fault, usage};
use super::inputs::library;
use super::places::Places;
use crate::cli::List;
use crate::commands::exit::Exit;
use crate::load::Library;
use crate::model::cell::Cell;
use crate::model::cell::expand::{excluded, expand};
use crate::model::cell::select::{Choice, select};
use crate::model::id::ClaimId;
use crate::model::observation::{Part, Phase};
use crate::model::plan::{CellPlan, ImagePlan};
use crate::model::scenario::Scenario;
use crate::model::step::Step;

pub(super) fn list(places: &Places, args: &List) -> CommandResult {
    let library = library(places)?;
    let mut out = io::stdout().lock();
    if args.claims {
        claims(&mut out, &library).map_err(fault)?;
    } else if args.scenarios.is_empty() {
        library
            .scenarios
            .iter()
            .try_for_each(|s| writeln!(out, "{:32} {:>3} cells  {}", s.id, expand(s).len(), s.title))
            .map_err(fault)?;
    } else {
        // `select` checks the names of scenarios and suggests similar ones.
        select(&library.scenarios, &Choice { scenarios: args.scenarios.clone(), only: Vec::new(), full: true }).map_err(usage)?;
        let named = library.scenarios.iter().filter(|s| args.scenarios.contains(&s.id));
        named.into_iter().try_for_each(|scenario| cells(&mut out, scenario)).map_err(fault)?;
    }
    Ok(Exit::Expected)
}

fn cells(out: &mut impl Write, scenario: &Scenario) -> io::Result<()> {
    writeln!(out, "{}: {}", scenario.id, scenario.title)?;
    for cell in expand(scenario) {
        let rule = scenario.fidelity.iter().find(|rule| rule.when.holds(&cell.axes));
        let fidelity = rule.map_or(String::new(), |rule| format!("{:?}", rule.fidelity).to_lowercase());
        writeln!(out, "  {:44} {fidelity}", cell.id)?;
    }
    let excluded = excluded(scenario);
    if !excluded.is_empty() {
        writeln!(out, "excluded, with the reason:")?;
    }
    for rule in &scenario.exclude {
        let count = excluded.iter().filter(|(_, reason)| *reason == rule.reason).count();
        writeln!(out, "  {count:>3} x {}", rule.reason)?;
    }
    Ok(())
}

fn claims(out: &mut impl Write, library: &Library) -> io::Result<()> {
    let mut bound = 0;
    for (section, heading) in &library.ledger.sections {
        writeln!(out, "{heading}")?;
        for claim in library.ledger.of_section(section) {
            let by: Vec<String> = library.binding(&claim.id).map(|scenario| bound_in(scenario, &claim.id)).collect();
            bound += usize::from(!by.is_empty());
            let by = if by.is_empty() { "no scenario".to_owned() } else { by.join("; ") };
            writeln!(out, "  {:24} {}\n  {:24} {by}", claim.id, claim.says, "")?;
            for left in library.binding(&claim.id).flat_map(|scenario| left_out(scenario, &claim.id)) {
                writeln!(out, "  {:24} {left}", "")?;
            }
        }
        for draft in library.ledger.drafts_of(section) {
            writeln!(out, "  {:24} {}\n  {:24} draft, not judged", draft.id, draft.says, "")?;
        }
    }
    let drafts = library.ledger.drafts.len();
    let drafts = if drafts == 0 { String::new() } else { format!(", {drafts} draft{}", if drafts == 1 { "" } else { "s" }) };
    writeln!(out, "{bound} of {} claims bound{drafts}", library.ledger.claims.len())
}

/// The number of cells of a scenario that decide a claim, and how many of them are selected by default.
fn bound_in(scenario: &Scenario, claim: &ClaimId) -> String {
    let skipped = |cell: &Cell| scenario.skipped.iter().any(|skip| skip.claim == *claim && skip.when.holds(&cell.axes));
    let (skips, cells): (Vec<_>, Vec<_>) = expand(scenario).into_iter().partition(skipped);
    if cells.is_empty() {
        return format!("{}: skipped in all {} cells", scenario.id, skips.len());
    }
    let default = cells.iter().filter(|cell| scenario.is_default(&cell.axes)).count();
    let skips = if skips.is_empty() { String::new() } else { format!(", skipped in {}", skips.len()) };
    format!("{}: {} cells, {default} of them by default{skips}", scenario.id, cells.len())
}

/// Documented words that a scenario leaves out where it decides a claim, and the reasons.
fn left_out(scenario: &Scenario, claim: &ClaimId) -> Vec<String> {
    let shows = scenario.workarounds.iter().flat_map(|workaround| &workaround.verify);
    let steps = scenario.prepare.iter().chain(&scenario.reproduce).chain(&scenario.resolved).chain(&scenario.control.verify);
    let checks = steps.chain(shows).flat_map(|step| &step.expect).filter(|check| check.claim.as_ref() == Some(claim));
    let workarounds = scenario.workarounds.iter().filter(|workaround| workaround.claim == *claim);
    let left = checks.flat_map(|check| &check.without).chain(workarounds.flat_map(|workaround| &workaround.without));
    left.map(|left| format!("{}: without `{}`: {}", scenario.id, left.what, left.reason)).collect()
}

pub(super) fn plan(out: &mut impl Write, plan: &CellPlan) -> io::Result<()> {
    writeln!(out, "{}", plan.cell.cell_ref())?;
    writeln!(out, "  image         {}", stack(&plan.image))?;
    writeln!(out, "  control image {}", stack(&plan.control_image))?;
    for (name, reason) in &plan.capabilities {
        writeln!(out, "  capability    {name}: {reason}")?;
    }
    let steps_of = |phase: Phase, part: Part| -> Vec<Step<String>> {
        plan.parts(&phase).into_iter().find(|(of, _)| *of == part).map(|(_, steps)| steps).unwrap_or_default()
    };
    let prepare = steps_of(Phase::Prepare, Part::Prepare);
    let reproduce = steps_of(Phase::Reproduce, Part::Reproduce);
    let resolved = steps_of(Phase::Placebo, Part::Resolved);
    part(out, "prepare", &prepare)?;
    part(out, "reproduce", &reproduce)?;
    for workaround in &plan.workarounds {
        let steps_of = |part: Part| steps_of(Phase::Workaround(workaround.id.clone()), part);
        writeln!(out, "  workaround:{} ({})", workaround.id, workaround.claim)?;
        steps(out, &steps_of(Part::Workaround(workaround.id.clone())))?;
        part(out, "  reproduce, changed", &other(&steps_of(Part::Reproduce), &reproduce))?;
        part(out, "  resolved, changed", &other(&steps_of(Part::Resolved), &resolved))?;
        part(out, "  verify", &steps_of(Part::Verify(workaround.id.clone())))?;
    }
    part(out, "resolved", &resolved)?;
    part(out, "prepare, in the control", &other(&steps_of(Phase::Control, Part::Prepare), &prepare))?;
    part(out, "reproduce, in the control", &other(&steps_of(Phase::Control, Part::Reproduce), &reproduce))
}

/// Steps that only the first list has.
fn other(there: &[Step<String>], elsewhere: &[Step<String>]) -> Vec<Step<String>> {
    there.iter().filter(|step| !elsewhere.contains(step)).cloned().collect()
}

fn stack(image: &ImagePlan) -> String {
    let layers = image.layers.iter().map(|layer| layer.dockerfile.as_str());
    [image.base.as_str()].into_iter().chain(layers).collect::<Vec<_>>().join(" + ")
}

fn part(out: &mut impl Write, name: &str, list: &[Step<String>]) -> io::Result<()> {
    if !list.is_empty() {
        writeln!(out, "  {name}")?;
    }
    steps(out, list)
}

fn steps(out: &mut impl Write, list: &[Step<String>]) -> io::Result<()> {
    for step in list {
        let env: String = step.env.iter().map(|(name, value)| format!("{name}={value} ")).collect();
        let user = step.user.as_ref().map_or(String::new(), |user| format!("[as {user}] "));
        writeln!(out, "    {:24} {user}{env}{}", step.name, step.command().replace('\n', "\n                             "))?;
    }
    Ok(())
}
