//! Which changes change the digest of inputs.

use std::path::Path;
use std::sync::{LazyLock, Mutex};

use tempfile::TempDir;

use super::*;
use crate::image::Catalog;
use crate::load;
use crate::model::cell::expand::expand;
use crate::plan::plan;

const SCENARIO: &str = "absent-header.yaml";

/// The first cell of the tiny scenario, in a copy that `edit` may change. The copy always has the same path, because a plan
/// contains it.
fn planned(edit: impl Fn(&Path)) -> CellPlan {
    static PLACE: LazyLock<Mutex<TempDir>> = LazyLock::new(|| Mutex::new(tempfile::tempdir().unwrap()));
    let dir = PLACE.lock().unwrap();
    for entry in fs::read_dir(dir.path()).unwrap().map(Result::unwrap) {
        fs::remove_dir_all(entry.path()).unwrap();
    }
    for folder in ["scenarios", "dockerfiles", "dockerfiles/broken", "dockerfiles/healthy"] {
        fs::create_dir(dir.path().join(folder)).unwrap();
        for entry in fs::read_dir(Path::new("tests/data").join(folder)).unwrap().map(Result::unwrap) {
            if entry.path().is_file() {
                fs::copy(entry.path(), dir.path().join(folder).join(entry.file_name())).unwrap();
            }
        }
    }
    edit(dir.path());
    let library = load::folder(&dir.path().join("scenarios")).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let catalog = Catalog::read(&dir.path().join("dockerfiles")).unwrap();
    let scenario = &library.scenarios[0];
    plan(scenario, expand(scenario).remove(0), &library.ledger, &catalog).unwrap()
}

fn edited(file: &str, old: &str, new: &str) -> CellPlan {
    planned(|dir| {
        let path = dir.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "`{file}` holds `{old}`");
        fs::write(path, text.replace(old, new)).unwrap();
    })
}

fn cache_key() -> CacheKey {
    let word = |text: &str| text.to_owned();
    let engine = EngineInfo {
        name: word("Docker"),
        version: word("27"),
        architecture: word("x86_64"),
        id: word("one"),
        kernel: word("6.1"),
        storage: word("overlay2"),
        ..EngineInfo::default()
    };
    CacheKey { engine, harness: word("0.1.0 abc"), compiler_cache: true }
}

fn id(text: &str) -> ImageId {
    ImageId(text.to_owned())
}

/// The digest of a plan's inputs.
fn of(cache_key: &CacheKey, plan: &CellPlan, [defect, healthy]: [&str; 2]) -> String {
    cache_key.inputs(&cache_key.recipe(plan), [&id(defect), &id(healthy)])
}

const IMAGES: [&str; 2] = ["defect", "healthy"];

#[test]
fn every_input_besides_the_steps_changes_the_digest() {
    let (here, plan) = (cache_key(), planned(|_| {}));
    let mut digests = vec![of(&here, &plan, IMAGES)];
    assert_eq!(of(&cache_key(), &planned(|_| {}), IMAGES), digests[0], "nothing has changed");
    let scenario = |old: &str, new: &str| of(&here, &edited(&format!("scenarios/{SCENARIO}"), old, new), IMAGES);
    digests.extend([
        scenario("image: [broken, healthy]", "image: [healthy]"),
        scenario("image: [broken]", "image: [broken, broken]"),
        scenario("image: [broken]", "capabilities: [{name: chown, reason: it gives files away}]\nimage: [broken]"),
        scenario("image: [broken]", "limits: {memory: 1GiB}\nimage: [broken]"),
    ]);
    for file in ["broken/Dockerfile", "healthy/Dockerfile"] {
        digests.push(of(&here, &edited(&format!("dockerfiles/{file}"), "RUN", "RUN true &&"), IMAGES));
    }
    digests.push(of(&here, &planned(|dir| fs::write(dir.join("dockerfiles/broken/more"), "x").unwrap()), IMAGES));
    digests.extend([of(&here, &plan, ["other", "healthy"]), of(&here, &plan, ["defect", "other"])]);
    let changes: [fn(&mut CacheKey); 7] = [
        |s| s.harness.push('x'),
        |s| s.engine.name.push('x'),
        |s| s.engine.version.push('x'),
        |s| s.engine.architecture.push('x'),
        |s| s.engine.id.push('x'),
        |s| s.engine.kernel.push('x'),
        |s| s.engine.storage.push('x'),
    ];
    for change in changes {
        let mut there = cache_key();
        change(&mut there);
        digests.push(of(&there, &plan, IMAGES));
    }
    let count = digests.len();
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), count, "two different inputs have one digest");
}

#[test]
fn expectations_and_texts_do_not_change_the_digest() {
    let here = cache_key();
    let digest = of(&here, &planned(|_| {}), IMAGES);
    let scenario = |old: &str, new: &str| of(&here, &edited(&format!("scenarios/{SCENARIO}"), old, new), IMAGES);
    let changed = [
        scenario("x.h: No such file", "x.h: No such"),
        scenario("exit: failure", "exit: 2"),
        scenario("has: hello", "has: hullo"),
        scenario("seen: stopped.", "seen: stopp"),
        scenario("the compiler stops", "a compiler stops"),
        scenario("there is no other system", "there is another system"),
        of(&here, &edited("scenarios/claims.yaml", "the build stops", "a build stops"), IMAGES),
    ];
    assert!(changed.iter().all(|other| *other == digest));
}

#[test]
fn the_executable_is_part_of_the_cache_key() {
    let here = CacheKey::new(&EngineInfo::default()).unwrap();
    let digest = here.harness.strip_prefix(concat!(env!("CARGO_PKG_VERSION"), " ")).unwrap();
    assert_eq!(digest, crate::text::digest::digest(&fs::read(std::env::current_exe().unwrap()).unwrap()));
}
