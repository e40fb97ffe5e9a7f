//! Declared bases in `check` and `doctor`.

use insta::assert_snapshot;

use super::Home;

const PROJECT: &str = "name: Frobnicator\npages:\n  - {id: install, title: Installing, scenarios: own}\nbases:\n";

#[test]
fn a_base_that_is_not_declared_is_a_mistake_of_the_scenario() {
    let home = Home::new(&format!("{PROJECT}  teeny: {{debian: tiny}}\n"));
    let check = home.matrix("", &["check"]);
    assert_eq!(check.code, 2);
    assert_snapshot!(check.stderr, @"
    error: 1 mistake in the scenarios
    own/absent-header.yaml:7:10: axes.base[0]: `bases` in `matrix.yaml` has no `tiny`
      help: did you mean `teeny`? Otherwise declare it there
    ");
    home.write("matrix.yaml", &format!("{PROJECT}  tiny: {{image: 'registry.example/tiny:1', family: other}}\n"));
    assert_eq!(home.matrix("", &["check"]).code, 0);
}

#[test]
fn the_files_of_bases_and_the_dockerfile_that_unpacks_are_checked() {
    let bases = "  tiny: {archive: root.tar, family: other}\n  built: {dockerfile: bases/built, family: other}\n";
    let axes = "axes:\n  release: {releases: {list: ['1', '2']}, unpacking: helthy}\n";
    let home = Home::new(&format!("{PROJECT}{bases}{axes}"));
    let check = home.matrix("", &["check"]);
    assert_eq!(check.code, 2);
    assert_snapshot!(check.stderr, @"
    error: 3 mistakes in the dockerfiles
    matrix.yaml: bases.built: failed to read `bases/built`: No such file or directory (os error 2)
    matrix.yaml: bases.tiny: failed to read archive `root.tar`: No such file or directory (os error 2)
      help: correct the base in the project file, or provide the archive
    matrix.yaml: axes.release.unpacking: there is no dockerfile `helthy`
      help: did you mean `healthy`?
    ");
    home.write("root.tar", "");
    home.write("bases/built/Dockerfile", "FROM scratch\n");
    home.write("matrix.yaml", &format!("{PROJECT}{bases}{}", axes.replace("helthy", "healthy")));
    let check = home.matrix("", &["check"]);
    assert_eq!(check.code, 0, "{check:?}");
}

#[test]
fn the_doctor_says_how_a_declared_base_will_be_obtained() {
    let home = Home::new(&format!("{PROJECT}  tiny: {{image: 'registry.example/tiny:1', family: other}}\n"));
    home.write("transcript.json", r#"{"images": {}}"#);
    let doctor = |home: &Home| home.matrix("", &["doctor", "--engine", "scripted:transcript.json", "--format", "json"]).stdout;
    let text = doctor(&home);
    assert!(text.contains("`tiny` will be pulled: `registry.example/tiny:1`"), "{text}");
    assert!(!text.contains("mmdebstrap"), "nothing is bootstrapped: {text}");
    home.write("matrix.yaml", &format!("{PROJECT}  tiny: {{archive: root.tar, family: other}}\n"));
    assert!(doctor(&home).contains("`root.tar` is not there"), "{}", doctor(&home));
}
