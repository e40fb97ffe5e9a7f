//! Images of cells.

use std::fs;

use super::*;
use crate::engine::fake::{FakeEngine, Transcript};

struct Silent;

impl Listener for Silent {
    fn on_event(&self, _: &Event<'_>) {}
}

fn settings(folder: &std::path::Path) -> Settings {
    Settings {
        dockerfiles: folder.to_owned(),
        cache: folder.join("cache"),
        registry: None,
        mirror: None,
        network: None,
        index: None,
        archived: false,
        locks: folder.join("locks"),
    }
}

fn layer_of(image: &str) -> String {
    format!("layer of {image}")
}

/// The pair of a cell whose images are both present, `one` based on a build of `common` with this id.
fn pair(based_on: &str) -> [Result<ImageId, Trouble>; 2] {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("SHA256SUMS"), "").unwrap();
    for name in ["common", "one", "other"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("Dockerfile"), "ARG BASE\nFROM ${BASE}\nRUN true\n").unwrap();
    }
    let catalog = Catalog::read(folder.path()).unwrap();
    let layer = |name: &str| catalog.layer(name, &BTreeMap::new()).unwrap();
    let plan = |top| ImagePlan { base: "bookworm".to_owned(), layers: vec![layer("common"), layer(top)] };
    let plans = [plan("one"), plan("other")];
    let content = digest(layer_of("base").as_bytes());
    let [one, other] = [0, 1].map(|place| image::tags(&content, &plans[place].layers));
    let images = [("matrix/base:bookworm", "base"), (&one[0], "present"), (&one[1], "one"), (&other[1], "other")];
    let below = |build: &str| vec![layer_of("base"), layer_of(build)];
    let layers = [(&*one[0], vec![layer_of("base")]), (&one[1], below(based_on)), (&other[1], below("present"))];
    let engine = FakeEngine::new(Transcript {
        images: images.map(|(tag, id)| (tag.to_owned(), id.to_owned())).into(),
        layers: layers.map(|(tag, below)| (tag.to_owned(), below)).into(),
        ..Transcript::default()
    });
    let settings = settings(folder.path());
    let images = Images::new(&engine, &settings, &catalog, &Silent).for_plans(&plans);
    crate::run::block_on(images.pair([&plans[0], &plans[1]]))
}

#[test]
fn images_that_share_the_layers_of_their_plans_can_be_compared() {
    assert_eq!(pair("present"), [Ok(ImageId("one".to_owned())), Ok(ImageId("other".to_owned()))]);
}

#[test]
fn an_image_on_an_earlier_build_of_what_both_share_is_trouble_of_the_cell() {
    let [image, control] = pair("removed");
    assert_eq!(image, control);
    let Trouble { cause, detail } = image.unwrap_err();
    assert_eq!(cause, Cause::Image);
    assert!(detail.starts_with("image `matrix/one:"), "{detail}");
    assert!(detail.contains("was built on an earlier build of `matrix/common:"), "{detail}");
    assert!(detail.contains("\nhelp: remove image `matrix/one:"), "{detail}");
}
