//! The image cache on a real engine and a real registry: what is pushed is pulled by a machine without images, and nothing that is
//! wrong there is used.

use std::future::pending;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use matrix::engine::docker::Docker;
use matrix::engine::{Engine, ImageId};
use matrix::image::ImageCache;
use matrix::model::plan::ImagePlan;
use matrix::model::record::{Acquired, BaseRecord, ImageRecord};
use tokio_util::sync::CancellationToken;

use crate::bench::{Bench, busybox, with_engine};
use crate::images::{Ear, Shelf};
use crate::registry::Registry;

const REPOSITORY: &str = "team/matrix";

/// Two stacks on a base, and the settings for a registry.
fn shelf(registry: &Registry, push: bool) -> Shelf {
    let mut shelf =
        Shelf::new(&[("lower", "RUN echo lower > /lower"), ("upper", "RUN echo upper > /upper"), ("other", "RUN true > /other")]);
    let repository = format!("{}/{REPOSITORY}", registry.address).parse().unwrap();
    shelf.settings.image_cache = Some(ImageCache { repository, push });
    shelf
}

fn plans(shelf: &Shelf, bench: &Bench) -> [ImagePlan; 2] {
    [shelf.plan(&bench.name, &["lower", "upper"]), shelf.plan(&bench.name, &["lower", "other"])]
}

/// What a run did.
struct Ran {
    ids: Vec<ImageId>,
    bases: Vec<BaseRecord>,
    images: Vec<ImageRecord>,
    ear: Ear,
}

impl Ran {
    fn warnings(&self) -> Vec<&String> {
        self.bases.iter().flat_map(|base| &base.warnings).chain(self.images.iter().flat_map(|image| &image.warnings)).collect()
    }

    fn built(&self) -> usize {
        self.images.iter().filter(|image| image.built).count()
    }

    fn pulled(&self) -> usize {
        self.images.iter().filter(|image| image.pulled).count()
    }
}

/// Gets the images of both stacks and pushes. `between` happens when the first are there.
async fn run(engine: &dyn Engine, shelf: &Shelf, plans: &[ImagePlan], between: impl FnOnce()) -> Ran {
    let ear = Ear::default();
    let images = shelf.images(engine, &ear).for_plans(plans);
    let work = async {
        let mut ids = vec![images.get(&plans[0]).await.unwrap()];
        between();
        ids.push(images.get(&plans[1]).await.unwrap());
        images.pushed(pending(), &CancellationToken::new()).await;
        ids
    };
    let ids = images.beside(work).await;
    let (bases, images) = images.into_records();
    let host = shelf.settings.image_cache.as_ref().unwrap().repository.to_string();
    let named = engine.named(&format!("{host}/")).await.unwrap();
    let others = engine.named(&format!("{}/", host.split('/').next().unwrap())).await.unwrap();
    assert_eq!((named.len(), others.len()), (0, 0), "no name of the registry remains");
    Ran { ids, bases, images, ear }
}

/// Makes the engine that of another machine, which has none of the images.
async fn forget(engine: &dyn Engine, ran: &Ran) {
    for image in ran.images.iter().rev() {
        engine.untag(&image.tag).await.unwrap();
    }
    for name in ["lower", "upper", "other"] {
        for (tag, id) in engine.named(&format!("matrix/{name}")).await.unwrap() {
            let is_ours = ran.ids.contains(&id);
            assert!(!is_ours, "{tag} remains");
        }
    }
    for base in &ran.bases {
        engine.untag(&base.tag).await.unwrap();
    }
}

/// The tag in the registry of an image on the engine.
fn there(tag: &str) -> String {
    tag.strip_prefix("matrix/").unwrap().replace(':', "-")
}

fn of<'a>(ran: &'a Ran, name: &str) -> &'a ImageRecord {
    ran.images.iter().find(|image| image.tag.starts_with(&format!("matrix/{name}:"))).unwrap()
}

fn base_of(registry: &Registry) -> String {
    registry.tags(REPOSITORY).into_iter().find(|tag| tag.starts_with("base-")).unwrap()
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_machine_without_images_pulls_those_that_another_has_pushed() {
    with_engine(async |bench| {
        let registry = Registry::start();
        let pushing = shelf(&registry, true);
        let plans = plans(&pushing, bench);
        let first = run(&bench.engine, &pushing, &plans, || ()).await;
        assert_eq!((first.built(), first.warnings(), first.bases[0].how), (3, Vec::<&String>::new(), Acquired::Present));
        let mut expected: Vec<String> = first.images.iter().map(|image| there(&image.tag)).collect();
        expected.push(base_of(&registry));
        expected.sort();
        assert_eq!(registry.tags(REPOSITORY), expected);

        let again = run(&bench.engine, &pushing, &plans, || ()).await;
        assert_eq!((again.built() + again.pulled(), &again.ids, again.ear.count("pushing ")), (0, &first.ids, 0));

        forget(&bench.engine, &first).await;
        let cold = run(&bench.engine, &shelf(&registry, false), &plans, || ()).await;
        assert_eq!((cold.built(), cold.pulled(), cold.warnings()), (0, 3, Vec::new()));
        assert_eq!((cold.bases[0].how, &cold.bases[0].content), (Acquired::Pulled, &first.bases[0].content));
        assert_eq!((cold.ear.count("building "), &cold.ids), (0, &first.ids));
        let container = bench.start_from(&cold.ids[0]).await;
        assert_eq!(bench.exec(&container, "cat /lower /upper").await.stdout, b"lower\nupper\n");
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn another_image_under_the_tag_of_an_image_or_a_base_is_not_used() {
    with_engine(async |bench| {
        let registry = Registry::start();
        let pushing = shelf(&registry, true);
        let plans = plans(&pushing, bench);
        let first = run(&bench.engine, &pushing, &plans, || ()).await;
        let base = base_of(&registry);
        let right = registry.manifest(REPOSITORY, &base);
        let other = registry.manifest(REPOSITORY, &there(&of(&first, "other").tag));
        registry.tag(REPOSITORY, &there(&of(&first, "upper").tag), &other);
        forget(&bench.engine, &first).await;
        let second = run(&bench.engine, &shelf(&registry, false), &plans, || ()).await;
        assert_eq!((second.warnings().len(), second.bases[0].how), (1, Acquired::Pulled));
        let upper = of(&second, "upper");
        assert!(upper.built && upper.warnings[0].contains("in the image cache is another image: its label"), "{upper:?}");
        assert!(of(&second, "other").pulled && of(&second, "lower").pulled);

        registry.tag(REPOSITORY, &base, &registry.manifest(REPOSITORY, &there(&of(&first, "lower").tag)));
        let third = run(&bench.engine, &pushing, &plans, || ()).await;
        let warnings = third.warnings();
        assert_eq!((warnings.len(), third.bases[0].how), (1, Acquired::Present));
        assert!(warnings[0].ends_with("; the base of this machine is used"), "{warnings:?}");
        assert_ne!(registry.manifest(REPOSITORY, &base), right, "a base is never overwritten");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn an_image_of_which_a_part_is_missing_is_built_and_pushed_again() {
    with_engine(async |bench| {
        // BuildKit's cache would still have the layer.
        let engine = Docker::connect(None).await.unwrap().with_builder(matrix::engine::docker::Builder::Classic);
        let registry = Registry::start();
        let pushing = shelf(&registry, true);
        let plans = plans(&pushing, bench);
        let first = run(&engine, &pushing, &plans, || ()).await;
        let upper = there(&of(&first, "upper").tag);
        let lose = || {
            let manifest = registry.manifest(REPOSITORY, &upper);
            registry.lose(manifest["layers"].as_array().unwrap().last().unwrap()["digest"].as_str().unwrap());
        };
        lose();
        forget(&engine, &first).await;
        let second = run(&engine, &pushing, &plans, || ()).await;
        assert!(of(&second, "upper").built && of(&second, "other").pulled, "{:?}", second.images);
        assert_eq!(second.warnings(), of(&second, "upper").warnings.iter().collect::<Vec<_>>());
        assert_eq!(second.warnings().len(), 1);

        forget(&engine, &second).await;
        let third = run(&engine, &pushing, &plans, || ()).await;
        assert_eq!((third.built(), third.pulled(), third.warnings()), (0, 3, Vec::new()));
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_registry_that_dies_during_a_run_is_one_warning_and_the_rest_is_built() {
    with_engine(async |bench| {
        let mut registry = Registry::start();
        let pushing = shelf(&registry, true);
        let plans = plans(&pushing, bench);
        let first = run(&bench.engine, &pushing, &plans, || ()).await;
        forget(&bench.engine, &first).await;
        let second = run(&bench.engine, &pushing, &plans, || registry.kill()).await;
        assert!(of(&second, "upper").pulled && of(&second, "other").built, "{:?}", second.images);
        let warnings = second.warnings();
        assert!(warnings.len() == 1 && warnings[0].contains("not used from now on"), "{warnings:?}");
        let third = run(&bench.engine, &pushing, &plans, || ()).await;
        assert_eq!((third.warnings().len(), third.built(), &third.ids), (1, 0, &second.ids));
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_base_of_the_cache_takes_the_tag_of_a_local_one() {
    with_engine(async |bench| {
        let registry = Registry::start();
        let pushing = shelf(&registry, true);
        let plans = plans(&pushing, bench);
        let first = run(&bench.engine, &pushing, &plans, || ()).await;
        let folder = tempfile::tempdir().unwrap();
        let tag = format!("matrix/base:{}", bench.name);
        let archive = busybox(folder.path());
        let mine = bench.engine.import(&archive, &tag, &bench.labels()).await.unwrap();
        let pushed = registry.manifest(REPOSITORY, &base_of(&registry));
        let second = run(&bench.engine, &pushing, &plans, || ()).await;
        assert_eq!((second.bases[0].how, &second.bases[0].content), (Acquired::Pulled, &first.bases[0].content));
        assert_eq!((second.built(), &second.ids), (0, &first.ids));
        assert_eq!(bench.engine.image(&tag).await.unwrap(), Some(ImageId(second.bases[0].image.clone())));
        assert_eq!(bench.engine.image(&mine.0).await.unwrap(), None, "the local base is removed, as nothing uses it");
        assert_eq!(registry.manifest(REPOSITORY, &base_of(&registry)), pushed);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn credentials_of_the_docker_client_are_used_and_wrong_ones_are_one_warning() {
    with_engine(async |bench| {
        let registry = Registry::protected();
        let mut pushing = shelf(&registry, true);
        let folder = tempfile::tempdir().unwrap();
        pushing.settings.docker_config = Some(folder.path().to_owned());
        let log_in = |password: &str| {
            let auth = STANDARD.encode(format!("user:{password}"));
            let config = serde_json::json!({"auths": {&registry.address: {"auth": auth}}});
            std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        };
        let plans = plans(&pushing, bench);
        log_in("wrong");
        let refused = run(&bench.engine, &pushing, &plans, || ()).await;
        let warnings = refused.warnings();
        assert!(warnings.len() == 1 && warnings[0].contains("not used from now on"), "{warnings:?}");
        assert_eq!(refused.built(), 3);
        log_in("secret");
        let pushed = run(&bench.engine, &pushing, &plans, || ()).await;
        assert_eq!((pushed.warnings(), pushed.ear.count("pushing ")), (Vec::new(), 4));
        forget(&bench.engine, &refused).await;
        let pulled = run(&bench.engine, &pushing, &plans, || ()).await;
        assert_eq!((pulled.built(), pulled.pulled(), pulled.warnings()), (0, 3, Vec::new()));
    })
    .await;
}
