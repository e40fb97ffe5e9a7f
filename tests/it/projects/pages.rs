//! Projects of several pages: each has its own ledger, scenarios and reports.

use insta::assert_snapshot;

use super::{Home, SCENARIO};

const PROJECT: &str = "name: Frobnicator\npages:\n  - {id: install, title: Installing, scenarios: own}\n  - {id: use, title: Using, scenarios: other, editions: [{id: classic, file: use.rst}]}\n";

fn home() -> Home {
    let home = Home::new(PROJECT);
    home.page("other", "other-header");
    home.write("use.rst", "Missing headers\n===============\n\nThe compiler does not find a header.\n");
    home
}

#[test]
fn check_and_list_cover_all_pages_or_one() {
    let home = home();
    let check = home.matrix("", &["check"]);
    assert_eq!(check.code, 0, "{check:?}");
    assert_snapshot!(check.stdout, @"
    install: Installing
    1 scenario, 2 cells: valid
    use: Using
    1 scenario, 2 cells: valid
    ");
    assert_snapshot!(home.matrix("", &["list"]).stdout, @"
    install: Installing
    absent-header                      2 cells  A header that is not there
    use: Using
    other-header                       2 cells  A header that is not there
    ");
    let one = home.matrix("", &["list", "--page", "use"]).stdout;
    assert!(one.contains("other-header") && !one.contains(SCENARIO), "{one}");
    assert_snapshot!(home.matrix("", &["list", "--page", "instal"]).stderr, @"
    error: the project has no page `instal`
    help: did you mean `install`?
    ");
}

#[test]
fn mistakes_of_all_pages_are_reported_at_once() {
    let home = home();
    for (file, from) in [("own/absent-header.yaml", "title:"), ("other/other-header.yaml", "section:")] {
        let text = std::fs::read_to_string(home.path().join(file)).unwrap();
        home.write(file, &text.replacen(from, &format!("x-{from}"), 1));
    }
    let check = home.matrix("", &["check"]);
    assert_eq!(check.code, 2);
    assert!(check.stderr.contains("own/absent-header.yaml:") && check.stderr.contains("other/other-header.yaml:"), "{check:?}");
}

#[test]
fn a_scenario_decides_the_page_unless_it_is_on_several() {
    let home = home();
    let cells = home.matrix("", &["list", "other-header"]).stdout;
    assert!(cells.starts_with("other-header:"), "{cells}");
    let plan = home.matrix("", &["plan", "other-header", "--format", "json"]).stdout;
    assert!(plan.contains("--no-cache --page use\""), "{plan}");
    assert_snapshot!(home.matrix("", &["plan"]).stderr, @"
    error: this is about one page, and there are 2
    help: choose one with `--page`: `install`, `use`
    ");
    assert_snapshot!(home.matrix("", &["list", "other-heade"]).stderr, @"
    error: no scenario is named `other-heade`
    help: did you mean `other-header`?
    ");
    assert_snapshot!(home.matrix("", &["list", "nothing-like-it"]).stderr, @"
    error: no page has a scenario `nothing-like-it`
    help: known here: `absent-header`, `other-header`
    ");
    assert_snapshot!(home.matrix("", &["list", "other-header", "absent-header"]).stderr, @"
    error: these scenarios are of different pages
    help: name the scenarios of one page at a time
    ");
    home.page("other", SCENARIO);
    assert_eq!(home.matrix("", &["plan", SCENARIO]).code, 2);
    assert_eq!(home.matrix("", &["plan", SCENARIO, "--page", "use"]).code, 0);
}

#[test]
fn a_folder_of_scenarios_is_that_of_a_page_or_needs_one() {
    let home = home();
    let list = home.matrix("", &["list", "--scenarios", "other"]).stdout;
    assert!(list.contains("other-header") && !list.contains(SCENARIO), "{list}");
    home.page("third", "third-header");
    assert_eq!(home.matrix("", &["list", "--scenarios", "third"]).code, 2);
    let list = home.matrix("", &["list", "--scenarios", "third", "--page", "use"]);
    assert!(list.stdout.contains("third-header"), "{list:?}");
}

#[test]
fn a_file_decides_its_page_if_it_is_an_edition() {
    let home = home();
    let page = home.matrix("", &["page", "use.rst", "--exit-zero"]);
    assert_eq!(page.code, 0, "{page:?}");
    home.write("copy.rst", "Missing headers\n");
    let page = home.matrix("", &["page", "copy.rst"]);
    assert_eq!(page.code, 2);
    assert_snapshot!(page.stderr, @"
    error: this is about one page, and there are 2
    help: choose one with `--page`: `install`, `use`
    ");
    assert_eq!(home.matrix("", &["page", "copy.rst", "--page", "use", "--exit-zero"]).code, 0);
    assert!(home.matrix("", &["page", "-"]).stderr.contains("this is about one page"));
    let read = home.matrix("", &["page", "-", "--page", "install"]);
    assert!(!read.stderr.contains("one page"), "standard input is read: {read:?}");
}
