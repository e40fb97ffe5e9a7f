//! The compiler cache of the images changes nothing that a verdict could depend on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use matrix::engine::{Engine, ExecEnd, ExecRequest, ImageId, StartRequest};
use matrix::image::{Catalog, Settings};
use matrix::model::plan::ImagePlan;
use matrix::run::event::{Event, Listener};
use matrix::run::images::Images;
use matrix::run::lock;

use crate::bench::{Bench, with_engine};

/// The releases that compile for each Python of the default selection, by base.
const RELEASES: [(&str, &str, &[&str]); 5] = [
    ("bookworm", "3.11", &["4.9.4", "5.0.2", "6.1.1"]),
    ("bookworm-i386", "3.11", &["4.9.4"]),
    ("bullseye", "2.7", &["4.4.0", "4.9.4"]),
    ("bullseye", "3.9", &["4.9.4", "5.0.2"]),
    ("trixie", "3.13", &["5.0.2", "6.1.1"]),
];

/// Configures, builds and installs a release; then builds it again without a header, which must fail, and prints the digest of
/// the installed module before and after.
const STEPS: [&str; 4] = [
    "./configure --with-python=/usr/bin/python$PYTHON",
    "make && make install",
    "sha256sum /usr/lib/apache2/modules/mod_wsgi.so",
    "rm $(find /usr/include/python$PYTHON* -name Python.h) && make -B; echo status $?; sha256sum /usr/lib/apache2/modules/mod_wsgi.so",
];

/// Where ccache writes what it does.
const LOG: &str = "/tmp/ccache.log";

struct Silent;

impl Listener for Silent {
    fn on_event(&self, _: &Event<'_>) {}
}

/// How each step ended and what it printed, and how many compilations were answered from the cache.
async fn observed(
    bench: &Bench,
    image: &ImageId,
    env: BTreeMap<String, String>,
    directory: &str,
) -> (Vec<(ExecEnd, String, String)>, usize) {
    let capabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER"].map(str::to_owned).to_vec();
    let request = StartRequest {
        memory: 2 << 30,
        processes: 512,
        cpu: 2000,
        disk: 1 << 30,
        env,
        capabilities,
        ..bench.start_request(image)
    };
    let container = bench.engine.start(&request).await.unwrap();
    let mut printed = Vec::new();
    for step in STEPS {
        let patience = Duration::from_secs(600);
        let (command, directory) = (step.to_owned(), Some(directory.to_owned()));
        let request = ExecRequest { command, directory, env: BTreeMap::new(), user: None, timeout: patience, silence: patience };
        let output = bench.engine.exec(&container, &request).await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        printed.push((output.end, text(&output.stdout), text(&output.stderr)));
    }
    let hits = bench.exec(&container, &format!("grep -c 'Succeeded getting cached result' {LOG}")).await.stdout;
    bench.engine.remove(&container).await.unwrap();
    (printed, String::from_utf8_lossy(&hits).trim().parse().unwrap_or(0))
}

async fn compare(bench: &Bench, base: &str, python: &str, releases: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let catalog = Catalog::read(&root.join("dockerfiles")).unwrap();
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("archives");
    let locks = lock::default_folder();
    let dockerfiles = root.join("dockerfiles");
    let settings = Settings {
        dockerfiles,
        cache,
        registry: None,
        image_cache: None,
        docker_config: None,
        mirror: None,
        network: None,
        index: None,
        archived: false,
        locks,
    };
    let values = BTreeMap::from([("python".to_owned(), python.to_owned())]);
    let layer = |name: &&str| catalog.layer(name, &values).unwrap();
    let plan = ImagePlan { base: base.to_owned(), layers: ["apache", "mod-wsgi", "python-dev"].iter().map(layer).collect() };
    let image = Images::new(&bench.engine, &settings, &catalog, &Silent).get(&plan).await.unwrap();
    for release in releases {
        let directory = format!("/usr/src/mod_wsgi-{release}");
        let variables = |pairs: &[(&str, &str)]| {
            let all = [("PYTHON", python)].into_iter().chain(pairs.iter().copied());
            all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        let (with, hits) = observed(bench, &image, variables(&[("CCACHE_LOGFILE", LOG)]), &directory).await;
        let (without, none) = observed(bench, &image, variables(&[("CCACHE_DISABLE", "1")]), &directory).await;
        let place = format!("{base} {python} {release}");
        for ((step, with), without) in STEPS.iter().zip(&with).zip(&without) {
            assert_eq!(with, without, "{place}: {step}");
        }
        assert!(hits > 0 && none == 0, "{place}: {hits} and {none} compilations came from the cache");
        let [_, (built, ..), (_, module, _), (_, failed, _)] = &with[..] else { panic!("four steps were run") };
        assert_eq!(*built, ExecEnd::Exit(0), "{place}: {with:?}");
        assert!(module.contains("mod_wsgi.so"), "{place}: {module}");
        assert!(
            failed.contains("status 2") && failed.contains(module.as_str()),
            "{place}: a build without a header fails: {failed}"
        );
    }
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_build_prints_and_makes_the_same_with_and_without_the_compiler_cache() {
    with_engine(async |bench| compare(bench, "bookworm", "3.11", &["4.9.4"]).await).await;
}

#[tokio::test]
#[ignore = "needs a container engine, and builds an image for each Python"]
async fn every_release_prints_and_makes_the_same_with_and_without_the_compiler_cache() {
    with_engine(async |bench| {
        for (base, python, releases) in RELEASES {
            compare(bench, base, python, releases).await;
        }
    })
    .await;
}
