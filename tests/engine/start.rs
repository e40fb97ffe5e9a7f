//! A new project, as `matrix init` makes it: its run proves the example.

use std::fs;
use std::process::{Command, Output};

use matrix::model::record::Record;
use matrix::model::verdict::Ruling;

/// Pages of the shape that maintainers have, one for each markup.
const PAGES: [(&str, &str); 4] = [
    ("install.rst", "Installing\n==========\n\nIt takes 3 minutes.\n"),
    ("install.md", "# Installing\n\nYou see `error: x not found`.\n"),
    ("install.html", "<h1>Installing</h1>\n<pre>$ make install</pre>\n"),
    ("install.adoc", "= Installing\n\n----\n$ make install\n----\n"),
];

#[test]
#[ignore = "needs a container engine"]
fn a_new_project_of_a_page_in_any_markup_runs_and_passes() {
    let state = tempfile::tempdir().unwrap();
    for (name, text) in PAGES {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join(name), text).unwrap();
        let matrix = |args: &[&str]| -> Output {
            let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
            command.args(args).current_dir(place.path()).env("XDG_STATE_HOME", state.path()).output().unwrap()
        };
        for args in [&["init", "--page", name][..], &["check"], &["run"], &["page", name]] {
            let output = matrix(args);
            let printed = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
            assert_eq!(output.status.code(), Some(0), "{name}: {args:?}: {printed}");
        }
        let record = fs::read(place.path().join("reports/out/example/record.json")).unwrap();
        let record: Record = serde_json::from_slice(&record).unwrap();
        let rulings: Vec<Ruling> = record.verdicts.iter().map(|verdict| verdict.verdict).collect();
        assert_eq!(rulings, [Ruling::Confirmed; 3], "{name}");
    }
}
