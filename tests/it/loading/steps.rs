//! Messages of the loader about steps: names, actions and texts.

use insta::assert_snapshot;

use super::{SAMPLE, changed, common, mistakes, sample};

#[test]
fn a_template_uses_only_names_that_exist() {
    assert_snapshot!(sample("cp {{ folder }}", "cp {{ foldr }}"), @r"
    sample.yaml:35:9: workarounds[0].steps[0].run: no axis or value is named `foldr`
      help: did you mean `folder`?
    ");
    assert_snapshot!(sample("cp {{ folder }}", "cp {{ folder"), @r"
    sample.yaml:35:9: workarounds[0].steps[0].run: `{{` without `}}` in `{{ folder /usr/lib`
      help: close it with `}}`
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
fn the_length_of_values_is_bounded() {
    let values: String = (0..9).map(|n| format!("  v{}: \"{}\"\n", n + 1, format!("{{{{ v{n} }}}}").repeat(30))).collect();
    assert_snapshot!(sample("  library:", &format!("  v0: aaaaaaaaaa\n{values}  library:")), @r"
    sample.yaml:14:3: values.v3: is longer than 65536 bytes
      help: make it shorter
    sample.yaml:15:3: values.v4: is longer than 65536 bytes
      help: make it shorter
    sample.yaml:16:3: values.v5: is longer than 65536 bytes
      help: make it shorter
    sample.yaml:17:3: values.v6: is longer than 65536 bytes
      help: make it shorter
    sample.yaml:18:3: values.v7: is longer than 65536 bytes
      help: make it shorter
    sample.yaml:19:3: values.v8: is longer than 65536 bytes
      help: make it shorter
    sample.yaml:20:3: values.v9: is longer than 65536 bytes
      help: make it shorter
    ");
}

#[test]
fn a_step_has_a_unique_name_within_its_part() {
    assert_snapshot!(sample("resolved:\n", "resolved:\n  - {name: answer, run: look}\n"), @r"
    common.yaml:12:7: steps.answer[0].name: two steps of this part are named `answer`
      help: name each after its purpose
    ");
    assert_snapshot!(sample("- name: start\n    run", "- run"), @r"
    sample.yaml:23:5: reproduce[0]: `name` is missing
      help: name the step after its purpose, in kebab-case
    ");
    assert_snapshot!(sample("- name: start", "- name: Start It"), @r"
    sample.yaml:23:5: reproduce[0].name: expected a name in kebab-case such as `build-and-install`, found `Start It`
      help: `name`: name of the step, unique within its part of the scenario
    ");
}

#[test]
fn a_step_does_exactly_one_thing() {
    assert_snapshot!(sample("    timeout: 90s\n", "    ldd: /bin/sh\n"), @r"
    sample.yaml:23:5: reproduce[0]: `run` and `ldd` exclude each other
      help: split it into two steps
    ");
    assert_snapshot!(sample("    size: /usr/lib/module.so\n", ""), @r"
    sample.yaml:16:5: prepare[0]: the step does nothing
      help: add one of `run`, `look`, `http`, `read`, `size`, `ldd`, `readelf`
    sample.yaml:19:9: prepare[0].expect[0].number: this step captures no number `bytes`
      help: `capture` it here; `size` captures `bytes`
    ");
    assert_snapshot!(sample("- use: answer", "- use: answer\n    run: \"true\""), @r"
    sample.yaml:42:5: resolved[0]: `use` cannot be combined with other keys
      help: move the other keys to a separate step
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
      help: list its steps here
    ");
}

#[test]
fn reproduce_states_that_the_failure_occurs() {
    assert_snapshot!(sample("      - exit: failure\n", ""), @r"
    sample.yaml:22:1: reproduce: no expectation states that the failure occurs
      help: add one without a `claim`, such as `exit: failure`
    ");
}

#[test]
fn the_input_of_steps_is_bounded() {
    let steps: String = (0..5).map(|n| format!("  - {{name: long{n}, run: \"{{{{ long }}}}\"}}\n")).collect();
    let text = SAMPLE.replace("values:", &format!("values:\n  long: {}", "x".repeat(60_000)));
    assert_snapshot!(mistakes(&[("sample.yaml", &text.replace("reproduce:", &format!("{steps}reproduce:")))]), @r"
    sample.yaml:28:1: reproduce: the input of the steps here and in `prepare` is longer than 262144 bytes
      help: make it shorter
    ");
}

#[test]
fn limits_have_units_and_bounds() {
    let limits = |keys: &str| sample("reproduce:", &format!("limits: {{{keys}}}\nreproduce:"));
    assert_eq!(limits("memory: 512MiB, processes: 64, cpu: 4, disk: 8GiB, silence: 20m"), "nothing is wrong");
    assert_snapshot!(limits("memory: 4GB, processes: 1, cpu: 0, silence: 20"), @r"
    sample.yaml:22:10: limits.memory: expected a size such as `512MiB` or `4GiB`, found `4GB`
      help: `memory`: memory and swap together
    sample.yaml:22:23: limits.processes: expected a number from 16 to 1000000, found 1
      help: `processes`: processes that run at the same time
    sample.yaml:22:37: limits.cpu: expected a number from 1 to 1024, found 0
      help: `cpu`: processors that it can use at the same time
    sample.yaml:22:45: limits.silence: expected a time such as `90s` or `5m`, found 20
      help: `silence`: time without output after which a step is stopped
    ");
}

#[test]
fn resolved_shows_that_the_software_works() {
    assert_snapshot!(sample("- use: answer", "- {name: alive, run: pgrep apache2}"), @r"
    sample.yaml:41:1: resolved: no step shows that the software works
      help: add a step that expects `exit: success` and text that the software prints (`has`) or a `number`, or an `http` step that expects a `status` of 200 to 299 and text of the response (`has`)
    ");
    assert_snapshot!(common("status: 200", "status: 500"), @r"
    sample.yaml:41:1: resolved: no step shows that the software works
      help: add a step that expects `exit: success` and text that the software prints (`has`) or a `number`, or an `http` step that expects a `status` of 200 to 299 and text of the response (`has`)
    ");
    assert_snapshot!(common("          has: \"Python {{ python }}\"\n", ""), @r"
    sample.yaml:41:1: resolved: no step shows that the software works
      help: add a step that expects `exit: success` and text that the software prints (`has`) or a `number`, or an `http` step that expects a `status` of 200 to 299 and text of the response (`has`)
    ");
}

#[test]
fn resolved_may_show_it_by_the_output_of_a_command_that_succeeds() {
    let query = |keys: &str| sample("- use: answer", &format!("- {{name: query, run: psql -c 'select version()', {keys}}}"));
    assert_eq!(query("expect: [{exit: success, has: \"PostgreSQL {{ python }}[..]\"}]"), "nothing is wrong");
    assert_eq!(query("exit: success, expect: [{has: \"PostgreSQL {{ python }}[..]\"}]"), "nothing is wrong");
    let rows = "capture: {rows: '^([0-9]+) rows$'}, expect: [{exit: success, number: rows, above: 1}]";
    assert_eq!(query(rows), "nothing is wrong");
    // What a command prints before it fails, or success without output, shows nothing.
    for keys in
        ["expect: [{has: \"PostgreSQL[..]\"}]", "expect: [{exit: success}]", "expect: [{exit: failure, has: \"PostgreSQL[..]\"}]"]
    {
        assert!(query(keys).contains("resolved: no step shows that the software works"), "{}", query(keys));
    }
}

#[test]
fn the_effect_of_a_workaround_is_verified_by_its_output() {
    let step = "run: cp {{ folder }} /usr/lib";
    assert_snapshot!(sample(step, &format!("{step}\n        expect: [{{exit: success, has: copied}}]")), @r"
    sample.yaml:36:18: workarounds[0].steps[0].expect[0]: a step of a workaround can only expect an `exit`
      help: move the inspection to `verify`, which the placebo also runs
    ");
    assert_eq!(sample(step, &format!("{step}\n        expect: [{{exit: 3}}]")), "nothing is wrong");
}

#[test]
fn workarounds_have_unique_ids() {
    let again = "  - id: copy\n    claim: sample.cure\n    steps: [{name: again, run: cp a b}]\nresolved:";
    assert_snapshot!(sample("resolved:", again), @r"
    sample.yaml:41:5: workarounds[1].id: two workarounds have the id `copy`
      help: name each after its purpose
    ");
}

#[test]
fn required_parts_exist_in_every_cell() {
    assert_snapshot!(sample("- exit: failure", "- exit: failure\n        when: {base: bookworm}"), @r"
    sample.yaml:22:1: reproduce: no expectation states that the failure occurs in base `trixie`, python `3.11`
      help: add one without a `claim`, such as `exit: failure`
    ");
    let empty = changed(SAMPLE, "- exit: failure", "- exit: failure\n        when: {base: bookworm}");
    let empty = changed(&empty, "- claim: sample.error\n", "- claim: sample.error\n        when: {base: bookworm}\n");
    assert_snapshot!(mistakes(&[("sample.yaml", &empty)]), @r"
    sample.yaml:4:1: section: nothing decides claim `sample.error` in base `trixie`, python `3.11`
      help: add this `claim` to an expectation, or add it to `skipped` with the reason why no run can decide it
    sample.yaml:22:1: reproduce: no expectation states that the failure occurs in base `trixie`, python `3.11`
      help: add one without a `claim`, such as `exit: failure`
    sample.yaml:23:5: reproduce[0]: step `start` has no expectation in base `trixie`, python `3.11`
      help: add a `when` to the step itself, or an expectation for that cell
    ");
    assert_snapshot!(sample("  - use: answer", "  - name: answer\n    when: {base: trixie}\n    http: {path: /hello}\n    expect: [{status: 200, has: hello}]"), @r"
    sample.yaml:41:1: resolved: no step shows that the software works in base `bookworm`, python `3.11`
      help: add a step that expects `exit: success` and text that the software prints (`has`) or a `number`, or an `http` step that expects a `status` of 200 to 299 and text of the response (`has`)
    sample.yaml:45:28: resolved[0].expect[0].has: the step itself contains the expected text
      help: expect text that only the software itself can print
    ");
}

#[test]
fn a_step_may_have_a_user_unless_it_is_a_request() {
    let user = |user: &str| sample("    run: apache2ctl start\n", &format!("    run: apache2ctl start\n    user: {user}\n"));
    for right in ["www-data", "1000", "\"1000\"", "Debian-exim"] {
        assert_eq!(user(right), "nothing is wrong", "{right}");
    }
    for wrong in ["www data", "-1", "\"www-data:adm\"", "3000000000", "\"\"", "true"] {
        assert!(user(wrong).contains("reproduce[0].user: "), "{wrong}: {}", user(wrong));
    }
    assert_snapshot!(sample("  - use: answer", "  - {name: answer, user: nobody, http: {path: /hello}, expect: [{status: 200, has: \"Python {{ python }}\"}]}"), @r"
    sample.yaml:42:20: resolved[0].user: a request has no `user`
      help: remove it, because `matrix` makes the request itself
    ");
}
