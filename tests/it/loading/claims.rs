//! Messages of the loader about claims, the parts that decide them, and stated drifts.

use insta::assert_snapshot;

use matrix::load;
use matrix::model::project::{Page, Project};

use super::{LEDGER, SAMPLE, changed, ledger, loaded, mistakes, sample, with};

#[test]
fn a_file_is_named_by_its_scenario_in_kebab_case() {
    assert_snapshot!(mistakes(&[("other.yaml", SAMPLE)]), @r"
    other.yaml:2:1: scenario: scenario `sample` is in a file with another name
      help: rename the file to `sample.yaml`
    ");
    assert_snapshot!(mistakes(&[("Sample_2.yaml", &changed(SAMPLE, "scenario: sample", "scenario: Sample_2"))]), @r"
    Sample_2.yaml:2:1: scenario: expected a name in kebab-case such as `build-and-install`, found `Sample_2`
      help: `scenario`: id of the scenario, which is also the name of the file
    ");
}

#[test]
fn the_section_is_in_the_ledger() {
    assert_snapshot!(sample("section: sample", "section: sampel"), @r"
    sample.yaml:4:1: section: the ledger has no section `sampel`
      help: did you mean `sample`?
    ");
}

#[test]
fn a_claim_exists_and_belongs_to_the_section() {
    assert_snapshot!(sample("claim: sample.error", "claim: error"), @r"
    sample.yaml:28:9: reproduce[0].expect[1].claim: no claim is named `error`
      help: did you mean `sample.error`?
    ");
    assert_snapshot!(sample("exit: failure", "exit: failure\n        claim: other.note"), @r"
    sample.yaml:22:1: reproduce: no expectation states that the failure occurs
      help: add one without a `claim`, such as `exit: failure`
    sample.yaml:28:9: reproduce[0].expect[0].claim: claim `other.note` belongs to section `other`, not to `sample`
      help: known here: `sample.error`, `sample.size`, `sample.cure`
    ");
}

#[test]
fn every_claim_of_the_section_is_decided() {
    assert_snapshot!(sample("      - claim: sample.error\n        has", "      - has"), @r"
    sample.yaml:4:1: section: nothing decides claim `sample.error`
      help: add this `claim` to an expectation, or add it to `skipped` with the reason why no run can decide it
    ");
    assert_snapshot!(sample("    claim: sample.cure\n", "    claim: sample.size\n"), @r"
    sample.yaml:4:1: section: nothing decides claim `sample.cure`
      help: add this `claim` to an entry of `workarounds`, or add it to `skipped` with the reason why no run can decide it
    ");
}

#[test]
fn a_skip_in_every_cell_counts_as_a_decision() {
    let open = changed(SAMPLE, "      - claim: sample.error\n        has", "      - has");
    let with =
        |when: &str| mistakes(&[("sample.yaml", &format!("{open}skipped: [{{claim: sample.error, reason: none, {when}}}]\n"))]);
    assert_eq!(with("when: {}"), "nothing is wrong");
    assert_snapshot!(with("when: {base: trixie}"), @r"
    sample.yaml:4:1: section: nothing decides claim `sample.error` in base `bookworm`, python `3.11`
      help: add this `claim` to an expectation, or add it to `skipped` with the reason why no run can decide it
    ");
}

#[test]
fn every_cell_has_a_claim_left_to_decide() {
    let skips = |when: &str| {
        let skip = |claim: &str| format!("  - {{claim: sample.{claim}, reason: none, when: {when}}}\n");
        format!("skipped:\n{}{}", skip("size"), skip("cure"))
    };
    let last = "  - {claim: sample.error, reason: none, when: {base: trixie}}";
    assert_snapshot!(with(&format!("{}{last}", skips("{python: \"3.11\"}"))), @r"
    sample.yaml:45:1: skipped: every claim is skipped in base `trixie`, python `3.11`, so nothing is decided there
      help: `exclude` these cells, or decide a claim in them
    ");
    assert_eq!(with(&format!("{}{last}", skips("{base: bookworm}"))), "nothing is wrong");
}

#[test]
fn a_symptom_is_not_decided_before_it_is_reproduced() {
    let early = "below: 250000\n      - {claim: sample.error, exit: failure}";
    assert_snapshot!(sample("below: 250000", early), @r"
    sample.yaml:22:10: prepare[0].expect[1].claim: a symptom in `prepare` is not tested in the healthy environment
      help: decide it in `reproduce`
    ");
}

#[test]
fn a_claim_may_be_decided_in_two_places() {
    let again = "  - id: again\n    claim: sample.cure\n    steps: [{name: again, run: cp a b}]\nresolved:";
    assert_eq!(sample("resolved:", again), "nothing is wrong");
    assert_eq!(sample("exit: failure", "exit: failure\n      - {claim: sample.error, lacks: started}"), "nothing is wrong");
}

#[test]
fn a_workaround_cannot_decide_a_symptom_nor_an_expectation_a_workaround() {
    assert_snapshot!(sample("claim: sample.cure", "claim: sample.error"), @r"
    sample.yaml:4:1: section: nothing decides claim `sample.cure`
      help: add this `claim` to an entry of `workarounds`, or add it to `skipped` with the reason why no run can decide it
    sample.yaml:32:5: workarounds[0].claim: a workaround cannot decide a symptom
      help: give an expectation this `claim`
    ");
    assert_snapshot!(sample("claim: sample.error", "claim: sample.cure"), @r"
    sample.yaml:4:1: section: nothing decides claim `sample.error`
      help: add this `claim` to an expectation, or add it to `skipped` with the reason why no run can decide it
    sample.yaml:28:9: reproduce[0].expect[1].claim: an expectation cannot decide a workaround
      help: add this `claim` to an entry of `workarounds`
    ");
}

/// A known drift of the sample, as a line.
fn drift(claim: &str, kind: &str, when: &str) -> String {
    format!("  - {{claim: {claim}, drift: {kind}, seen: text, reason: observed, when: {{{when}}}}}\n")
}

#[test]
fn a_known_drift_is_of_a_kind_the_claim_can_take() {
    let known = |claim, kind| with(&format!("known-drift:\n{}", drift(claim, kind, "")));
    assert_snapshot!(known("sample.cure", "absent"), @r"
    sample.yaml:46:26: known-drift[0].drift: claim `sample.cure` is decided by a workaround, which cannot drift like this
      help: use `workaround-fails` or `workaround-unneeded`
    ");
    assert_snapshot!(known("sample.error", "workaround-fails"), @r"
    sample.yaml:46:27: known-drift[0].drift: claim `sample.error` is decided by an expectation, which cannot drift like this
      help: use `absent` or `reworded`
    ");
    assert_snapshot!(known("sample.error", "off-measure"), @r"
    sample.yaml:46:27: known-drift[0].drift: claim `sample.error` is decided by an expectation, which cannot drift like this
      help: use `absent` or `reworded`
    ");
    assert_snapshot!(known("sample.error", "reworded"), @r"
    sample.yaml:46:27: known-drift[0].drift: no expectation of claim `sample.error` has this `seen` as its `reworded`
      help: add the same text as `reworded` to an expectation, or use `absent`
    ");
    let given = |text: &str| changed(SAMPLE, ": cannot open\"", &format!(": cannot open\"\n        reworded: {text}"));
    let stated = |text: &str| format!("{}known-drift:\n{}", given(text), drift("sample.error", "reworded", ""));
    assert_eq!(mistakes(&[("sample.yaml", &stated("text"))]), "nothing is wrong");
    assert_snapshot!(mistakes(&[("sample.yaml", &stated("texts[..]"))]), @r"
    sample.yaml:46:1: known-drift: no known drift of claim `sample.error` has the `reworded` of `reproduce[0].expect[1]`
      help: add a known drift with the same text as `seen`, or remove `reworded`: reports show the nearest line anyway
    sample.yaml:47:27: known-drift[0].drift: no expectation of claim `sample.error` has this `seen` as its `reworded`
      help: add the same text as `reworded` to an expectation, or use `absent`
    ");
    assert_snapshot!(mistakes(&[("sample.yaml", &given("text"))]), @r"
    sample.yaml:2:1: known-drift: no known drift of claim `sample.error` has the `reworded` of `reproduce[0].expect[1]`
      help: add a known drift with the same text as `seen`, or remove `reworded`: reports show the nearest line anyway
    ");
    assert_eq!(known("sample.size", "off-measure"), "nothing is wrong");
    assert_eq!(known("sample.cure", "workaround-unneeded"), "nothing is wrong");
}

#[test]
fn a_known_drift_is_of_a_claim_that_is_decided() {
    let open = changed(SAMPLE, "      - claim: sample.error\n        has", "      - has");
    let lines = "skipped: [{claim: sample.error, reason: none}]\nknown-drift:\n";
    let text = format!("{open}{lines}{}", drift("sample.error", "absent", ""));
    assert_snapshot!(mistakes(&[("sample.yaml", &text)]), @r"
    sample.yaml:46:5: known-drift[0]: skipped[0] skips `sample.error` in base `bookworm`, python `3.11`, where it cannot drift
      help: restrict one of the two with `when`
    sample.yaml:46:6: known-drift[0].claim: nothing decides claim `sample.error`, so it cannot drift
      help: remove this
    ");
}

#[test]
fn a_known_drift_is_stated_once_and_not_where_the_claim_is_skipped() {
    let (everywhere, trixie) = (drift("sample.error", "absent", ""), drift("sample.error", "absent", "base: trixie"));
    assert_snapshot!(with(&format!("known-drift:\n{trixie}{everywhere}")), @r"
    sample.yaml:47:5: known-drift[1]: known-drift[0] also states a drift of `sample.error` in base `trixie`, python `3.11`
      help: restrict one of the two with `when`
    ");
    let skipped = "skipped: [{claim: sample.error, when: {base: trixie}, reason: none}]\n";
    assert_snapshot!(with(&format!("{skipped}known-drift:\n{trixie}")), @r"
    sample.yaml:47:5: known-drift[0]: skipped[0] skips `sample.error` in base `trixie`, python `3.11`, where it cannot drift
      help: restrict one of the two with `when`
    ");
    let bookworm = drift("sample.error", "absent", "base: bookworm");
    assert_eq!(with(&format!("{skipped}known-drift:\n{bookworm}")), "nothing is wrong");
}

#[test]
fn the_ledger_names_each_claim_once() {
    assert_snapshot!(ledger("id: sample.size, kind: measure", "id: sample.error, kind: measured"), @r"
    claims.yaml:7:9: sections[0].claims[1]: only a measure has `above` or `below`
      help: remove them, or change its `kind` to `measure`
    claims.yaml:7:10: sections[0].claims[1].id: claim `sample.error` is defined twice
      help: each claim needs its own id
    claims.yaml:7:28: sections[0].claims[1].kind: expected one of `symptom`, `measure`, `diagnostic`, `workaround`, `statement`, found `measured`
      help: did you mean `measure`?
    ");
    assert_snapshot!(ledger("id: sample.size", "id: sample.error"), @r"
    claims.yaml:7:10: sections[0].claims[1].id: claim `sample.error` is defined twice
      help: each claim needs its own id
    ");
    assert_snapshot!(ledger("id: other\n", "id: sample\n"), @r"
    claims.yaml:9:5: sections[1].id: section `sample` is defined twice
      help: put all its claims into one entry
    ");
    assert_snapshot!(ledger("id: sample.cure", "id: Sample cure"), @r"
    claims.yaml:8:10: sections[0].claims[2].id: expected a claim id such as `headers.python-h`, found `Sample cure`
      help: `id`: its fixed id
    ");
}

#[test]
fn a_claim_is_decided_in_every_cell_or_skipped_there() {
    let only = "    claim: sample.cure\n    when: {base: bookworm}\n";
    assert_snapshot!(sample("    claim: sample.cure\n", only), @r"
    sample.yaml:4:1: section: nothing decides claim `sample.cure` in base `trixie`, python `3.11`
      help: add this `claim` to an entry of `workarounds`, or add it to `skipped` with the reason why no run can decide it
    ");
    let skip = "skipped: [{claim: sample.cure, when: {base: trixie}, reason: none}]\n";
    assert_eq!(mistakes(&[("sample.yaml", &(changed(SAMPLE, "    claim: sample.cure\n", only) + skip))]), "nothing is wrong");
    assert_snapshot!(sample("- claim: sample.error\n", "- claim: sample.error\n        when: {base: trixie}\n"), @r"
    sample.yaml:4:1: section: nothing decides claim `sample.error` in base `bookworm`, python `3.11`
      help: add this `claim` to an expectation, or add it to `skipped` with the reason why no run can decide it
    ");
}

#[test]
fn a_scenario_may_decide_only_some_claims_of_its_section() {
    let two = "section: sample\nclaims: [sample.error, sample.size]";
    assert_snapshot!(sample("section: sample\n", &format!("{two}\n")), @r"
    sample.yaml:33:5: workarounds[0].claim: claim `sample.cure` is not among the `claims` of this scenario
      help: did you mean `sample.size` or `sample.error`?
    ");
    let open = changed(SAMPLE, "      - claim: sample.error\n        has", "      - has");
    let listed = changed(&open, "section: sample\n", "section: sample\nclaims: [sample.cure, sample.size]\n");
    assert_eq!(mistakes(&[("sample.yaml", &listed)]), "nothing is wrong");
}

#[test]
fn an_off_measure_drift_is_known_by_a_line_or_by_two_bounds() {
    let known = |kind: &str, now: &str| {
        with(&format!("known-drift:\n  - {{claim: sample.size, drift: {kind}, {now}, reason: observed}}\n"))
    };
    assert_eq!(known("off-measure", "above: 900000, below: 1700000"), "nothing is wrong");
    for now in ["above: 900000", "above: 2, below: 1", "seen: text, above: 1, below: 2"] {
        assert!(known("off-measure", now).contains("lacks the text or number that is observed now"), "{now}");
    }
    assert_snapshot!(known("off-measure", "above: 200000, below: 900000"), @r"
    sample.yaml:46:5: known-drift[0]: also states numbers from 200000 to 250000, which are within the documented bounds of claim `sample.size`
      help: state only numbers outside of the documented bounds
    ");
    assert_snapshot!(ledger(", below: 250000", ""), @r"
    claims.yaml:7:9: sections[0].claims[1]: this measure has no number
      help: add `above`, `below` or both, with the numbers of the page
    ");
    assert_snapshot!(ledger("says: the start fails", "says: the start fails, above: 3"), @r"
    claims.yaml:6:9: sections[0].claims[0]: only a measure has `above` or `below`
      help: remove them, or change its `kind` to `measure`
    ");
    assert_snapshot!(known("absent", "above: 1, below: 2"), @r"
    sample.yaml:46:5: known-drift[0]: lacks the text or number that is observed now
      help: add `seen`, or for `off-measure` both `above` and `below`, as the bounds of the actual number
    ");
}

#[test]
fn a_draft_is_neither_bound_nor_missed() {
    let draft = "      - {id: sample.note, status: draft, kind: statement, says: something, quotes: [some words]}\n  - id: other";
    assert_eq!(ledger("  - id: other", draft), "nothing is wrong");
    let (_folder, library) = loaded(&[("claims.yaml", &changed(LEDGER, "  - id: other", draft))]);
    let ledger = library.unwrap().ledger;
    assert_eq!((ledger.claims.len(), ledger.drafts.len(), ledger.drafts[0].id.as_str()), (4, 1, "sample.note"));
}

#[test]
fn a_scenario_cannot_decide_a_draft() {
    let ledger = changed(LEDGER, "id: sample.error, kind", "id: sample.error, status: draft, kind");
    assert_snapshot!(mistakes(&[("claims.yaml", &ledger)]), @"
    sample.yaml:28:9: reproduce[0].expect[1].claim: claim `sample.error` is a draft, which no run judges
      help: check its kind, words and quotes in the ledger, then remove `status: draft` there
    ");
    assert_snapshot!(mistakes(&[("claims.yaml", &LEDGER.replace(", kind", ", status: draft, kind"))]), @"
    sample.yaml:4:1: section: section `sample` has only drafts, which no run judges
      help: remove `status: draft` in the ledger from the claims that this scenario decides
    sample.yaml:19:9: prepare[0].expect[0].claim: claim `sample.size` is a draft, which no run judges
      help: check its kind, words and quotes in the ledger, then remove `status: draft` there
    sample.yaml:28:9: reproduce[0].expect[1].claim: claim `sample.error` is a draft, which no run judges
      help: check its kind, words and quotes in the ledger, then remove `status: draft` there
    sample.yaml:32:5: workarounds[0].claim: claim `sample.cure` is a draft, which no run judges
      help: check its kind, words and quotes in the ledger, then remove `status: draft` there
    ");
    assert_snapshot!(super::ledger("id: sample.error, kind", "id: sample.error, status: drafted, kind"), @"
    claims.yaml:6:28: sections[0].claims[0].status: expected one of `draft`, found `drafted`
      help: known here: `draft`
    sample.yaml:28:9: reproduce[0].expect[1].claim: claim `sample.error` is a draft, which no run judges
      help: check its kind, words and quotes in the ledger, then remove `status: draft` there
    ");
}

#[test]
fn a_claim_without_a_scenario_is_reported_at_its_place_among_drafts() {
    let text = changed(
        LEDGER,
        "      - {id: other.note",
        "      - {id: other.a, status: draft, kind: statement, says: a}\n      - {id: other.note",
    );
    let (folder, _) = loaded(&[("claims.yaml", &text)]);
    let page = Page::of_folder(folder.path());
    let unbound = load::survey(&Project::default(), &page).unbound(&page);
    let unbound = unbound.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert_snapshot!(unbound.replace(&format!("{}/", folder.path().display()), ""), @"
    claims.yaml:13:14: sections[1].claims[1].id: no scenario binds claim `other.note`
      help: bind it in a scenario of its section, or list it under `skipped` if no run can decide it
    ");
}

#[test]
fn text_that_is_still_to_be_written_is_reported_with_what_to_write() {
    assert_snapshot!(sample("title: A sample", "title: 'TODO: a line for people'"), @"
    sample.yaml:3:1: title: is still to be written
      help: a line for people
    ");
    assert_snapshot!(ledger("says: the start fails", "says: 'TODO: what the page claims'"), @"
    claims.yaml:6:43: sections[0].claims[0].says: is still to be written
      help: what the page claims
    ");
}
