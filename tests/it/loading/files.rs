//! Messages of the loader about folders and files, including hostile ones.

use std::fs;

use insta::assert_snapshot;
use matrix::load;

use super::{SAMPLE, loaded, mistakes, readable, sample};

#[test]
fn a_folder_has_a_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    assert_snapshot!(readable(load::folder(folder.path()), folder.path()), @r"
    claims.yaml: failed to read: No such file or directory (os error 2)
      help: a folder of scenarios needs a claim ledger, `claims.yaml`
    ");
    assert_snapshot!(readable(load::folder(&missing), folder.path()), @r"
    missing: failed to read the folder of scenarios: No such file or directory (os error 2)
      help: run from the project's folder, or name the folder that holds `claims.yaml` and the scenarios
    ");
}

#[test]
fn a_folder_needs_no_common_file() {
    let (folder, _) = loaded(&[]);
    fs::remove_file(folder.path().join("common.yaml")).unwrap();
    assert_snapshot!(readable(load::folder(folder.path()), folder.path()), @r"
    sample.yaml:6:1: cells: no set of cells is named `pair` in `common.yaml`
      help: there are none
    sample.yaml:42:5: resolved[0].use: no list of steps is named `answer` in `common.yaml`
      help: there are none
    ");
}

#[test]
fn a_file_with_the_wrong_extension_is_reported() {
    assert_snapshot!(mistakes(&[("second.yml", SAMPLE)]), @r"
    second.yml: ends in `.yml`, so it would not be read
      help: rename it to end in `.yaml`
    ");
    assert_eq!(mistakes(&[("README.md", "# not a scenario")]), "nothing is wrong");
}

#[test]
fn a_file_that_is_not_text_is_refused() {
    let (folder, _) = loaded(&[]);
    fs::write(folder.path().join("sample.yaml"), b"\xff\xfes\0c\0").unwrap();
    assert_snapshot!(readable(load::folder(folder.path()), folder.path()), @r"
    sample.yaml: is not UTF-8 text
      help: save it as UTF-8
    ");
    fs::write(folder.path().join("sample.yaml"), b"title: \0\x01").unwrap();
    assert_snapshot!(readable(load::folder(folder.path()), folder.path()), @r"
    sample.yaml:1:1: failed to read as YAML: control characters are not allowed at position 7
      help: check that line and the one above it
    ");
    fs::remove_file(folder.path().join("sample.yaml")).unwrap();
    fs::create_dir(folder.path().join("sample.yaml")).unwrap();
    assert_snapshot!(readable(load::folder(folder.path()), folder.path()), @r"
    sample.yaml: is not a file
      help: only scenario files may have such names
    ");
}

#[test]
fn a_link_out_of_the_folder_is_refused() {
    let (folder, _) = loaded(&[]);
    let outside = tempfile::NamedTempFile::new().unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link.yaml")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("lost.yaml")).unwrap();
    assert_snapshot!(readable(load::folder(folder.path()), folder.path()), @r"
    link.yaml: points outside of the folder of scenarios
      help: put the file itself here, not a link
    lost.yaml: failed to read: No such file or directory (os error 2)
      help: remove it, or check what it points to
    ");
}

#[test]
fn a_file_that_is_too_long_is_not_read() {
    assert_snapshot!(mistakes(&[("sample.yaml", &"#\n".repeat(200_000))]), @r"
    sample.yaml: is longer than 262144 bytes
      help: split it; shared parts belong in `common.yaml`
    ");
}

#[test]
fn aliases_that_multiply_end_in_an_error() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in "bcdefgh".chars().zip("abcdefg".chars()) {
        bomb += &format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", "));
    }
    assert_snapshot!(mistakes(&[("sample.yaml", &bomb)]), @r"
    sample.yaml: failed to read as YAML: repetition limit exceeded
      help: write it out as one document without aliases
    ");
    let long = format!("a: &a [{}]\nb: [{}]\n", vec!["x"; 1000].join(", "), vec!["*a"; 200].join(", "));
    assert_snapshot!(mistakes(&[("sample.yaml", &long)]), @r"
    sample.yaml:1:2702: failed to read as YAML: b[98][898]: more than 100000 values at line 1 column 2702
      help: write it out as one document without aliases
    ");
    assert_snapshot!(mistakes(&[("sample.yaml", "a: &a [*a]")]), @r"
    sample.yaml:1:4: failed to read as YAML: recursion limit exceeded at line 1 column 4
      help: check that line and the one above it
    ");
}

#[test]
fn absurd_nesting_ends_in_an_error() {
    assert_snapshot!(mistakes(&[("sample.yaml", &"[".repeat(5_001))]), @r"
    sample.yaml: has more than 5000 brackets
      help: write lists and mappings on separate lines
    ");
    assert_snapshot!(mistakes(&[("sample.yaml", &format!("{}{}", "[".repeat(500), "]".repeat(500)))]), @r"
    sample.yaml:1:129: failed to read as YAML: recursion limit exceeded at line 1 column 129
      help: check that line and the one above it
    ");
    assert_snapshot!(mistakes(&[("sample.yaml", &"- ".repeat(100_000))]), @r"
    sample.yaml:1:257: failed to read as YAML: recursion limit exceeded at line 1 column 257
      help: check that line and the one above it
    ");
}

#[test]
fn a_key_of_version_0_1_is_answered_with_its_new_name() {
    assert_snapshot!(sample("    reason: stock packages", "    because: stock packages"), @r"
    sample.yaml:9:5: fidelity[0].because: no key is named `because` here
      help: it was renamed to `reason` in version 0.2
    ");
    assert_snapshot!(sample("    verify:\n", "    shows:\n"), @r"
    sample.yaml:36:5: workarounds[0].shows: no key is named `shows` here
      help: it was renamed to `verify` in version 0.2
    ");
}
