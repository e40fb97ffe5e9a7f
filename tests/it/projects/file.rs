//! The file: its mistakes, and where it is found.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use matrix::load;
use matrix::model::project::Found;

use super::{Home, SCENARIO};

const PROJECT: &str = "name: Frobnicator\npages:\n  - {id: install, title: Installing, scenarios: own}\n";

/// The messages for a project file, without the line that counts them.
fn mistakes(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("matrix.yaml");
    fs::write(&path, text).unwrap();
    let Err(mistakes) = load::project(&path, Found::Search) else { return "nothing is wrong".to_owned() };
    let text = mistakes.to_string().replace(&format!("{}/", folder.path().display()), "");
    text.split_once('\n').map(|(_, mistakes)| mistakes.to_owned()).unwrap()
}

#[test]
fn the_shipped_project_is_valid() {
    let project = load::project(Path::new("matrix.yaml"), Found::Search).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(project.name, "mod_wsgi");
    assert_eq!(project.pages[0].ledger, Path::new("scenarios/claims.yaml"));
    assert_eq!(project.pages[0].messages.as_ref().unwrap().archive, "mod_wsgi-6.1.1.tar.gz");
}

#[test]
fn the_schema_is_up_to_date() {
    let kept = fs::read_to_string("scenarios/project.json").unwrap_or_default();
    let generated = format!("{:#}\n", load::project_schema());
    assert!(kept == generated, "scenarios/project.json is out of date: `matrix check --schema project` prints it");
}

#[test]
fn misspelt_missing_and_wrong_keys_are_reported_at_once() {
    assert_snapshot!(mistakes("nam: x\npages:\n  - {id: A, title: t, scenario: s}\nimage-prefix: X\ndefaults: {jobs: 0, reports: x}\nevidence: gcc\n"), @"
    matrix.yaml:1:1: nam: no key is named `nam` here
      help: did you mean `name`?
    matrix.yaml:3:6: pages[0].id: expected a name in kebab-case such as `build-and-install`, found `A`
      help: `id`: its id, for `--page`
    matrix.yaml:3:23: pages[0].scenario: no key is named `scenario` here
      help: did you mean `scenarios`?
    matrix.yaml:4:1: image-prefix: expected a prefix such as `matrix` or `team/matrix`, found `X`
      help: `image-prefix`: prefix of the names of images
    matrix.yaml:5:12: defaults.jobs: expected a number from 1 to 65535, found 0
      help: `jobs`: number of containers at once
    matrix.yaml:5:21: defaults.reports: no key is named `reports` here
      help: did you mean `report-dir`?
    matrix.yaml:6:1: evidence: expected a list, found `gcc`
      help: `evidence`: packages whose versions are recorded for each cell
    ");
    assert_snapshot!(mistakes("name: x\npages: []\n"), @"
    matrix.yaml:2:1: pages: is an empty list
      help: list at least one
    ");
    assert_snapshot!(mistakes("- x\n"), @"
    matrix.yaml: expected a mapping, found a list
      help: a project: its pages, and what their scenarios share
    ");
}

#[test]
fn a_page_has_its_own_id_and_folder_and_an_edition_says_where_it_is() {
    let pages = "name: x\npages:\n  - {id: a, title: t, scenarios: s, editions: [{id: one}, {id: one, url: x}, {id: two, file: f, url: 'https://e.example'}]}\n  - {id: a, title: t, scenarios: s}\n";
    assert_snapshot!(mistakes(pages), @"
    matrix.yaml:3:48: pages[0].editions[0]: does not say where its text is
      help: give either its `file` or its `url`
    matrix.yaml:3:60: pages[0].editions[1].id: edition `one` is defined twice
      help: give each edition its own id
    matrix.yaml:3:69: pages[0].editions[1].url: `x` is not an address
      help: write it as `https://HOST/PATH`
    matrix.yaml:3:78: pages[0].editions[2]: does not say where its text is
      help: give either its `file` or its `url`
    matrix.yaml:4:6: pages[1].id: page `a` is defined twice
      help: give each page its own id
    matrix.yaml:4:23: pages[1].scenarios: another page has the scenarios in `s`
      help: give each page its own folder of scenarios
    ");
}

#[test]
fn a_base_says_once_how_it_is_obtained() {
    let base = |base: &str| mistakes(&format!("{PROJECT}bases:\n  x: {base}\n"));
    for valid in [
        "{debian: bookworm, architecture: i386}",
        "{image: 'fedora:41', family: rpm}",
        "{image: 'registry.example:5000/team/x:1.2', family: other, platform: linux/arm/v7}",
        "{dockerfile: bases/x, family: other}",
        "{archive: root.tar.gz, family: alpine}",
    ] {
        assert_eq!(base(valid), "nothing is wrong", "{valid}");
    }
    assert_snapshot!(base("{}"), @"
    matrix.yaml:5:3: bases.x: does not say how this base is obtained
      help: give `debian`, `image`, `dockerfile` or `archive`
    ");
    assert_snapshot!(base("{debian: bookworm, image: 'debian:12', family: debian}"), @"
    matrix.yaml:5:3: bases.x: says several times how this base is obtained
      help: keep one of `debian`, `image`, `dockerfile` and `archive`
    ");
    assert_snapshot!(base("{image: 'fedora:41'}"), @"
    matrix.yaml:5:3: bases.x: `family` is missing
      help: add `family`: `debian`, `rpm`, `alpine` or `other`, which says how its packages are listed
    ");
    assert_snapshot!(base("{image: 'Fedora 41', family: rpm, architecture: i386}"), @"
    matrix.yaml:5:7: bases.x.image: `Fedora 41` is not the reference of an image
      help: write it as [HOST[:PORT]/]REPOSITORY[:TAG][@DIGEST], such as `fedora:41`
    matrix.yaml:5:40: bases.x.architecture: `architecture` without `debian`
      help: remove it; it belongs to `debian`
    ");
    assert_snapshot!(base("{image: 'fedora@sha256:12', family: rpm, platform: amd64}"), @"
    matrix.yaml:5:7: bases.x.image: `fedora@sha256:12` is not the reference of an image
      help: a digest is `sha256:` and 64 hexadecimal digits
    matrix.yaml:5:47: bases.x.platform: `amd64` is not a platform
      help: write it as OS/ARCHITECTURE, such as `linux/amd64`
    ");
    assert_snapshot!(base("{debian: bookworm, family: redhat}"), @"
    matrix.yaml:5:25: bases.x.family: expected one of `debian`, `rpm`, `alpine`, `other`, found `redhat`
      help: `family`: family of the distribution, which says how packages are listed as evidence
    ");
    assert_snapshot!(base("{debian: bookworm, family: rpm}"), @"
    matrix.yaml:5:25: bases.x.family: a suite of Debian has the family `debian`
      help: remove `family`
    ");
    assert_snapshot!(mistakes(&format!("{PROJECT}bases:\n  Big_: {{debian: x}}\n")), @"
    matrix.yaml:5:3: bases.Big_: `Big_` cannot be a name here
      help: names here match `^[a-z0-9]+([._-][a-z0-9]+)*$`
    ");
}

#[test]
fn an_axis_lists_its_releases_in_one_place() {
    let axis = |axis: &str| mistakes(&format!("{PROJECT}axes:\n  frob: {axis}\n"));
    for valid in ["{releases: {python-index: frob}, unpacking: frob-release}", "{releases: {list: ['1.0', '1.1']}, shown: true}"]
    {
        assert_eq!(axis(valid), "nothing is wrong", "{valid}");
    }
    assert_snapshot!(axis("{releases: {list: [1.10]}}"), @"
    matrix.yaml:5:28: axes.frob.releases.list[0]: expected text on one line, found 1.1
      help: quote it: `1.10` would be read as 1.1
    ");
    assert_snapshot!(axis("{releases: {list: [newest]}}"), @"
    matrix.yaml:5:28: axes.frob.releases.list[0]: `newest` is not a release
      help: write numbers separated by dots, such as `4.9.4`
    ");
    assert_snapshot!(axis("{releases: {python-index: a, forge: b}}"), @"
    matrix.yaml:5:10: axes.frob.releases: does not say where the releases are listed
      help: give one of `python-index`, `rust-index`, `list` and `forge`
    ");
    assert_snapshot!(axis("{releases: {forge: b}}"), @"
    matrix.yaml:5:21: axes.frob.releases.forge: `b` is not an address
      help: write it as `https://HOST/PATH`
    ");
    assert_snapshot!(axis("{unpacking: x, cost: 0}"), @"
    matrix.yaml:5:10: axes.frob.unpacking: `unpacking` without `releases`
      help: add `releases`, or remove `unpacking`
    matrix.yaml:5:24: axes.frob.cost: expected a number from 1 to 1000, found 0
      help: `cost`: the effort for a reader of a condition on this axis
    ");
}

#[test]
fn a_rule_replaces_something_by_groups_of_its_pattern() {
    let rule =
        |pattern: &str, with: &str| mistakes(&format!("{PROJECT}generalise: [{{pattern: '{pattern}', with: '{with}'}}]\n"));
    assert_eq!(rule(r"(frob)-\d+", "$1-N"), "nothing is wrong");
    assert_eq!(rule(r"(?<name>frob)\d+", "${name}N, $$"), "nothing is wrong");
    assert_snapshot!(rule("(frob", "x"), @"
    matrix.yaml:4:15: generalise[0].pattern: is not a regular expression: unclosed group
      help: correct it
    ");
    assert_snapshot!(rule("x*", "y"), @"
    matrix.yaml:4:15: generalise[0].pattern: matches the empty text, so it would replace nothing everywhere
      help: write what must be there
    ");
    assert_snapshot!(rule(r"(python)\d", "$1X.Y"), @"
    matrix.yaml:4:38: generalise[0].with: the pattern has no group `1X`
      help: use a group of the pattern; before a letter, a digit or `_`, write `${1}` instead of `$1`
    ");
}

#[test]
fn the_file_is_found_from_a_folder_below_it_and_its_paths_are_relative_to_it() {
    let home = Home::new(PROJECT);
    let list = |folder: &str| home.matrix(folder, &["list"]).stdout;
    assert!(list("").contains(SCENARIO), "{}", list(""));
    assert_eq!(list("a/b"), list(""));
    let check = home.matrix("a/b", &["check"]);
    assert_eq!((check.code, check.stdout.as_str()), (0, "1 scenario, 2 cells: valid\n"), "{}", check.stderr);
    // Commands in messages work where they are printed.
    let plan = home.matrix("a/b", &["plan", "--full", "--format", "json"]).stdout;
    assert!(plan.contains("matrix run absent-header --only tiny/release-1 --no-cache\""), "{plan}");
    assert!(plan.contains("../../own/absent-header.yaml"), "{plan}");
}

#[test]
fn an_option_or_a_variable_names_the_file_or_its_folder() {
    let home = Home::new("name: unreadable");
    home.write("named/project.yaml", &PROJECT.replace("own", "../own").replace("pages:", "dockerfiles: ../dockerfiles\npages:"));
    home.write("named/matrix.yaml", &PROJECT.replace("own", "../own"));
    let list = home.matrix("", &["list", "--project", "named/project.yaml"]);
    assert!(list.code == 0 && list.stdout.contains(SCENARIO), "{list:?}");
    assert_eq!(home.matrix("", &["list", "--project", "named"]).stdout, list.stdout);
    assert_eq!(home.matrix_with("", &["list"], &[("MATRIX_PROJECT", "named")]).stdout, list.stdout);
    let plan = home.matrix("", &["plan", "--format", "json", "--project", "named/project.yaml"]).stdout;
    assert!(plan.contains("--no-cache --project named/project.yaml\""), "{plan}");
    assert_snapshot!(home.matrix("", &["list", "--project", "absent.yaml"]).stderr, @"
    error: 1 mistake in the project file
    absent.yaml: failed to read: No such file or directory (os error 2)
      help: name the project's `matrix.yaml`, or its folder
    ");
    let broken = home.matrix("", &["list"]);
    assert_eq!(broken.code, 2);
    assert_snapshot!(broken.stderr, @"
    error: 1 mistake in the project file
    matrix.yaml: `pages` is missing
      help: add `pages`: its pages
    ");
}

#[test]
fn options_override_the_file() {
    let home = Home::new(&PROJECT.replace("own", "elsewhere"));
    assert_eq!(home.matrix("", &["list"]).code, 2);
    let list = home.matrix("", &["list", "--scenarios", "own"]);
    assert!(list.stdout.contains(SCENARIO), "{list:?}");
    let plan = home.matrix("", &["plan", "--format", "json", "--scenarios", "own"]).stdout;
    assert!(plan.contains("--no-cache --scenarios own\""), "{plan}");
}

#[test]
fn a_scenario_names_an_edition_of_the_page_if_the_project_lists_them() {
    let editions = "scenarios: own, editions: [{id: stable, url: 'https://docs.example/stable'}, {id: '2.9', file: page.rst}]";
    let home = Home::new(&PROJECT.replace("scenarios: own", editions));
    let check = home.matrix("", &["check"]);
    assert_eq!(check.code, 2);
    assert_snapshot!(check.stderr, @"
    error: 1 mistake in the scenarios
    own/absent-header.yaml:4:10: source.edition: the page has no edition `classic` in `matrix.yaml`
      help: known here: `stable`, `2.9`
    ");
}
