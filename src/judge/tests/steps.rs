//! Steps that must succeed before the next one is executed.

use super::*;

#[test]
fn a_failed_documented_step_is_named_with_its_output() {
    let plan = plan();
    let record = phase(Phase::Prepare, &plan, &[("configure", 1, "configure: error: no compiler")]);
    let trouble = passed(&plan.prepare[0], &record).unwrap_err();
    insta::assert_snapshot!(trouble.detail, @"step `configure` of `prepare` must succeed: expected exit status 0, the command ended with exit status 1; seen: exit status 1: configure: error: no compiler");
}
