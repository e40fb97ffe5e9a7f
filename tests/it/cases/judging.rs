//! The grounds of verdicts.

use std::fs;

use matrix::model::observed::Observed;
use serde_json::{Value, json};

use super::trial::{Ended, SCENARIO, Trial};

#[test]
fn an_experiment_without_a_mistake_is_as_expected() {
    let trial = Trial::new();
    let ended = trial.run(&[]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(trial.verdict("part.missing")["verdict"], "confirmed");
    assert_eq!(trial.verdict("part.made")["verdict"], "confirmed");
    assert!(trial.check().code == 0 && trial.path().exists());
}

/// The scenario with several places changed.
fn changed(places: &[(&str, &str)]) -> String {
    places.iter().fold(SCENARIO.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the scenario has no `{from}`");
        text.replacen(from, to, 1)
    })
}

/// Another claim of the trial's ledger, in the place of the workaround's, or beside both.
fn with_claim(trial: &Trial, claim: &str) {
    let ledger = fs::read_to_string(trial.path().join("scenarios/claims.yaml")).unwrap();
    trial.write("scenarios/claims.yaml", &format!("{}\n{claim}\n", ledger.trim_end()));
}

/// The exit code, and the verdicts of both claims.
fn results(trial: &Trial) -> (i32, [Value; 2], Ended) {
    let ended = trial.run(&[]);
    let verdicts = ["part.missing", "part.made"].map(|claim| trial.verdict(claim));
    (ended.code, verdicts, ended)
}

#[test]
fn a_mistake_in_the_failing_procedure_makes_no_cell_as_expected() {
    let typo = ("  - name: use-it", "  - {name: depend, run: mkae depend}\n  - name: use-it");
    let unknown = json!({"command": "mkae", "exit": 127, "stderr": "sh: 1: mkae: not found\n"});
    let tolerant = json!({"command": "tool || true", "stderr": "cannot find the part alpha\n"});
    let ready = json!({"command": "tool || true", "image": "matrix/healthy", "stdout": "ready\n"});
    for (change, answers, expected, seen) in [
        (("exit: 3", "exit: 2"), vec![], "exit status 2", "exit status 3: cannot find the part alpha"),
        (("exit: 3", "exit: success"), vec![], "exit status 0", "exit status 3: cannot find the part alpha"),
        (typo, vec![unknown], "exit status 0", "exit status 127: sh: 1: mkae: not found"),
        (("run: tool", "run: tool || true"), vec![tolerant, ready], "exit status 3", "exit status 0: cannot find the part alpha"),
    ] {
        let trial = Trial::with(change.0, change.1);
        let trial = answers.into_iter().fold(trial, Trial::answering);
        let (code, verdicts, ended) = results(&trial);
        assert_eq!(code, 3, "{change:?}: {}{}", ended.stdout, ended.stderr);
        assert!(verdicts.iter().all(|verdict| verdict["cause"] == "not-reproduced"), "{change:?}: {verdicts:?}");
        let missing = trial.record()["cells"][0]["not_reproduced"].clone();
        assert_eq!((&missing["expected"], &missing["seen"]), (&expected.into(), &seen.into()), "{change:?}");
        let first = ended.stdout.find("reproduce   step").unwrap();
        assert!(first < ended.stdout.find("  why ").unwrap() && ended.stdout.contains(seen), "{}", ended.stdout);
        for report in ["report.html", "report.md", "junit.xml"] {
            let text = fs::read_to_string(trial.path().join("out").join(report)).unwrap();
            assert!(text.contains(seen), "{report} does not say what happened");
        }
    }
}

#[test]
fn workarounds_of_a_failure_that_did_not_occur_are_inconclusive() {
    let symptom = "\n      - {claim: part.missing, has: cannot find the part alpha}";
    let places = [
        ("run: tool\n", "run: \"true\"\n"),
        ("exit: 3", "exit: failure"),
        (symptom, ""),
        ("section: parts", "section: parts\nclaims: [part.made]"),
    ];
    let trial = Trial::of(&changed(&places));
    let ended = trial.run(&[]);
    assert_eq!(ended.code, 3, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(trial.verdict("part.made")["cause"], "not-reproduced");
}

const ABSENT: &str = "control:\n  image: [broken, healthy]\n";

/// The tool works everywhere, and the scenario states that the failure does not occur.
fn absent(seen: &str) -> Trial {
    let stated = format!(
        "{ABSENT}not-reproduced: [{{seen: {seen}, reason: the tool makes its part}}]\nknown-drift: [{{claim: part.missing, drift: absent, seen: made a part, reason: so}}]\n"
    );
    Trial::of(&changed(&[(ABSENT, &stated)]))
}

#[test]
fn a_failure_stated_as_not_reproduced_must_be_absent_with_the_stated_text() {
    let works = json!({"command": "tool", "image": "matrix/broken", "stdout": "made a part\nready\n"});
    let as_stated = absent("made a part").answering(works.clone());
    let (code, verdicts, ended) = results(&as_stated);
    assert_eq!(code, 0, "{}{}", ended.stdout, ended.stderr);
    assert_eq!((&verdicts[0]["known"], &verdicts[1]["verdict"]), (&true.into(), &"skipped".into()));
    assert_eq!(as_stated.record()["cells"][0]["not_reproduced"]["stated"], "the tool makes its part");

    let (code, verdicts, _) = results(&absent("another text").answering(works));
    assert_eq!((code, &verdicts[1]["expected"]), (1, &false.into()), "not as stated");
    assert!(verdicts[1]["why"].as_str().unwrap().contains("`another text`"), "{verdicts:?}");

    let (code, verdicts, _) = results(&absent("made a part"));
    assert_eq!((code, &verdicts[1]["expected"]), (1, &false.into()), "it occurs after all");
    assert!(verdicts[1]["why"].as_str().unwrap().contains("and it occurred"), "{verdicts:?}");
}

#[test]
fn a_known_drift_does_not_excuse_a_failure_that_did_not_occur() {
    let drift = format!("{ABSENT}known-drift: [{{claim: part.missing, drift: absent, seen: made a part, reason: so}}]\n");
    let works = json!({"command": "tool", "image": "matrix/broken", "stdout": "made a part\n"});
    let (code, verdicts, _) = results(&Trial::of(&changed(&[(ABSENT, &drift)])).answering(works));
    assert_eq!(code, 3);
    assert!(verdicts.iter().all(|verdict| verdict["cause"] == "not-reproduced"), "{verdicts:?}");
}

#[test]
fn without_a_workaround_a_failure_that_does_not_recur_is_unstable() {
    let (from, to) = (SCENARIO.find("workarounds:").unwrap(), SCENARIO.find("resolved:").unwrap());
    let shows =
        "control:\n  image: [broken, healthy]\n  verify: [{name: look, run: ls /, expect: [{claim: part.home, has: home}]}]\n";
    let scenario = format!("{}{}", &SCENARIO[..from], &SCENARIO[to..]).replace(ABSENT, shows);
    let scenario = scenario.replace("section: parts", "section: parts\nclaims: [part.missing, part.home]");
    // It fails the first time only.
    let trial = Trial::of(&scenario)
        .answering(json!({"command": "/dev/matrix/http", "stdout": "HTTP/1.1 200 OK\r\n\r\nhello\n"}))
        .answering(json!({"command": "tool", "after": "tool", "stdout": "ready\n"}))
        .answering(json!({"command": "tool", "image": "matrix/healthy", "stdout": "ready\n"}))
        .answering(json!({"command": "ls /", "stdout": "bin\nhome\n"}));
    with_claim(&trial, "      - {id: part.home, kind: statement, says: there is a home}");
    let ended = trial.run(&[]);
    assert_eq!(ended.code, 3, "{}{}", ended.stdout, ended.stderr);
    assert!(["part.missing", "part.home"].iter().all(|claim| trial.verdict(claim)["cause"] == "unstable"), "{}", ended.stdout);
}

#[test]
fn a_step_that_must_succeed_does_not_show_the_failure() {
    let step = "    run: tool\n";
    let look = "  - name: look\n    run: look\n    EXIT\n    expect: [{claim: part.missing, has: the part is not there}]\n";
    let claimed = "\n      - {claim: part.missing, has: cannot find the part alpha}";
    let scenario = |exit: &str| {
        let look = look.replace("EXIT", exit);
        changed(&[(claimed, ""), ("workarounds:", &format!("{look}workarounds:")), (step, step)])
    };
    let looks = |trial: Trial| {
        trial
            .answering(json!({"command": "look", "stdout": "the part is not there\n"}))
            .answering(json!({"command": "look", "after": "make-the-part", "stdout": "here\n"}))
            .answering(json!({"command": "look", "image": "matrix/healthy", "stdout": "here\n"}))
    };
    let (code, _, ended) = results(&looks(Trial::of(&scenario("exit: success"))));
    assert_eq!(code, 0, "{}{}", ended.stdout, ended.stderr);
    // As an expectation it is part of the failure, and holds on both sides.
    let ground = scenario("").replace("expect: [{claim", "expect: [{exit: success}, {claim");
    let trial = looks(Trial::of(&ground));
    let (code, verdicts, _) = results(&trial);
    let why = verdicts[0]["why"].as_str().unwrap();
    assert_eq!((code, &verdicts[0]["cause"]), (3, &"non-discriminating".into()));
    assert!(why.contains("step `look`: exit status 0") && why.contains("write `exit: success` on the step itself"), "{why}");
    let checked = trial.check();
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert!(checked.stderr.contains("warning: ") && checked.stderr.contains("reproduce[1].expect[0]"), "{}", checked.stderr);
    let refused = Trial::with("    run: tool\n", "    run: tool\n    exit: failure\n").check();
    assert_eq!(refused.code, 2, "{}", refused.stderr);
}

#[test]
fn the_observed_line_is_the_contradicting_one() {
    let claimed = "{claim: part.missing, has: cannot find the part alpha}";
    let of = |check: &str, stdout: &str| {
        let check = format!("{{claim: part.missing, {check}}}");
        let fails = json!({"command": "tool", "exit": 3, "stdout": stdout, "stderr": "tool: error: no part\nbye\n"});
        let healthy = json!({"command": "tool", "image": "matrix/healthy", "stdout": "ready\n"});
        let made = json!({"command": "tool", "after": "make-the-part", "stdout": "ready\n"});
        let trial = Trial::of(&changed(&[(claimed, &check)])).answering(fails).answering(made).answering(healthy);
        serde_json::from_value::<Observed>(results(&trial).1[0]["observed"].clone()).unwrap().to_string()
    };
    let looking = "checking for part... no\n";
    assert_eq!(of("exit: 4, has: checking for part... no", looking), "exit status 3: tool: error: no part");
    assert_eq!(of("has: 'checking for[..]', lacks: part... no", looking), "checking for part... no");
    assert_eq!(of("has: checking for part... yes", looking), "checking for part... no");
}

#[test]
fn each_workaround_is_judged_by_itself() {
    let second = "    steps: [{name: make, run: make-the-part}]\n";
    let both = format!("{second}  - id: buy\n    claim: part.made\n    steps: [{{name: buy, run: buy-a-part}}]\n");
    let both = format!("{both}    verify: [{{name: cart, look: basket, expect: [{{has: one part}}]}}]\n");
    let stated = |which: &str| {
        format!(
            "{ABSENT}known-drift: [{{claim: part.made, drift: workaround-fails{which}, seen: '[..]failed to connect', reason: none is sold}}]\n"
        )
    };
    let trial = |which: &str| {
        let bought = json!({"command": "basket", "after": "buy-a-part", "stdout": "one part\n"});
        Trial::of(&changed(&[(second, &both), (ABSENT, &stated(which))])).answering(bought)
    };
    let (code, _, ended) = results(&trial(", workaround: buy"));
    assert_eq!(code, 0, "{}{}", ended.stdout, ended.stderr);
    // The other workaround fails with the same text.
    let broken = trial(", workaround: buy")
        .answering(json!({"command": "/dev/matrix/http", "exit": 7, "stderr": "http: failed to connect\n"}));
    let broken = broken
        .answering(json!({"command": "/dev/matrix/http", "image": "matrix/healthy", "stdout": "HTTP/1.1 200 OK\r\n\r\nhello\n"}));
    let (code, verdicts, _) = results(&broken);
    assert_eq!((code, &verdicts[1]["known"]), (1, &false.into()));
    assert!(verdicts[1]["why"].as_str().unwrap().contains("`make`"), "{verdicts:?}");
    for (which, words) in [("", "several workarounds decide claim"), (", workaround: borrow", "no workaround `borrow` decides")] {
        let refused = trial(which).check();
        assert_eq!(refused.code, 2);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
}

#[test]
fn the_text_of_a_known_drift_is_printed_where_it_decides_and_not_by_the_harness() {
    let claimed = "has: cannot find the part alpha}";
    let looked_for = |seen: &str| format!("has: cannot find the part beta, reworded: {seen}}}");
    let prepared = "prepare: [{name: prepare, run: begin}]\nreproduce:";
    let of = |drift: &str, seen: &str, reworded: &str| {
        let drift = format!("{ABSENT}known-drift: [{{claim: part.missing, drift: {drift}, seen: {seen}, reason: so}}]\n");
        let trial = Trial::of(&changed(&[(claimed, reworded), ("reproduce:", prepared), (ABSENT, &drift)]));
        let (code, verdicts, _) =
            results(&trial.answering(json!({"command": "begin", "stdout": "tool: will it find its part?\n"})));
        (code, verdicts[0]["drift"].clone(), verdicts[0]["known"] == true)
    };
    let reworded = |seen: &str| of("reworded", seen, &looked_for(seen));
    assert_eq!(reworded("'[..]the part alpha'"), (0, "reworded".into(), true));
    assert_eq!(reworded("'[..]will it find[..]'"), (1, "absent".into(), false), "that was another part");
    let exits = "exit: 4, has: 'cannot find[..]'}";
    assert_eq!(of("absent", "'exit status[..]'", exits), (1, "absent".into(), false));
    assert_eq!(of("absent", "'cannot find[..]'", exits), (0, "absent".into(), true));
}

#[test]
fn a_claim_is_not_decided_in_prepare_by_what_a_step_prints() {
    for (check, refused) in
        [("lacks: zebra crossing", true), ("has: Linux", true), ("exit: failure", true), ("exit: success", false)]
    {
        let prepare = format!("prepare: [{{name: system, run: uname, expect: [{{claim: part.system, {check}}}]}}]\nreproduce:");
        let trial = Trial::of(&changed(&[("reproduce:", &prepare)]));
        with_claim(&trial, "      - {id: part.system, kind: statement, says: the system is named}");
        let ended = trial.check();
        assert_eq!(ended.code, if refused { 2 } else { 0 }, "{check}: {}", ended.stderr);
        assert!(!refused || ended.stderr.contains("prepare[0].expect[0]"), "{}", ended.stderr);
    }
}

#[test]
fn a_text_is_a_whole_line_and_is_non_discriminating_if_the_control_prints_it_in_a_longer_line() {
    let shorter = Trial::with("has: cannot find the part alpha", "has: cannot find the part");
    assert_eq!(shorter.run(&[]).code, 1);
    let verdict = shorter.verdict("part.missing");
    assert_eq!((&verdict["drift"], &verdict["known"]), (&"reworded".into(), &false.into()), "a longer line is not absent");
    assert!(verdict["why"].to_string().contains("one contains it and more: `cannot find the part alpha`"), "{verdict}");

    let healthy = json!({"command": "tool", "image": "matrix/healthy", "stdout": "cannot find the part alpha, using beta\n"});
    let both = Trial::new().answering(healthy);
    assert_eq!(both.run(&[]).code, 3);
    assert_eq!(both.verdict("part.missing")["cause"], "non-discriminating");
}

#[test]
fn text_that_must_be_absent_and_is_printed_nowhere_in_the_cell_proves_nothing() {
    let with = |lacks: &str| Trial::with("has: hello}", &format!("has: hello, lacks: {lacks}}}"));
    let misspelt = with("cannot findd the part");
    assert_eq!(misspelt.run(&[]).code, 3);
    let verdict = misspelt.verdict("part.missing");
    assert_eq!(verdict["cause"], "non-discriminating");
    assert!(verdict["why"].to_string().contains("no step of the cell prints in any phase"), "{verdict}");
    let printed = with("cannot find the part");
    assert_eq!(printed.run(&[]).code, 0, "the failing procedure prints it");
}

#[test]
fn a_workaround_stated_to_fail_must_have_an_observed_effect() {
    let steps = "    steps: [{name: make, run: make-the-part}]\n";
    let with = |verify: &str| {
        let known =
            "known-drift: [{claim: part.made, drift: workaround-fails, seen: 'cannot find the part[..]', reason: none}]\n";
        let buys = format!("    steps: [{{name: buy, run: buy-a-part}}]\n{verify}");
        let bought = json!({"command": "basket", "after": "buy-a-part", "stdout": "one part\n"});
        Trial::of(&changed(&[(steps, &buys), (ABSENT, &format!("{ABSENT}{known}"))])).answering(bought)
    };
    let silent = with("");
    assert_eq!(silent.run(&[]).code, 1, "one that does nothing fails in the same way");
    let verdict = silent.verdict("part.made");
    assert_eq!((&verdict["drift"], &verdict["known"]), (&"workaround-fails".into(), &false.into()));
    assert!(verdict["why"].to_string().contains("no step under `verify`"), "{verdict}");
    let shown = |look: &str, text: &str| {
        let trial = with(&format!("    verify: [{{name: cart, look: {look}, expect: [{{has: {text}}}]}}]\n"));
        (trial.run(&[]).code, trial.verdict("part.made")["known"] == true)
    };
    assert_eq!(shown("basket", "one part"), (0, true));
    assert_eq!(shown("basket", "two parts"), (1, false), "what it changed is not there");
}

/// A server that starts in any state proves nothing, so its step has no expectation; only the query that it answers counts.
#[test]
fn without_a_request_the_output_of_a_command_shows_that_the_problem_has_ended() {
    let request = "  - name: answer\n    http: {path: /}\n    expect: [{status: 200, has: hello}]\n";
    let query = "  - {name: serve, run: serve}\n  - name: ask\n    run: ask\n    expect: [{exit: success, has: told hello}]\n";
    let asked = |trial: Trial, with: serde_json::Value| {
        let mut answer = json!({"command": "ask"});
        answer.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        trial.answering(answer)
    };
    let trial = |made: &str| {
        let trial = asked(Trial::of(&changed(&[(request, query)])), json!({"exit": 1, "stderr": "no answer\n"}));
        let trial = asked(trial, json!({"after": "make-the-part", "stdout": made}));
        asked(trial, json!({"image": "matrix/healthy", "stdout": "told hello\n"}))
    };
    let works = trial("told hello\n");
    let (code, verdicts, ended) = results(&works);
    assert_eq!(code, 0, "{}{}", ended.stdout, ended.stderr);
    assert!(verdicts.iter().all(|verdict| verdict["verdict"] == "confirmed"), "{verdicts:?}");
    let made = works.verdict("part.made");
    assert_eq!((&made["verdict"], &made["observed"]["line"]), (&"confirmed".into(), &"told hello".into()), "{made}");
    // A command that succeeds without the text has not shown it.
    let silent = trial("done\n");
    assert_eq!(silent.run(&[]).code, 1);
    let made = silent.verdict("part.made");
    assert_eq!((&made["drift"], &made["observed"]["line"]), (&"workaround-fails".into(), &"done".into()), "{made}");
}
