//! The shipped scenarios: they load and cite a source, and the ledger is complete.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use matrix::image::Catalog;
use matrix::load;
use matrix::load::Variants;
use matrix::model::cell::select::{Choice, select};
use matrix::model::claim::ClaimKind;
use matrix::model::id::SectionId;
use matrix::model::project::Found;
use matrix::mutate::{Mutant, mutants};
use matrix::plan::{Images, plan, write_list};
use tempfile::TempDir;

/// The page for authors, whose example must be true.
const PAGE: &str = include_str!("../../docs/writing-scenarios.md");

fn shipped() -> load::Library {
    let project = load::project(Path::new("matrix.yaml"), Found::Search).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    load::page(&project, &project.pages[0]).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn every_shipped_scenario_loads_is_named_by_its_id_and_cites_a_source() {
    let library = shipped();
    let files = fs::read_dir("scenarios").unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name().into_string().unwrap();
        name.ends_with(".yaml") && !name.starts_with("claims") && name != "common.yaml"
    });
    assert_eq!(library.scenarios.len(), files.count());
    for scenario in &library.scenarios {
        assert_eq!(scenario.file, Path::new("scenarios").join(format!("{}.yaml", scenario.id)));
        assert!(!scenario.source.edition.is_empty() && !scenario.source.heading.is_empty(), "{}", scenario.id);
        assert!(library.ledger.of_section(&scenario.section).count() > 0, "{}", scenario.id);
    }
}

#[test]
fn scenarios_are_in_the_order_of_the_page() {
    let library = shipped();
    let place = |section: &SectionId| library.ledger.sections.iter().position(|(id, _)| id == section).unwrap();
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
fn the_ledgers_of_two_editions_have_131_claims_in_13_sections_each_once() {
    let ledger = shipped().ledger;
    assert_eq!((ledger.sections.len(), ledger.claims.len()), (13, 131));
    assert_eq!(ledger.claims.iter().map(|claim| &claim.id).collect::<BTreeSet<_>>().len(), 131);
    assert_eq!(ledger.sections.iter().collect::<BTreeSet<_>>().len(), 13);
    let counts: Vec<_> = ledger.editions.iter().map(|edition| (edition.id.as_str(), edition.ledger.claims.len())).collect();
    assert_eq!(counts, [("classic", 58), ("2026", 94)]);
}

/// `MATRIX_LEDGER` names another ledger of the same page.
#[test]
#[ignore = "needs another ledger"]
fn the_ledger_has_the_claims_of_another_ledger() {
    let text = fs::read_to_string(std::env::var("MATRIX_LEDGER").expect("MATRIX_LEDGER names the ledger")).unwrap();
    let ledger = shipped().ledger;
    let classic = &ledger.edition("classic").unwrap().ledger;
    let ours: Vec<_> = classic.claims.iter().map(|claim| (claim.section.to_string(), claim.id.to_string(), claim.kind)).collect();
    assert_eq!(ours, theirs(&text));
}

/// The example as `matrix init` writes it.
fn example() -> TempDir {
    let dir = tempfile::tempdir().expect("a scratch folder is made");
    let init = Command::new(env!("CARGO_BIN_EXE_matrix")).arg("init").arg(dir.path()).output().expect("it runs");
    assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
    dir
}

#[test]
fn the_page_for_authors_shows_the_example() {
    let dir = example();
    let blocks = PAGE.split("\n```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
    let mut shown = 0;
    for (_, text) in blocks {
        let named = text.split_once('\n').and_then(|(first, rest)| Some((first.strip_prefix("# ")?, rest)));
        if let Some((name, text)) = named.filter(|(name, _)| name.contains('/')) {
            let written = fs::read_to_string(dir.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(written.trim_end().ends_with(text.trim_end()), "{name}:\n{written}");
            shown += 1;
        }
    }
    assert_eq!(shown, 4);
}

#[test]
fn the_example_of_the_page_for_authors_loads_and_plans() {
    let dir = example();
    let library = load::folder(&dir.path().join("example")).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let catalog = Catalog::read(&dir.path().join("dockerfiles")).unwrap();
    let choice = Choice { scenarios: Vec::new(), only: Vec::new(), full: true };
    let cells = select(&library.scenarios, &choice).unwrap();
    assert_eq!(cells.len(), 1);
    for (scenario, cell) in cells {
        plan(scenario, cell, &library.ledger, &catalog).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_list_of_plans_equals_the_plans_of_its_cells() {
    let library = shipped();
    let catalog = Catalog::read(Path::new("dockerfiles")).unwrap();
    let cells = select(&library.scenarios, &Choice { full: true, ..Choice::default() }).unwrap();
    let mut images = Images::new(&catalog);
    let mut written = Vec::new();
    write_list(cells.clone(), &library.ledger, &mut images, &mut written).unwrap();
    let written = String::from_utf8(written).unwrap();
    let mut lines = written.strip_prefix("[\n").unwrap().strip_suffix("\n]\n").unwrap().split(",\n");
    for (scenario, cell) in cells {
        let alone = plan(scenario, cell.clone(), &library.ledger, &catalog).unwrap();
        let stacks = images.of(scenario, &cell).unwrap();
        assert_eq!(stacks.each_ref(), [&alone.image, &alone.control_image]);
        assert_eq!(lines.next(), Some(&*serde_json::to_string(&alone).unwrap()));
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn the_mistakes_in_the_authors_guide_read_as_it_shows() {
    let dir = example();
    let file = dir.path().join("example/setting-locale-failed.yaml");
    let slips = [
        ("exit: success", "exit: sucess"),
        ("has: C.UTF-8", "has: \"{{ local }}\""),
        ("claim: locale.c-utf-8", "claim: locale.c-utf8"),
    ];
    let slipped = slips.iter().fold(fs::read_to_string(&file).unwrap(), |text, (right, wrong)| {
        assert!(text.contains(right), "the example has `{right}`");
        text.replace(right, wrong)
    });
    fs::write(&file, slipped).unwrap();
    let message = load::folder(&dir.path().join("example")).unwrap_err().to_string();
    let message = message.replace(&format!("{}/", dir.path().display()), "");
    assert!(PAGE.contains(&format!("```text\nerror: {message}\n```")), "the page should show:\nerror: {message}");
}

/// Section, id and kind from lines such as `  - {id: a.b, kind: symptom, says: "…"}` below `section:`.
fn theirs(text: &str) -> Vec<(String, String, ClaimKind)> {
    let mut section = String::new();
    let mut claims = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let field = |key: &str| line.split_once(key).and_then(|(_, rest)| rest.split([',', '}']).next()).map(str::trim);
        match (field("{id:"), field("kind:")) {
            (Some(id), Some(kind)) => {
                let kind = serde_json::from_value(kind.into()).expect("the other ledger has our kinds");
                claims.push((section.clone(), id.to_owned(), kind));
            }
            _ => section = line.split(':').next().unwrap_or_default().to_owned(),
        }
    }
    claims
}

#[test]
fn an_excuse_names_one_existing_mutant() {
    let project = load::project(Path::new("matrix.yaml"), Found::Search).unwrap();
    let variants = Variants::read(&project, &project.pages[0]).unwrap();
    for scenario in shipped().scenarios {
        let names: Vec<String> = mutants(&variants.tree(&scenario.id).unwrap(), 0).iter().map(Mutant::id).collect();
        let unique: BTreeSet<&String> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "{}: two mutants have one name", scenario.id);
        for excuse in &scenario.excused_mutants {
            assert!(unique.contains(&excuse.mutant), "{}: no mutant is `{}`", scenario.id, excuse.mutant);
        }
    }
}
