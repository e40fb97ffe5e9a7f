//! Images on a real engine: built once, pulled from a registry, bootstrapped from a mirror.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::join_all;
use matrix::engine::Engine;
use matrix::image::{Catalog, Settings};
use matrix::model::cause::Cause;
use matrix::model::plan::ImagePlan;
use matrix::model::record::Acquired;
use matrix::run::event::{Event, Listener};
use matrix::run::images::Images;
use matrix::text::digest::digest;

use crate::bench::with_engine;
use crate::registry::Registry;

/// Collects events as lines.
#[derive(Default)]
pub(crate) struct Ear(pub(crate) Mutex<Vec<String>>);

impl Listener for Ear {
    fn on_event(&self, event: &Event<'_>) {
        let line = match event {
            Event::ImageStarted { name, doing } => format!("{doing} {name}"),
            Event::ImageLine { line, .. } => format!("line {line}"),
            Event::ImageFailed { name, .. } => format!("failed {name}"),
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(line);
    }
}

impl Ear {
    pub(crate) fn count(&self, prefix: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|line| line.starts_with(prefix)).count()
    }
}

/// A folder of dockerfiles, and a cache that already holds the one archive they may copy.
pub(crate) struct Shelf {
    _folder: tempfile::TempDir,
    pub(crate) catalog: Catalog,
    pub(crate) settings: Settings,
}

impl Shelf {
    pub(crate) fn new(dockerfiles: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        for (name, lines) in dockerfiles {
            write(&format!("{name}/Dockerfile"), &format!("ARG BASE\nFROM ${{BASE}}\n{lines}\n"));
        }
        write("SHA256SUMS", &format!("{}  archive-1.txt\n", digest(b"archived")));
        write("cache/archive-1.txt", "archived");
        let settings = Settings {
            dockerfiles: folder.path().to_owned(),
            cache: folder.path().join("cache"),
            registry: Some("127.0.0.1:1".to_owned()),
            image_cache: None,
            docker_config: None,
            mirror: None,
            network: Some("none".to_owned()),
            index: Some("http://127.0.0.1:1/".to_owned()),
            archived: false,
            locks: folder.path().join("locks"),
        };
        Shelf { catalog: Catalog::read(folder.path()).unwrap(), _folder: folder, settings }
    }

    pub(crate) fn plan(&self, base: &str, layers: &[&str]) -> ImagePlan {
        let layer = |name: &&str| self.catalog.layer(name, &BTreeMap::new()).unwrap();
        ImagePlan { base: base.to_owned(), layers: layers.iter().map(layer).collect() }
    }

    pub(crate) fn images<'a>(&'a self, engine: &'a dyn Engine, ear: &'a Ear) -> Images<'a> {
        Images::new(engine, &self.settings, &self.catalog, ear)
    }
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn concurrent_requests_build_an_image_once_and_later_ones_not_at_all() {
    with_engine(async |bench| {
        let shelf = Shelf::new(&[
            ("lower", "ADD sources/archive-1.txt /"),
            ("upper", "ARG WORD=said\nRUN echo $WORD > /word"),
            ("other", "RUN true"),
        ]);
        let plans = [shelf.plan(&bench.name, &["lower", "upper"]), shelf.plan(&bench.name, &["lower", "other"])];
        let ear = Ear::default();
        let images = shelf.images(&bench.engine, &ear).for_plans(&plans);
        let ids = join_all((0..8).map(|index| images.get(&plans[index % 2]))).await;
        assert!(ids.iter().enumerate().all(|(index, id)| id.is_ok() && *id == ids[index % 2]), "{ids:?}");
        assert_eq!((ear.count("building matrix/lower:"), ear.count("building "), ear.count("line fetching")), (1, 3, 1));
        let (bases, built) = images.into_records();
        assert_eq!((bases.len(), bases[0].how, &bases[0].image), (1, Acquired::Present, &bench.base.0));
        assert!(built.len() == 3 && built.iter().all(|image| image.built), "{built:?}");

        let again = Ear::default();
        let images = shelf.images(&bench.engine, &again);
        assert_eq!(images.get(&plans[0]).await, ids[0]);
        assert_eq!(again.count("building "), 0);
        assert!(images.into_records().1.iter().all(|image| !image.built && image.millis == 0));

        let id = ids.into_iter().next().unwrap().unwrap();
        let container = bench.start_from(&id).await;
        assert_eq!(bench.exec(&container, "cat /word /archive-1.txt").await.stdout, b"said\narchived");
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn layers_that_no_other_image_needs_are_one_build_with_the_same_result() {
    with_engine(async |bench| {
        let shelf = Shelf::new(&[
            ("lower", "ADD sources/archive-1.txt /\nENV ONE=lower TWO=lower"),
            ("upper", "ARG ONE=upper\nCOPY root/ /\nRUN echo $ONE $TWO > /words && cat /file >> /words"),
        ]);
        let root = shelf.settings.dockerfiles.join("upper/root");
        std::fs::create_dir_all(&root).unwrap();
        std::fs::write(root.join("file"), "copied\n").unwrap();
        let catalog = Catalog::read(&shelf.settings.dockerfiles).unwrap();
        let shelf = Shelf { catalog, ..shelf };
        let plans = [shelf.plan(&bench.name, &["lower"]), shelf.plan(&bench.name, &["lower", "upper"])];
        let mut printed = Vec::new();
        for (shared, builds) in [(plans.as_slice(), 2), (&plans[1..], 1)] {
            let ear = Ear::default();
            let images = shelf.images(&bench.engine, &ear).for_plans(shared);
            let id = images.get(&plans[1]).await.unwrap();
            assert_eq!(ear.count("building "), builds);
            let container = bench.start_from(&id).await;
            printed.push(bench.exec(&container, "cat /words /archive-1.txt; echo $ONE $TWO").await.stdout);
            bench.engine.remove(&container).await.unwrap();
            let (_, records) = images.into_records();
            let dockerfiles: Vec<usize> = records.iter().map(|record| record.dockerfiles.len()).collect();
            assert_eq!(dockerfiles.iter().sum::<usize>(), 2);
            for record in records.iter().rev() {
                bench.engine.untag(&record.tag).await.unwrap();
            }
        }
        assert!(printed[0].ends_with(b"lower\n"), "{printed:?}");
        assert_eq!(printed[0], printed[1]);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_failed_image_fails_every_request_for_it_and_is_not_retried() {
    with_engine(async |bench| {
        let shelf = Shelf::new(&[("bad", "RUN echo the reason; exit 5"), ("above", "RUN true")]);
        let ear = Ear::default();
        let plans = [shelf.plan(&bench.name, &["bad"]), shelf.plan(&bench.name, &["bad", "above"])];
        let images = shelf.images(&bench.engine, &ear).for_plans(&plans);
        for trouble in join_all(plans.iter().map(|plan| images.get(plan))).await.into_iter().map(Result::unwrap_err) {
            assert_eq!(trouble.cause, Cause::Image);
            assert!(trouble.detail.contains("the reason"), "{}", trouble.detail);
        }
        images.get(&plans[0]).await.unwrap_err();
        assert_eq!((ear.count("building "), ear.count("failed ")), (1, 1));
        assert_eq!(images.into_records().1, []);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_base_is_pulled_from_a_registry_and_present_the_next_time() {
    with_engine(async |bench| {
        let registry = Registry::start();
        let suite = format!("{}p", bench.name);
        registry.push("debian", &suite, &bench.run);
        let mut shelf = Shelf::new(&[]);
        shelf.settings.registry = Some(registry.address.clone());
        for how in [Acquired::Pulled, Acquired::Present] {
            let ear = Ear::default();
            let images = shelf.images(&bench.engine, &ear);
            let id = images.get(&shelf.plan(&suite, &[])).await.unwrap();
            assert_eq!(ear.count("pulling "), usize::from(how == Acquired::Pulled));
            let base = images.into_records().0.remove(0);
            assert_eq!((base.how, &base.image), (how, &id.0), "{}", base.detail);
            let container = bench.start_from(&id).await;
            assert_eq!(
                bench.exec(&container, "cat /etc/passwd").await.stdout,
                b"root:x:0:0::/:/bin/sh\nother:x:7:7::/:/bin/sh\n"
            );
            bench.engine.remove(&container).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_missing_base_is_an_error_that_lists_every_attempt() {
    with_engine(async |bench| {
        let shelf = Shelf::new(&[]);
        let ear = Ear::default();
        let missing = format!("{}q", bench.name);
        let trouble = shelf.images(&bench.engine, &ear).get(&shelf.plan(&missing, &[])).await.unwrap_err();
        let (pull, bootstrap) = trouble.detail.split_once('\n').unwrap();
        assert!(pull.starts_with(&format!("failed to pull image `127.0.0.1:1/debian:{missing}`: ")), "{pull}");
        assert!(bootstrap.starts_with(&format!("failed to bootstrap `{missing}`: mmdebstrap ended with ")), "{bootstrap}");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_base_is_bootstrapped_and_a_cancelled_bootstrap_leaves_nothing() {
    with_engine(async |bench| {
        let shelf = Shelf::new(&[]);
        // With an architecture in its name, so that the tag is nobody else's; the host's own, so that it runs.
        let architecture = Command::new("dpkg").arg("--print-architecture").output().unwrap().stdout;
        let name = format!("bookworm-{}", String::from_utf8(architecture).unwrap().trim());
        let plan = shelf.plan(&name, &[]);
        let ear = Ear::default();
        let images = shelf.images(&bench.engine, &ear);
        let installing = async {
            while ear.count("line I: installing essential packages") == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            had = images.get(&plan) => panic!("it ended: {had:?}"),
            begun = tokio::time::timeout(Duration::from_secs(300), installing) => begun.expect("mmdebstrap installs packages"),
        }
        assert_no_trace(&ear);

        let ear = Ear::default();
        let images = shelf.images(&bench.engine, &ear);
        let id = images.get(&plan).await.unwrap();
        assert_no_trace(&ear);
        let base = images.into_records().0.remove(0);
        assert_eq!(base.how, Acquired::Bootstrapped);
        for part in ["failed to pull image `127.0.0.1:1/", "; bootstrapped by mmdebstrap "] {
            assert!(base.detail.contains(part), "{}", base.detail);
        }
        let container = bench.start_from(&id).await;
        assert!(bench.exec(&container, "cat /etc/os-release").await.stdout.starts_with(b"PRETTY_NAME=\"Debian"));
        bench.engine.remove(&container).await.unwrap();
        bench.engine.remove_image(&id).await.unwrap();
    })
    .await;
}

/// Neither the folder that mmdebstrap used nor a mount below it exists.
fn assert_no_trace(ear: &Ear) {
    let lines = ear.0.lock().unwrap();
    let folder =
        lines.iter().find_map(|line| line.strip_prefix("line I: using ")?.strip_suffix(" as tempdir")).expect("it says which");
    let ours = Path::new(folder).parent().unwrap();
    assert!(ours.file_name().unwrap().to_str().unwrap().starts_with("matrix-base-"), "{folder}");
    assert!(!ours.exists(), "{folder}");
    assert!(!std::fs::read_to_string("/proc/mounts").unwrap().contains(ours.to_str().unwrap()));
}
