//! What the loader says of steps: their names, what they do, the texts they are made of.

use insta::assert_snapshot;

use super::{SAMPLE, changed, common, said, sample};

#[test]
fn a_template_asks_for_names_that_exist() {
    assert_snapshot!(sample("cp {{ folder }}", "cp {{ foldr }}"), @r"
    sample.yaml:35:9: workarounds[0].steps[0].run: no axis or value is named `foldr`
      help: did you mean `folder`?
    ");
    assert_snapshot!(sample("cp {{ folder }}", "cp {{ folder"), @r"
    sample.yaml:35:9: workarounds[0].steps[0].run: `{{` without `}}` in `{{ folder /usr/lib`
      help: end the place with `}}`
    ");
    assert_snapshot!(sample("libpython{{ python }}", "libpython{{ folder }}"), @r"
    sample.yaml:11:3: values.library: no axis or value is named `folder`
      help: known here: `base`, `python`
    ");
}

#[test]
fn a_value_has_a_name_of_its_own_and_one_line() {
    assert_snapshot!(sample("  library:", "  python: x\n  library:"), @r"
    sample.yaml:11:3: values.python: value `python` has the name of an axis
      help: give it another name
    ");
    assert_snapshot!(sample("/opt/{{ library }}", "\"a\\nb\""), @r"
    sample.yaml:12:3: values.folder: expected text on one line, found several: `a␊b`
      help: write it on one line; `>-` folds several lines into one
    ");
}

#[test]
fn values_do_not_explode() {
    let values: String = (0..9).map(|n| format!("  v{}: \"{}\"\n", n + 1, format!("{{{{ v{n} }}}}").repeat(30))).collect();
    assert_snapshot!(sample("  library:", &format!("  v0: aaaaaaaaaa\n{values}  library:")), @r"
    sample.yaml:14:3: values.v3: comes to more than 65536 bytes
      help: make it shorter
    sample.yaml:15:3: values.v4: comes to more than 65536 bytes
      help: make it shorter
    sample.yaml:16:3: values.v5: comes to more than 65536 bytes
      help: make it shorter
    sample.yaml:17:3: values.v6: comes to more than 65536 bytes
      help: make it shorter
    sample.yaml:18:3: values.v7: comes to more than 65536 bytes
      help: make it shorter
    sample.yaml:19:3: values.v8: comes to more than 65536 bytes
      help: make it shorter
    sample.yaml:20:3: values.v9: comes to more than 65536 bytes
      help: make it shorter
    ");
}

#[test]
fn a_step_has_a_name_of_its_own_in_its_part() {
    assert_snapshot!(sample("resolved:\n", "resolved:\n  - {name: answer, run: look}\n"), @r"
    common.yaml:12:7: steps.answer[0].name: two steps of this part are named `answer`
      help: name each after what it does
    ");
    assert_snapshot!(sample("- name: start\n    run", "- run"), @r"
    sample.yaml:23:5: reproduce[0]: `name` is missing
      help: name the step after what it does, in kebab-case
    ");
    assert_snapshot!(sample("- name: start", "- name: Start It"), @r"
    sample.yaml:23:5: reproduce[0].name: expected a name in kebab-case such as `build-and-install`, found `Start It`
      help: `name`: the step's name, unique within its part of the scenario
    ");
}

#[test]
fn a_step_does_exactly_one_thing() {
    assert_snapshot!(sample("    timeout: 90s\n", "    ldd: /bin/sh\n"), @r"
    sample.yaml:23:5: reproduce[0]: `run` and `ldd` exclude each other
      help: make two steps of it
    ");
    assert_snapshot!(sample("    size: /usr/lib/module.so\n", ""), @r"
    sample.yaml:16:5: prepare[0]: the step does nothing
      help: add one of `run`, `look`, `http`, `read`, `size`, `ldd`, `readelf`
    sample.yaml:19:9: prepare[0].expect[0].number: this step takes no number `bytes`
      help: `capture` it here; `size` takes `bytes`
    ");
    assert_snapshot!(sample("- use: answer", "- use: answer\n    run: \"true\""), @r"
    sample.yaml:42:5: resolved[0]: `use` stands alone
      help: make the step beside it one of its own
    ");
}

#[test]
fn a_named_list_of_steps_exists_and_uses_no_other() {
    assert_snapshot!(sample("- use: answer", "- use: anwser"), @r"
    sample.yaml:42:5: resolved[0].use: no list of steps is named `anwser` in `common.yaml`
      help: did you mean `answer`?
    ");
    assert_snapshot!(common("    - name: answer", "    - use: answer\n    - name: answer"), @r"
    common.yaml:12:7: steps.answer[0]: a named list of steps cannot use another
      help: write its steps out here
    ");
}

#[test]
fn reproduce_says_that_the_failure_occurred_at_all() {
    assert_snapshot!(sample("      - exit: failure\n", ""), @r"
    sample.yaml:22:1: reproduce: no expectation says that the failure occurred at all
      help: add one without a `claim`, such as `exit: failure`
    ");
}

#[test]
fn what_steps_are_given_has_an_end() {
    let steps: String = (0..5).map(|n| format!("  - {{name: long{n}, run: \"{{{{ long }}}}\"}}\n")).collect();
    let text = SAMPLE.replace("values:", &format!("values:\n  long: {}", "x".repeat(60_000)));
    assert_snapshot!(said(&[("sample.yaml", &text.replace("reproduce:", &format!("{steps}reproduce:")))]), @r"
    sample.yaml:28:1: reproduce: what the steps are given here and in `prepare` comes to more than 262144 bytes
      help: make it shorter
    ");
}

#[test]
fn resolved_looks_for_an_answer() {
    assert_snapshot!(sample("- use: answer", "- {name: alive, run: pgrep apache2}"), @r"
    sample.yaml:41:1: resolved: no step shows an answer
      help: add an `http` step that expects a `status` of 200 to 299 and, as `has`, what is answered
    ");
    assert_snapshot!(common("status: 200", "status: 500"), @r"
    sample.yaml:41:1: resolved: no step shows an answer
      help: add an `http` step that expects a `status` of 200 to 299 and, as `has`, what is answered
    ");
    assert_snapshot!(common("          has: \"Python {{ python }}\"\n", ""), @r"
    sample.yaml:41:1: resolved: no step shows an answer
      help: add an `http` step that expects a `status` of 200 to 299 and, as `has`, what is answered
    ");
}

#[test]
fn what_a_workaround_does_is_looked_at_in_what_it_shows() {
    let step = "run: cp {{ folder }} /usr/lib";
    assert_snapshot!(sample(step, &format!("{step}\n        expect: [{{exit: success, has: copied}}]")), @r"
    sample.yaml:36:18: workarounds[0].steps[0].expect[0]: a workaround's step expects an `exit` and no more
      help: put the look into `verify`, which the placebo takes too
    ");
    assert_eq!(sample(step, &format!("{step}\n        expect: [{{exit: 3}}]")), "nothing is wrong");
}

#[test]
fn workarounds_have_ids_of_their_own() {
    let again = "  - id: copy\n    claim: sample.cure\n    steps: [{name: again, run: cp a b}]\nresolved:";
    assert_snapshot!(sample("resolved:", again), @r"
    sample.yaml:41:5: workarounds[1].id: two workarounds have the id `copy`
      help: name each after what it does
    ");
}

#[test]
fn what_must_be_there_is_there_in_every_cell() {
    assert_snapshot!(sample("- exit: failure", "- exit: failure\n        when: {base: bookworm}"), @r"
    sample.yaml:22:1: reproduce: no expectation says that the failure occurred at all in base `trixie`, python `3.11`
      help: add one without a `claim`, such as `exit: failure`
    ");
    let empty = changed(SAMPLE, "- exit: failure", "- exit: failure\n        when: {base: bookworm}");
    let empty = changed(&empty, "- claim: sample.error\n", "- claim: sample.error\n        when: {base: bookworm}\n");
    assert_snapshot!(said(&[("sample.yaml", &empty)]), @r"
    sample.yaml:4:1: section: nothing decides claim `sample.error` in base `trixie`, python `3.11`
      help: give an expectation this `claim`, or state under `skipped` why no run can decide it
    sample.yaml:22:1: reproduce: no expectation says that the failure occurred at all in base `trixie`, python `3.11`
      help: add one without a `claim`, such as `exit: failure`
    sample.yaml:23:5: reproduce[0]: no expectation of step `start` counts in base `trixie`, python `3.11`
      help: give the step itself a `when`, or add an expectation for that cell
    ");
    assert_snapshot!(sample("  - use: answer", "  - name: answer\n    when: {base: trixie}\n    http: {path: /hello}\n    expect: [{status: 200, has: hello}]"), @r"
    sample.yaml:41:1: resolved: no step shows an answer in base `bookworm`, python `3.11`
      help: add an `http` step that expects a `status` of 200 to 299 and, as `has`, what is answered
    sample.yaml:45:28: resolved[0].expect[0].has: the step prints what it then looks for
      help: look for text that only the thing itself can produce
    ");
}
