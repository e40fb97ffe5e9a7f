//! Expectations and steps compared with the quotes of the ledger.

use super::trial::{SCENARIO, Trial};

/// A trial whose symptom and workaround have these quotes, and whose scenario is changed in these places.
fn quoted(symptom: &str, workaround: &str, changes: &[(&str, &str)]) -> Trial {
    let scenario = changes.iter().fold(SCENARIO.to_owned(), |scenario, (from, to)| {
        assert!(scenario.contains(from), "the scenario has no `{from}`");
        scenario.replacen(from, to, 1)
    });
    let trial = Trial::of(&scenario);
    let ledger = format!(
        "
sections:
  - id: parts
    heading: Parts
    claims:
      - {{id: part.missing, kind: symptom, says: the tool cannot find its part alpha, quotes: [{symptom}]}}
      - {{id: part.made, kind: workaround, says: making the part ends it, quotes: [{workaround}]}}
"
    );
    trial.write("scenarios/claims.yaml", &ledger);
    trial
}

fn refused(trial: &Trial, message: &str) {
    let ended = trial.check();
    assert!(ended.code == 2 && ended.stderr.contains(message), "{}: {}", ended.code, ended.stderr);
}

fn accepted(trial: &Trial) {
    let ended = trial.check();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

const LINE: &str = "{line: 'tool: cannot find the part [..]'}";
const HAS: &str = "{claim: part.missing, has: cannot find the part alpha}";

#[test]
fn a_symptom_is_expected_with_the_complete_documented_line() {
    let with = |has: &str| quoted(LINE, "make the part", &[(HAS, &format!("{{claim: part.missing, has: {has}}}"))]);
    accepted(&with("'tool: cannot find the part alpha'"));
    for part in
        ["cannot find the part alpha", "'tool: cannot find'", "'tool: [..] the part alpha'", "'tool: cannot fimd the part alpha'"]
    {
        refused(&with(part), "does not expect the complete line that the ledger quotes: `tool: cannot find the part [..]`");
    }
}

#[test]
fn documented_words_are_omitted_by_name_and_with_a_reason() {
    let with = |words: &str| {
        let has = format!("{HAS_OPEN}, without: [{{words: '{words}', reason: it has no name here}}]}}");
        quoted(LINE, "make the part", &[(HAS, &has)])
    };
    const HAS_OPEN: &str = "{claim: part.missing, has: cannot find the part alpha";
    let trial = with("tool:");
    accepted(&trial);
    let listed = trial.matrix(&["list", "--claims"], false).stdout;
    assert!(listed.contains("parts: without `tool:`: it has no name here"), "{listed}");
    refused(&with("hammer:"), "no quote of this claim in the ledger has `hammer:`");
    refused(&with("tool: cannot find the part"), "leaves out everything that the ledger quotes");
}

#[test]
fn a_line_that_is_printed_without_a_documented_word_is_reworded() {
    let has = "{claim: part.missing, has: 'tool: error: cannot find the part alpha', reworded: 'cannot find the part[..]'}";
    let other = "  image: [broken, healthy]\n";
    let known = "known-drift: [{claim: part.missing, drift: reworded, seen: 'cannot find the part[..]', reason: so it is}]\n";
    let stated = format!("{other}{known}");
    let trial = quoted("{line: 'tool: error: cannot find the part [..]'}", "make the part", &[(HAS, has), (other, &stated)]);
    let ended = trial.run(&[]);
    let verdict = trial.verdict("part.missing");
    assert_eq!((ended.code, &verdict["drift"], &verdict["known"]), (0, &"reworded".into(), &true.into()), "{}", ended.stdout);
    assert_eq!(verdict["observed"]["line"], "cannot find the part alpha");
    assert_eq!(trial.verdict("part.made")["verdict"], "confirmed");
}

#[test]
fn a_workaround_does_what_the_page_shows() {
    let with = |command: &str, to: &str| quoted("the part", &format!("{{command: {command}}}"), &[("claim: part.made", to)]);
    accepted(&with("make-the-part", "claim: part.made"));
    refused(
        &with("make-the-part --all", "claim: part.made"),
        "no step contains the command that the ledger quotes: `make-the-part --all`",
    );
    let without = "claim: part.made\n    without: [{words: --all, reason: there is one}]";
    accepted(&with("make-the-part --all", without));
    let of_phase = "claim: part.made\n    env: {PART_FOLDER: /srv/parts}";
    accepted(&with("PART_FOLDER=/srv/parts", of_phase));
    refused(
        &with("PART_FOLDER=/srv/other", of_phase),
        "no step contains the command that the ledger quotes: `PART_FOLDER=/srv/other`",
    );
    let of_step = "claim: part.made\n    replace: {use-it: {run: tool --make, env: {PART_FOLDER: /srv/parts}}}";
    accepted(&with("tool --make", of_step));
    accepted(&with("PART_FOLDER=/srv/parts", of_step));
    refused(&with("tool --buy", of_step), "no step contains the command that the ledger quotes: `tool --buy`");
}

#[test]
fn the_response_shows_the_versions_of_the_cell() {
    let axes = ("axes: {base: [tiny]}", "axes: {base: [tiny], python: ['2.7', '3.9'], mod_wsgi: [4.9.4]}");
    let with = |expect: &str| {
        let trial = quoted("the part", "make the part", &[axes, ("{status: 200, has: hello}", expect)]);
        let shown = "axes: {python: {shown: true}, mod_wsgi: {shown: true}}";
        trial.write("matrix.yaml", &format!("name: x\npages: [{{id: x, title: x, scenarios: scenarios}}]\n{shown}\n"));
        trial
    };
    let whole = "'hello from Python {{ python }}.[..] under {{ mod_wsgi }}'";
    accepted(&with(&format!("{{status: 200, has: {whole}}}")));
    accepted(&with("{status: 200, has: 'under {{ mod_wsgi }}', without: [{axis: python, reason: there is one}]}"));
    for (part, lost) in
        [("hello", "python"), ("'under {{ mod_wsgi }}'", "python"), ("'hello from Python {{ python }}.'", "mod_wsgi")]
    {
        refused(
            &with(&format!("{{status: 200, has: {part}}}")),
            &format!("no step of `resolved` shows which `{lost}` was used in base `tiny`"),
        );
    }
    refused(&with(&format!("{{status: 200, has: {whole}, without: [{{axis: pyton, reason: x}}]}}")), "no axis is named `pyton`");
}
