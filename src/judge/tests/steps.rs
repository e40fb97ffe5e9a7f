//! Steps that must succeed before the next one is executed.

use super::*;

#[test]
fn a_failed_documented_step_is_named_with_its_output() {
    let plan = plan();
    let record = phase(Phase::Prepare, &plan, &[("configure", 1, "configure: error: no compiler")]);
    let trouble = passed(&plan.prepare[0], &record).unwrap_err();
    insta::assert_snapshot!(trouble.detail, @"step `configure` of `prepare` must succeed: expected exit status 0, the command ended with exit status 1; seen: exit status 1: configure: error: no compiler");
}

#[test]
fn a_preparation_that_fails_in_the_control_decides_nothing_although_it_answers() {
    let plan = plan();
    let phases = with(&plan, Phase::Control, &[("configure", 3, ""), ("build", 0, "ok"), ANSWERS]);
    let judgement = judge(&plan, &phases);
    assert!(judgement.verdicts.iter().all(|verdict| verdict.cause == Some(Cause::Control)), "{}", rendered(&judgement));
    let why = &judgement.verdicts[0].why;
    assert!(
        why.contains("fails in the healthy environment: step `configure` must succeed, and ended with exit status 3"),
        "{why}"
    );
}

#[test]
fn a_preparation_may_describe_the_defect_and_differ_in_the_control() {
    let mut plan = plan();
    let prints = |plan: &CellPlan, rule: ExitRule| {
        let mut plan = plan.clone();
        plan.prepare = vec![step("configure", false, vec![exit(rule), has("no python", None)])];
        plan
    };
    for (rule, there, here) in [(ExitRule::Failure, 1, 0), (ExitRule::Success, 0, 0)] {
        plan = prints(&plan, rule);
        let mut phases = with(&plan, Phase::Control, &[("configure", here, "python"), ("build", 0, "ok"), ANSWERS]);
        phases[0] = phase(Phase::Prepare, &plan, &[("configure", there, "no python")]);
        assert!(judge(&plan, &phases).verdicts.iter().all(|verdict| verdict.expected), "{rule:?}");
    }
}

#[test]
fn a_command_may_show_that_the_problem_is_gone() {
    let mut plan = plan();
    plan.resolved =
        vec![step("query", false, vec![exit(ExitRule::Success), has("PostgreSQL", None)]), step("log", false, vec![])];
    let (gone, there) = ([("query", 2, "no server"), ("log", 0, "")], [("query", 0, "PostgreSQL 15"), ("log", 0, "")]);
    let look = ("look", 0, "the header is here");
    let phases = [
        phase(Phase::Prepare, &plan, &[("configure", 0, "")]),
        phase(Phase::Reproduce, &plan, &[FAILS]),
        phase(Phase::Placebo, &plan, &[&[FAILS][..], &gone, &[("look", 1, "no header")]].concat()),
        phase(
            Phase::Workaround("install".into()),
            &plan,
            &[&[("install", 0, ""), ("build", 0, "ok")][..], &there, &[look]].concat(),
        ),
        phase(Phase::Control, &plan, &[&[("configure", 0, ""), ("build", 0, "ok")][..], &there].concat()),
    ];
    let remedy = judge(&plan, &phases).verdicts.swap_remove(1);
    assert_eq!((remedy.verdict, remedy.observed.to_string().as_str()), (Ruling::Confirmed, "PostgreSQL 15"));
}
