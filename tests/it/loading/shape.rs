//! Messages of the loader about keys and values of a wrong shape.

use insta::assert_snapshot;

use super::{SAMPLE, common, mistakes, sample, with};

#[test]
fn a_syntax_error_has_line_and_column() {
    assert_snapshot!(sample("title: A sample", "title: \"A sample"), @r"
    sample.yaml:29:15: failed to read as YAML: did not find expected key at line 29 column 15, while parsing a block mapping at line 2 column 1
      help: check that line and the one above it
    ");
    assert_snapshot!(sample("title: A sample", "title: @sample"), @r"
    sample.yaml:3:8: failed to read as YAML: found character that cannot start any token at line 3 column 8, while scanning for the next token
      help: check that line and the one above it
    ");
}

#[test]
fn an_edition_is_any_line() {
    for edition in ["\"2.9\"", "3.0-rc1", "Spring 2024", "\"2.x (LTS)\"", "classic"] {
        assert_eq!(sample("edition: classic", &format!("edition: {edition}")), "nothing is wrong", "{edition}");
    }
}

#[test]
fn an_unknown_key_is_named_with_the_nearest() {
    assert_snapshot!(sample("workarounds:", "work-arounds:"), @r"
    sample.yaml:30:1: work-arounds: no key is named `work-arounds` here
      help: did you mean `workarounds`?
    ");
    assert_snapshot!(sample("reason: stock packages", "reason: stock packages\n    colour: red"), @r"
    sample.yaml:10:5: fidelity[0].colour: no key is named `colour` here
      help: known here: `when`, `fidelity`, `reason`
    ");
}

#[test]
fn a_missing_key_is_named_with_its_meaning() {
    assert_snapshot!(sample("title: A sample\n", ""), @r"
    sample.yaml: `title` is missing
      help: add `title`: one line for people
    ");
}

#[test]
fn a_value_of_a_wrong_kind_is_refused() {
    assert_snapshot!(sample("directory: /srv", "directory: [/srv]"), @r"
    sample.yaml:14:1: directory: expected text, found a list
      help: `directory`: default working directory of steps
    ");
    assert_snapshot!(sample("directory: /srv", "directory:"), @r"
    sample.yaml:14:1: directory: expected text, found nothing
      help: `directory`: default working directory of steps
    ");
    assert_snapshot!(sample("fidelity: natural", "fidelity: artificial"), @r"
    sample.yaml:8:5: fidelity[0].fidelity: expected one of `natural`, `arranged`, `synthetic`, found `artificial`
      help: `fidelity`: how the defect is produced
    ");
    assert_snapshot!(sample("timeout: 90s", "timeout: 90"), @r"
    sample.yaml:25:5: reproduce[0].timeout: expected a time such as `90s` or `5m`, found 90
      help: `timeout`: time limit, such as `90s` or `5m`
    ");
    assert_snapshot!(sample("timeout: 90s", "timeout: \"\""), @r"
    sample.yaml:25:5: reproduce[0].timeout: expected a time such as `90s` or `5m`, found nothing
      help: `timeout`: time limit, such as `90s` or `5m`
    ");
    assert_snapshot!(common("status: 200", "status: 20"), @r"
    common.yaml:15:11: steps.answer[0].expect[0].status: expected a number from 200 to 599, found 20
      help: `status`: HTTP status of the response
    ");
    assert_snapshot!(common("path: /hello", "path: hello"), @r"
    common.yaml:13:14: steps.answer[0].http.path: expected a path such as `/hello`, found `hello`
      help: `path`: path and query, such as `/hello`
    ");
    assert_snapshot!(mistakes(&[("sample.yaml", "")]), @r"
    sample.yaml: expected a mapping, found nothing
      help: a documented problem as an experiment: its cells, the steps that end in the documented failure, the expectations, and the documented workarounds
    ");
}

#[test]
fn a_duplicate_key_is_refused() {
    assert_snapshot!(sample("directory: /srv", "directory: /srv\ndirectory: /opt"), @r"
    sample.yaml:14:1: directory: `directory` is defined twice
      help: keep one of the two
    ");
}

#[test]
fn a_number_where_text_belongs_must_be_quoted() {
    assert_snapshot!(common("\"3.11\", \"3.13\"", "\"3.11\", \"3.13\", 3.10"), @r"
    common.yaml:6:32: cells.pair.axes.python[2]: expected a value, found 3.1
      help: quote it: `3.10` would be read as 3.1
    ");
    assert_snapshot!(sample("title: A sample", "title: 12"), @r"
    sample.yaml:3:1: title: expected text on one line, found 12
      help: quote it
    ");
}

#[test]
fn a_recoverable_mistake_of_shape_hides_no_mistake_of_meaning() {
    let text = SAMPLE.replace("title: A sample", "titel: 12").replace("claim: sample.error", "claim: sample.eror");
    assert_snapshot!(mistakes(&[("sample.yaml", &text)]), @r"
    sample.yaml:3:1: titel: no key is named `titel` here
      help: did you mean `title`?
    sample.yaml:3:1: titel: expected text on one line, found 12
      help: quote it
    sample.yaml:28:9: reproduce[0].expect[1].claim: no claim is named `sample.eror`
      help: did you mean `sample.error`?
    ");
}

#[test]
fn a_tag_is_refused() {
    assert_snapshot!(sample("title: A sample", "title: !secret A sample"), @r"
    sample.yaml:3:8: failed to read as YAML: title: invalid type: enum, expected text, a number, a list or a mapping, without tags at line 3 column 8
      help: check that line and the one above it
    ");
}

#[test]
fn no_required_part_is_empty() {
    assert_snapshot!(sample("      - name: copy\n        run: cp {{ folder }} /usr/lib\n", "      []\n"), @r"
    sample.yaml:31:5: workarounds[0]: the workaround does nothing
      help: add `steps`, `replace` for steps of `reproduce`, or an `env` or a `directory` for the rest of the phase
    sample.yaml:33:5: workarounds[0].steps: is an empty list
      help: list at least one
    ");
    assert_snapshot!(sample("image: [apache]", "image: []"), @r"
    sample.yaml:13:1: image: is an empty list
      help: list at least one
    ");
    assert_snapshot!(sample("  - use: answer", "  []"), @r"
    sample.yaml:41:1: resolved: is an empty list
      help: list at least one
    ");
    assert_snapshot!(sample("has: \"{{ library }}: cannot open\"", "has: []"), @r"
    sample.yaml:29:9: reproduce[0].expect[1].has: is an empty list
      help: list at least one
    ");
}

#[test]
fn a_reason_is_not_empty() {
    assert_snapshot!(common("reason: bookworm ships Python 3.11", "reason: \" \""), @r"
    common.yaml:9:9: cells.pair.exclude[0].reason: expected text on one line, found nothing
      help: `reason`: the observed reason
    ");
    assert_snapshot!(with("skipped: [{claim: sample.error, when: {base: trixie}, reason: \"\"}]"), @r"
    sample.yaml:45:55: skipped[0].reason: expected text on one line, found nothing
      help: `reason`: the reason, for the reader of a report
    ");
    assert_snapshot!(with("known-drift: [{claim: sample.error, drift: absent, seen: text}]"), @r"
    sample.yaml:45:15: known-drift[0]: `reason` is missing
      help: add `reason`: why
    ");
}
