//! The image cache with the fake engine, whose registry has what was pushed to it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tokio_util::sync::CancellationToken;

use super::cached_base::BaseNames;
use super::*;
use crate::engine::Call;
use crate::engine::fake::{FakeEngine, Transcript};
use crate::image::{BASE_LABEL, ImageCache};
use crate::model::project::{BaseSource, FamilyName, Project};
use crate::model::record::Acquired;

const REPOSITORY: &str = "registry.example/matrix";
const BASE: &str = "registry.example/matrix:base-x86_64-bookworm";

#[derive(Default)]
struct Ear(Mutex<Vec<String>>);

impl Listener for Ear {
    fn on_event(&self, event: &Event<'_>) {
        if let Event::Warning { text } = event {
            self.0.lock().unwrap().push((*text).to_owned());
        }
    }
}

impl Ear {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

struct Shelf {
    catalog: Catalog,
    settings: Settings,
    _folder: tempfile::TempDir,
}

impl Shelf {
    fn new(push: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["lower", "upper", "other"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            let text = format!("ARG BASE\nFROM ${{BASE}}\nRUN {name}\n");
            std::fs::write(folder.path().join(name).join("Dockerfile"), text).unwrap();
        }
        std::fs::write(folder.path().join("SHA256SUMS"), "").unwrap();
        let settings = Settings {
            dockerfiles: folder.path().to_owned(),
            cache: folder.path().join("cache"),
            registry: None,
            image_cache: Some(ImageCache { repository: REPOSITORY.parse().unwrap(), push }),
            docker_config: None,
            mirror: None,
            network: None,
            index: None,
            archived: false,
            locks: folder.path().join("locks"),
        };
        Shelf { catalog: Catalog::read(folder.path()).unwrap(), settings, _folder: folder }
    }

    fn plans(&self) -> [ImagePlan; 2] {
        [["lower", "upper"], ["lower", "other"]].map(|names| {
            let layers = names.map(|name| self.catalog.layer(name, &BTreeMap::new()).unwrap());
            ImagePlan { base: "bookworm".to_owned(), layers: layers.into() }
        })
    }

    /// Gets the images of both plans, and pushes.
    async fn run(&self, engine: &FakeEngine, ear: &Ear) -> (Vec<BaseRecord>, Vec<ImageRecord>) {
        let plans = self.plans();
        let images = Images::new(engine, &self.settings, &self.catalog, ear).for_plans(&plans);
        let work = async {
            for plan in &plans {
                images.get(plan).await.unwrap();
            }
            images.pushed(std::future::pending(), &CancellationToken::new()).await;
        };
        images.beside(work).await;
        assert_eq!(engine.named("registry.example/").await.unwrap().len(), 0);
        images.into_records()
    }
}

fn engine(fail: &str) -> FakeEngine {
    FakeEngine::new(serde_json::from_str(&format!(r#"{{"registry": "{REPOSITORY}", "fail": [{fail}]}}"#)).unwrap())
}

/// Makes the engine that of another machine, which has none of the images.
async fn forget(engine: &FakeEngine) {
    for name in engine.named("").await.unwrap().keys() {
        engine.untag(name).await.unwrap();
    }
}

fn hows(images: &[ImageRecord]) -> Vec<&str> {
    images
        .iter()
        .map(|image| {
            if image.built {
                "built"
            } else if image.pulled {
                "pulled"
            } else {
                "present"
            }
        })
        .collect()
}

#[tokio::test]
async fn a_machine_pulls_what_another_has_pushed() {
    let (engine, ear) = (engine(""), Ear::default());
    let (bases, images) = Shelf::new(true).run(&engine, &ear).await;
    assert_eq!((bases[0].how, hows(&images)), (Acquired::Pulled, vec!["built"; 3]));
    assert_eq!(engine.count(Call::Push), 4);

    let (bases, images) = Shelf::new(true).run(&engine, &ear).await;
    assert_eq!((bases[0].how, hows(&images)), (Acquired::Present, vec!["present"; 2]));
    assert_eq!(engine.count(Call::Push), 4);

    forget(&engine).await;
    let builds = engine.count(Call::Build);
    let (bases, images) = Shelf::new(false).run(&engine, &ear).await;
    assert_eq!((bases[0].how, hows(&images)), (Acquired::Pulled, vec!["pulled"; 3]));
    assert_eq!(bases[0].tag, "matrix/base:bookworm");
    assert_eq!((engine.count(Call::Build), ear.take()), (builds, Vec::new()));
}

/// The name in the cache of an image with this tag.
fn reference(tag: &str) -> String {
    format!("{REPOSITORY}:{}", tag.trim_start_matches("matrix/").replace(':', "-"))
}

#[tokio::test]
async fn a_machine_that_has_all_images_pushes_those_that_others_are_based_on_too() {
    let (engine, ear) = (engine(""), Ear::default());
    let (_, images) = Shelf::new(false).run(&engine, &ear).await;
    assert_eq!((hows(&images), engine.count(Call::Push)), (vec!["built"; 3], 0));
    Shelf::new(true).run(&engine, &ear).await;
    for ImageRecord { tag, .. } in &images {
        assert!(engine.published(&reference(tag), None).await.unwrap(), "{tag}");
    }
}

/// As if two machines had built what both images share, and each had pushed one of its images.
#[tokio::test]
async fn an_image_on_another_build_of_what_it_shares_is_not_used() {
    let (engine, ear) = (engine(""), Ear::default());
    let (bases, images) = Shelf::new(true).run(&engine, &ear).await;
    let upper = images.iter().find(|image| image.tag.starts_with("matrix/upper")).unwrap();
    let labels = engine.describe(&ImageId(upper.id.clone())).await.unwrap().labels;
    let base = BaseImage { id: ImageId(bases[0].image.clone()), name: bases[0].tag.clone() };
    let (tag, context, args) = ("matrix/theirs:x".to_owned(), Vec::new(), BTreeMap::new());
    let theirs = BuildRequest { tag, context, base, args, labels, network: None };
    let theirs = engine.build(theirs, &|_| {}).await.unwrap();
    engine.tag(&theirs, &reference(&upper.tag)).await.unwrap();
    engine.push(&reference(&upper.tag), None).await.unwrap();
    forget(&engine).await;
    let (_, images) = Shelf::new(false).run(&engine, &ear).await;
    let warnings = ear.take();
    assert!(warnings.len() == 1 && warnings[0].contains("it is not based on the image that this run uses"), "{warnings:?}");
    let built: Vec<&str> = images.iter().filter(|image| image.built).map(|image| image.tag.as_str()).collect();
    assert_eq!(built, [&upper.tag]);
}

#[tokio::test]
async fn an_image_that_the_cache_lacks_is_built_without_a_warning() {
    let (engine, ear) = (engine(""), Ear::default());
    let (_, images) = Shelf::new(false).run(&engine, &ear).await;
    assert_eq!((hows(&images), engine.count(Call::Push), ear.take()), (vec!["built"; 3], 0, Vec::new()));
}

#[tokio::test]
async fn another_image_under_a_tag_is_not_used_and_is_replaced_by_the_built_one() {
    let (engine, ear) = (engine(""), Ear::default());
    let (_, images) = Shelf::new(true).run(&engine, &ear).await;
    let [wrong, right] = [&images[1].tag, &images[2].tag];
    let reference = reference(right);
    engine.tag(&engine.image(wrong).await.unwrap().unwrap(), &reference).await.unwrap();
    engine.push(&reference, None).await.unwrap();
    forget(&engine).await;
    let (bases, images) = Shelf::new(true).run(&engine, &ear).await;
    let warnings = ear.take();
    let expected = format!("`{reference}` in the image cache is another image: its label `matrix.inputs` is ");
    assert!(warnings.len() == 1 && warnings[0].starts_with(&expected), "{warnings:?}");
    let warned = images.iter().find(|image| image.tag == *right).unwrap();
    assert!(warned.built && warned.warnings == warnings, "{warned:?}");
    assert_eq!(bases[0].warnings, [""; 0]);
    forget(&engine).await;
    let (_, images) = Shelf::new(false).run(&engine, &ear).await;
    assert_eq!((hows(&images), ear.take()), (vec!["pulled"; 3], Vec::new()));
}

#[tokio::test]
async fn another_base_is_neither_used_nor_overwritten() {
    let (engine, ear) = (engine(""), Ear::default());
    let other = engine.pull("other:x", None, None).await.unwrap();
    engine.tag(&other, BASE).await.unwrap();
    engine.push(BASE, None).await.unwrap();
    engine.untag(BASE).await.unwrap();
    let (bases, images) = Shelf::new(true).run(&engine, &ear).await;
    assert_ne!(bases[0].image, other.0);
    let expected =
        format!("`{BASE}` in the image cache is another image: it has no label `matrix.base`; the base of this machine is used");
    assert_eq!(bases[0].warnings, [expected]);
    assert_eq!(hows(&images), ["built"; 3]);
    assert_eq!(engine.calls().iter().filter(|call| **call == format!("push {BASE}")).count(), 1);
}

#[tokio::test]
async fn a_base_of_the_cache_precedes_a_local_one_and_is_never_overwritten() {
    let (engine, ear) = (engine(""), Ear::default());
    let theirs = engine.build(labelled(BASE, "x86_64 bookworm -"), &|_| ()).await.unwrap();
    engine.push(BASE, None).await.unwrap();
    engine.untag(BASE).await.unwrap();
    let mine = engine.pull("mine:x", None, None).await.unwrap();
    engine.tag(&mine, "matrix/base:bookworm").await.unwrap();
    let (bases, _) = Shelf::new(true).run(&engine, &ear).await;
    assert_eq!((bases[0].how, &bases[0].image), (Acquired::Pulled, &theirs.0));
    assert_eq!(engine.image("matrix/base:bookworm").await.unwrap(), Some(theirs));
    assert_eq!(engine.named("matrix/replaced:").await.unwrap().len(), 0);
    assert_eq!(engine.calls().iter().filter(|call| **call == format!("push {BASE}")).count(), 1);
}

#[tokio::test]
async fn a_base_that_another_machine_has_pushed_meanwhile_is_used() {
    let (engine, ear, shelf) = (engine(""), Ear::default(), Shelf::new(true));
    let images = Images::new(&engine, &shelf.settings, &shelf.catalog, &ear);
    let remote = images.remote.as_ref().unwrap();
    let base = Base::parse("bookworm").unwrap();
    let names = BaseNames { name: base.to_string(), tags: base_tags(&base, None), label: "bookworm -".to_owned() };
    assert_eq!(remote.base(&names).await, None);
    let mine = images.find_or_make(&base, None).await.unwrap();
    let theirs = engine.build(labelled(BASE, "x86_64 bookworm -"), &|_| ()).await.unwrap();
    engine.push(BASE, None).await.unwrap();
    engine.untag(BASE).await.unwrap();
    let used = remote.publish(&names, mine).await;
    assert_eq!((used.how, used.image), (Acquired::Pulled, theirs.0));
    assert_eq!(engine.count(Call::Push), 1);
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_one_warning() {
    for call in ["pull", "push", "published"] {
        let fail = format!(r#"{{"call": "{call}", "of": "{REPOSITORY}"}}"#);
        let (engine, ear) = (engine(&fail), Ear::default());
        let (bases, images) = Shelf::new(true).run(&engine, &ear).await;
        let warnings = ear.take();
        let is_expected = warnings.len() == 1 && warnings[0].starts_with("the image cache is not used from now on: failed to ");
        assert!(is_expected, "{warnings:?}");
        let kept: Vec<&String> = bases[0].warnings.iter().chain(images.iter().flat_map(|image| &image.warnings)).collect();
        assert_eq!(kept, warnings.iter().collect::<Vec<_>>());
        assert_eq!(hows(&images), ["built"; 3]);
        let asked = engine.calls().iter().filter(|made| made.starts_with(&format!("{call} {REPOSITORY}"))).count();
        // A push of the base comes before those of other images, of which two are made at a time.
        assert!(asked == 2 || (call == "published" && asked <= 4), "{asked}");
    }
}

#[tokio::test]
async fn a_failure_that_does_not_happen_again_is_no_warning() {
    let fail =
        format!(r#"{{"call": "pull", "of": "{REPOSITORY}", "nth": 1}}, {{"call": "push", "of": "{REPOSITORY}", "nth": 2}}"#);
    let (engine, ear) = (engine(&fail), Ear::default());
    Shelf::new(true).run(&engine, &ear).await;
    assert_eq!((engine.count(Call::Push), ear.take()), (5, Vec::new()));
}

fn labelled(tag: &str, label: &str) -> BuildRequest {
    let labels = [(BASE_LABEL.to_owned(), label.to_owned())].into();
    let base = BaseImage { id: ImageId(String::new()), name: String::new() };
    BuildRequest { tag: tag.to_owned(), context: Vec::new(), base, args: BTreeMap::new(), labels, network: None }
}

/// A shelf whose project has one base.
fn declared(source: BaseSource) -> Shelf {
    let shelf = Shelf::new(false);
    let base = crate::model::project::Base { source, family: FamilyName::Other };
    let project = Project { bases: [("own".to_owned(), base)].into(), image_prefix: "team/x".to_owned(), ..Project::default() };
    let settings = Settings { image_cache: None, ..shelf.settings.clone() };
    Shelf { catalog: shelf.catalog.clone().of(project.into()), settings, ..shelf }
}

async fn base_of(engine: &FakeEngine, ear: &Ear, shelf: &Shelf) -> Result<BaseRecord, Trouble> {
    Images::new(engine, &shelf.settings, &shelf.catalog, ear).base("own", None).await
}

#[tokio::test]
async fn a_declared_image_is_pulled_once_more_if_the_registry_did_not_answer() {
    let image = BaseSource::Image { reference: "registry.example/x:1".to_owned(), platform: None };
    let (engine, ear) = (engine(r#"{"call": "pull", "nth": 1}"#), Ear::default());
    let shelf = declared(image);
    let base = base_of(&engine, &ear, &shelf).await.unwrap();
    assert_eq!((base.how, engine.count(Call::Pull)), (Acquired::Pulled, 2));
    assert!(base.tag.starts_with("team/x/base:own-"), "{}", base.tag);
    let again = base_of(&engine, &ear, &shelf).await.unwrap();
    assert_eq!((again.how, &again.image, engine.count(Call::Pull)), (Acquired::Present, &base.image, 2));
}

#[tokio::test]
async fn a_declared_image_that_is_refused_has_no_substitute() {
    let image = BaseSource::Image { reference: "registry.example/x:1".to_owned(), platform: Some("linux/arm64".to_owned()) };
    let (engine, ear) = (engine(""), Ear::default());
    let error = base_of(&engine, &ear, &declared(image)).await.unwrap_err().detail;
    insta::assert_snapshot!(error, @r"
    base `own` cannot be obtained: image `registry.example/x:1` is for linux/amd64, not for linux/arm64
    help: name a platform in the project file that the registry has
    ");
    assert_eq!(engine.count(Call::Import), 0);
}

#[tokio::test]
async fn an_archive_is_imported_and_a_dockerfile_built_and_their_content_is_in_the_tag() {
    let (engine, ear) = (engine(r#"{"call": "import", "nth": 1}"#), Ear::default());
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("root.tar");
    std::fs::write(&archive, "one").unwrap();
    let shelf = declared(BaseSource::Archive(archive.clone()));
    let first = base_of(&engine, &ear, &shelf).await.unwrap();
    assert_eq!((first.how, engine.count(Call::Import)), (Acquired::Imported, 2), "the first import failed");
    std::fs::write(&archive, "two").unwrap();
    let second = base_of(&engine, &ear, &shelf).await.unwrap();
    assert!(second.how == Acquired::Imported && second.tag != first.tag, "{second:?}");
    std::fs::write(folder.path().join("Dockerfile"), "FROM scratch\n").unwrap();
    let shelf = declared(BaseSource::Dockerfile(folder.path().to_owned()));
    assert_eq!(base_of(&engine, &ear, &shelf).await.unwrap().how, Acquired::Built);
    let shelf = declared(BaseSource::Archive(folder.path().join("absent.tar")));
    assert!(base_of(&engine, &ear, &shelf).await.unwrap_err().detail.contains("failed to read archive"));
}

#[tokio::test]
async fn a_base_with_its_packages_precedes_a_plain_one() {
    let shelf = Shelf { settings: Settings { image_cache: None, ..Shelf::new(false).settings }, ..Shelf::new(false) };
    let provision = Provision { packages: vec!["gcc".to_owned()], files: Vec::new(), digest: "0123456789abcdef".to_owned() };
    let base = shelf.catalog.base("bookworm").unwrap();
    let [plain, provided] = base_tags(&base, Some(&provision));
    let images = [(plain.clone(), "plain".to_owned()), (provided.clone(), "provided".to_owned())];
    let both = FakeEngine::new(Transcript { images: images.clone().into(), ..Transcript::default() });
    let one = FakeEngine::new(Transcript { images: images[..1].iter().cloned().collect(), ..Transcript::default() });
    for (engine, expected) in [(both, &provided), (one, &plain)] {
        let ear = Ear::default();
        let found = Images::new(&engine, &shelf.settings, &shelf.catalog, &ear).base("bookworm", Some(&provision)).await.unwrap();
        assert_eq!((found.how, &found.tag), (Acquired::Present, expected));
    }
}
