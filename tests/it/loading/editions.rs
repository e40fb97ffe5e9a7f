//! Ledgers of several editions of a page: what a claim of an edition says, and mistakes in it.

use super::*;

use matrix::model::id::ClaimId;
use matrix::model::project::Edition;

const NEXT: &str = r#"
sections:
  - id: sample
    heading: Samples
    claims:
      - {id: sample.size@next, kind: measure, says: the module is rather small, below: 500000}
      - {id: sample.error, quotes: [{line: 'cannot open [..]'}]}
"#;

/// The sample, which decides what the next edition says too.
fn both() -> String {
    let size = "      - claim: sample.size\n        number: bytes\n        below: 250000\n";
    let next = "      - claim: sample.size@next\n        number: bytes\n        below: 500000\n";
    let sample = changed(SAMPLE, size, &format!("{size}{next}"));
    changed(&sample, "has: \"{{ library }}: cannot open\"", "has: \"cannot open [..]\"")
}

/// Loads a page of two editions with this ledger of the later one and this sample.
fn editions(next: &str, sample: &str) -> (TempDir, Result<load::Library, load::LoadErrors>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in [("claims.yaml", LEDGER), ("common.yaml", COMMON), ("sample.yaml", sample), ("claims-next.yaml", next)] {
        fs::write(folder.path().join(name), text).expect("a file in it");
    }
    let edition = |id: &str, file: &str| Edition { id: id.to_owned(), text: None, ledger: folder.path().join(file) };
    let editions = vec![edition("classic", "claims.yaml"), edition("next", "claims-next.yaml")];
    let library = load::page(&showing(), &Page { editions, ..Page::of_folder(folder.path()) });
    (folder, library)
}

/// The mistakes in the later ledger after one change.
fn next(from: &str, to: &str) -> String {
    let (folder, library) = editions(&changed(NEXT, from, to), &both());
    readable(library, folder.path())
}

#[test]
fn a_page_has_the_claims_of_all_its_editions_and_each_edition_its_own() {
    let (_folder, library) = editions(NEXT, &both());
    let ledger = library.unwrap_or_else(|mistakes| panic!("{mistakes}")).ledger;
    let ids = |claims: &[matrix::model::claim::Claim]| claims.iter().map(|claim| claim.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&ledger.claims), ["sample.error", "sample.size", "sample.size@next", "sample.cure", "other.note"]);
    let next = &ledger.edition("next").unwrap().ledger;
    assert_eq!(ids(&next.claims), ["sample.size@next", "sample.error"]);
    assert_eq!(next.sections, [("sample".into(), "Samples".to_owned())]);
    let error = next.claim(&ClaimId::from("sample.error")).unwrap();
    assert_eq!((error.says.as_str(), error.lines.len()), ("the start fails", 1));
    let classic = &ledger.edition("classic").unwrap().ledger;
    assert_eq!(classic.claim(&ClaimId::from("sample.error")).unwrap().lines.len(), 0);
}

#[test]
fn an_expectation_has_the_lines_that_any_edition_quotes_for_its_claim() {
    assert_snapshot!(next("cannot open [..]", "no such library: [..]"), @"
    sample.yaml:32:9: reproduce[0].expect[1].has: does not expect the complete line that the ledger quotes: `no such library: [..]`
      help: expect the complete line, with the actual line as `reworded`; or name the omitted `words` and a reason under `without`
    ");
}

#[test]
fn a_claim_that_says_the_same_is_not_stated_again() {
    assert_snapshot!(next("{id: sample.error, quotes", "{id: sample.error, says: the start fails, quotes"), @"
    claims-next.yaml:7:28: sections[0].claims[1].says: `claims.yaml` states this claim already
      help: remove it if both editions say the same, else name this claim `sample.error@next`
    ");
    assert_snapshot!(next("{id: sample.error, quotes", "{id: sample.error, kind: symptom, quotes"), @"
    claims-next.yaml:7:28: sections[0].claims[1].kind: `claims.yaml` states this claim already
      help: remove it if both editions say the same, else name this claim `sample.error@next`
    ");
}

#[test]
fn a_claim_that_no_earlier_edition_states_has_a_kind_and_words() {
    assert_snapshot!(next("{id: sample.error, quotes", "{id: sample.errors, quotes"), @"
    claims-next.yaml:7:9: sections[0].claims[1]: `kind` is missing
      help: add `kind`: kind of the claim
    claims-next.yaml:7:9: sections[0].claims[1]: `says` is missing
      help: add `says`: the statement of the page, in this project's words
    sample.yaml:4:1: section: nothing decides claim `sample.errors`
      help: add this `claim` to an expectation, or add it to `skipped` with the reason why no run can decide it
    ");
}

#[test]
fn a_measure_has_the_same_numbers_or_another_id() {
    let said = "{id: sample.size@next, kind: measure, says: the module is rather small, below: 500000}";
    assert_snapshot!(next(said, "{id: sample.size, below: 500000}"), @"
    claims-next.yaml:6:9: sections[0].claims[0]: this measure has other bounds than in `claims.yaml`
      help: name it `sample.size@next`, with `kind` and `says`: it says something else in this edition
    sample.yaml:22:9: prepare[0].expect[1].claim: no claim is named `sample.size@next`
      help: did you mean `sample.size`?
    ");
    assert_snapshot!(next(said, "{id: sample.size}"), @"
    claims-next.yaml:6:9: sections[0].claims[0]: this measure has no number
      help: add `above`, `below` or both, with the numbers of the page
    sample.yaml:22:9: prepare[0].expect[1].claim: no claim is named `sample.size@next`
      help: did you mean `sample.size`?
    ");
}

#[test]
fn the_edition_in_an_id_is_that_of_its_ledger() {
    assert_snapshot!(next("sample.size@next", "sample.size@nxt"), @"
    claims-next.yaml:6:10: sections[0].claims[0].id: this is not the ledger of an edition `nxt`
      help: the part behind `@` is the edition of this ledger: `sample.size@next`
    ");
    assert_snapshot!(next("sample.size@next", "sample.sizes@next"), @"
    claims-next.yaml:6:10: sections[0].claims[0].id: no earlier edition has a claim `sample.sizes`
      help: write `sample.sizes`: `@` is for a claim that says something else than an earlier edition
    ");
    assert_snapshot!(next("      - {id: sample.error,", "      - {id: sample.size, below: 250000}\n      - {id: sample.error,"), @"
    claims-next.yaml:6:10: sections[0].claims[0].id: this edition has `sample.size` too, as an earlier edition states it
      help: keep the one that says what this edition says
    ");
    assert_snapshot!(ledger("id: sample.size", "id: sample.size@next"), @"
    claims.yaml:7:10: sections[0].claims[1].id: this is not the ledger of an edition `next`
      help: write `sample.size`: `@` is for pages that have editions with ledgers of their own
    ");
}

#[test]
fn a_proposed_section_has_texts_and_no_quotes() {
    let proposed = "heading: Samples\n    proposed: true";
    assert_snapshot!(next("heading: Samples", proposed), @"
    claims-next.yaml:7:9: sections[0].claims[0]: `text` is missing
      help: add `text`: what the page could say about it, as the section is proposed
    claims-next.yaml:8:9: sections[0].claims[1]: `text` is missing
      help: add `text`: what the page could say about it, as the section is proposed
    ");
    assert_snapshot!(next("quotes: [{line: 'cannot open [..]'}]", "text: The start fails."), @"
    claims-next.yaml:7:28: sections[0].claims[1].text: only a claim of a proposed section has `text`
      help: add `proposed: true` to the section
    ");
}

#[test]
fn output_that_is_proposed_is_looked_for() {
    let next = changed(NEXT, "heading: Samples", "heading: Samples\n    proposed: true");
    let next = changed(&next, "below: 500000}", "below: 500000, text: It is small.}");
    let with = |output: &str| {
        let (folder, library) =
            editions(&changed(&next, "quotes: [{line: 'cannot open [..]'}]", &format!("text: x, output: [{output}]")), &both());
        readable(library, folder.path())
    };
    assert_eq!(with("'app: cannot open libx'"), "nothing is wrong");
    assert_snapshot!(with("'app: cannot find libx'"), @"
    sample.yaml:32:9: reproduce[0].expect[1].has: does not expect the line that the ledger proposes for the page: `app: cannot find libx`
      help: expect a part of it, or correct the `output` of the claim in the ledger
    ");
}
