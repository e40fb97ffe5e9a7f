//! Changes of a plan or of stored phases, and the phases that can still be replayed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::image::Catalog;
use crate::load;
use crate::model::action::{Action, Run};
use crate::model::cause::Trouble;
use crate::model::expect::{Exit, ExitRule, Expectation, Has, Lines, Test};
use crate::model::when::When;
use crate::model::workaround::Workaround;

fn step(name: &str, expect: Vec<Expectation<String>>) -> Step<String> {
    Step::run(name, &format!("do {name}"), expect)
}

fn exit(rule: ExitRule) -> Expectation<String> {
    Expectation::of(vec![Test::Exit(Exit { exit: rule })])
}

fn has(text: &str) -> Expectation<String> {
    Expectation::of(vec![Test::Has(Has { has: Lines(vec![format!("{text}[..]")]) })])
}

fn workaround(id: &str, show: &str) -> Workaround<String> {
    let (claim, steps) = (format!("a.{id}").into(), vec![step(id, Vec::new()), step(&format!("{id}-more"), Vec::new())]);
    Workaround {
        id: id.into(),
        claim,
        when: When::default(),
        without: Vec::new(),
        directory: None,
        env: BTreeMap::new(),
        steps,
        replace: BTreeMap::new(),
        verify: vec![step(show, vec![has(show)])],
    }
}

fn plan() -> CellPlan {
    let library = load::folder(Path::new("tests/data/scenarios")).unwrap();
    let catalog = Catalog::read(Path::new("tests/data/dockerfiles")).unwrap();
    let cell = crate::model::cell::expand::expand(&library.scenarios[0]).remove(0);
    let tiny = crate::plan::plan(&library.scenarios[0], cell, &library.ledger, &catalog).unwrap();
    CellPlan {
        prepare: vec![step("unpack", Vec::new()), step("configure", Vec::new())],
        reproduce: vec![step("build", vec![exit(ExitRule::Failure), has("it stops")])],
        workarounds: vec![workaround("one", "look-one"), workaround("two", "look-two")],
        resolved: vec![step("answer", vec![has("hello")])],
        control_verify: vec![step("look-control", Vec::new())],
        ..tiny
    }
}

/// The record of a run in which `build` fails until a workaround is applied.
fn recorded(plan: &CellPlan) -> Vec<PhaseRecord> {
    let record = |phase: Phase| {
        let healthy = matches!(phase, Phase::Workaround(_) | Phase::Control);
        let parts = plan.parts(&phase);
        let steps = parts.iter().flat_map(|(part, steps)| steps.iter().map(move |step| (part, step)));
        let observations = steps.map(|(part, step)| {
            let exit = i64::from(step.command() == "do build" && !healthy);
            let text = if exit == 0 { "hello: 7" } else { "it stops: 8" };
            step.observe(part.clone(), Some(exit), Streams { stdout: text.as_bytes(), stderr: b"" }, 2)
        });
        let observations = observations.collect();
        PhaseRecord { phase, image: "i".into(), observations, trouble: None, millis: 50, cpu_millis: 5 }
    };
    plan.phases().into_iter().map(record).collect()
}

fn record<'a>(phases: &'a mut [PhaseRecord], phase: &str) -> &'a mut PhaseRecord {
    phases.iter_mut().find(|record| record.phase.to_string() == phase).unwrap()
}

/// Gives a step another command.
fn change(step: &mut Step<String>) {
    step.action = Action::Run(Run { run: step.command() + "x" });
}

/// Names of the replayed phases, then of the missing ones after a bar.
fn phases_of(replayed: &Replayed) -> String {
    let listed = |phases: Vec<String>| phases.join(" ");
    let there = listed(replayed.phases.iter().map(|record| record.phase.to_string()).collect());
    let missing = listed(replayed.missing.iter().map(Phase::to_string).collect());
    if missing.is_empty() { there } else { format!("{there} | {missing}") }
}

const ALL: &str = "prepare reproduce placebo workaround:one workaround:two control";
const ONLY_CONTROL: &str = "control | prepare reproduce placebo workaround:one workaround:two";
const FROM_REPRODUCE: &str = "prepare control | reproduce placebo workaround:one workaround:two";
const FROM_SNAPSHOT: &str = "prepare reproduce control | placebo workaround:one workaround:two";

type Row<'a> = (&'a str, &'a dyn Fn(&mut CellPlan), &'a str);

fn table(rows: &[Row<'_>]) {
    let stored = recorded(&plan());
    for (what, change, wanted) in rows {
        let mut plan = plan();
        change(&mut plan);
        assert_eq!(phases_of(&replay(&plan, &stored)), *wanted, "{what}");
    }
}

#[test]
fn a_stored_phase_is_judged_the_same_as_an_executed_one() {
    let stored = recorded(&plan());
    assert_eq!(replay(&plan(), &stored), Replayed { phases: stored, missing: Vec::new() });
}

#[test]
fn a_change_without_effect_on_execution_is_answered_from_the_cache() {
    table(&[
        ("nothing", &|_| {}, ALL),
        ("an expectation", &|plan| plan.resolved[0].expect = vec![has("no such thing")], ALL),
        ("an expectation of a look", &|plan| plan.control_verify[0].expect = vec![has("no such thing")], ALL),
        ("the name of a step", &|plan| plan.reproduce[0].name = "make".into(), ALL),
        ("the last look", &|plan| plan.control_verify.clear(), ALL),
        ("a number taken", &|plan| drop(plan.reproduce[0].capture.insert("n".into(), "^x ([0-9]+)".into())), ALL),
        ("the claims", &|plan| plan.claims.clear(), ALL),
        (
            "the name of a workaround",
            &|plan| plan.workarounds[0].id = "other".into(),
            "prepare reproduce placebo workaround:other workaround:two control",
        ),
    ]);
}

#[test]
fn a_changed_step_is_missing_with_all_phases_that_start_from_it() {
    let all = " | prepare reproduce placebo workaround:one workaround:two control";
    let from_reproduce = "prepare | reproduce placebo workaround:one workaround:two control";
    table(&[
        ("a command of prepare", &|plan| change(&mut plan.prepare[1]), all),
        ("the directory", &|plan| plan.reproduce[0].directory = Some("/".into()), from_reproduce),
        ("the environment", &|plan| drop(plan.reproduce[0].env.insert("A".into(), "b".into())), from_reproduce),
        ("the time it is given", &|plan| plan.reproduce[0].timeout = Duration::from_secs(10), from_reproduce),
        ("a step more in reproduce", &|plan| plan.reproduce.push(step("more", Vec::new())), from_reproduce),
        ("a step more in front", &|plan| plan.reproduce.insert(0, step("more", Vec::new())), from_reproduce),
        ("the order", &|plan| plan.prepare.reverse(), all),
        (
            "a step less at the end of prepare, so that what follows starts from another state",
            &|plan| drop(plan.prepare.pop()),
            "prepare | reproduce placebo workaround:one workaround:two control",
        ),
        (
            "a command of a workaround",
            &|plan| change(&mut plan.workarounds[0].steps[0]),
            "prepare reproduce placebo workaround:two control | workaround:one",
        ),
        (
            "a look of a workaround, which the placebo takes too",
            &|plan| plan.workarounds[1].verify.push(step("more", Vec::new())),
            "prepare reproduce workaround:one control | placebo workaround:two",
        ),
        (
            "a look of the control, which the placebo takes last",
            &|plan| plan.control_verify.push(step("more", Vec::new())),
            "prepare reproduce workaround:one workaround:two | placebo control",
        ),
        (
            "a workaround more, without a look",
            &|plan| plan.workarounds.push(Workaround { verify: Vec::new(), ..workaround("three", "x") }),
            "prepare reproduce placebo workaround:one workaround:two control | workaround:three",
        ),
    ]);
}

#[test]
fn a_workaround_that_does_nothing_is_the_placebo() {
    let mut plan = plan();
    plan.workarounds[0].steps.clear();
    let replayed = replay(&plan, &recorded(&self::plan()));
    assert_eq!(phases_of(&replayed), ALL);
    let (placebo, nothing) = (&replayed.phases[2], &replayed.phases[3]);
    assert_eq!(nothing.observations[..], placebo.observations[..3], "as far as the workaround's own looks");
}

#[test]
fn a_phase_ends_where_the_new_expectations_end_it() {
    let stored = recorded(&plan());
    let mut strict = plan();
    strict.prepare[0].expect = vec![has("no such thing")];
    let replayed = replay(&strict, &stored);
    assert_eq!(phases_of(&replayed), "prepare control", "the control has no step that must succeed");
    let prepare = &replayed.phases[0];
    assert_eq!((prepare.observations.len(), prepare.trouble.as_ref().map(|t| t.cause)), (1, Some(Cause::Prepare)));
    assert_eq!((prepare.millis, prepare.cpu_millis), (2, 0), "what the rest took is not part of it");

    let mut strict = plan();
    strict.workarounds[0].steps[0].expect = vec![has("no such thing")];
    let replayed = replay(&strict, &stored);
    assert_eq!(phases_of(&replayed), ALL);
    let remedy = &replayed.phases[3];
    assert_eq!((remedy.observations.len(), &remedy.trouble), (1, &None), "a remedy that fails is an answer");
}

#[test]
fn a_stored_phase_that_stopped_too_early_is_missing() {
    let mut strict = plan();
    strict.prepare[0].expect = vec![has("no such thing")];
    let cut = replay(&strict, &recorded(&plan())).phases;
    assert_eq!(phases_of(&replay(&strict, &cut)), "prepare control");
    assert_eq!(phases_of(&replay(&plan(), &cut)), ONLY_CONTROL);
    let mut strict = plan();
    strict.workarounds[0].steps[0].expect = vec![has("no such thing")];
    let cut = replay(&strict, &recorded(&plan())).phases;
    assert_eq!(phases_of(&replay(&plan(), &cut)), "prepare reproduce placebo workaround:two control | workaround:one");
}

#[test]
fn reproduction_of_the_failure_is_judged_again() {
    let stored = recorded(&plan());
    let mut other = plan();
    other.reproduce[0].expect = vec![has("it goes on")];
    let replayed = replay(&other, &stored);
    assert_eq!(phases_of(&replayed), "prepare reproduce control", "a run would not go on");
    assert_eq!(phases_of(&replay(&plan(), &replayed.phases)), FROM_SNAPSHOT, "a run would go on now");
}

#[test]
fn numbers_and_names_are_read_again() {
    let stored = recorded(&plan());
    let mut other = plan();
    other.reproduce[0].name = "make".into();
    other.reproduce[0].capture.insert("count".into(), "it stops: ([0-9]+)".into());
    other.workarounds[0].id = "other".into();
    let replayed = replay(&other, &stored);
    let build = &replayed.phases[1].observations[0];
    assert_eq!((build.step.as_str(), build.numbers.get("count")), ("make", Some(&8.0)));
    assert_eq!(replayed.phases[3].observations[0].part, Part::Workaround("other".into()));
}

/// Reason of the stop, stopped phase, change of the stored phase, and missing phases.
type StoppedRow = (&'static str, &'static str, fn(&mut PhaseRecord), &'static str);

#[test]
fn a_stopped_step_is_not_used_from_the_cache() {
    let trouble = |cause| Some(Trouble { cause, detail: "so".into() });
    let table: &[StoppedRow] = &[
        ("a time limit", "reproduce", |record| record.observations[0].exit = None, FROM_REPRODUCE),
        ("an engine that failed", "placebo", |record| drop(record.observations.pop()), "placebo"),
        ("a limit that left an exit status", "control", |_| {}, "control"),
        ("a container that never started", "prepare", |record| record.observations.clear(), ONLY_CONTROL),
        ("another time given", "control", |record| record.observations[0].timeout = None, "control"),
    ];
    for (what, phase, change, wanted) in table {
        let mut stored = recorded(&plan());
        let place = record(&mut stored, phase);
        change(place);
        place.trouble = trouble(Cause::Engine);
        let missing = replay(&plan(), &stored).missing.iter().map(Phase::to_string).collect::<Vec<_>>().join(" ");
        let wanted = wanted.split_once("| ").map_or(*wanted, |(_, missing)| missing);
        assert_eq!(missing, wanted, "{what}");
    }
}

#[test]
fn steps_before_a_stopped_one_are_reused_for_a_plan_that_ends_there() {
    let mut stored = recorded(&plan());
    let place = record(&mut stored, "control");
    let last = place.observations.last_mut().unwrap();
    last.exit = None;
    place.trouble = Some(Trouble { cause: Cause::Timeout, detail: "so".into() });
    let mut shorter = plan();
    shorter.control_verify.clear();
    assert_eq!(phases_of(&replay(&shorter, &stored)), ALL);
}
