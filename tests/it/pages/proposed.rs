//! Sections that the ledger proposes: the patch adds what holds, in the markup of the page.

use matrix::model::claim::{Claim, ClaimKind, Ledger, Proposal};
use matrix::model::record::Record;
use matrix::page::Page;
use matrix::page::audit::Survey;
use matrix::summary::agreement::Agreement;

use super::forms::forms;
use super::patches::{applied, patched};
use crate::support::page::{PAGE, ledger, run};

/// The ledger with a section that is not on the page, and the run with verdicts on it: one claim holds, one does not.
fn proposing() -> (Ledger, Record) {
    let (mut ledger, mut run) = (ledger(), run());
    ledger.sections.push(("reported".into(), "Reported Failures".into()));
    let proposal = |text: &str| Proposal {
        text: text.into(),
        output: vec!["x.c:1: error: <b> & `c` is *not* there".into()],
        commands: vec!["apt-get install b-dev".into(), "make clean".into()],
    };
    let claim = |id: &str, text: &str| Claim {
        id: id.into(),
        kind: ClaimKind::Symptom,
        section: "reported".into(),
        says: "the build ends without b".into(),
        quotes: Vec::new(),
        lines: Vec::new(),
        commands: Vec::new(),
        above: None,
        below: None,
        proposal: Some(proposal(text)),
    };
    ledger
        .claims
        .push(claim("reported.absent", "The build fails if `b` is absent; so install its developer package first of all."));
    ledger.claims.push(claim("reported.other", "This is not so."));
    for (of, id) in [("headers.python-h", "reported.absent"), ("headers.version-error", "reported.other")] {
        let like: Vec<_> = run.verdicts.iter().filter(|verdict| verdict.claim == of).cloned().collect();
        run.verdicts.extend(like.into_iter().map(|mut verdict| {
            verdict.claim = id.into();
            verdict
        }));
    }
    run.ledger = ledger.clone();
    (ledger, run)
}

#[test]
fn the_patch_adds_what_holds_in_every_form_and_a_page_that_has_it_gets_nothing_more() {
    let (ledger, run) = proposing();
    for form in forms(PAGE) {
        let page = form.page();
        assert!(Survey::of(&page, &ledger, Some(&run)).is_covered(), "{}: claims of the section are not missed", form.name);
        let after = applied(&page, &patched(&page, &ledger, &run).unwrap());
        let survey = Survey::of(&after, &ledger, Some(&run));
        assert!(survey.is_covered(), "{}: {:?}\n{}", form.name, survey.uncovered, after.text);
        let [section] = survey.proposed.as_slice() else { panic!("one section is proposed") };
        let blocks: Vec<&str> = section.stated_at.iter().map(|block| after.blocks[*block].text.trim()).collect();
        let text = blocks.join("\n");
        for part in ["Reported Failures", "error: <b> & `c` is *not* there", "apt-get install b-dev", "make clean"] {
            assert!(text.contains(part), "{}: no {part:?} in\n{text}\n\n{}", form.name, after.text);
        }
        assert!(!after.text.contains("This is not so"), "{}", form.name);
        assert_eq!(patched(&after, &ledger, &run), None, "{}", form.name);
    }
}

#[test]
fn without_results_nothing_is_added() {
    let (ledger, _) = proposing();
    let page: Page = forms(PAGE)[0].page();
    let survey = Survey::of(&page, &ledger, None);
    assert_eq!(survey.proposed[0].holding, Vec::<&Claim>::new());
    assert_eq!(survey.proposed[0].others.len(), 2);
}

#[test]
fn what_is_not_on_the_page_is_no_agreement() {
    let (_, proposing) = proposing();
    assert_eq!(Agreement::of(&proposing), Agreement::of(&run()));
    assert_eq!(Agreement::of_section(&proposing, &"reported".into()), Agreement::default());
}
