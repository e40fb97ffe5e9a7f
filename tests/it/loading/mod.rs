//! Messages of the loader for authors: one test per rule, on a small valid folder of scenarios with one change.

mod cells;
mod checks;
mod claims;
mod editions;
mod files;
mod shape;
mod steps;
mod untrusted_input;

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use matrix::load;
use matrix::model::action::{Action, Http};
use matrix::model::expect::{ExitRule, Operand};
use matrix::model::project::{Axis, Page, Project};
use proptest::prelude::*;
use tempfile::TempDir;

const LEDGER: &str = r#"
sections:
  - id: sample
    heading: Sample Problem
    claims:
      - {id: sample.error, kind: symptom, says: the start fails}
      - {id: sample.size, kind: measure, says: the module is small, below: 250000}
      - {id: sample.cure, kind: workaround, says: a copy ends it}
  - id: other
    heading: Other Problem
    claims:
      - {id: other.note, kind: statement, says: something else}
"#;

const COMMON: &str = r#"
cells:
  pair:
    axes:
      base: [bookworm, trixie]
      python: ["3.11", "3.13"]
    exclude:
      - when: {base: bookworm, python: "3.13"}
        reason: bookworm ships Python 3.11
steps:
  answer:
    - name: answer
      http: {path: /hello}
      expect:
        - status: 200
          has: "Python {{ python }}"
"#;

const SAMPLE: &str = r#"
scenario: sample
title: A sample
section: sample
source: {edition: classic, heading: Sample Problem}
cells: pair
fidelity:
  - fidelity: natural
    reason: stock packages
values:
  library: libpython{{ python }}.so
  folder: /opt/{{ library }}
image: [apache]
directory: /srv
prepare:
  - name: module
    size: /usr/lib/module.so
    expect:
      - claim: sample.size
        number: bytes
        below: 250000
reproduce:
  - name: start
    run: apache2ctl start
    timeout: 90s
    expect:
      - exit: failure
      - claim: sample.error
        has: "{{ library }}: cannot open"
workarounds:
  - id: copy
    claim: sample.cure
    steps:
      - name: copy
        run: cp {{ folder }} /usr/lib
    verify:
      - name: libraries
        ldd: /usr/lib/module.so
        expect:
          - has: "=> /usr/lib/{{ library }}"
resolved:
  - use: answer
control:
  image: [apache, libpython]
"#;

/// A project in which `resolved` must show two axes.
fn showing() -> Project {
    let shown = |axis: &str| (axis.to_owned(), Axis { shown: true, ..Axis::default() });
    Project { axes: ["python", "mod_wsgi"].map(shown).into(), ..Project::default() }
}

/// Writes the three files, with changes to some, and loads them.
fn loaded(files: &[(&str, &str)]) -> (TempDir, Result<load::Library, load::LoadErrors>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in [("claims.yaml", LEDGER), ("common.yaml", COMMON), ("sample.yaml", SAMPLE)].iter().chain(files) {
        fs::write(folder.path().join(name), text).expect("a file in it");
    }
    let library = load::page(&showing(), &Page::of_folder(folder.path()));
    (folder, library)
}

/// The messages of the loader for these files, without the name of the temporary folder.
fn mistakes(files: &[(&str, &str)]) -> String {
    let (folder, library) = loaded(files);
    readable(library, folder.path())
}

/// The same for a folder, without the line that counts the mistakes.
fn readable(library: Result<load::Library, load::LoadErrors>, folder: &Path) -> String {
    let Err(mistakes) = library else {
        return "nothing is wrong".to_owned();
    };
    let text = mistakes.to_string().replace(&format!("{}/", folder.display()), "");
    text.split_once('\n').map(|(_, mistakes)| mistakes.to_owned()).expect("a count, then the mistakes")
}

/// Replaces `from`, which must occur once.
fn changed(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from:?} must stand once");
    text.replace(from, to)
}

/// The messages for the sample scenario after one change.
fn sample(from: &str, to: &str) -> String {
    mistakes(&[("sample.yaml", &changed(SAMPLE, from, to))])
}

/// The messages for the ledger after one change.
fn ledger(from: &str, to: &str) -> String {
    mistakes(&[("claims.yaml", &changed(LEDGER, from, to))])
}

/// The messages for `common.yaml` after one change.
fn common(from: &str, to: &str) -> String {
    mistakes(&[("common.yaml", &changed(COMMON, from, to))])
}

/// The messages for the sample scenario with these lines added.
fn with(lines: &str) -> String {
    mistakes(&[("sample.yaml", &format!("{SAMPLE}{lines}"))])
}

#[test]
fn a_valid_scenario_is_loaded_completely() {
    let (_folder, library) = loaded(&[]);
    let library = library.unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let scenario = &library.scenarios[0];
    assert_eq!((library.scenarios.len(), scenario.id.as_str(), scenario.section.as_str()), (1, "sample", "sample"));
    assert_eq!(scenario.axes.iter().map(|axis| axis.name.as_str()).collect::<Vec<_>>(), ["base", "python"]);
    assert_eq!(scenario.exclude[0].reason, "bookworm ships Python 3.11");
    assert_eq!(scenario.values[1].1.0, "/opt/{{ library }}");
    let start = &scenario.reproduce[0];
    assert_eq!((start.timeout.as_secs(), start.expect[0].tests.exit()), (90, Some(ExitRule::Failure)));
    assert!(start.expect[1].at.ends_with("sample.yaml: reproduce[0].expect[1]"));
    assert_eq!(scenario.prepare[0].expect[0].tests.number().unwrap().below, Some(Operand::Literal(250_000.0)));
    let answer = &scenario.resolved[0];
    assert!(matches!(&answer.action, Action::Http(Http { http }) if http.method.is_none() && http.path.0 == "/hello"));
    assert!(answer.expect[0].at.ends_with("common.yaml: steps.answer[0].expect[0]"));
    assert_eq!(answer.timeout.as_secs(), 15);
}

#[test]
fn every_mistake_of_every_file_is_in_one_message() {
    let text = SAMPLE
        .replace("title: A sample", "titel: A sample")
        .replace("claim: sample.error", "claim: sample.eror")
        .replace("exit: failure", "exit: fails")
        .replace("{{ folder }}", "{{ foler }}")
        .replace("image: [apache]", "image: []");
    let common = changed(COMMON, "status: 200", "status: ok");
    let (folder, library) = loaded(&[("sample.yaml", &text), ("common.yaml", &common)]);
    let mistakes = library.map(drop).unwrap_err().to_string().replace(&format!("{}/", folder.path().display()), "");
    assert_snapshot!(mistakes, @r"
    6 mistakes in the scenarios
    common.yaml:15:11: steps.answer[0].expect[0].status: expected a whole number, found `ok`
      help: `status`: HTTP status of the response
    sample.yaml:3:1: titel: no key is named `titel` here
      help: did you mean `title`?
    sample.yaml:13:1: image: is an empty list
      help: list at least one
    sample.yaml:27:9: reproduce[0].expect[0].exit: expected `success`, `failure` or an exit status, found `fails`
      help: `exit`: how the command must end: `success`, `failure` or an exit status
    sample.yaml:28:9: reproduce[0].expect[1].claim: no claim is named `sample.eror`
      help: did you mean `sample.error`?
    sample.yaml:35:9: workarounds[0].steps[0].run: no axis or value is named `foler`
      help: did you mean `folder`?
    ");
}

/// The files that are shipped, by name.
fn shipped() -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let entries = fs::read_dir("scenarios").expect("the scenarios").map(|entry| entry.expect("an entry"));
    let yaml = entries.filter(|entry| entry.path().extension().is_some_and(|end| end == "yaml"));
    yaml.map(|entry| (entry.file_name(), fs::read(entry.path()).expect("its bytes"))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_shipped_files_never_cause_a_panic(
        file in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        length in 0..40_usize,
        bytes in prop_oneof![any::<Vec<u8>>(), "[ -~\n]{0,20}".prop_map(String::into_bytes)],
    ) {
        let shipped = shipped();
        let (folder, (name, text)) = (tempfile::tempdir().unwrap(), file.get(&shipped));
        for (name, text) in &shipped {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let start = place.index(text.len());
        let end = (start + length).min(text.len());
        fs::write(folder.path().join(name), [&text[..start], &bytes, &text[end..]].concat()).unwrap();
        let _ = load::folder(folder.path()).map_err(|mistakes| mistakes.to_string());
    }

    #[test]
    fn lines_and_words_swapped_never_panic(moves in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6)) {
        let mut words: Vec<&str> = SAMPLE.split_inclusive(['\n', ' ']).collect();
        for (from, to) in &moves {
            let (from, to) = (from.index(words.len()), to.index(words.len()));
            words.swap(from, to);
        }
        let _ = mistakes(&[("sample.yaml", &words.concat())]);
    }
}
