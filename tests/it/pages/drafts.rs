//! A ledger that is drafted from a page: each draft is found again, and covers the text that it was made from.

use std::fs;
use std::path::Path;

use matrix::load;
use matrix::model::claim::{Claim, ClaimKind, Ledger};
use matrix::page::audit::Survey;
use matrix::page::draft::Draft;
use matrix::page::locate::Wording;
use matrix::page::{Markup, Page};
use proptest::prelude::*;

use super::forms::forms;
use crate::support::page::PAGE;

fn page(name: &str, text: &str) -> Page {
    let path = Path::new(name);
    let markup = Markup::of(path).expect("its name states the markup");
    Page::parse(path, text.to_owned(), markup).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The drafts of a page, as the loader reads them from the file that is written.
fn read(draft: &Draft) -> Ledger {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("claims.yaml"), draft.yaml()).unwrap();
    load::folder(folder.path()).unwrap_or_else(|mistakes| panic!("{mistakes}\n{}", draft.yaml())).ledger
}

/// Drafts a page and checks what must hold for every page. `left_out` texts may be without a draft.
fn drafted(page: &Page, left_out: usize) -> Vec<Claim> {
    let draft = Draft::of(page);
    let ledger = read(&draft);
    assert_eq!(ledger, draft.ledger, "the file says what was drafted:\n{}", draft.yaml());
    assert_eq!(ledger.claims, []);
    let survey = Survey::of(page, &ledger, None);
    for bound in &survey.binding.drafts {
        assert_eq!(bound.wording(), Wording::Found, "{:?}", bound.claim);
        assert!(!bound.places.is_empty(), "{:?}", bound.claim);
    }
    assert_eq!(draft.left_out, survey.uncovered.len());
    assert!(draft.left_out <= left_out, "{:?}", survey.uncovered);
    assert!(survey.is_covered() || draft.left_out > 0);
    for (section, _) in &ledger.sections {
        assert!(ledger.drafts_of(section).next().is_some(), "section `{section}` is empty");
    }
    ledger.drafts
}

/// The kinds and quotes of the drafts of a page.
fn shown(name: &str, text: &str) -> Vec<String> {
    let kind = |claim: &Claim| format!("{:?}", claim.kind).to_lowercase();
    let drafts = drafted(&page(name, text), 0);
    drafts.iter().map(|claim| format!("{} {}: {}", claim.id, kind(claim), claim.quotes.join(" | "))).collect()
}

#[test]
fn every_format_of_a_page_is_drafted_whole() {
    for form in forms(PAGE) {
        let drafts = drafted(&form.page(), 0);
        let lines: Vec<&String> = drafts.iter().flat_map(|claim| &claim.lines).collect();
        assert!(lines.iter().any(|line| line.contains("error: Python.h: No such file or directory")), "{}: {lines:?}", form.name);
        assert!(drafts.iter().any(|claim| claim.kind == ClaimKind::Symptom), "{}", form.name);
    }
}

#[test]
fn commands_output_numbers_options_and_messages_become_drafts() {
    let text = "# Building\n\nYou see `Error: pg_config executable not found.` then.\n\n```console\n$ sudo apt-get install libpq-dev\n```\n\n\
                ```console\n$ pip install x\nCollecting x\nBuilding x\nerror: command 'gcc' failed: No such file or directory\n```\n\n\
                It needs 3 minutes. With --verbose it says more. Nothing else.\n\n## Error: symbol not found\n\nNothing.\n";
    insta::assert_snapshot!(shown("x.md", text).join("\n"), @"
    building.pg-config-executable-not-found symptom: Error: pg_config executable not found.
    building.apt-get-install-libpq workaround: sudo apt-get install libpq-dev
    building.pip-install-x statement: pip install x
    building.collecting-x statement: Collecting x | Building x
    building.command-gcc-failed-no symptom: error: command 'gcc' failed: No such file or directory
    building.needs-3-minutes statement: It needs 3 minutes.
    building.verbose-says-more statement: With --verbose it says more.
    symbol-not-found.symbol-not-found symptom: Error: symbol not found
    ");
}

#[test]
fn code_in_a_sentence_is_a_command_if_a_program_is_named() {
    let text = "# A\n\nUse `pip install x` or `x --old`, by `cd` or `. FILE`. See `the file x` then.\n";
    insta::assert_snapshot!(shown("x.md", text).join("\n"), @"
    a.pip-install-x-x workaround: pip install x | x --old
    a.file statement: FILE.
    a.file-x statement: the file x
    ");
}

#[test]
fn what_is_repeated_in_a_section_is_drafted_once_and_headings_that_repeat_are_one_section() {
    let text = "# Guide\n\n## Linux\n\n    $ make\n\nIt takes 3 minutes.\n\nIt takes 3 minutes.\n\n## macOS\n\nIt takes 3 minutes.\n\n\
                ## Linux\n\n    $ make install\n\nIt takes 3 minutes.\n";
    insta::assert_snapshot!(shown("x.md", text).join("\n"), @"
    linux.make workaround: make
    linux.takes-3-minutes statement: It takes 3 minutes.
    linux.make-install workaround: make install
    macos.takes-3-minutes statement: It takes 3 minutes.
    ");
}

#[test]
fn text_that_is_special_in_yaml_is_quoted() {
    for special in [
        "- error: cannot find it",
        "error: a: b: 'c' \"d\" not found",
        "'error': cannot go on",
        "*error*: cannot # go",
        "%error cannot go {a: [b",
        "@error `x` cannot go",
        "! error: cannot go",
        "? error: no such thing",
        "| error: not found",
        "> error: not found",
        "TODO: error not found",
        "&error not found: {{ x }}",
        "error: [..] not found",
        "error: 100 % not found ~",
        "error not found \\n \\x00",
    ] {
        for (name, text) in [("x.rst", format!("So::\n\n    {special}\n")), ("x.md", format!("```\n{special}\n```\n"))] {
            let drafts = drafted(&page(name, &text), 0);
            assert_eq!(drafts.len(), 1, "{special}: {drafts:?}");
            assert_eq!(drafts[0].lines, [special.trim_start_matches("TODO: ")], "{name}");
        }
    }
}

#[test]
fn tabs_and_nested_lists_are_drafted() {
    let text = "# Set-up\n\n=== \"Linux\"\n\n    ```bash\n    sudo apt-get install libfoo-dev\n    ```\n\n=== \"macOS\"\n\n    ```bash\n    brew install foo\n    ```\n\n\
                1. First\n    - Then `make -j 4` it\n        - See `fatal error: foo.h: No such file or directory`\n";
    let found = shown("x.md", text).join("\n");
    for quote in
        ["sudo apt-get install libfoo-dev", "brew install foo", "make -j 4", "fatal error: foo.h: No such file or directory"]
    {
        assert!(found.contains(quote), "{quote}:\n{found}");
    }
    let text = "Set-up\n======\n\n.. tabs::\n\n   .. tab:: Linux\n\n      .. code-block:: bash\n\n         sudo apt-get install libfoo-dev\n\n\
                * One\n\n  * Two needs 3 things\n";
    assert!(!drafted(&page("x.rst", text), 0).is_empty());
}

#[test]
fn a_page_without_headings_has_one_section() {
    let page = page("setup.md", "It takes 3 minutes.\n\n    $ make\n");
    let draft = Draft::of(&page);
    drafted(&page, 0);
    assert_eq!(draft.ledger.sections, [("setup".into(), "setup".to_owned())]);
}

#[test]
fn text_before_the_first_heading_is_a_section_of_its_own() {
    let page = page("setup.md", "It takes 3 minutes.\n\n# Setup\n\nIt takes 4 minutes.\n");
    drafted(&page, 0);
    let headings: Vec<String> = Draft::of(&page).ledger.sections.into_iter().map(|(_, heading)| heading).collect();
    assert_eq!(headings, ["Before the first heading", "Setup"]);
}

#[test]
fn a_page_without_anything_to_claim_has_an_empty_ledger() {
    let page = page("x.md", "# Welcome\n\nNothing can go wrong here.\n");
    assert_eq!(drafted(&page, 0), []);
    assert!(Draft::of(&page).yaml().ends_with("\nsections: []\n"));
}

#[test]
fn a_very_long_page_is_drafted_as_far_as_a_ledger_may_be_long() {
    let lines: String =
        (0..9_000).map(|number| format!("Step {number} prints [this] and {{that}} in {number} seconds.\n\n")).collect();
    let page = page("long.md", &format!("# Long\n\n{lines}"));
    let draft = Draft::of(&page);
    assert!(
        draft.left_out > 0 && draft.ledger.drafts.len() > 300,
        "{} drafts, {} left out",
        draft.ledger.drafts.len(),
        draft.left_out
    );
    assert_eq!(read(&draft), draft.ledger);
}

#[test]
fn a_heading_of_invisible_characters_names_no_section() {
    let text = format!("# \n\n\u{200e}\n{}\n\n::\n\n    error: x not found\n\n", "=".repeat(50));
    let page = Page::parse(Path::new("page"), text, Markup::Rst).unwrap();
    drafted(&page, usize::MAX);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn any_text_is_drafted_into_a_ledger_that_loads_and_finds_it(
        blocks in prop::collection::vec(("[ -~é½字\u{200e}]{0,40}", 0..7usize), 1..12),
        markup in prop::sample::select(vec![Markup::Rst, Markup::Markdown, Markup::Html, Markup::AsciiDoc, Markup::Plain]),
    ) {
        let text: String = blocks.iter().map(|(text, kind)| match kind {
            0 => format!("# {text}\n\n"),
            1 => format!("{text}\n{}\n\n", "=".repeat(50)),
            2 => format!("::\n\n    error: {text} not found\n\n"),
            3 => format!("```\n$ {text}\nerror: {text}\n```\n\n"),
            4 => format!("It takes 3 {text} minutes.\n\n"),
            5 => format!("You see “error: {text} not found”. Use `make {text}`.\n\n"),
            _ => format!("{text}\n"),
        }).collect();
        if let Ok(page) = Page::parse(Path::new("page"), text, markup) {
            drafted(&page, usize::MAX);
        }
    }
}
