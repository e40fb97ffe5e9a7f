//! The annotated page, which needs no script.

use std::path::Path;

use matrix::page::audit::Survey;
use matrix::page::{Markup, Page as Source};
use matrix::report::html;
use matrix::report::page::PageView;

use crate::driver::{Medium, Page, axe, folder, open};
use crate::support::page::{PAGE, ledger, run};

/// Opens the annotated test page. No claim covers one of its sentences, and one quote has changed.
async fn with_page(test: impl AsyncFnOnce(&Page)) {
    let text = PAGE.replace("Nothing else", "Nothing").replace("undefined symbol: forkpty", "symbol forkpty is not defined");
    let text = text.replace("It was made on a machine of its time:", "It took 7 seconds. It was made on a machine of its time:");
    let source = Source::parse(Path::new("issues.txt"), text, Markup::Plain).unwrap();
    let (ledger, run) = (ledger(), run());
    let view = PageView::new(&Survey::of(&source, &ledger, Some(&run)), "report.html");
    let folder = folder();
    let file = folder.path().join("page.html");
    std::fs::write(&file, html::page(&view).unwrap()).unwrap();
    open(&file, test).await;
}

#[tokio::test]
async fn every_claim_is_marked_in_place_and_its_note_leads_to_the_evidence() {
    with_page(async |page| {
        let order = "[...document.querySelectorAll('main .note .title a')].map((link) => link.textContent)";
        let claims: Vec<String> = page.ask(order).await;
        let mut expected: Vec<String> = ledger().claims.into_iter().map(|claim| claim.id.to_string()).collect();
        let mut found = claims.clone();
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
        let marked =
            "[...document.querySelectorAll('mark a.sign')].map((sign) => document.getElementById(sign.hash.slice(1)).id)";
        let marks: Vec<String> = page.ask(marked).await;
        for claim in ledger().claims {
            assert!(marks.contains(&format!("claim/{}", claim.id)), "{} is not marked: {marks:?}", claim.id);
        }
        let links: Vec<String> =
            page.ask("[...document.querySelectorAll('.note li a')].map((link) => link.getAttribute('href'))").await;
        assert!(
            links
                .contains(&"report.html#missing-python-headers/bullseye/python-2.7/mod_wsgi-4.4.0/headers.more-files".to_owned()),
            "{links:?}"
        );
        let text: String = page.ask("document.querySelector('main').innerText").await;
        for shown in [
            "mod_wsgi up to 4.9.4",
            "does not hold",
            "holds in part",
            "not decided",
            "in every tested cell",
            "Changed wording.",
            "Proposed correction",
        ] {
            assert!(text.contains(shown), "{shown} is not in {text}");
        }
        let uncovered: Vec<String> = page.ask("[...document.querySelectorAll('.uncovered')].map((node) => node.innerText)").await;
        assert!(uncovered.iter().any(|text| text.contains("It took 7 seconds.")), "{uncovered:?}");
    })
    .await;
}

#[tokio::test]
async fn the_annotated_page_breaks_no_rule_of_accessibility_on_any_medium() {
    with_page(async |page| {
        page.run("document.querySelectorAll('details').forEach((node) => { node.open = true; })").await;
        for medium in [Medium::Light, Medium::Dark, Medium::Print] {
            page.on(medium).await;
            assert_eq!(axe(page).await, [] as [String; 0], "{medium:?}");
        }
        page.on(Medium::Light).await;
        page.narrow(400).await;
        let over: bool = page.ask("document.documentElement.scrollWidth > document.documentElement.clientWidth").await;
        assert!(!over, "it is wider than a narrow window");
        assert_eq!(axe(page).await, [] as [String; 0], "narrow");
    })
    .await;
}
