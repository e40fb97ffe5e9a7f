//! `matrix mutate`: changes scenarios and reports which wrong scenarios would still pass.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::connect::connect;
use super::failure::{CommandResult, Failure, fault, run_failure, usage};
use super::inputs::{Inputs, inputs, settings};
use super::output::{ignore_closed_pipe, json_line};
use super::places::Places;
use super::run::{Running, selection};
use super::work::{choice, plan_selected};
use crate::cli::{Format, Mutate, Which};
use crate::commands::exit::Exit;
use crate::engine::Engine;
use crate::image::{Catalog, Settings};
use crate::load::Variants;
use crate::model::cell::Cell;
use crate::model::cell::expand::expand;
use crate::model::claim::Ledger;
use crate::model::plan::CellPlan;
use crate::model::record::Record;
use crate::model::scenario::Scenario;
use crate::mutate::score::{Entry, FORMAT, Fate, Score};
use crate::mutate::trial::{Noticed, Original, judge, same, usable};
use crate::mutate::{Mutant, chance, mutants};
use crate::report;
use crate::run::lock::{self, Lease};
use crate::run::replay::replay;
use crate::run::{self, block_on};
use crate::text::advice::Advice;

pub(super) fn mutate(places: &Places, args: &Mutate) -> CommandResult {
    let clock = Instant::now();
    let Inputs { library, catalog } = inputs(places)?;
    let variants = Variants::read(&places.project, &places.page).map_err(usage)?;
    let which =
        Which { scenarios: args.scenarios.clone(), only: args.only.clone(), full: args.full, on: args.on.clone(), shard: None };
    let (scenarios, ledger) = (library.scenarios.clone(), library.ledger.clone());
    let settings = settings(places);
    let report_dir = places.report_dir(args.report_dir.as_deref(), "mutate");
    let bench =
        Bench { args, report_dir: report_dir.clone(), clock, variants, scenarios, ledger, catalog: catalog.clone(), settings };
    let work = plan_selected(Inputs { library, catalog }, places, &choice(&which)?, None)?;
    let plans = work.plans.clone();
    let running = Running::new(places, work, selection(&which), &report_dir)?;
    let mut running = Running { jobs: args.jobs, ..running };
    let (engine, info) = connect(places)?;
    let jobs = args.jobs.map_or_else(|| run::room(&info, &plans), usize::from);
    let (record, _) = running.perform(&*engine, info)?;
    if record.ended.is_none() {
        return Ok(Exit::Inconclusive);
    }
    let originals = originals(&record, plans)?;
    let mut cases = bench.cases(&originals)?;
    bench.execute(&*engine, jobs, &originals, &mut cases)?;
    bench.publish(&originals, cases)
}

struct Bench<'a> {
    args: &'a Mutate,
    report_dir: PathBuf,
    clock: Instant,
    variants: Variants,
    scenarios: Vec<Scenario>,
    ledger: Ledger,
    catalog: Catalog,
    settings: Settings,
}

struct Case {
    scenario: usize,
    mutant: Mutant,
    fate: Option<(Fate, String)>,
    /// Changed cells that must be executed: index of the original and changed plan.
    plans: Vec<(usize, CellPlan)>,
    executed: usize,
}

/// The original cells. All their verdicts must be as expected, or a noticed mutant would mean nothing.
fn originals(record: &Record, plans: Vec<CellPlan>) -> Result<Vec<Original>, Failure> {
    if let Some(verdict) = record.verdicts.iter().find(|verdict| !verdict.expected) {
        let cell = format!("{} {}", verdict.scenario, verdict.cell);
        let help = "make `matrix run` exit 0 for these cells first, or exclude them with --only";
        return Err(usage(Advice::new(format!("`{}` is not as expected in {cell}: {}", verdict.claim, verdict.why), help)));
    }
    let cell_of = |plan: &CellPlan| {
        let found = record.cells.iter().find(|cell| cell.cell_ref() == plan.cell.cell_ref());
        found.cloned().ok_or_else(|| fault(anyhow::anyhow!("cell {} {} has no record", plan.cell.scenario, plan.cell.id)))
    };
    plans.into_iter().map(|plan| Ok(Original { record: cell_of(&plan)?, plan })).collect()
}

impl Bench<'_> {
    /// All mutants of scenarios that have a cell, judged as far as possible without execution.
    fn cases(&self, originals: &[Original]) -> Result<Vec<Case>, Failure> {
        let mut cases = Vec::new();
        for (place, scenario) in self.scenarios.iter().enumerate() {
            let cells: Vec<(usize, &Original)> =
                originals.iter().enumerate().filter(|(_, original)| original.plan.cell.scenario == scenario.id).collect();
            if cells.is_empty() {
                continue;
            }
            let gone = || usage(anyhow::anyhow!("{} no longer exists", scenario.file.display()));
            let tree = self.variants.tree(&scenario.id).ok_or_else(gone)?;
            for mutant in mutants(&tree, self.args.seed) {
                let mut case = Case { scenario: place, mutant, fate: None, plans: Vec::new(), executed: 0 };
                self.judge(&mut case, &tree, &cells);
                cases.push(case);
            }
        }
        Ok(cases)
    }

    fn judge(&self, case: &mut Case, tree: &serde_json::Value, cells: &[(usize, &Original)]) {
        let id = &self.scenarios[case.scenario].id;
        let changed = match self.variants.load(id, &case.mutant.apply(tree)) {
            Ok(changed) => changed,
            Err(errors) => {
                let why = errors.0.first().map_or(String::new(), |mistake| mistake.message.clone());
                case.fate = Some((Fate::Refused, why));
                return;
            }
        };
        let there: Vec<Cell> = expand(&changed);
        let mut differs = false;
        for (place, original) in cells {
            let Some(cell) = there.iter().find(|cell| cell.id == original.plan.cell.id) else { continue };
            let plan = match crate::plan::plan(&changed, cell.clone(), &self.ledger, &self.catalog) {
                Ok(plan) => plan,
                Err(error) => {
                    case.fate = Some((Fate::Refused, error.to_string()));
                    return;
                }
            };
            if same(original, &plan) {
                continue;
            }
            differs = true;
            let replayed = replay(&plan, &usable(original, &plan));
            if !replayed.missing.is_empty() {
                case.plans.push((*place, plan));
            } else if let Noticed::Yes(why) = judge(original, &plan, &replayed.phases) {
                case.fate = Some((Fate::Killed, why));
                return;
            }
        }
        if !differs {
            case.fate =
                Some((Fate::NotApplicable, "it changes nothing that is executed or judged in the selected cells".to_owned()));
        } else if case.plans.is_empty() {
            case.fate = Some(self.survived(case, "judged again"));
        }
    }

    /// The fate of a mutant that nothing noticed: excused or survived.
    fn survived(&self, case: &Case, how: &str) -> (Fate, String) {
        let id = case.mutant.id();
        match self.scenarios[case.scenario].excused_mutants.iter().find(|excuse| excuse.mutant == id) {
            Some(excuse) => (Fate::Excused, excuse.reason.clone()),
            None => (Fate::Survived, format!("{how}, and every verdict is as expected: {}", case.mutant.operator.hint())),
        }
    }

    /// An excuse whose mutant did not survive. It would hide the next one.
    fn stale(&self, originals: &[Original], cases: &[Case]) -> Option<Advice> {
        let tried = |scenario: &&Scenario| originals.iter().any(|original| original.plan.cell.scenario == scenario.id);
        for scenario in self.scenarios.iter().filter(tried) {
            for excuse in &scenario.excused_mutants {
                let mine = cases
                    .iter()
                    .find(|case| self.scenarios[case.scenario].id == scenario.id && case.mutant.id() == excuse.mutant);
                let fate = mine.and_then(|case| case.fate.as_ref()).map(|(fate, _)| *fate);
                let what = match fate {
                    Some(Fate::Excused | Fate::NotTried | Fate::Inconclusive | Fate::NotApplicable) => continue,
                    Some(fate) => format!("is {} so it needs no excuse", fate.label()),
                    None => "does not exist".to_owned(),
                };
                let file = scenario.file.display();
                return Some(Advice::new(
                    format!("{file}: excused-mutants: `{}` {what}", excuse.mutant),
                    "remove or correct the entry; `mutant` must be the name of a survivor as printed here",
                ));
            }
        }
        None
    }

    fn entry(&self, case: Case) -> Entry {
        let scenario = &self.scenarios[case.scenario];
        let (fate, why) = case.fate.expect("every case has met its fate");
        Entry {
            scenario: scenario.id.clone(),
            file: scenario.file.display().to_string(),
            line: self.variants.position(&scenario.id, &case.mutant.path).map(|(line, _)| line),
            operator: case.mutant.operator,
            place: case.mutant.place,
            change: case.mutant.change,
            fate,
            why,
            executed: case.executed,
        }
    }

    /// Executes the cases without a fate, in an order that depends on the seed: with a budget, they are a sample of all cases.
    fn execute(&self, engine: &dyn Engine, jobs: usize, originals: &[Original], cases: &mut [Case]) -> Result<(), Failure> {
        let mut order: Vec<usize> = (0..cases.len()).filter(|place| cases[*place].fate.is_none()).collect();
        order.sort_by_key(|place| chance(self.args.seed, &format!("{} {}", cases[*place].scenario, cases[*place].mutant.id())));
        let plans: Vec<Vec<(usize, CellPlan)>> = order.iter().map(|place| std::mem::take(&mut cases[*place].plans)).collect();
        let budget = self.args.max_minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes)));
        let lease = Lease::take(&lock::default_folder()).map_err(fault)?;
        let progress = report::console::Progress::new();
        let request = run::mutants::Mutants {
            originals,
            mutants: &plans,
            jobs,
            budget: budget.map(|budget| budget.saturating_sub(self.clock.elapsed())),
            settings: &self.settings,
            catalog: &self.catalog,
            lease: &lease,
        };
        let outcomes = block_on(run::mutants::mutants(engine, request, &progress)).map_err(run_failure)?;
        drop(progress);
        for (place, outcome) in order.into_iter().zip(outcomes) {
            let case = &mut cases[place];
            case.executed = outcome.as_ref().map_or(0, |outcome| outcome.executed);
            case.fate = Some(match outcome.map(|outcome| outcome.noticed) {
                None => (Fate::NotTried, "the time limit was reached".to_owned()),
                Some(Noticed::Yes(why)) => (Fate::Killed, why),
                Some(Noticed::No) => self.survived(case, "executed"),
                Some(Noticed::Unknown(why)) => (Fate::Inconclusive, why),
            });
        }
        Ok(())
    }

    fn publish(&self, originals: &[Original], cases: Vec<Case>) -> CommandResult {
        let stale = self.stale(originals, &cases);
        let executed = cases.iter().map(|case| case.executed).sum();
        let score = Score {
            format: FORMAT,
            matrix: env!("CARGO_PKG_VERSION").to_owned(),
            seed: self.args.seed,
            seconds: self.clock.elapsed().as_secs(),
            cells: originals.len(),
            executed,
            mutants: cases.into_iter().map(|case| self.entry(case)).collect(),
        };
        let text = serde_json::to_string_pretty(&score).map_err(fault)?;
        report::write_file(&text, &self.report_dir.join("mutants.json")).map_err(fault)?;
        let mut out = anstream::stdout().lock();
        ignore_closed_pipe(match self.args.format {
            Format::Json => json_line(&mut out, &score),
            Format::Text => report::console::mutation(&score, &self.report_dir, &mut out),
        })?;
        if let Some(stale) = stale {
            return Err(usage(stale));
        }
        Ok(if score.count(Fate::Survived) > 0 {
            Exit::Drift
        } else if score.count(Fate::Inconclusive) > 0 {
            Exit::Inconclusive
        } else {
            Exit::Expected
        })
    }
}
