//! Numbers: comparison after subtraction, and known drifts with bounds.

use super::*;
use crate::model::expect::{Number, Operand};

/// The plan with a number in `reproduce` that must be 1 to 2 more than that of the control, and the phases.
fn measured(here: &str, there: &str) -> (CellPlan, Vec<PhaseRecord>) {
    let mut plan = plan();
    let minus = Some(Operand::Captured { phase: Some(Phase::Control), name: "kilobytes".into() });
    let (above, below) = (Some(Operand::Literal(1.0)), Some(Operand::Literal(2.0)));
    let number = Test::Number(Number { number: "kilobytes".into(), minus, below, above });
    let more = Expectation { claim: Some(LOOK.into()), ..Expectation::of(vec![number]) };
    plan.reproduce[0].expect.push(more);
    plan.reproduce[0].capture = BTreeMap::from([("kilobytes".into(), "^([0-9.]+) kB$".into())]);
    let failing = format!("{}\n{here} kB", FAILS.2);
    let mut phases = with(&plan, Phase::Reproduce, &[("build", 2, &failing)]);
    phases[2] = phase(Phase::Placebo, &plan, &[("build", 2, &failing), REFUSED]);
    phases[3] = phase(Phase::Workaround("install".into()), &plan, &[("install", 0, ""), ("build", 0, "ok"), ANSWERS]);
    phases[4] = phase(Phase::Control, &plan, &[("configure", 0, ""), ("build", 0, &format!("{there} kB")), ANSWERS]);
    plan.workarounds[0].verify.clear();
    (plan, phases)
}

#[test]
fn a_number_is_compared_after_another_was_subtracted() {
    for (here, there, expected) in [
        ("5.5", "4", "a.look: Confirmed: kilobytes - control.kilobytes = 1.5"),
        ("7", "4", "a.look: Drifted off measure (unexpected): kilobytes - control.kilobytes = 3"),
        ("7", "many", "a.look: Drifted off measure (unexpected): 7 kB"),
    ] {
        let (plan, phases) = measured(here, there);
        assert_eq!(judged(&plan, &phases).lines().last().unwrap().trim(), expected);
    }
}

#[test]
fn an_off_measure_drift_is_known_only_within_its_bounds() {
    for (here, expected) in [("7", true), ("14", false), ("5.5", false)] {
        let (mut plan, phases) = measured(here, "4");
        let seen = Now::Number { above: 2.0, below: 9.0 };
        plan.known_drift = vec![KnownDrift { seen, ..known(LOOK, Drift::OffMeasure, "") }];
        let look = &judge(&plan, &phases).verdicts[2];
        assert_eq!((look.known, look.expected, look.stated.is_some()), (expected, expected, expected), "{here}: {}", look.why);
    }
}

#[test]
fn a_number_out_of_bounds_is_off_measure_and_may_be_compared_across_phases() {
    let mut plan = plan();
    plan.claims[0].kind = ClaimKind::Measure;
    let above = Some(Operand::Captured { phase: Some(Phase::Control), name: "bytes".into() });
    let number = Test::Number(Number { number: "bytes".into(), minus: None, below: None, above });
    let number = Expectation { claim: Some(SYMPTOM.into()), ..Expectation::of(vec![number]) };
    plan.reproduce[0].expect[1] = number;
    plan.reproduce[0].capture = BTreeMap::from([("bytes".into(), "^([0-9]+)$".into())]);
    let of = |defect: &str, healthy: &str| {
        let mut phases = phases(&plan);
        phases[1] = phase(Phase::Reproduce, &plan, &[("build", 2, defect)]);
        phases[2] = phase(Phase::Placebo, &plan, &[("build", 2, defect), REFUSED, ("look", 1, "")]);
        phases[4] = phase(Phase::Control, &plan, &[("configure", 0, ""), ("build", 0, healthy), ANSWERS]);
        let verdict = judge(&plan, &phases).verdicts.swap_remove(0);
        (verdict.verdict, verdict.drift, verdict.observed.to_string())
    };
    assert_eq!(of("2000", "1000"), (Ruling::Confirmed, None, "bytes = 2000".into()));
    assert_eq!(of("900", "1000"), (Ruling::Drifted, Some(Drift::OffMeasure), "bytes = 900".into()));
}
