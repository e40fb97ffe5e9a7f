//! Table tests of `judge`: the records of phases, and the verdicts on them.

mod numbers;
mod steps;

use std::collections::BTreeMap;

use super::*;
use crate::model::action::{Action, Http, Request};
use crate::model::cell::Cell;
use crate::model::claim::ClaimKind;
use crate::model::drift::{Drift, KnownDrift, Now};
use crate::model::expect::{self, ExitRule, Expectation, Has, Lines, Test};
use crate::model::id::ClaimId;
use crate::model::limits::Limits;
use crate::model::observation::Streams;
use crate::model::plan::ImagePlan;
use crate::model::scenario::{Fidelity, Source};
use crate::model::when::When;
use crate::model::workaround::Workaround;

const SYMPTOM: &str = "a.symptom";
const REMEDY: &str = "a.remedy";
const LOOK: &str = "a.look";

fn step(name: &str, http: bool, expect: Vec<Expectation<String>>) -> Step<String> {
    let at = |(i, expected)| Expectation { at: format!("x.yaml: {name}.expect[{i}]"), ..expected };
    let expect = expect.into_iter().enumerate().map(at).collect();
    if !http {
        return Step::run(name, name, expect);
    }
    let request = Request { path: "/hello".into(), port: 80, method: None, headers: BTreeMap::new(), body: None };
    Step::new(name, Action::Http(Http { http: request }), expect)
}

fn has(text: &str, claim: Option<&str>) -> Expectation<String> {
    let has = Lines(vec![format!("[..]{text}[..]")]);
    Expectation { claim: claim.map(ClaimId::from), ..Expectation::of(vec![Test::Has(Has { has })]) }
}

fn exit(rule: ExitRule) -> Expectation<String> {
    Expectation::of(vec![Test::Exit(expect::Exit { exit: rule })])
}

fn claim(id: &str, kind: ClaimKind) -> ClaimPlan {
    ClaimPlan { id: id.into(), kind, says: "it is so".into(), skipped: None }
}

fn plan() -> CellPlan {
    let image = ImagePlan { base: "b".into(), layers: Vec::new() };
    let symptom = Expectation { reworded: Some("[..]lacks a header".into()), ..has("x.h: No such file", Some(SYMPTOM)) };
    let mut answers = has("hello", None);
    answers.tests.0.push(Test::Status(expect::Status { status: 200 }));
    CellPlan {
        cell: Cell { scenario: "s".into(), id: "b".into(), axes: BTreeMap::from([("base".into(), "b".into())]) },
        title: "t".into(),
        section: "s".into(),
        source: Source { edition: "classic".into(), heading: "S".into() },
        file: "x.yaml".into(),
        repeat: "matrix run s --only b".into(),
        capabilities: BTreeMap::new(),
        limits: Limits::default(),
        fidelity: Fidelity::Natural,
        reason: "so".into(),
        packages: String::new(),
        image: image.clone(),
        control_image: image,
        prepare: vec![step("configure", false, Vec::new())],
        reproduce: vec![step("build", false, vec![exit(ExitRule::Failure), symptom])],
        workarounds: vec![Workaround {
            id: "install".into(),
            claim: REMEDY.into(),
            steps: vec![step("install", false, Vec::new())],
            verify: vec![step("look", false, vec![has("the header is here", Some(LOOK))])],
            when: When::default(),
            without: Vec::new(),
            directory: None,
            env: BTreeMap::new(),
            replace: BTreeMap::new(),
        }],
        resolved: vec![step("answer", true, vec![answers])],
        control_verify: Vec::new(),
        not_reproduced: None,
        control_replace: BTreeMap::new(),
        directory: None,
        known_drift: Vec::new(),
        claims: vec![claim(SYMPTOM, ClaimKind::Symptom), claim(REMEDY, ClaimKind::Workaround), claim(LOOK, ClaimKind::Statement)],
    }
}

/// A phase with observations written as `step exit text`.
fn phase(phase: Phase, plan: &CellPlan, seen: &[(&str, i64, &str)]) -> PhaseRecord {
    let parts = [
        (Part::Prepare, &plan.prepare),
        (Part::Reproduce, &plan.reproduce),
        (Part::Workaround("install".into()), &plan.workarounds[0].steps),
        (Part::Resolved, &plan.resolved),
        (Part::Verify("install".into()), &plan.workarounds[0].verify),
    ];
    let observe = |(name, exit, text): &(&str, i64, &str)| {
        let (part, step) = parts.iter().find_map(|(part, steps)| Some((part, steps.iter().find(|s| s.name == *name)?))).unwrap();
        step.observe(part.clone(), Some(*exit), Streams { stdout: text.as_bytes(), stderr: b"" }, 1)
    };
    PhaseRecord {
        phase,
        image: "i".into(),
        observations: seen.iter().map(observe).collect(),
        trouble: None,
        millis: 1,
        cpu_millis: 0,
    }
}

const FAILS: (&str, i64, &str) = ("build", 2, "x.c:1: fatal error: x.h: No such file\nstopped.");
const ANSWERS: (&str, i64, &str) = ("answer", 0, "HTTP/1.1 200 OK\r\n\r\nhello");
const REFUSED: (&str, i64, &str) = ("answer", 7, "http: refused");

/// The phases of a cell in which everything is as documented.
fn phases(plan: &CellPlan) -> Vec<PhaseRecord> {
    vec![
        phase(Phase::Prepare, plan, &[("configure", 0, "")]),
        phase(Phase::Reproduce, plan, &[FAILS]),
        phase(Phase::Placebo, plan, &[FAILS, REFUSED, ("look", 1, "no header")]),
        phase(
            Phase::Workaround("install".into()),
            plan,
            &[("install", 0, ""), ("build", 0, "ok"), ANSWERS, ("look", 0, "the header is here")],
        ),
        phase(Phase::Control, plan, &[("configure", 0, ""), ("build", 0, "ok"), ANSWERS]),
    ]
}

/// The same phases with other observations in one of them.
fn with(plan: &CellPlan, at: Phase, seen: &[(&str, i64, &str)]) -> Vec<PhaseRecord> {
    let mut phases = phases(plan);
    let place = phases.iter_mut().find(|record| record.phase == at).unwrap();
    *place = phase(at, plan, seen);
    phases
}

/// One line per claim: `verdict drift cause known expected`.
fn rendered(judgement: &Judgement) -> String {
    let line = |v: &Verdict| {
        let drift = v.drift.map(|d| format!(" {}", words(d))).unwrap_or_default();
        let cause = v.cause.map(|c| format!(" {c:?}")).unwrap_or_default();
        let expected = if v.expected { "" } else { " (unexpected)" };
        format!("{}: {:?}{drift}{cause}{}{expected}: {}\n", v.claim, v.verdict, if v.known { " known" } else { "" }, v.observed)
    };
    judgement.verdicts.iter().map(line).collect()
}

fn judged(plan: &CellPlan, phases: &[PhaseRecord]) -> String {
    rendered(&judge(plan, phases))
}

/// A drift of a claim, stated for all cells.
fn known(claim: &str, drift: Drift, seen: &str) -> KnownDrift<String> {
    let (seen, reason) = (Now::Line(format!("[..]{seen}[..]")), "compilers changed".into());
    KnownDrift { claim: claim.into(), when: When::default(), drift, workaround: None, seen, reason }
}

#[test]
fn everything_as_documented_is_confirmed_with_the_line_that_says_so() {
    let plan = plan();
    insta::assert_snapshot!(judged(&plan, &phases(&plan)), @r"
    a.symptom: Confirmed: x.c:1: fatal error: x.h: No such file
    a.remedy: Confirmed: HTTP 200: hello
    a.look: Confirmed: the header is here
    ");
}

#[test]
fn a_failure_with_other_words_is_reworded() {
    let plan = plan();
    let mut phases = phases(&plan);
    let other = ("build", 2, "x.c lacks a header");
    phases[1] = phase(Phase::Reproduce, &plan, &[other]);
    phases[2] = phase(Phase::Placebo, &plan, &[other, REFUSED, ("look", 1, "")]);
    insta::assert_snapshot!(judged(&plan, &phases), @r"
    a.symptom: Drifted reworded (unexpected): x.c lacks a header
    a.remedy: Confirmed: HTTP 200: hello
    a.look: Confirmed: the header is here
    ");
}

#[test]
fn a_missing_symptom_is_absent_and_the_nearest_line_is_shown() {
    let plan = plan();
    for nearest in ["x.c:1: fatal error: y.h: No such file", "ld: error: -lx is not there"] {
        let phases = with(&plan, Phase::Reproduce, &[("build", 2, &format!("noise\n{nearest}\nmake: *** [x] Error 1"))]);
        let symptom = &judge(&plan, &phases).verdicts[0];
        assert_eq!((symptom.drift, symptom.observed.to_string().as_str()), (Some(Drift::Absent), nearest));
    }
}

#[test]
fn only_a_contradiction_is_decided_if_the_failure_did_not_occur() {
    let plan = plan();
    let mut phases = with(&plan, Phase::Reproduce, &[("build", 0, "ok")]);
    phases.retain(|record| !matches!(record.phase, Phase::Placebo | Phase::Workaround(_)));
    insta::assert_snapshot!(judged(&plan, &phases), @r"
    a.symptom: Drifted absent (unexpected): ok
    a.remedy: Inconclusive NotReproduced (unexpected): 
    a.look: Inconclusive NotReproduced (unexpected): 
    ");
}

#[test]
fn a_workaround_after_which_nothing_answers_fails() {
    let plan = plan();
    let phases = with(
        &plan,
        Phase::Workaround("install".into()),
        &[("install", 0, ""), FAILS, REFUSED, ("look", 0, "the header is here")],
    );
    insta::assert_snapshot!(judged(&plan, &phases), @r"
    a.symptom: Confirmed: x.c:1: fatal error: x.h: No such file
    a.remedy: Drifted workaround fails (unexpected): http: refused
    a.look: Confirmed: the header is here
    ");
}

#[test]
fn the_failing_one_of_two_workarounds_decides_the_claim() {
    let mut plan = plan();
    let second = Workaround { id: "second".into(), verify: Vec::new(), ..plan.workarounds[0].clone() };
    let mut phases = phases(&plan);
    let mut failing = phase(Phase::Workaround("second".into()), &plan, &[("install", 0, "it is not enough"), FAILS, REFUSED]);
    failing.observations[0].part = Part::Workaround("second".into());
    phases[3].trouble = Some(Trouble { cause: Cause::Timeout, detail: "too long".into() });
    phases.push(failing);
    plan.workarounds.push(second);
    assert_eq!(judge(&plan, &phases).verdicts[1].drift, Some(Drift::WorkaroundFails), "trouble hides no contradiction");
    plan.known_drift =
        vec![KnownDrift { workaround: Some("second".into()), ..known(REMEDY, Drift::WorkaroundFails, "it is not enough") }];
    phases[3] = phase(Phase::Workaround("install".into()), &plan, &[("install", 100, "no such package")]);
    let remedy = &judge(&plan, &phases).verdicts[1];
    assert_eq!(
        (remedy.expected, remedy.observed.to_string().as_str()),
        (false, "exit status 100: no such package"),
        "nor does a stated drift"
    );
}

#[test]
fn the_text_of_a_failing_workaround_must_not_be_seen_in_the_control() {
    let mut plan = plan();
    plan.known_drift = vec![known(REMEDY, Drift::WorkaroundFails, "hello")];
    assert!(judge(&plan, &phases(&plan)).findings[0].contains("known drift of `a.remedy`"));
}

#[test]
fn a_failed_workaround_never_runs_its_verify_steps_which_is_a_drift() {
    let plan = plan();
    let phases = with(&plan, Phase::Workaround("install".into()), &[("install", 100, "no such package")]);
    insta::assert_snapshot!(judged(&plan, &phases), @r"
    a.symptom: Confirmed: x.c:1: fatal error: x.h: No such file
    a.remedy: Drifted workaround fails (unexpected): exit status 100: no such package
    a.look: Drifted absent (unexpected): 
    ");
}

#[test]
fn a_placebo_that_works_makes_the_workaround_unneeded() {
    let plan = plan();
    let phases = with(&plan, Phase::Placebo, &[("build", 0, "ok"), ANSWERS, ("look", 1, "")]);
    let remedy = &judge(&plan, &phases).verdicts[1];
    assert_eq!((remedy.drift, remedy.expected), (Some(Drift::WorkaroundUnneeded), false));
}

#[test]
fn a_placebo_that_neither_fails_nor_works_makes_the_cell_inconclusive() {
    let plan = plan();
    let phases = with(&plan, Phase::Placebo, &[("build", 0, "ok"), REFUSED, ("look", 1, "")]);
    assert!(judge(&plan, &phases).verdicts.iter().all(|v| v.cause == Some(Cause::Unstable)));
}

#[test]
fn a_control_that_does_not_work_makes_the_cell_inconclusive() {
    let plan = plan();
    let phases = with(&plan, Phase::Control, &[("configure", 0, ""), ("build", 0, "ok"), REFUSED]);
    assert!(judge(&plan, &phases).verdicts.iter().all(|v| v.cause == Some(Cause::Control) && !v.expected));
}

#[test]
fn a_symptom_that_also_holds_in_the_control_is_non_discriminating() {
    let plan = plan();
    let echo = ("build", 0, "x.h: No such file");
    let phases = with(&plan, Phase::Control, &[("configure", 0, ""), echo, ANSWERS]);
    let judgement = judge(&plan, &phases);
    assert!(judgement.verdicts.iter().all(|v| v.cause == Some(Cause::NonDiscriminating)));
    insta::assert_snapshot!(judgement.findings.join("\n"), @r"
    `x.yaml: build.expect[1]` (step `build`: [..]x.h: No such file[..]) holds with and without the defect (also in phase `control`), so it proves nothing
    help: expect something that only the failure shows
    ");
}

#[test]
fn a_look_that_also_holds_in_the_placebo_is_non_discriminating() {
    let plan = plan();
    let phases = with(&plan, Phase::Placebo, &[FAILS, REFUSED, ("look", 0, "the header is here")]);
    assert!(judge(&plan, &phases).findings[0].contains("also in phase `placebo`"));
}

#[test]
fn one_of_several_responses_that_the_placebo_also_gives_is_non_discriminating() {
    let mut plan = plan();
    plan.resolved.insert(0, step("install-module", false, vec![exit(ExitRule::Success)]));
    let installed = ("install-module", 0, "");
    let mut phases = phases(&plan);
    phases[2] = phase(Phase::Placebo, &plan, &[FAILS, installed, REFUSED, ("look", 1, "")]);
    phases[3] = phase(
        Phase::Workaround("install".into()),
        &plan,
        &[("install", 0, ""), ("build", 0, "ok"), installed, ANSWERS, ("look", 0, "the header is here")],
    );
    phases[4] = phase(Phase::Control, &plan, &[("configure", 0, ""), ("build", 0, "ok"), installed, ANSWERS]);
    assert!(judge(&plan, &phases).verdicts.iter().all(|v| v.cause == Some(Cause::NonDiscriminating)));
}

#[test]
fn a_stated_drift_seen_as_stated_is_expected() {
    let mut plan = plan();
    plan.known_drift = vec![known(SYMPTOM, Drift::Absent, "stopped.")];
    let mut phases = phases(&plan);
    phases[1] = phase(Phase::Reproduce, &plan, &[("build", 2, "something else\nstopped.")]);
    let symptom = &judge(&plan, &phases).verdicts[0];
    assert_eq!((symptom.known, symptom.expected, symptom.observed.to_string().as_str()), (true, true, "stopped."));
}

#[test]
fn a_stated_drift_without_its_text_is_unexpected() {
    let mut plan = plan();
    plan.known_drift = vec![known(SYMPTOM, Drift::Absent, "halted.")];
    let phases = with(&plan, Phase::Reproduce, &[("build", 2, "something else\nstopped.")]);
    let symptom = &judge(&plan, &phases).verdicts[0];
    assert_eq!((symptom.drift, symptom.known, symptom.expected), (Some(Drift::Absent), false, false));
}

#[test]
fn a_stated_drift_that_is_not_observed_is_unexpected() {
    let mut plan = plan();
    plan.known_drift = vec![known(SYMPTOM, Drift::Absent, "halted.")];
    let symptom = &judge(&plan, &phases(&plan)).verdicts[0];
    assert_eq!((symptom.verdict, symptom.expected), (Ruling::Confirmed, false));
    assert!(symptom.why.contains("was not observed"), "{}", symptom.why);
}

#[test]
fn the_text_of_a_stated_drift_must_not_be_seen_on_the_healthy_side() {
    let mut plan = plan();
    plan.known_drift = vec![known(SYMPTOM, Drift::Absent, "noise")];
    let mut phases = with(&plan, Phase::Reproduce, &[("build", 2, "noise")]);
    phases[4] = phase(Phase::Control, &plan, &[("configure", 0, ""), ("build", 0, "noise"), ANSWERS]);
    assert!(judge(&plan, &phases).findings[0].contains("known drift of `a.symptom`"));
}

#[test]
fn trouble_is_never_a_drift() {
    for (index, everywhere) in [(0, true), (1, true), (2, true), (3, false), (4, true)] {
        let plan = plan();
        let mut phases = phases(&plan);
        phases[index].trouble = Some(Trouble { cause: Cause::Timeout, detail: "too long".into() });
        // A stopped step has some output, but no exit status.
        let stopped = phases[index].observations.last_mut().unwrap();
        (stopped.exit, stopped.stdout) = (None, String::new());
        let verdicts = judge(&plan, &phases).verdicts;
        assert!(verdicts.iter().all(|v| v.verdict != Ruling::Drifted), "{index}");
        assert_eq!(verdicts.iter().all(|v| v.cause == Some(Cause::Timeout)), everywhere, "{index}");
        assert_eq!(verdicts[1].cause, Some(Cause::Timeout), "{index}");
    }
}

#[test]
fn a_claim_that_prepare_contradicts_is_a_drift_although_the_cell_ends() {
    let mut plan = plan();
    let claimed = Expectation { claim: Some(LOOK.into()), ..exit(ExitRule::Success) };
    plan.prepare = vec![step("compile", false, vec![claimed]), step("configure", false, Vec::new())];
    let mut phases = phases(&plan);
    phases.truncate(1);
    phases[0] = phase(Phase::Prepare, &plan, &[("compile", 2, "relocation error"), ("configure", 1, "nothing to install")]);
    phases[0].trouble = Some(Trouble { cause: Cause::Prepare, detail: "step `configure` must succeed".into() });
    phases.push(phase(Phase::Control, &plan, &[("compile", 0, ""), ("configure", 0, ""), ("build", 0, "ok"), ANSWERS]));
    insta::assert_snapshot!(judged(&plan, &phases), @r"
    a.symptom: Inconclusive Prepare (unexpected): 
    a.remedy: Inconclusive Prepare (unexpected): 
    a.look: Drifted absent (unexpected): exit status 2: relocation error
    ");
}

#[test]
fn a_skipped_claim_is_always_as_expected() {
    let mut plan = plan();
    plan.claims[1].skipped = Some("Red Hat's file".into());
    let remedy = &judge(&plan, &[]).verdicts[1];
    assert_eq!((remedy.verdict, remedy.expected, remedy.why.as_str()), (Ruling::Skipped, true, "Red Hat's file"));
}
