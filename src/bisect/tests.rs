//! Environments, and the place of the layer that unpacks a release, with the shipped scenarios and dockerfiles.

use std::path::Path;

use std::collections::BTreeMap;

use super::bisection::{Unpacking, unpack};
use super::*;
use crate::image::Catalog;
use crate::load;
use crate::model::cell::expand::expand;
use crate::model::plan::ImagePlan;
use crate::model::plan::LayerPlan;
use crate::model::project::Found;
use crate::text::version::Version;

const AXIS: &str = "mod_wsgi";

fn library() -> load::Library {
    load::folder(Path::new("scenarios")).expect("the shipped scenarios are valid")
}

fn catalog() -> Catalog {
    let project = load::project(Path::new("matrix.yaml"), Found::Search).expect("the shipped project is valid");
    Catalog::read(Path::new("dockerfiles")).expect("the shipped dockerfiles are valid").of(project.into())
}

fn versions(texts: &[&str]) -> Vec<Version> {
    texts.iter().map(|text| Version::parse(text).expect("a version")).collect()
}

fn question(claim: &str) -> Question {
    Question { claim: claim.into(), axis: AXIS.to_owned(), from: None, to: None }
}

/// The environment that is chosen for a claim, and how each version is tried there.
fn chosen(scenario: &str, claim: &str, published: &[&str]) -> (String, Vec<String>) {
    let library = library();
    let scenario = library.scenarios.iter().find(|known| known.id == scenario).expect("a shipped one");
    let bisection = Bisection::new(scenario, &expand(scenario), question(claim), &versions(published)).expect("a question");
    let tried = bisection.values.iter().map(|value| match &value.method {
        Method::Listed => format!("{}", value.version),
        Method::Like(listed) => format!("{} like {listed}", value.version),
        Method::Excluded(_) => format!("{} not", value.version),
    });
    (bisection.environment.id.to_string(), tried.collect())
}

#[test]
fn an_unlisted_release_runs_in_the_cell_of_the_nearest_lower_one_but_not_beyond_an_excluded_one() {
    let (environment, tried) = chosen("mod-python", "modpython.aborts", &["4.3.0", "4.9.3", "5.0.1", "6.0.1", "6.2.0"]);
    assert_eq!(environment, "bookworm/python-3.11", "the only one in which an end can be tried by default");
    insta::assert_snapshot!(tried.join(", "), @"4.3.0 not, 4.4.0 not, 4.9.3 like 4.9.4, 4.9.4, 5.0.1 like 4.9.4, 5.0.2, 6.0.0, 6.0.1 like 6.0.0, 6.1.1, 6.2.0 like 6.1.1");
    let (environment, tried) = chosen("patch-level-mismatch", "patch.compiled-for", &["4.1.0", "4.5.8", "5.0.1"]);
    assert_eq!(environment, "bullseye/python-2.7", "the default selection's");
    insta::assert_snapshot!(tried.join(", "), @"4.1.0 like 4.4.0, 4.4.0, 4.5.6, 4.5.7, 4.5.8 like 4.5.7, 4.9.4, 5.0.1 like 4.9.4, 5.0.2 not, 6.1.1 not");
}

#[test]
fn a_stated_drift_of_another_kind_is_where_a_change_is_expected() {
    let library = library();
    let scenario = library.scenarios.iter().find(|known| known.id == "patch-level-mismatch").expect("a shipped one");
    let bisection = Bisection::new(scenario, &expand(scenario), question("patch.compiled-for"), &[]).expect("a question");
    let known = bisection.known();
    let text = |places: &[usize]| places.iter().map(|place| bisection.values[*place].version.to_string()).collect::<Vec<_>>();
    assert_eq!(text(&known.sure), ["4.4.0", "4.5.6", "4.5.7", "4.9.4"]);
    assert_eq!(text(&known.hints), ["4.5.7", "4.9.4"]);
}

fn stack(layers: &[&str], catalog: &Catalog, values: &BTreeMap<String, String>) -> ImagePlan {
    let layers = layers.iter().map(|name| catalog.layer(name, values).expect("a shipped one")).collect();
    ImagePlan { base: "bookworm".to_owned(), layers }
}

fn names(image: &ImagePlan) -> Vec<&str> {
    image.layers.iter().map(|layer| layer.dockerfile.as_str()).collect()
}

#[test]
fn an_archive_is_unpacked_on_top_or_below_its_user_and_only_if_it_is_missing() {
    let mut catalog = catalog();
    assert!(catalog.pin("mod_wsgi-4.5.8.tar.gz", &"0".repeat(64), None));
    assert!(!catalog.pin("mod_wsgi-4.5.7.tar.gz", &"0".repeat(64), None), "the file of pins has the last word");
    let values =
        |release: &str| BTreeMap::from([("python".to_owned(), "3.11".to_owned()), (AXIS.to_owned(), release.to_owned())]);
    let unpacked = |release: &str, user: Option<usize>| {
        let values = values(release);
        let mut image = stack(&["apache", "mod-wsgi", "python-runtime"], &catalog, &values);
        if let Some(at) = user {
            let layer: &mut LayerPlan = &mut image.layers[at];
            layer.args.insert("MOD_WSGI".to_owned(), release.to_owned());
        }
        unpack(Unpacking { axis: AXIS, dockerfile: "mod-wsgi-release" }, &mut image, &values, &catalog).expect("it is pinned");
        names(&image).join(" ")
    };
    assert_eq!(unpacked("4.5.8", None), "apache mod-wsgi python-runtime mod-wsgi-release");
    assert_eq!(unpacked("4.5.8", Some(2)), "apache mod-wsgi mod-wsgi-release python-runtime");
    assert_eq!(unpacked("4.5.7", None), "apache mod-wsgi python-runtime");
}

#[test]
fn an_unlisted_release_is_planned_in_the_cell_of_a_listed_one_with_its_own_number() {
    let library = library();
    let scenario = library.scenarios.iter().find(|known| known.id == "patch-level-mismatch").expect("a shipped one");
    let mut catalog = catalog();
    catalog.pin("mod_wsgi-4.5.8.tar.gz", &"0".repeat(64), None);
    let published = versions(&["4.5.8"]);
    let bisection = Bisection::new(scenario, &expand(scenario), question("patch.compiled-for"), &published).expect("a question");
    let plans = bisection.plans(&library.ledger, &catalog).expect("all is pinned");
    let plan = plans.iter().find(|plan| plan.cell.axes[AXIS] == "4.5.8").expect("a plan");
    assert_eq!(plan.cell.id, "bullseye/python-2.7/mod_wsgi-4.5.8");
    assert_eq!(plan.directory.as_deref(), Some("/usr/src/mod_wsgi-4.5.8"));
    assert!(plan.known_of_claim(&"patch.compiled-for".into()).is_some(), "as for 4.5.7");
    assert_eq!([names(&plan.image).last(), names(&plan.control_image).last()], [Some(&"mod-wsgi-release"); 2]);
    let command = "matrix bisect patch-level-mismatch --claim patch.compiled-for --axis mod_wsgi --only base=bullseye,python=2.7 \
                   --from 4.5.8 --to 4.5.8";
    assert_eq!(plan.repeat, command);
}
