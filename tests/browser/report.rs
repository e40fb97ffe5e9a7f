//! The HTML report of a run, as a reader sees it.

use std::collections::BTreeSet;

use matrix::model::record::Record;
use matrix::model::verdict::{Ruling, Verdict};
use matrix::report;
use thirtyfour::Key;

use crate::driver::{Medium, Page, axe, folder, open};
use crate::support::record;

/// The visible verdicts, cells, and verdicts linked from the grids.
const SHOWN: &str = "[
    [...document.querySelectorAll('article.verdict')].filter((node) => !node.closest('[hidden]')).length,
    [...document.querySelectorAll('details.cell')].filter((node) => node.checkVisibility()).length,
    [...document.querySelectorAll('.grid td a')].filter((node) => node.checkVisibility()).length,
]";
const STATUS: &str = "document.querySelector('[role=status]').textContent";
const FOCUS: &str = "document.activeElement.id || document.activeElement.name || document.activeElement.textContent";

/// A run with every state, in two sections, one of them with an additional axis.
fn two_sections() -> Record {
    let mut record = record::bad();
    for base in ["bookworm", "trixie"] {
        record::add(&mut record, "forkpty", [base, "3.11", "4.9.4"]);
    }
    for cell in record.cells.iter_mut().filter(|cell| cell.scenario == "forkpty") {
        cell.section = "forkpty".into();
        cell.title = "The module lacks forkpty".into();
        cell.axes.insert("preload".into(), format!("as documented for {}", cell.axes["base"]));
    }
    for verdict in record.verdicts.iter_mut().filter(|verdict| verdict.scenario == "forkpty") {
        verdict.axes.insert("preload".into(), format!("as documented for {}", verdict.axes["base"]));
    }
    record.cells[3].millis = 754_321;
    record
}

/// Writes the reports of a record and opens the page among them.
async fn with_report(record: &Record, test: impl AsyncFnOnce(&Page)) {
    let folder = folder();
    report::write(record, folder.path()).unwrap();
    open(&folder.path().join("report.html"), test).await;
}

/// The expected visible verdicts, cells, and verdicts in the grids.
fn shown(record: &Record, wanted: impl Fn(&Verdict) -> bool) -> [usize; 3] {
    let verdicts: Vec<&Verdict> = record.verdicts.iter().filter(|verdict| wanted(verdict)).collect();
    let cells: BTreeSet<_> = verdicts.iter().map(|verdict| (&verdict.scenario, &verdict.cell)).collect();
    assert!(!verdicts.is_empty() && verdicts.len() < record.verdicts.len(), "a filter that this record does not try");
    [verdicts.len(), cells.len(), verdicts.len()]
}

fn all(record: &Record) -> [usize; 3] {
    [record.verdicts.len(), record.cells.len(), record.verdicts.len()]
}

fn state(verdict: &Verdict) -> &'static str {
    match (verdict.verdict, verdict.expected) {
        (Ruling::Drifted, true) => "known",
        (Ruling::Drifted, false) => "drifted",
        (Ruling::Inconclusive, _) => "inconclusive",
        (Ruling::Confirmed | Ruling::Skipped, false) => "gone",
        (Ruling::Confirmed, true) => "confirmed",
        (Ruling::Skipped, true) => "skipped",
    }
}

async fn search(page: &Page, words: &str) {
    page.click("input[type=search]").await;
    page.run("document.querySelector('input[type=search]').select()").await;
    page.press(words).await;
}

fn pick(name: &str, value: &str) -> String {
    format!("input[name='{name}'][value='{value}']")
}

#[tokio::test]
async fn each_verdict_state_and_each_axis_value_can_be_filtered_for() {
    let record = two_sections();
    with_report(&record, async |page| {
        page.comes_to(SHOWN, all(&record)).await;
        for wanted in ["drifted", "gone", "inconclusive", "known", "confirmed", "skipped"] {
            page.click(&pick("state", wanted)).await;
            page.comes_to(SHOWN, shown(&record, |verdict| state(verdict) == wanted)).await;
            page.click(&pick("state", wanted)).await;
        }
        let axes = record.verdicts.iter().flat_map(|verdict| &verdict.axes);
        for (axis, value) in axes.collect::<BTreeSet<_>>() {
            page.click(&pick(&format!("axis.{axis}"), value)).await;
            page.comes_to(SHOWN, shown(&record, |verdict| verdict.axes.get(axis) == Some(value))).await;
            page.click(&pick(&format!("axis.{axis}"), value)).await;
        }
        page.comes_to(SHOWN, all(&record)).await;
    })
    .await;
}

#[tokio::test]
async fn filters_combine_and_show_the_number_of_matches() {
    let record = two_sections();
    with_report(&record, async |page| {
        page.comes_to(STATUS, format!("All {} verdicts in {} cells are shown", record.verdicts.len(), record.cells.len())).await;
        page.run("document.querySelector('select').focus()").await;
        page.press("Undefined").await;
        page.comes_to(SHOWN, shown(&record, |verdict| verdict.scenario == "forkpty")).await;
        page.click("section.summary a[data-section='missing-python-headers'][data-state='known']").await;
        let headers = |verdict: &Verdict| verdict.scenario == "missing-python-headers" && state(verdict) == "known";
        page.comes_to(SHOWN, shown(&record, headers)).await;
        for base in ["bullseye", "trixie"] {
            page.click(&pick("axis.base", base)).await;
        }
        let left = shown(&record, |verdict| headers(verdict) && ["bullseye", "trixie"].contains(&verdict.axes["base"].as_str()));
        page.comes_to(SHOWN, left).await;
        let [verdicts, cells, _] = left;
        let (all_verdicts, all_cells) = (record.verdicts.len(), record.cells.len());
        let status = format!(
            "{verdicts} of {all_verdicts} verdicts in {cells} of {all_cells} cells are shown: section “Missing Python Header Files”; known drift; base bullseye; base trixie"
        );
        page.comes_to(STATUS, status).await;
        // The heads of the grid cover the columns that are left.
        let widths = "[...document.querySelectorAll('.grid thead tr')].filter((row) => row.checkVisibility()).map((row) =>
            [...row.cells].slice(1).filter((head) => !head.hidden).reduce((sum, head) => sum + head.colSpan, 0))";
        page.comes_to(widths, vec![cells; 3]).await;
    })
    .await;
}

#[tokio::test]
async fn a_search_finds_claims_cells_sentences_and_observed_text() {
    let record = two_sections();
    with_report(&record, async |page| {
        let found = |words: &str| {
            shown(&record, |verdict| {
                let says = record.cells[0].claims.get(&verdict.claim).unwrap();
                let text = [
                    verdict.scenario.as_str(),
                    verdict.cell.as_str(),
                    verdict.claim.as_str(),
                    says,
                    &verdict.observed.to_string(),
                    &verdict.why,
                ];
                words.split(' ').all(|word| text.iter().any(|text| text.to_lowercase().contains(&word.to_lowercase())))
            })
        };
        let searches =
            ["headers.dev-name", "bullseye/python-3.9", "threads are required", "HTTP/1.1 200", "FATAL trixie", "did not end"];
        for words in searches {
            search(page, words).await;
            page.comes_to(SHOWN, found(words)).await;
        }
        search(page, "there is no such text").await;
        page.comes_to("document.getElementById('filter:none').checkVisibility()", true).await;
        page.comes_to(SHOWN, [0; 3]).await;
        page.click(".no-match button").await;
        page.comes_to(SHOWN, all(&record)).await;
        page.comes_to(FOCUS, "filter:search".to_owned()).await;
        page.comes_to("document.getElementById('filter:none').checkVisibility()", false).await;
    })
    .await;
}

#[tokio::test]
async fn a_filtered_view_and_a_verdict_in_it_can_be_linked() {
    let record = two_sections();
    with_report(&record, async |page| {
        page.click(&pick("state", "known")).await;
        search(page, "node.h #error?").await;
        page.comes_to("location.hash", "#?search=node.h+%23error%3F&state=known".to_owned()).await;

        let known = shown(&record, |verdict| state(verdict) == "known" && verdict.axes["python"] == "3.9");
        page.go("#?state=known&axis.python=3.9").await;
        page.comes_to(SHOWN, known).await;
        let links = "[...document.querySelectorAll('.grid td a')].filter((node) => node.checkVisibility())";
        let place: String = page.ask(&format!("{links}[2].hash")).await;
        page.run(&format!("{links}[2].click()")).await;
        page.comes_to("location.hash", format!("{place}?state=known&axis.python=3.9")).await;
        page.comes_to("'#' + document.querySelector('.current').id", place.clone()).await;

        // The same address, opened again.
        page.go(&format!("{place}?state=known&axis.python=3.9")).await;
        page.comes_to(SHOWN, known).await;
        page.comes_to("'#' + document.querySelector('.current')?.id", place.clone()).await;
        page.comes_to("'#' + document.activeElement.id", place.clone()).await;
        page.comes_to("document.querySelector('.current .panels').checkVisibility()", true).await;

        // A link to a filtered verdict resets the filter.
        page.go(&format!("{place}?state=inconclusive")).await;
        page.comes_to(SHOWN, all(&record)).await;
        page.comes_to("location.hash", place).await;
    })
    .await;
}

#[tokio::test]
async fn going_back_restores_the_previous_filter() {
    let record = two_sections();
    with_report(&record, async |page| {
        page.click(&pick("state", "drifted")).await;
        let drifted = shown(&record, |verdict| state(verdict) == "drifted");
        page.comes_to(SHOWN, drifted).await;
        page.run("document.querySelector('section.summary a[data-state=skipped]').click()").await;
        page.comes_to(
            SHOWN,
            shown(&record, |verdict| state(verdict) == "skipped" && verdict.scenario == "missing-python-headers"),
        )
        .await;
        page.run("history.back()").await;
        page.comes_to(SHOWN, drifted).await;
        page.comes_to("document.querySelector('input[value=drifted]').checked", true).await;
    })
    .await;
}

#[tokio::test]
async fn the_keyboard_alone_filters_and_reaches_the_evidence() {
    let record = two_sections();
    with_report(&record, async |page| {
        let tab_to = async |wanted: &str| {
            for _ in 0..200 {
                page.press(Key::Tab).await;
                if page.ask::<String>(FOCUS).await == wanted {
                    return;
                }
            }
            panic!("the focus never came to `{wanted}`");
        };
        tab_to("Skip to the verdicts").await;
        tab_to("filter:search").await;
        page.press("trixie").await;
        page.comes_to(SHOWN, shown(&record, |verdict| verdict.axes["base"] == "trixie")).await;
        tab_to("state").await;
        page.press(" ").await;
        page.comes_to(SHOWN, shown(&record, |verdict| verdict.axes["base"] == "trixie" && state(verdict) == "drifted")).await;
        tab_to("Show all").await;
        page.press(Key::Enter).await;
        page.comes_to(SHOWN, all(&record)).await;
        tab_to("✓confirmed").await;
        let place = "document.activeElement.hash";
        let first: String = page.ask(place).await;
        for (step, (key, back)) in
            [(Key::Right, false), (Key::Down, false), (Key::Left, false), (Key::Up, true)].into_iter().enumerate()
        {
            page.press(key).await;
            let now: String = page.ask(place).await;
            assert_eq!(now == first, back, "step {step} leads to {now}");
        }
        page.press(Key::Enter).await;
        page.comes_to("'#' + document.activeElement.id", first.clone()).await;
        page.comes_to("document.activeElement.checkVisibility()", true).await;
        tab_to("back to the grid").await;
        page.press(Key::Enter).await;
        page.comes_to(place, first).await;
    })
    .await;
}

#[tokio::test]
async fn the_arrow_keys_skip_filtered_verdicts() {
    let record = two_sections();
    with_report(&record, async |page| {
        page.go("#?state=gone&state=known&axis.python=2.7&axis.python=3.13").await;
        let links = "[...document.querySelectorAll('.grid td a')].filter((node) => node.checkVisibility())";
        page.run(&format!("{links}[1].focus()")).await;
        let third: String = page.ask(&format!("{links}[2].hash")).await;
        page.press(Key::Right).await;
        page.comes_to("document.activeElement.hash", third.clone()).await;
        assert!(third.contains("trixie/python-3.13"), "{third}");
    })
    .await;
}

#[tokio::test]
async fn the_deciding_line_is_shown_next_to_the_output_of_placebo_and_control() {
    let record = two_sections();
    with_report(&record, async |page| {
        page.go("#missing-python-headers/trixie/python-3.13/mod_wsgi-6.1.1/headers.python-h").await;
        let panels = "[...document.querySelectorAll('article.current .panel')].map((panel) => [
            panel.querySelector('b').textContent, panel.querySelector('.result').textContent.trim(),
            panel.querySelector('mark')?.textContent.trim() ?? '', panel.querySelector('pre').textContent.trim()])";
        let seen: Vec<[String; 4]> = page.ask(panels).await;
        let line = "mod_wsgi.c:34:10: fatal error: Python.h: No such file or directory";
        let panels_shown: Vec<[&str; 3]> =
            seen.iter().map(|panel| [panel[0].as_str(), panel[1].as_str(), panel[2].as_str()]).collect();
        assert_eq!(
            panels_shown,
            [
                ["reproduce", "exit 2 stderr: decided here", line],
                ["placebo", "exit 2 stderr: ● has the line too", line],
                ["control", "exit 0 stdout: ○ does not have the line", ""],
            ]
        );
        assert!(
            seen[0][3].starts_with("In file included from mod_wsgi.c:1:\n") && seen[0][3].contains("#include <Python.h>"),
            "{seen:?}"
        );
        assert_eq!(seen[2][3], "apxs -c mod_wsgi.c");
        let beside: Vec<f64> = page
            .ask("[...document.querySelectorAll('article.current .panel')].map((panel) => panel.getBoundingClientRect().top)")
            .await;
        assert_eq!(beside[0], beside[1], "the panels do not stand beside each other");
    })
    .await;
}

#[tokio::test]
async fn without_javascript_everything_is_shown_without_buttons() {
    let record = two_sections();
    let folder = folder();
    report::write(&record, folder.path()).unwrap();
    let file = folder.path().join("report.html");
    let page = std::fs::read_to_string(&file).unwrap();
    let (before, script) = page.split_once("<script>").unwrap();
    let (_, after) = script.split_once("</script>").unwrap();
    std::fs::write(&file, format!("{before}{after}")).unwrap();
    open(&file, async |page| {
        page.comes_to(SHOWN, all(&record)).await;
        page.comes_to(
            "[...document.querySelectorAll('form, button, .no-match, [role=status]')].some((node) => node.checkVisibility())",
            false,
        )
        .await;
        page.click(".grid td a").await;
        page.comes_to("document.querySelector(':target .why').checkVisibility()", true).await;
    })
    .await;
}

#[tokio::test]
async fn print_shows_no_buttons_and_all_unexpected_verdicts() {
    let record = two_sections();
    with_report(&record, async |page| {
        page.on(Medium::Print).await;
        page.comes_to("[...document.querySelectorAll('form, button, .back')].some((node) => node.checkVisibility())", false).await;
        let bodies = "[...document.querySelectorAll('article.verdict')].filter((node) => node.querySelector('.why').checkVisibility()).length";
        page.comes_to(bodies, record.verdicts.len()).await;
        let news = record.verdicts.iter().filter(|verdict| !verdict.expected && verdict.evidence.is_some()).count();
        page.comes_to("[...document.querySelectorAll('.panels')].filter((node) => node.checkVisibility()).length", news).await;
        page.comes_to("document.querySelector('table.longest').checkVisibility()", true).await;
        page.comes_to("document.querySelector('.stream').checkVisibility()", false).await;
        page.go("#?state=drifted").await;
        page.comes_to("document.querySelector('[role=status]').checkVisibility()", true).await;
        page.comes_to("getComputedStyle(document.body).color", "rgb(29, 31, 35)".to_owned()).await;
    })
    .await;
}

#[tokio::test]
async fn no_rule_of_accessibility_is_broken_in_light_dark_or_print_or_on_a_narrow_screen() {
    // A cell of each kind: every rule looks at every element.
    let mut record = two_sections();
    let kinds: Vec<_> = [0, 4, 8, 9].map(|cell| record.cells[cell].clone()).into();
    record.verdicts.retain(|verdict| kinds.iter().any(|cell| (&cell.scenario, &cell.cell) == (&verdict.scenario, &verdict.cell)));
    record.cells = kinds;
    with_report(&record, async |page| {
        for medium in [Medium::Light, Medium::Dark, Medium::Print] {
            page.on(medium).await;
            assert_eq!(axe(page).await, [] as [String; 0], "{medium:?}");
        }
        page.on(Medium::Light).await;
        page.run("document.querySelectorAll('details').forEach((node) => (node.open = true))").await;
        for (medium, width) in [(Medium::Light, 400), (Medium::Dark, 1280)] {
            page.on(medium).await;
            page.narrow(width).await;
            assert_eq!(axe(page).await, [] as [String; 0], "everything open, {medium:?}, {width} pixels");
            let beyond = "[...document.querySelectorAll('body :not(.skip, .scroll *)')]
                .filter((node) => node.getBoundingClientRect().right > innerWidth + 1).map((node) => node.outerHTML.slice(0, 200))";
            page.comes_to(beyond, Vec::<String>::new()).await;
            page.comes_to("document.documentElement.scrollWidth <= innerWidth", true).await;
        }
        page.go("#?search=nowhere").await;
        assert_eq!(axe(page).await, [] as [String; 0], "nothing matches");
    })
    .await;
}
