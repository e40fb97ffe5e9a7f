//! One real cell of every section of the ledgers, the fastest in the default selection including images: its failure occurs, and with
//! each workaround that is documented to work Apache answers.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use matrix::load;
use matrix::model::cell::expand::expand;
use matrix::model::claim::ClaimKind;
use matrix::model::record::Record;
use matrix::model::verdict::Ruling;

/// In the order of the ledgers.
const QUICKEST: [&str; 13] = [
    "missing-python-headers:bullseye/python-2.7/mod_wsgi-4.4.0/compiler-10",
    "lack-of-python-shared-library-upgrade:bullseye/python-2.7/mod_wsgi-4.9.4",
    "multiple-python-versions-choice:bullseye/python-3.9/mod_wsgi-4.9.4",
    "mod-python:bullseye/python-3.9/mod_wsgi-5.0.2",
    "patch-level-mismatch:bullseye/python-2.7/mod_wsgi-4.5.6",
    "mixing-32-and-64-bit:layout-shared-elsewhere/bookworm/python-3.11/rebuilt-as-packaged/mod_wsgi-4.9.4",
    "shared-library-not-found:bullseye/python-2.7/mod_wsgi-4.4.0",
    "stack-smashing:bookworm-i386/python-3.11/mod_wsgi-4.9.4/assembler-without-hidden",
    "forkpty:bullseye/python-2.7/mod_wsgi-4.9.4/preload-existing",
    "suse-mpm-headers:bullseye/python-2.7/mod_wsgi-4.4.0/compiler-10",
    "maintainer-mode:bookworm/python-3.11/apache-2.4.12/mod_wsgi-4.9.4/compiler-12",
    "anaconda:bookworm/python-3.11/symbols-versioned/mod_wsgi-6.1.1",
    "reported-loaded-twice:bookworm/python-3.11/mod_wsgi-6.1.1",
];

#[test]
fn the_quickest_cells_are_in_the_default_selection_one_for_each_section() {
    let library = load::folder(Path::new("scenarios")).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let section = |name: &str| {
        let (id, cell) = name.split_once(':').unwrap();
        let scenario = library.scenarios.iter().find(|scenario| scenario.id == id).unwrap();
        let cell = expand(scenario).into_iter().find(|found| found.id == cell).unwrap_or_else(|| panic!("{name} is no cell"));
        assert!(scenario.is_default(&cell.axes), "{name} is not in the default selection");
        scenario.section.clone()
    };
    let sections: Vec<_> = library.ledger.sections.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(QUICKEST.map(section), *sections);
}

#[test]
#[ignore = "needs a container engine"]
fn a_cell_of_every_section_shows_its_problem_and_what_ends_it() {
    let out = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
    command.arg("run").args(QUICKEST.iter().flat_map(|cell| ["--only", cell])).arg("--report-dir").arg(out.path());
    let output = command.env("XDG_STATE_HOME", out.path()).output().unwrap();
    let printed = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{printed}");
    let record: Record = serde_json::from_slice(&std::fs::read(out.path().join("record.json")).unwrap()).unwrap();
    assert_eq!(record.cells.iter().map(|cell| &cell.section).collect::<BTreeSet<_>>().len(), QUICKEST.len());
    let scenarios: BTreeSet<&str> = record.verdicts.iter().map(|verdict| verdict.scenario.as_str()).collect();
    assert_eq!(scenarios.len(), QUICKEST.len());
    for verdict in &record.verdicts {
        assert!(verdict.expected && verdict.verdict != Ruling::Inconclusive, "{}: {}", verdict.claim, verdict.why);
        let works = verdict.kind == ClaimKind::Workaround && verdict.verdict == Ruling::Confirmed;
        assert!(!works || verdict.observed.status == Some(200), "{}: {}", verdict.claim, verdict.observed);
    }
}
