//! The procedure of a scenario.

use std::fs;

use serde_json::json;

use super::trial::{Ended, SCENARIO, Trial};

const STEPS: &str = "    steps: [{name: make, run: make-the-part}]\n";
const CONTROL: &str = "  image: [broken, healthy]\n";

/// The scenario with several places changed; each must be there.
fn with(changes: &[(&str, &str)]) -> Trial {
    let scenario = changes.iter().fold(SCENARIO.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the scenario has no `{from}`");
        text.replacen(from, to, 1)
    });
    Trial::of(&scenario)
}

/// With the steps of the workaround replaced by this.
fn doing(what: &str) -> Trial {
    Trial::with(STEPS, what)
}

fn all_confirmed(trial: &Trial) {
    let ended = trial.run(&[]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    for claim in ["part.missing", "part.made"] {
        assert_eq!(trial.verdict(claim)["verdict"], "confirmed", "{claim}");
    }
}

fn refused(trial: &Trial, words: &[&str]) {
    let Ended { code, stdout, stderr } = trial.check();
    let output = format!("{stdout}{stderr}");
    assert_eq!(code, 2, "{output}");
    for word in words.iter().chain(&["parts.yaml:", "help: "]) {
        assert!(output.contains(word), "no `{word}` in:\n{output}");
    }
}

/// The executed steps of a phase with command, directory and environment.
fn executed(trial: &Trial, phase: &str) -> Vec<(String, String, String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let step = |seen: &serde_json::Value| {
        let env = seen["env"].as_object().into_iter().flatten().map(|(name, value)| format!("{name}={}", text(value)));
        (text(&seen["step"]), text(&seen["command"]), text(&seen["directory"]), env.collect::<Vec<_>>().join(" "))
    };
    trial.observations(phase).iter().map(step).collect()
}

fn row(step: &str, command: &str, directory: &str, env: &str) -> (String, String, String, String) {
    (step.into(), command.into(), directory.into(), env.into())
}

#[test]
fn env_and_directory_of_a_workaround_apply_to_the_rest_of_its_phase_only() {
    let trial = with(&[
        (
            STEPS,
            "    env: {PATH: '/opt/part/bin:$PATH', LEVEL: '1'}\n    directory: /opt/part\n    steps: [{name: make, run: make-the-part, env: {LEVEL: '2'}}]\n    verify: [{name: where, run: which tool, directory: /, expect: [{has: /opt/part/bin/tool}]}]\n",
        ),
        ("    http: {path: /}\n", "    http: {path: /}\n    directory: /srv\n"),
    ])
    .answering(json!({"command": "which tool", "after": "make-the-part", "stdout": "/opt/part/bin/tool\n"}));
    all_confirmed(&trial);
    let path = "PATH=/opt/part/bin:$PATH";
    let curl = "/dev/matrix/http --max-time 15 http://localhost/";
    assert_eq!(
        executed(&trial, "workaround:make"),
        [
            row("make", "make-the-part", "/opt/part", &format!("LEVEL=2 {path}")),
            row("use-it", "tool", "/opt/part", &format!("LEVEL=1 {path}")),
            // Steps that inspect from outside do not depend on it.
            row("answer", curl, "/srv", ""),
            row("where", "which tool", "/", &format!("LEVEL=1 {path}")),
        ]
    );
    assert_eq!(
        executed(&trial, "placebo"),
        [row("use-it", "tool", "", ""), row("answer", curl, "/srv", ""), row("where", "which tool", "/", "")]
    );
}

#[test]
fn a_workaround_may_be_an_environment_alone() {
    let trial = doing("    env: {PART: /opt/part}\n");
    let ended = trial.run(&[]);
    // Nothing was made, and the fake engine ignores environments.
    assert_eq!((ended.code, trial.verdict("part.made")["drift"].as_str()), (1, Some("workaround-fails")), "{}", ended.stderr);
    assert_eq!(executed(&trial, "workaround:make")[0], row("use-it", "tool", "", "PART=/opt/part"));
    refused(&doing(""), &["workarounds[0]: the workaround does nothing", "`replace`"]);
    refused(&doing("    env: {A: 'x$(y)'}\n"), &["workarounds[0].env.A", "without the name of a variable", "write `$$`"]);
}

#[test]
fn a_workaround_may_replace_the_failing_step() {
    let trial = doing("    replace: {use-it: {run: tool --part=/opt/part, env: {LEVEL: '3'}}}\n")
        .answering(
            json!({"command": "/dev/matrix/http", "after": "tool --part=/opt/part", "stdout": "HTTP/1.1 200 OK\r\n\r\nhello\n"}),
        )
        .answering(json!({"command": "tool --part=/opt/part", "stdout": "ready\n"}));
    all_confirmed(&trial);
    assert_eq!(executed(&trial, "workaround:make")[0], row("use-it", "tool --part=/opt/part", "", "LEVEL=3"));
    assert_eq!(executed(&trial, "placebo")[0], row("use-it", "tool", "", ""));
    assert_eq!(executed(&trial, "reproduce")[0], row("use-it", "tool", "", ""));
}

#[test]
fn expectations_of_a_replaced_step_must_not_hold_for_the_replacement() {
    // The replacement fails with the same words although there is a response, so the symptom is not a sign of the problem.
    let trial = doing("    replace: {use-it: {run: tool --part=/opt/part}}\n").answering(
        json!({"command": "/dev/matrix/http", "after": "tool --part=/opt/part", "stdout": "HTTP/1.1 200 OK\r\n\r\nhello\n"}),
    );
    let ended = trial.run(&[]);
    assert_ne!(ended.code, 0, "{}", ended.stdout);
    assert_eq!(trial.verdict("part.missing")["verdict"], "inconclusive");
}

#[test]
fn a_replaced_step_must_exist_be_executed_and_change() {
    let replace = |text: &str| doing(&format!("    replace: {{{text}}}\n"));
    refused(&replace("use-itt: {run: tool -x}"), &["no step of `reproduce` is named `use-itt`", "did you mean `use-it`?"]);
    refused(&replace("use-it: {run: tool}"), &["step `use-it` already does that"]);
    refused(&replace("use-it: {}"), &["replaces nothing"]);
    refused(&replace("use-it: {run: export PART=/opt}"), &["replace.use-it.run: this changes only the shell of the step itself"]);
    let look = with(&[
        ("workarounds:", "  - {name: log, read: /log, expect: [{lacks: ready to serve}]}\nworkarounds:"),
        (STEPS, "    replace: {log: {run: tail /log}}\n"),
    ]);
    refused(&look, &["step `log` has no command to replace"]);
}

#[test]
fn the_control_may_replace_the_wrong_command() {
    let trial = with(&[("  image: [broken, healthy]\n", "  replace: {use-it: {run: tool --right}}\n")])
        .answering(json!({"command": "/dev/matrix/http", "after": "tool --right", "stdout": "HTTP/1.1 200 OK\r\n\r\nhello\n"}))
        .answering(json!({"command": "tool --right", "stdout": "ready\n"}));
    all_confirmed(&trial);
    assert_eq!(executed(&trial, "control")[0], row("use-it", "tool --right", "", ""));
    let cell = &trial.record()["cells"][0];
    assert_eq!(cell["phases"][0]["image"], cell["phases"].as_array().unwrap().last().unwrap()["image"]);
    let plan = trial.matrix(&["plan"], false).stdout;
    assert!(plan.contains("reproduce, in the control\n    use-it                   tool --right"), "{plan}");
}

#[test]
fn a_cell_has_the_dockerfiles_of_all_cells_and_its_own() {
    let trial = with(&[
        ("axes: {base: [tiny]}", "axes: {base: [tiny], side: [left, right]}"),
        ("image: [broken]", "image: [{dockerfile: healthy, when: {side: right}}, broken]"),
    ]);
    let plan = trial.matrix(&["plan"], false).stdout;
    assert!(plan.contains("parts:tiny/side-left\n  image         tiny + broken\n"), "{plan}");
    assert!(plan.contains("parts:tiny/side-right\n  image         tiny + healthy + broken\n"), "{plan}");
}

#[test]
fn a_control_equal_to_the_environment_with_the_defect_is_refused() {
    refused(&with(&[(CONTROL, "  verify: [{name: look, run: look}]\n")]), &["control: `image` is missing"]);
    refused(&with(&[(CONTROL, "  replace: {usit: {run: x}}\n")]), &["no step of `prepare` or `reproduce` is named `usit`"]);
    refused(&with(&[(CONTROL, "  image: [broken]\n")]), &["control.image: the control is the environment with the defect"]);
    let both = with(&[
        ("reproduce:\n", "prepare:\n  - {name: use-it, run: tool --old}\nreproduce:\n"),
        (CONTROL, "  replace: {use-it: {run: tool --right}}\n"),
    ]);
    refused(&both, &["`prepare` and `reproduce` both have a step `use-it`"]);
}

#[test]
fn a_replacement_must_not_print_the_expected_text_itself() {
    let echo = "echo cannot find the part alpha";
    refused(
        &doing(&format!("    replace: {{use-it: {{run: {echo}}}}}\n")),
        &["reproduce[0].expect[1].has", "step `use-it` of `workaround:make` contains the expected text"],
    );
    refused(
        &with(&[(CONTROL, &format!("  replace: {{use-it: {{run: {echo}}}}}\n"))]),
        &["step `use-it` of `control` contains the expected text"],
    );
    refused(&doing("    env: {A: cannot find the part alpha}\n"), &["step `env` of `workaround:make` contains"]);
}

#[test]
fn a_step_that_changes_only_its_own_shell_is_refused_with_what_to_write() {
    for (run, help) in [
        ("export PATH=/opt/part/bin:$PATH", "whose `env` applies to the rest of its phase"),
        ("cd /opt/part", "whose `directory` applies to the rest of its phase"),
        (". ./env", "`. FILE && make`"),
        ("umask 022", "before the command that needs it"),
    ] {
        let trial = doing(&format!("    steps: [{{name: make, run: '{run}'}}]\n"));
        refused(&trial, &["workarounds[0].steps[0].run: this changes only the shell of the step itself", help]);
    }
    let look = doing(
        "    steps: [{name: make, run: make-the-part}]\n    verify: [{name: gone, run: cd /broken, expect: [{exit: failure}]}]\n",
    );
    assert_eq!(look.check().code, 0, "whether one can go there is a look");
}

/// The content of the log at the start of a phase, as the engine reports it.
fn held(text: &str, after: &str) -> serde_json::Value {
    json!({"command": "stat -L -c %s -- /var/log/tool.log", "after": after, "stdout": format!("0 {} {text}\n", text.len())})
}

#[test]
fn a_file_is_read_from_its_end_at_the_start_of_the_phase_unless_whole() {
    let log = |whole: &str| {
        with(&[(
            "workarounds:",
            &format!("  - {{name: log, read: /var/log/tool.log{whole}, expect: [{{has: part alpha is missing}}]}}\nworkarounds:"),
        )])
        .answering(json!({"command": "tool.log", "image": "matrix/healthy", "stdout": "ready\n"}))
        .answering(json!({"command": "tool.log", "stdout": "part alpha is missing\n"}))
    };
    let old = "digest-of-the-old-lines";
    // The step begins after the old lines, and nothing was appended.
    let trial = log("")
        .answering(json!({"command": "tool.log", "image": "matrix/healthy", "stdout": "ready\n"}))
        .answering(json!({"command": format!("case $now in {old}*) from=24"), "after": "make-the-part", "stdout": ""}))
        .answering(held(old, "tool"))
        .answering(json!({"command": "stat -L", "not_after": "tool"}));
    all_confirmed(&trial);
    for phase in ["reproduce", "placebo", "workaround:make"] {
        let log = executed(&trial, phase).into_iter().find(|row| row.0 == "log").unwrap();
        assert_eq!(log.1, "tail -c \"+${from:-1}\" -- /var/log/tool.log", "{phase}: the record has the command of the plan");
    }
    // With the whole file the old lines appear again.
    let whole = log(", whole: true");
    assert_ne!(whole.run(&[]).code, 0);
    assert_eq!(executed(&whole, "reproduce")[1], row("log", "cat -- /var/log/tool.log", "", ""));
}

#[test]
fn a_log_is_inspected_before_a_phase_only_where_a_step_reads_it() {
    let trial = Trial::new().answering(json!({"command": "sha256sum", "exit": 1}));
    all_confirmed(&trial);
    let asked = with(&[("workarounds:", "  - {name: log, read: /log, expect: [{lacks: ready to serve}]}\nworkarounds:")])
        .answering(json!({"command": "sha256sum", "exit": 1, "stderr": "sha256sum: not found\n"}));
    assert_eq!(asked.run(&[]).code, 3, "what cannot be asked is not taken for nothing");
    let why = asked.verdict("part.missing")["why"].as_str().unwrap().to_owned();
    assert!(why.contains("failed to read the sizes of the files of `read` steps: sha256sum: not found"), "{why}");
}

#[test]
fn a_file_read_first_in_a_container_is_read_whole() {
    let first = |whole: &str| {
        let step =
            format!("prepare:\n  - {{name: settings, read: /etc/tool{whole}, expect: [{{has: part = none}}]}}\nreproduce:\n");
        with(&[("reproduce:\n", &step)])
    };
    refused(&first(""), &["prepare[0].read: nothing was executed yet", "add `whole: true`"]);
    assert_eq!(first(", whole: true").check().code, 0);
    refused(&with(&[("    run: tool\n", "    run: tool\n    whole: true\n")]), &["`whole` without `read`"]);
}

#[test]
fn a_step_of_several_lines_ends_at_the_first_that_fails_and_the_plan_says_so() {
    let trial = doing("    steps:\n      - name: make\n        run: |\n          make-the-part\n          make-another\n");
    all_confirmed(&trial);
    assert_eq!(executed(&trial, "workaround:make")[0].1, "set -e\nmake-the-part\nmake-another");
    let plan = trial.matrix(&["plan"], false).stdout;
    assert!(plan.contains("set -e\n"), "{plan}");
}

#[test]
fn a_log_is_appended_to_the_output_and_does_not_change_the_exit_status() {
    let trial = with(&[
        ("    run: tool\n", "    run: tool\n    log: /var/log/app.log\n"),
        ("    http: {path: /}\n", "    http: {path: /}\n    log: /var/log/app.log\n"),
    ]);
    all_confirmed(&trial);
    let shown = |command: &str| format!("(\n{command}\n); ended=$?\ntail -c \"+${{from:-1}}\" -- /var/log/app.log\nexit $ended");
    let steps = executed(&trial, "placebo");
    assert_eq!(steps[0].1, shown("tool"));
    assert_eq!(steps[1].1, shown("/dev/matrix/http --max-time 15 http://localhost/"));
    let alone = Trial::with("    run: tool\n", "    read: /x\n    log: /var/log/app.log\n");
    refused(&alone, &["reproduce[0].log: `log` needs a `run`, a `look` or an `http`"]);
}

#[test]
fn a_step_is_executed_as_its_user_everywhere_and_the_plan_and_the_reports_say_so() {
    let trial = with(&[("    run: tool\n", "    run: tool\n    user: postgres\n")])
        .answering(json!({"command": "tool", "user": "postgres", "image": "matrix/healthy", "stdout": "ready\n"}))
        .answering(json!({"command": "tool", "user": "nobody", "stdout": "wrong user\n"}));
    all_confirmed(&trial);
    for phase in ["reproduce", "placebo", "workaround:make", "control"] {
        let users: Vec<_> =
            trial.observations(phase).into_iter().map(|seen| (seen["step"].clone(), seen["user"].clone())).collect();
        assert!(users.contains(&("use-it".into(), "postgres".into())), "{phase}: {users:?}");
        assert!(users.iter().all(|(step, user)| *step == "use-it" || user.is_null()), "{phase}: {users:?}");
    }
    let plan = trial.matrix(&["plan"], false).stdout;
    assert!(plan.contains("use-it                   [as postgres] tool\n"), "{plan}");
    let report = fs::read_to_string(trial.path().join("out/report.html")).unwrap();
    assert!(report.contains("postgres $"), "the report names the user");
}

#[test]
fn a_workaround_may_be_another_user_alone() {
    let trial = with(&[("    run: tool\n", "    run: tool\n    user: alice\n"), (STEPS, "    replace: {use-it: {user: bob}}\n")]);
    let trial = trial.answering(json!({"command": "tool", "user": "bob", "stdout": "ready\n"}));
    trial.run(&[]);
    let users = |phase: &str| trial.observations(phase)[0]["user"].clone();
    assert_eq!((users("placebo"), users("workaround:make")), ("alice".into(), "bob".into()));
    refused(
        &with(&[(STEPS, "    replace: {use-it: {user: alice}}\n"), ("    run: tool\n", "    run: tool\n    user: alice\n")]),
        &["workarounds[0].replace.use-it: step `use-it` already does that"],
    );
}

#[test]
fn a_user_that_does_not_exist_makes_the_cell_inconclusive() {
    let trial = with(&[("    run: tool\n", "    run: tool\n    user: nosuch\n")])
        .answering(json!({"command": "tool", "user": "nosuch", "end": "no-user"}));
    assert_eq!(trial.run(&[]).code, 3);
    let verdict = trial.verdict("part.missing");
    assert_eq!((&verdict["verdict"], &verdict["cause"]), (&"inconclusive".into(), &"no-user".into()));
    let why = verdict["why"].as_str().unwrap();
    assert!(why.contains("step `use-it` could not be started: the container has no user `nosuch`"), "{why}");
}

#[test]
fn another_user_is_another_experiment_for_the_cache() {
    let run = |trial: &Trial| trial.run(&[]).stderr;
    let trial = Trial::new();
    run(&trial);
    let cached = trial.observations("reproduce");
    trial.write("scenarios/parts.yaml", &SCENARIO.replace("    run: tool\n", "    run: tool\n    user: alice\n"));
    run(&trial);
    assert_ne!(trial.observations("reproduce")[0]["user"], cached[0]["user"]);
}
