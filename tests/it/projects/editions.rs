//! A page of two editions with ledgers of their own: which one a file is, and reports about each.

use std::fs;

use insta::assert_snapshot;
use serde_json::json;

use super::Home;

const PROJECT: &str = "\
name: Frobnicator
pages:
  - id: install
    title: Installing
    scenarios: own
    editions:
      - {id: classic, file: classic.rst, ledger: own/claims.yaml}
      - {id: next, ledger: own/claims-next.yaml}
";
const CLASSIC: &str = "\
sections:
  - id: absent-header
    heading: Absent Header
    claims:
      - {id: header.missing, kind: symptom, says: the build stops without x.h, quotes: ['because x.h is missing']}
      - {id: header.warning, kind: symptom, says: the build also warns of y.h, quotes: ['warns of y.h too']}
      - {id: header.install, kind: workaround, says: installing the header ends it, quotes: ['Install the header']}
";
/// Says nothing of a warning.
const NEXT: &str = "\
sections:
  - id: absent-header
    heading: A Header Is Absent
    claims:
      - {id: header.install, quotes: ['comes with the tools']}
      - {id: header.missing, quotes: ['stop without x.h']}
      - {id: header.stop@next, kind: statement, says: no module is left, quotes: ['leaves no module']}
";
const CLASSIC_PAGE: &str =
    "Absent Header\n=============\n\nThe build stops because x.h is missing. It warns of y.h too.\n\nInstall the header.\n";
const NEXT_PAGE: &str =
    "A Header Is Absent\n==================\n\nBuilds stop without x.h, and this leaves no module. It comes with the tools.\n";

fn home() -> Home {
    let home = Home::new(PROJECT);
    home.write("own/claims.yaml", CLASSIC);
    home.write("own/claims-next.yaml", &NEXT.replace("header.stop@next", "header.stop"));
    home.write("classic.rst", CLASSIC_PAGE);
    home.write("next.rst", NEXT_PAGE);
    let path = home.path().join("own/absent-header.yaml");
    let scenario = fs::read_to_string(&path).unwrap();
    let step = "      - claim: header.warning";
    let stop = "      - {claim: header.stop, has: stopped.}\n";
    let scenario = scenario.replacen(step, &format!("{stop}{step}"), 1);
    let skipped = "skipped:\n  - claim: header.elsewhere\n    reason: there is no other system here\n\n";
    home.write("own/absent-header.yaml", &scenario.replacen(skipped, "", 1));
    home
}

#[test]
fn a_file_is_compared_with_the_edition_that_it_has_most_of() {
    let home = home();
    let closing = |args: &[&str]| {
        let ended = home.matrix("", args);
        let lines: Vec<String> = ended.stdout.lines().map(str::to_owned).collect();
        format!("{} {}", ended.code, lines[lines.len() - 3..].join("\n"))
    };
    assert_snapshot!(closing(&["page", "classic.rst"]), @"
    0 edition classic, by the claims found (classic 3 of 3, next 0 of 3)
    classic.rst: 3 of 3 claims found
    no results: use `matrix run` or --record to see which claims are true
    ");
    assert_snapshot!(closing(&["page", "next.rst"]), @"
    0 edition next, by the claims found (next 3 of 3, classic 0 of 3)
    next.rst: 3 of 3 claims found
    no results: use `matrix run` or --record to see which claims are true
    ");
    assert_snapshot!(closing(&["page", "next.rst", "--edition", "classic"]), @"
    1 edition classic, as --edition says (next 3 of 3, classic 0 of 3)
    next.rst: 0 of 3 claims found, 3 gone
    no results: use `matrix run` or --record to see which claims are true
    ");
    home.write("other.rst", "Other\n=====\n\nNothing of this is known.\n");
    assert_snapshot!(closing(&["page", "other.rst", "--exit-zero"]), @"
    0 edition next, by the claims found, which is not sure; --edition selects another (next 0 of 3, classic 0 of 3)
    other.rst: 0 of 3 claims found, 3 gone
    no results: use `matrix run` or --record to see which claims are true
    ");
    let json = home.matrix("", &["page", "next.rst", "--format", "json"]).stdout;
    let summary: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(summary["edition"]["id"], "next");
    assert_eq!(summary["edition"]["editions"][1], json!({"id": "classic", "found": 0, "claims": 3}));
    let wrong = home.matrix("", &["page", "next.rst", "--edition", "nxt"]);
    assert_eq!(wrong.code, 2);
    assert_snapshot!(wrong.stderr, @"
    error: no ledger is of an edition `nxt`
    help: did you mean `next`?
    ");
}

#[test]
fn reports_are_made_of_each_edition() {
    let home = home();
    let run = home.run();
    assert!(run.stdout.ends_with("Of each edition: reports/out/classic/report.html, reports/out/next/report.html\n"), "{run:?}");
    let read = |name: &str| fs::read_to_string(home.path().join("reports/out").join(name)).unwrap();
    let has = |name: &str| {
        let text = read(name);
        ["header.missing", "header.warning", "header.stop"].map(|claim| text.contains(claim))
    };
    assert_eq!(has("report.html"), [true, true, true]);
    assert_eq!(has("classic/report.html"), [true, true, false]);
    assert_eq!(has("next/report.html"), [true, false, true]);
    let open = home.matrix("", &["report", "reports/out/record.json", "--accuracy", "accuracy.md"]);
    assert_eq!(open.code, 2);
    assert_snapshot!(open.stderr, @r"
    error: this report is about one edition of the page, and there are several
    help: choose one with `--edition`: `classic`, `next`
    ");
    let next = home.matrix("", &["report", "reports/out/record.json", "--accuracy", "accuracy.md", "--edition", "next"]);
    assert_eq!(next.code, 0, "{next:?}");
    let accuracy = fs::read_to_string(home.path().join("accuracy.md")).unwrap();
    assert!(accuracy.contains("A Header Is Absent") && !accuracy.contains("header.warning"), "{accuracy}");
}

#[test]
fn mistakes_in_any_ledger_are_reported_and_its_claims_must_be_bound() {
    let home = home();
    home.write("own/claims-next.yaml", NEXT);
    let check = home.matrix("", &["check"]);
    assert_eq!(check.code, 2);
    assert_snapshot!(check.stderr, @"
    error: 1 mistake in the scenarios
    own/claims-next.yaml:7:10: sections[0].claims[2].id: no earlier edition has a claim `header.stop`
      help: write `header.stop`: `@` is for a claim that says something else than an earlier edition
    ");
    let claims = NEXT.replace("header.stop@next", "header.stop");
    home.write("own/claims-next.yaml", &format!("{claims}      - {{id: header.new, kind: statement, says: a new one}}\n"));
    let scenario = fs::read_to_string(home.path().join("own/absent-header.yaml")).unwrap();
    let own = "claims: [header.missing, header.warning, header.install, header.stop]\n";
    home.write("own/absent-header.yaml", &scenario.replacen("\naxes:", &format!("{own}\naxes:"), 1));
    let check = home.matrix("", &["check"]);
    assert_eq!(check.code, 2);
    assert_snapshot!(check.stderr, @"
    error: 1 mistake in the scenarios
    own/claims-next.yaml:8:14: sections[0].claims[3].id: no scenario binds claim `header.new`
      help: bind it in a scenario of its section, or list it under `skipped` if no run can decide it
    ");
}
