//! `matrix bisect` over releases from other sources than a Python index: a list, an index of Rust crates, the tags of a forge.

use std::fs;
use std::path::Path;

use matrix::text::digest::digest;
use serde_json::json;
use tempfile::TempDir;

use crate::bisect::{Place, archive, releases};
use crate::index::{Answer, Index, page};

/// A copy of the project whose releases come from `source`, with archives of this kind.
fn project(source: &str, extension: &str, pins: &str) -> TempDir {
    let (from, folder) = (Path::new("tests/data/releases"), tempfile::tempdir().unwrap());
    let text = |name: &str| fs::read_to_string(from.join(name)).unwrap();
    for name in [
        "scenarios/claims.yaml",
        "scenarios/released-header.yaml",
        "dockerfiles/broken/Dockerfile",
        "dockerfiles/healthy/Dockerfile",
    ] {
        fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
        fs::write(folder.path().join(name), text(name)).unwrap();
    }
    let unpacking = "dockerfiles/mod-wsgi-release";
    fs::create_dir(folder.path().join(unpacking)).unwrap();
    let dockerfile = text(&format!("{unpacking}/Dockerfile")).replace("tar.gz", extension);
    fs::write(folder.path().join(unpacking).join("Dockerfile"), dockerfile).unwrap();
    let file = text("matrix.yaml").replace("python-index: mod_wsgi", source);
    assert!(file.contains(source), "{file}");
    fs::write(folder.path().join("matrix.yaml"), file).unwrap();
    fs::write(folder.path().join("dockerfiles/SHA256SUMS"), pins).unwrap();
    folder
}

/// The change that all of these sources must lead to.
fn finds_the_change(place: &Place) {
    let (code, found) = place.found(&[]);
    assert_eq!((code, &found["answer"]), (0, &json!("changed")), "{found}");
    assert_eq!((&found["before"]["value"], &found["after"]["value"]), (&json!("1.2"), &json!("1.3")), "{found}");
}

/// Pins of all releases, at an address that has their archives.
fn pinned(files: &Index) -> String {
    let line =
        |release: &String| format!("{}  mod_wsgi-{release}.tar.gz  {}/{release}\n", digest(&archive(release)), files.address);
    releases().iter().map(line).collect()
}

/// A server with the archive of each release.
fn archives() -> Index {
    let answers: Vec<(String, Answer)> =
        releases().iter().map(|release| (format!("/{release}"), Answer(200, "x/y", archive(release), 0))).collect();
    Index::new(&answers.iter().map(|(path, answer)| (path.as_str(), answer.clone())).collect::<Vec<_>>())
}

#[test]
fn a_change_is_found_among_releases_that_are_listed_in_the_project_file() {
    let (files, mut place) = (archives(), Place::changing_at_1_3().with_answers());
    let folder = project(&format!("list: {}", json!(releases())), "tar.gz", &pinned(&files));
    place.data = folder.path().to_owned();
    finds_the_change(&place);

    fs::write(folder.path().join("dockerfiles/SHA256SUMS"), "").unwrap();
    let ended = place.ask(&[]);
    assert_eq!(ended.code, 2, "{}", ended.stdout);
    assert!(ended.stderr.contains("`mod_wsgi-1.0.tar.gz` is not pinned"), "{}", ended.stderr);
}

#[test]
fn a_change_is_found_among_the_releases_of_a_crate() {
    let (files, mut place) = (archives(), Place::changing_at_1_3().with_answers());
    let line = |version: &str, sum: String, yanked: bool| {
        json!({"name": "mod_wsgi", "vers": version, "deps": [], "cksum": sum, "features": {}, "yanked": yanked}).to_string()
    };
    let mut lines: Vec<String> = releases().iter().rev().map(|release| line(release, digest(&archive(release)), false)).collect();
    lines.extend([line("1.2.5", "0".repeat(64), true), line("1.3.0-rc.1", "0".repeat(64), false)]);
    let config = json!({"dl": format!("{}/{{version}}", files.address)}).to_string();
    let index = Index::new(&[
        ("/sparse/config.json", page("application/json", &config)),
        ("/sparse/mo/d_/mod_wsgi", page("text/plain", &lines.join("\n"))),
    ]);
    let folder = project("rust-index: mod_wsgi", "crate", "");
    place.data = folder.path().to_owned();
    place.variables = vec![("MATRIX_RUST_INDEX", format!("sparse+{}/sparse/", index.address))];
    finds_the_change(&place);
    let listed = place.ask(&["--list"]).stdout;
    assert!(listed.contains("1.2.5: yanked by its publisher") && listed.contains("1.3.0-rc.1: a pre-release"), "{listed}");
    assert!(
        files.heads.lock().unwrap().iter().any(|head| head.starts_with("get /1.2 ")),
        "archives come from the place that the index names"
    );

    let other = Index::new(&[]);
    place.variables = vec![("MATRIX_RUST_INDEX", other.address.clone())];
    let ended = place.ask(&[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (3, ""), "{}", ended.stderr);
    assert!(ended.stderr.contains("the index of Rust crates lists no release of `mod_wsgi`"), "{}", ended.stderr);
}

#[test]
fn a_change_is_found_among_the_tags_of_a_repository() {
    let (files, mut place) = (archives(), Place::changing_at_1_3().with_answers());
    let tags: Vec<_> = releases().iter().map(|release| json!({"name": format!("v{release}")})).collect();
    let forge =
        Index::new(&[("/api/v1/repos/a/b/tags?per_page=100&limit=100", page("application/json", &json!(tags).to_string()))]);
    let folder = project(&format!("forge: {}/api/v1/repos/a/b", forge.address), "tar.gz", &pinned(&files));
    place.data = folder.path().to_owned();
    place.variables = vec![("MATRIX_FORGE_TOKEN", "secret".to_owned())];
    finds_the_change(&place);
    assert!(forge.heads.lock().unwrap()[0].contains("authorization: bearer secret"));
    assert!(!files.heads.lock().unwrap().iter().any(|head| head.contains("secret")), "only the forge gets the token");

    let folder = project(&format!("forge: {}/api/v1/repos/a/other", forge.address), "tar.gz", "");
    place.data = folder.path().to_owned();
    let ended = place.ask(&[]);
    assert_eq!(ended.code, 3, "{}", ended.stdout);
    assert!(ended.stderr.contains("has no list of tags") && ended.stderr.contains("MATRIX_FORGE_TOKEN"), "{}", ended.stderr);
}
