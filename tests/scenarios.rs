//! The scenarios that are shipped: they load, say where they come from, and the ledger is whole.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use matrix::scenario::{ClaimKind, load};

fn shipped() -> load::Library {
    load::folder(Path::new("scenarios")).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn every_shipped_scenario_loads_is_named_by_its_id_and_cites_a_source() {
    let library = shipped();
    let files = fs::read_dir("scenarios").unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name().into_string().unwrap();
        name.ends_with(".yaml") && name != "claims.yaml" && name != "common.yaml"
    });
    assert_eq!(library.scenarios.len(), files.count());
    for scenario in &library.scenarios {
        assert_eq!(scenario.file, Path::new("scenarios").join(format!("{}.yaml", scenario.id)));
        assert!(!scenario.source.edition.is_empty() && !scenario.source.heading.is_empty(), "{}", scenario.id);
        assert!(library.ledger.of_section(&scenario.section).count() > 0, "{}", scenario.id);
    }
}

#[test]
fn scenarios_come_in_the_order_of_the_page() {
    let library = shipped();
    let place = |section: &str| library.ledger.sections.iter().position(|(id, _)| id == section).unwrap();
    let order: Vec<_> = library.scenarios.iter().map(|scenario| (place(&scenario.section), &scenario.id)).collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn the_schema_is_up_to_date() {
    let kept = fs::read_to_string("scenarios/schema.json").unwrap_or_default();
    let generated = format!("{:#}\n", load::schema());
    assert!(kept == generated, "scenarios/schema.json is out of date; it should read:\n{generated}");
}

#[test]
fn the_ledger_has_58_claims_in_11_sections_each_once() {
    let ledger = shipped().ledger;
    assert_eq!((ledger.sections.len(), ledger.claims.len()), (11, 58));
    assert_eq!(ledger.claims.iter().map(|claim| &claim.id).collect::<BTreeSet<_>>().len(), 58);
    assert_eq!(ledger.sections.iter().collect::<BTreeSet<_>>().len(), 11);
}

#[test]
fn the_ledger_agrees_with_the_shared_one_where_that_is_at_hand() {
    let Ok(text) = fs::read_to_string("../shared/claims.yaml") else {
        return;
    };
    let ours: Vec<_> = shipped().ledger.claims.into_iter().map(|claim| (claim.section, claim.id, claim.kind)).collect();
    assert_eq!(ours, theirs(&text));
}

/// Section, id and kind from lines such as `  - {id: a.b, kind: symptom, says: "…"}` below `section:`.
fn theirs(text: &str) -> Vec<(String, String, ClaimKind)> {
    let mut section = String::new();
    let mut claims = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let field = |key: &str| line.split_once(key).and_then(|(_, rest)| rest.split([',', '}']).next()).map(str::trim);
        match (field("{id:"), field("kind:")) {
            (Some(id), Some(kind)) => {
                let kind = serde_json::from_value(kind.into()).expect("the shared ledger has our kinds");
                claims.push((section.clone(), id.to_owned(), kind));
            }
            _ => section = line.split(':').next().unwrap_or_default().to_owned(),
        }
    }
    claims
}
