//! Messages of the loader about expectations.

use insta::assert_snapshot;

use super::{SAMPLE, changed, mistakes, sample, with};

#[test]
fn an_expectation_can_fail() {
    assert_snapshot!(sample("exit: failure", "claim: sample.error"), @r"
    sample.yaml:22:1: reproduce: no expectation states that the failure occurs
      help: add one without a `claim`, such as `exit: failure`
    sample.yaml:27:9: reproduce[0].expect[0]: this expectation cannot fail
      help: add `has`, `lacks`, `exit`, `status`, or a `number` with a bound
    ");
    assert_snapshot!(sample("        below: 250000\n", ""), @r"
    sample.yaml:19:9: prepare[0].expect[0]: does not measure claim `sample.size`
      help: expect a `number` with `below: 250000`, as in the ledger, and no other bound
    sample.yaml:20:9: prepare[0].expect[0].number: a number without a bound cannot fail
      help: add `below`, `above` or both
    ");
    assert_snapshot!(sample("        number: bytes\n", ""), @r"
    sample.yaml:20:9: prepare[0].expect[0].below: `below` without `number`
      help: add `number`, or remove `below`
    ");
    assert_snapshot!(sample("has: \"{{ library }}: cannot open\"", "has: [\"\", \" [..] \"]"), @r"
    sample.yaml:29:15: reproduce[0].expect[1].has[0]: this pattern matches every line
      help: write the expected text
    sample.yaml:29:19: reproduce[0].expect[1].has[1]: this pattern matches every line
      help: write the expected text
    ");
    assert_eq!(sample("has: \"{{ library }}: cannot open\"", "lacks: started"), "nothing is wrong");
}

#[test]
fn a_pattern_has_one_line() {
    assert_snapshot!(sample("has: \"{{ library }}: cannot open\"", "has: |\n          one\n          two"), @r"
    sample.yaml:29:9: reproduce[0].expect[1].has: a pattern matches one line, but this has several
      help: write a list of patterns, one for each line
    ");
}

#[test]
fn a_status_belongs_to_a_request() {
    assert_snapshot!(sample("exit: failure", "status: 500"), @r"
    sample.yaml:27:9: reproduce[0].expect[0].status: only a request has an HTTP status
      help: use `http`, or expect an `exit`
    ");
}

#[test]
fn a_number_is_captured_by_its_step() {
    assert_snapshot!(sample("number: bytes", "number: byte"), @r"
    sample.yaml:20:9: prepare[0].expect[0].number: this step captures no number `byte`
      help: `capture` it here; `size` captures `bytes`
    ");
}

#[test]
fn a_number_is_compared_with_a_captured_one() {
    assert_snapshot!(sample("below: 250000", "below: control.byte"), @r"
    sample.yaml:19:9: prepare[0].expect[0]: does not measure claim `sample.size`
      help: expect a `number` with `below: 250000`, as in the ledger, and no other bound
    sample.yaml:21:9: prepare[0].expect[0].below: no step captures a number `byte`
      help: did you mean `bytes`?
    ");
    assert_snapshot!(sample("below: 250000", "below: workaround:cpy.bytes"), @r"
    sample.yaml:19:9: prepare[0].expect[0]: does not measure claim `sample.size`
      help: expect a `number` with `below: 250000`, as in the ledger, and no other bound
    sample.yaml:21:9: prepare[0].expect[0].below: no phase is named `workaround:cpy`
      help: did you mean `workaround:copy`?
    ");
    let counted = "        number: lines\n        below: control.bytes\n    capture: {lines: \"([0-9]+) lines\"}\n";
    assert_eq!(sample("        has: \"{{ library }}: cannot open\"\n", counted), "nothing is wrong");
}

#[test]
fn a_captured_number_has_one_group() {
    let capture = |pattern: &str| sample("timeout: 90s", &format!("capture: {{memory: '{pattern}'}}"));
    assert_snapshot!(capture("RSS \\d+"), @r"
    sample.yaml:25:15: reproduce[0].capture.memory: the pattern does not have exactly one group
      help: put parentheses around the number, and `(?:…)` around other groups
    ");
    assert_snapshot!(capture("RSS (\\d+"), @r"
    sample.yaml:25:15: reproduce[0].capture.memory: not a regular expression: unclosed group
      help: put `\` before literal characters
    ");
    assert_eq!(capture("{{ library }} (\\d+)"), "nothing is wrong");
}

#[test]
fn a_step_may_not_print_its_expected_text_itself() {
    let echo = "run: |\n      true\n      echo {{library}}: cannot open";
    assert_snapshot!(sample("run: apache2ctl start", echo), @r"
    sample.yaml:31:9: reproduce[0].expect[1].has: the step itself contains the expected text
      help: expect text that only the software itself can print
    ");
    assert_snapshot!(sample("    timeout: 90s", "    env: {X: \"{{library}}: cannot open\"}"), @r"
    sample.yaml:29:9: reproduce[0].expect[1].has: the step itself contains the expected text
      help: expect text that only the software itself can print
    ");
}

#[test]
fn a_pattern_does_not_hide_behind_a_value() {
    let echo = "run: \"echo libpython{{python}}.so: cannot open\"";
    assert_snapshot!(sample("run: apache2ctl start", echo), @r"
    sample.yaml:29:9: reproduce[0].expect[1].has: the step itself contains the expected text
      help: expect text that only the software itself can print
    ");
    let anything = changed(SAMPLE, "values:", "values:\n  any: \"[..]\"");
    let anything = changed(&anything, "has: \"{{ library }}: cannot open\"", "has: \"{{ any }}\"");
    assert_snapshot!(mistakes(&[("sample.yaml", &anything)]), @r"
    sample.yaml:30:9: reproduce[0].expect[1].has: this pattern matches every line
      help: write the expected text
    ");
}

#[test]
fn no_step_before_the_failure_contains_the_expected_text() {
    let message = "{name: message, run: \"echo {{ library }}: cannot open > /message\"}";
    assert_snapshot!(sample("reproduce:", &format!("  - {message}\nreproduce:")), @r"
    sample.yaml:30:9: reproduce[0].expect[1].has: step `message` contains the expected text and may print it
      help: expect text that only the software itself can print
    ");
    assert_snapshot!(sample("reproduce:", &format!("reproduce:\n  - {message}")), @r"
    sample.yaml:30:9: reproduce[1].expect[1].has: step `message` contains the expected text and may print it
      help: expect text that only the software itself can print
    ");
    let reworded = "exit: failure\n      - {has: cannot be, reworded: ctl st}";
    assert_snapshot!(sample("exit: failure", reworded), @r"
    sample.yaml:28:26: reproduce[0].expect[1].reworded: only a claim can be reworded
      help: add the `claim` that this expectation decides, or remove `reworded`
    sample.yaml:28:26: reproduce[0].expect[1].reworded: the step itself contains the expected text
      help: expect text that only the software itself can print
    ");
    assert_snapshot!(with("known-drift: [{claim: sample.error, drift: absent, seen: \"ctl [..]art\", reason: none}]"), @r"
    sample.yaml:45:52: known-drift[0].seen: step `start` contains the expected text and may print it
      help: expect text that only the software itself can print
    ");
}

#[test]
fn a_pattern_is_long_enough() {
    let has = "has: \"{{ library }}: cannot open\"";
    assert_snapshot!(sample(has, "has: [\"a[..]b: c\", four]\n        lacks: \"404\"\n        reworded: oh!"), @r"
    sample.yaml:2:1: known-drift: no known drift of claim `sample.error` has the `reworded` of `reproduce[0].expect[1]`
      help: add a known drift with the same text as `seen`, or remove `reworded`: reports show the nearest line anyway
    sample.yaml:29:15: reproduce[0].expect[1].has[0]: this pattern is too short
      help: use more text: at least 4 letters or digits
    sample.yaml:30:9: reproduce[0].expect[1].lacks: this pattern is too short
      help: use more text: at least 4 letters or digits
    sample.yaml:31:9: reproduce[0].expect[1].reworded: this pattern is too short
      help: use more text: at least 4 letters or digits
    ");
    assert_eq!(sample(has, "has: \"{{ base }}\""), "nothing is wrong");
}

#[test]
fn a_number_of_a_later_phase_decides_only_a_claim() {
    let plain = |bound: &str| format!("below: 250000\n      - {{number: bytes, below: {bound}}}");
    assert_snapshot!(sample("below: 250000", &plain("workaround:copy.bytes")), @r"
    sample.yaml:22:25: prepare[0].expect[1].below: `workaround:copy` runs later, so its numbers do not exist yet
      help: compare with an earlier number, or add a `claim`
    ");
    assert_snapshot!(sample("below: 250000", &plain("reproduce.bytes")), @r"
    sample.yaml:22:25: prepare[0].expect[1].below: `reproduce` runs later, so its numbers do not exist yet
      help: compare with an earlier number, or add a `claim`
    ");
    assert_eq!(sample("below: 250000", &plain("prepare.bytes")), "nothing is wrong");
    let again = |bound: &str| format!("reproduce:\n  - {{name: again, size: /x, expect: [{{number: bytes, above: {bound}}}]}}");
    assert_snapshot!(sample("reproduce:", &again("control.bytes")), @r"
    sample.yaml:23:54: reproduce[0].expect[0].above: `control` runs later, so its numbers do not exist yet
      help: compare with an earlier number, or add a `claim`
    ");
    assert_eq!(sample("reproduce:", &again("prepare.bytes")), "nothing is wrong");
}

#[test]
fn other_words_need_the_documented_ones() {
    assert_snapshot!(sample("exit: failure", "exit: failure\n        reworded: failed"), @r"
    sample.yaml:28:9: reproduce[0].expect[0].reworded: `reworded` without `has`
      help: add the documented words as `has`
    sample.yaml:28:9: reproduce[0].expect[0].reworded: only a claim can be reworded
      help: add the `claim` that this expectation decides, or remove `reworded`
    ");
}

#[test]
fn a_subtracted_number_is_captured_by_some_step() {
    assert_eq!(sample("below: 250000", "minus: control.bytes\n        below: 250000"), "nothing is wrong");
    assert_snapshot!(sample("below: 250000", "minus: control.byts\n        below: 250000"), @r"
    sample.yaml:21:9: prepare[0].expect[0].minus: no step captures a number `byts`
      help: did you mean `bytes`?
    ");
    assert_snapshot!(sample("has: \"{{ library }}: cannot open\"", "minus: control.bytes"), @r"
    sample.yaml:29:9: reproduce[0].expect[1].minus: `minus` without `number`
      help: add `number`, or remove `minus`
    ");
}

#[test]
fn a_look_has_an_expectation_or_captures_a_number_that_is_compared() {
    let look = |rest: &str| sample("reproduce:\n", &format!("reproduce:\n  - {{name: size, look: wc -c /file{rest}}}\n"));
    assert_snapshot!(look(""), @r"
    sample.yaml:23:5: reproduce[0]: the step inspects something but has no expectation
      help: add the expected result under `expect`
    ");
    assert_eq!(look(", expect: [{has: \"[..]no such file\"}]"), "nothing is wrong");
    let taken = ", capture: {length: \"^([0-9]+)\"}";
    assert_snapshot!(look(taken), @r"
    sample.yaml:23:5: reproduce[0]: the step inspects something but has no expectation
      help: add the expected result under `expect`
    ");
    assert_eq!(look(&format!("{taken}, expect: [{{number: length, above: 3}}]")), "nothing is wrong");
}

#[test]
fn a_measure_is_compared_with_the_bounds_of_the_ledger() {
    assert_snapshot!(sample("below: 250000", "below: 260000"), @r"
    sample.yaml:19:9: prepare[0].expect[0]: does not measure claim `sample.size`
      help: expect a `number` with `below: 250000`, as in the ledger, and no other bound
    ");
    assert_snapshot!(sample("below: 250000", "below: 250000\n        above: 3"), @r"
    sample.yaml:19:9: prepare[0].expect[0]: does not measure claim `sample.size`
      help: expect a `number` with `below: 250000`, as in the ledger, and no other bound
    ");
    assert_snapshot!(sample("        number: bytes\n        below: 250000", "        exit: success"), @r"
    sample.yaml:19:9: prepare[0].expect[0]: a claim in `prepare` is never tested where it must not hold
      help: decide it in `reproduce` or under `verify`; `prepare` can only decide a statement by `exit: success` and a measure by a `number`
    sample.yaml:19:9: prepare[0].expect[0]: does not measure claim `sample.size`
      help: expect a `number` with `below: 250000`, as in the ledger, and no other bound
    ");
}
