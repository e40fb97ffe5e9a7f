//! Reports name the project and the page, and nothing of another project.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Ended, Home, walk};

const PROJECT: &str = "\
name: Frobnicator
pages:
  - {id: install, title: Installing <it>, scenarios: own, editions: [{id: classic, file: page.rst}]}
axes:
  release: {label: Frob, cost: 50}
evidence: [frob-tools]
generalise:
  - {pattern: 'x\\.h', with: SOME.h}
";
const PAGE: &str = "Absent Header\n=============\n\nThe build stops because x.h is missing.\n";

/// Runs both cells of the project on a fake engine, on which everything is as the scenario states.
fn run() -> (Home, Ended) {
    let home = Home::new(PROJECT);
    home.write("page.rst", PAGE);
    let ended = home.run();
    (home, ended)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_report_names_the_project_and_the_page_and_no_other_project() {
    let (home, run) = run();
    let out = home.path().join("reports/out");
    let accuracy = home.matrix("", &["report", "reports/out/record.json", "--accuracy", "accuracy.md"]);
    assert_eq!(accuracy.code, 0, "{accuracy:?}");
    let page = home.matrix("", &["page", "page.rst", "--exit-zero"]);
    assert_eq!(page.code, 0, "{page:?}");
    let export = home.matrix("", &["export", "absent-header:tiny/release-1", "--output", "export"]);
    assert_eq!(export.code, 0, "{export:?}");
    for (named, text) in [
        ("console", run.stdout.clone()),
        ("report.html", read(&out.join("report.html"))),
        ("report.md", read(&out.join("report.md"))),
        ("junit.xml", read(&out.join("junit.xml"))),
        ("record.json", read(&out.join("record.json"))),
        ("accuracy.md", read(&home.path().join("accuracy.md"))),
        ("README.md of the export", read(&home.path().join("export/README.md"))),
    ] {
        assert!(text.contains("Frobnicator") && text.contains("Installing"), "{named}: {text}");
        assert!(!text.contains("<it>") || !named.ends_with("ml"), "{named} escapes the title");
    }
    let written: Vec<PathBuf> = walk(&out).into_iter().chain(walk(&home.path().join("export"))).collect();
    assert!(written.iter().any(|path| path.ends_with("page.html")), "{written:?}");
    let texts = written.iter().map(|path| read(path)).chain([run.stdout, run.stderr, page.stdout, export.stdout]);
    let texts = texts.chain([read(&home.path().join("accuracy.md"))]);
    let outputs = [&["check"][..], &["list"], &["list", "--claims"], &["plan"]].map(|args| home.matrix("", args).stdout);
    for text in texts.chain(outputs) {
        let text = text.to_lowercase();
        for other in ["apache", "mod_wsgi", "mod-wsgi", "httpd"] {
            assert!(!text.contains(other), "`{other}` in:\n{text}");
        }
    }
}

#[test]
fn a_record_has_what_reports_need_of_the_project() {
    let (home, _) = run();
    let record: Value = serde_json::from_str(&read(&home.path().join("reports/out/record.json"))).unwrap();
    let subject = &record["subject"];
    assert_eq!(subject["axes"], json!({"release": {"label": "Frob", "cost": 50}}));
    assert_eq!(subject["evidence"], json!(["frob-tools"]));
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("record.json");
    fs::copy(home.path().join("reports/out/record.json"), &copy).unwrap();
    fs::remove_file(home.path().join("matrix.yaml")).unwrap();
    let copied = copy.display().to_string();
    let accuracy = home.matrix("", &["report", &copied, "--accuracy", "accuracy.md"]);
    assert_eq!(accuracy.code, 0, "{accuracy:?}");
    let text = read(&home.path().join("accuracy.md"));
    assert!(text.contains("the page “Installing &lt;it\\>” of Frobnicator"), "{text}");
    assert!(text.contains("| tiny | frob-tools 1.2 |"), "packages that are no evidence are left out: {text}");
}

#[test]
fn records_of_different_pages_are_not_joined() {
    let (home, _) = run();
    let path = home.path().join("reports/out/record.json");
    let mut record: Value = serde_json::from_str(&read(&path)).unwrap();
    record["subject"]["page"] = "other".into();
    record["subject"]["title"] = "Other".into();
    home.write("other.json", &record.to_string());
    let joined = home.matrix("", &["report", "reports/out/record.json", "other.json", "--report-dir", "joined"]);
    assert_eq!(joined.code, 2);
    assert!(joined.stderr.contains("is about the page “Other” of Frobnicator"), "{joined:?}");
    // Older records do not say what they are about.
    record.as_object_mut().unwrap().remove("subject");
    home.write("older.json", &record.to_string());
    let joined = home.matrix("", &["report", "reports/out/record.json", "older.json", "--report-dir", "joined"]);
    assert_eq!(joined.code, 0, "{joined:?}");
}
