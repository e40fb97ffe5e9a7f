//! What the loader says of expectations.

use insta::assert_snapshot;

use super::{SAMPLE, changed, said, sample, with};

#[test]
fn an_expectation_can_fail() {
    assert_snapshot!(sample("exit: failure", "claim: sample.error"), @r"
    sample.yaml:22:1: reproduce: no expectation says that the failure occurred at all
      help: add one without a `claim`, such as `exit: failure`
    sample.yaml:27:9: reproduce[0].expect[0]: this expectation cannot fail
      help: add `has`, `lacks`, `exit`, `status`, or a `number` with a bound
    ");
    assert_snapshot!(sample("        below: 250000\n", ""), @r"
    sample.yaml:19:9: prepare[0].expect[0]: does not take the measure of claim `sample.size`
      help: expect a `number` with `below: 250000`, as in the ledger, and nothing else
    sample.yaml:20:9: prepare[0].expect[0].number: a number without a bound cannot fail
      help: add `below`, `above` or both
    ");
    assert_snapshot!(sample("        number: bytes\n", ""), @r"
    sample.yaml:20:9: prepare[0].expect[0].below: `below` without `number`
      help: add `number`, or take `below` out
    ");
    assert_snapshot!(sample("has: \"{{ library }}: cannot open\"", "has: [\"\", \" [..] \"]"), @r"
    sample.yaml:29:15: reproduce[0].expect[1].has[0]: this pattern matches every line
      help: write the text to look for
    sample.yaml:29:19: reproduce[0].expect[1].has[1]: this pattern matches every line
      help: write the text to look for
    ");
    assert_eq!(sample("has: \"{{ library }}: cannot open\"", "lacks: started"), "nothing is wrong");
}

#[test]
fn a_pattern_has_one_line() {
    assert_snapshot!(sample("has: \"{{ library }}: cannot open\"", "has: |\n          one\n          two"), @r"
    sample.yaml:29:9: reproduce[0].expect[1].has: a pattern is found within one line, and this has several
      help: make it a list of patterns, one for each line
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
fn a_number_is_taken_by_its_step() {
    assert_snapshot!(sample("number: bytes", "number: byte"), @r"
    sample.yaml:20:9: prepare[0].expect[0].number: this step takes no number `byte`
      help: `capture` it here; `size` takes `bytes`
    ");
}

#[test]
fn a_number_is_compared_with_one_that_is_taken() {
    assert_snapshot!(sample("below: 250000", "below: control.byte"), @r"
    sample.yaml:19:9: prepare[0].expect[0]: does not take the measure of claim `sample.size`
      help: expect a `number` with `below: 250000`, as in the ledger, and nothing else
    sample.yaml:21:9: prepare[0].expect[0].below: no step takes a number `byte`
      help: did you mean `bytes`?
    ");
    assert_snapshot!(sample("below: 250000", "below: workaround:cpy.bytes"), @r"
    sample.yaml:19:9: prepare[0].expect[0]: does not take the measure of claim `sample.size`
      help: expect a `number` with `below: 250000`, as in the ledger, and nothing else
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
      help: put parentheses around the number, and `(?:…)` around what else belongs together
    ");
    assert_snapshot!(capture("RSS (\\d+"), @r"
    sample.yaml:25:15: reproduce[0].capture.memory: not a regular expression: unclosed group
      help: put `\` before what is meant as it stands
    ");
    assert_eq!(capture("{{ library }} (\\d+)"), "nothing is wrong");
}

#[test]
fn a_step_may_not_print_what_it_looks_for() {
    let echo = "run: |\n      true\n      echo {{library}}: cannot open";
    assert_snapshot!(sample("run: apache2ctl start", echo), @r"
    sample.yaml:31:9: reproduce[0].expect[1].has: the step prints what it then looks for
      help: look for text that only the thing itself can produce
    ");
    assert_snapshot!(sample("    timeout: 90s", "    env: {X: \"{{library}}: cannot open\"}"), @r"
    sample.yaml:29:9: reproduce[0].expect[1].has: the step prints what it then looks for
      help: look for text that only the thing itself can produce
    ");
}

#[test]
fn a_pattern_does_not_hide_behind_a_value() {
    let echo = "run: \"echo libpython{{python}}.so: cannot open\"";
    assert_snapshot!(sample("run: apache2ctl start", echo), @r"
    sample.yaml:29:9: reproduce[0].expect[1].has: the step prints what it then looks for
      help: look for text that only the thing itself can produce
    ");
    let anything = changed(SAMPLE, "values:", "values:\n  any: \"[..]\"");
    let anything = changed(&anything, "has: \"{{ library }}: cannot open\"", "has: \"{{ any }}\"");
    assert_snapshot!(said(&[("sample.yaml", &anything)]), @r"
    sample.yaml:30:9: reproduce[0].expect[1].has: this pattern matches every line
      help: write the text to look for
    ");
}

#[test]
fn no_step_on_the_way_to_the_failure_is_given_what_is_looked_for() {
    let message = "{name: message, run: \"echo {{ library }}: cannot open > /message\"}";
    assert_snapshot!(sample("reproduce:", &format!("  - {message}\nreproduce:")), @r"
    sample.yaml:30:9: reproduce[0].expect[1].has: step `message` is given what is looked for here, and may print it
      help: look for text that only the thing itself can produce
    ");
    assert_snapshot!(sample("reproduce:", &format!("reproduce:\n  - {message}")), @r"
    sample.yaml:30:9: reproduce[1].expect[1].has: step `message` is given what is looked for here, and may print it
      help: look for text that only the thing itself can produce
    ");
    let reworded = "exit: failure\n      - {has: cannot be, reworded: ctl st}";
    assert_snapshot!(sample("exit: failure", reworded), @r"
    sample.yaml:28:26: reproduce[0].expect[1].reworded: only a claim can be reworded
      help: say which `claim` this expectation decides, or take it out
    sample.yaml:28:26: reproduce[0].expect[1].reworded: the step prints what it then looks for
      help: look for text that only the thing itself can produce
    ");
    assert_snapshot!(with("known-drift: [{claim: sample.error, drift: absent, seen: \"ctl [..]art\", reason: none}]"), @r"
    sample.yaml:45:52: known-drift[0].seen: step `start` is given what is looked for here, and may print it
      help: look for text that only the thing itself can produce
    ");
}

#[test]
fn a_pattern_means_something() {
    let has = "has: \"{{ library }}: cannot open\"";
    assert_snapshot!(sample(has, "has: [\"a[..]b: c\", four]\n        lacks: \"404\"\n        reworded: oh!"), @r"
    sample.yaml:2:1: known-drift: none states for claim `sample.error` what `reproduce[0].expect[1]` gives as `reworded`
      help: state it with the same text as `seen`, or take `reworded` out: the report shows the nearest line anyway
    sample.yaml:29:15: reproduce[0].expect[1].has[0]: this pattern is too short to mean anything
      help: look for more: at least 4 letters or digits
    sample.yaml:30:9: reproduce[0].expect[1].lacks: this pattern is too short to mean anything
      help: look for more: at least 4 letters or digits
    sample.yaml:31:9: reproduce[0].expect[1].reworded: this pattern is too short to mean anything
      help: look for more: at least 4 letters or digits
    ");
    assert_eq!(sample(has, "has: \"{{ base }}\""), "nothing is wrong");
}

#[test]
fn a_number_of_a_later_phase_decides_only_a_claim() {
    let plain = |bound: &str| format!("below: 250000\n      - {{number: bytes, below: {bound}}}");
    assert_snapshot!(sample("below: 250000", &plain("workaround:copy.bytes")), @r"
    sample.yaml:22:25: prepare[0].expect[1].below: `workaround:copy` is executed later, and this must hold at once
      help: compare with a number taken before, or decide a `claim` with it
    ");
    assert_snapshot!(sample("below: 250000", &plain("reproduce.bytes")), @r"
    sample.yaml:22:25: prepare[0].expect[1].below: `reproduce` is executed later, and this must hold at once
      help: compare with a number taken before, or decide a `claim` with it
    ");
    assert_eq!(sample("below: 250000", &plain("prepare.bytes")), "nothing is wrong");
    let again = |bound: &str| format!("reproduce:\n  - {{name: again, size: /x, expect: [{{number: bytes, above: {bound}}}]}}");
    assert_snapshot!(sample("reproduce:", &again("control.bytes")), @r"
    sample.yaml:23:54: reproduce[0].expect[0].above: `control` is executed later, and this must hold at once
      help: compare with a number taken before, or decide a `claim` with it
    ");
    assert_eq!(sample("reproduce:", &again("prepare.bytes")), "nothing is wrong");
}

#[test]
fn other_words_need_the_documented_ones() {
    assert_snapshot!(sample("exit: failure", "exit: failure\n        reworded: failed"), @r"
    sample.yaml:28:9: reproduce[0].expect[0].reworded: `reworded` without `has`
      help: give the documented words as `has`
    sample.yaml:28:9: reproduce[0].expect[0].reworded: only a claim can be reworded
      help: say which `claim` this expectation decides, or take it out
    ");
}

#[test]
fn what_is_taken_from_a_number_is_a_number_that_some_step_takes() {
    assert_eq!(sample("below: 250000", "minus: control.bytes\n        below: 250000"), "nothing is wrong");
    assert_snapshot!(sample("below: 250000", "minus: control.byts\n        below: 250000"), @r"
    sample.yaml:21:9: prepare[0].expect[0].minus: no step takes a number `byts`
      help: did you mean `bytes`?
    ");
    assert_snapshot!(sample("has: \"{{ library }}: cannot open\"", "minus: control.bytes"), @r"
    sample.yaml:29:9: reproduce[0].expect[1].minus: `minus` without `number`
      help: add `number`, or take `minus` out
    ");
}

#[test]
fn a_look_expects_something_here_or_by_a_number_that_is_compared() {
    let look = |rest: &str| sample("reproduce:\n", &format!("reproduce:\n  - {{name: size, look: wc -c /file{rest}}}\n"));
    assert_snapshot!(look(""), @r"
    sample.yaml:23:5: reproduce[0]: the step looks at something and expects nothing of it
      help: say under `expect` what it must show
    ");
    assert_eq!(look(", expect: [{has: \"[..]no such file\"}]"), "nothing is wrong");
    let taken = ", capture: {length: \"^([0-9]+)\"}";
    assert_snapshot!(look(taken), @r"
    sample.yaml:23:5: reproduce[0]: the step looks at something and expects nothing of it
      help: say under `expect` what it must show
    ");
    assert_eq!(look(&format!("{taken}, expect: [{{number: length, above: 3}}]")), "nothing is wrong");
}

#[test]
fn a_measure_is_taken_as_the_ledger_has_it() {
    assert_snapshot!(sample("below: 250000", "below: 260000"), @r"
    sample.yaml:19:9: prepare[0].expect[0]: does not take the measure of claim `sample.size`
      help: expect a `number` with `below: 250000`, as in the ledger, and nothing else
    ");
    assert_snapshot!(sample("below: 250000", "below: 250000\n        above: 3"), @r"
    sample.yaml:19:9: prepare[0].expect[0]: does not take the measure of claim `sample.size`
      help: expect a `number` with `below: 250000`, as in the ledger, and nothing else
    ");
    assert_snapshot!(sample("        number: bytes\n        below: 250000", "        exit: success"), @r"
    sample.yaml:19:9: prepare[0].expect[0]: a claim in `prepare` is not tried where it must not hold
      help: decide it in `reproduce`, or under `verify`; in `prepare` a statement can say `exit: success` and a measure a `number`, and no more
    sample.yaml:19:9: prepare[0].expect[0]: does not take the measure of claim `sample.size`
      help: expect a `number` with `below: 250000`, as in the ledger, and nothing else
    ");
}
