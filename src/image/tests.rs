//! Dockerfiles, tags, contexts and bases as plain values.

use super::*;

const LAYER: &str = "# by hand\nARG BASE\nFROM ${BASE}\nARG MOD_WSGI\nARG SHARED=yes\nRUN true \\\n ARG FAKE \\\n# a comment within\n && true\nADD sources/mod_wsgi-${MOD_WSGI}.tar.gz /usr/src/\n";

fn catalog_of(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Catalog, ImageErrors>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let catalog = Catalog::read(folder.path());
    (folder, catalog)
}

fn pins() -> String {
    format!("{}  mod_wsgi-4.9.4.tar.gz\n", "a".repeat(64))
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn without_folder(folder: &tempfile::TempDir, message: &str) -> String {
    message.replace(&folder.path().display().to_string(), "DIR")
}

#[test]
fn args_come_from_values_then_defaults_and_sources_from_the_pins() {
    let (_folder, catalog) = catalog_of(&[("mod-wsgi/Dockerfile", LAYER), ("SHA256SUMS", &pins())]);
    let layer = catalog.unwrap().layer("mod-wsgi", &values(&[("mod_wsgi", "4.9.4"), ("base", "bookworm")])).unwrap();
    assert_eq!(layer.args, values(&[("MOD_WSGI", "4.9.4"), ("SHARED", "yes")]));
    assert_eq!(layer.sources, values(&[("mod_wsgi-4.9.4.tar.gz", &"a".repeat(64))]));
}

#[test]
fn an_arg_without_a_value_and_an_unpinned_source_are_told_with_file_and_line() {
    let (folder, catalog) = catalog_of(&[("mod-wsgi/Dockerfile", LAYER), ("SHA256SUMS", &pins())]);
    let catalog = catalog.unwrap();
    let without = catalog.layer("mod-wsgi", &values(&[])).unwrap_err().to_string();
    insta::assert_snapshot!(without_folder(&folder, &without), @r"
    DIR/mod-wsgi/Dockerfile:4: `ARG MOD_WSGI` has no value
    help: add an axis or a value named `mod_wsgi`, or give the ARG a default
    ");
    let unpinned = catalog.layer("mod-wsgi", &values(&[("mod_wsgi", "9.9")])).unwrap_err().to_string();
    insta::assert_snapshot!(without_folder(&folder, &unpinned), @r"
    DIR/mod-wsgi/Dockerfile:10: `mod_wsgi-9.9.tar.gz` is not pinned
    help: add its sha256 to dockerfiles/SHA256SUMS
    ");
    insta::assert_snapshot!(catalog.layer("mod_wsgi", &values(&[])).unwrap_err(), @r"
    there is no dockerfile `mod_wsgi`
    help: there are mod-wsgi
    ");
}

#[test]
fn all_that_is_wrong_with_the_catalogue_is_told_at_once() {
    let (folder, catalog) = catalog_of(&[
        ("a/Dockerfile", "FROM debian:bookworm\nRUN true\n"),
        ("b/Dockerfile", "ARG BASE\nFROM ${BASE}\nFROM scratch\n"),
        ("SHA256SUMS", "abc  x\n"),
    ]);
    insta::assert_snapshot!(without_folder(&folder, &catalog.unwrap_err().to_string()), @r"
    the pins cannot be used:
    DIR/SHA256SUMS:1: `abc  x` is not a digest and a file name
    help: each line is what `sha256sum` prints for an archive: digest, two spaces, file name
    DIR/a/Dockerfile:1: `ARG BASE` is expected here
    help: a dockerfile begins with `ARG BASE` and `FROM ${BASE}` and has no other `FROM`
    DIR/b/Dockerfile:3: `FROM scratch` is a second `FROM`
    help: a dockerfile begins with `ARG BASE` and `FROM ${BASE}` and has no other `FROM`
    ");
}

#[test]
fn a_folder_without_a_dockerfile_is_passed_over() {
    let (_folder, catalog) = catalog_of(&[("empty/readme", ""), ("SHA256SUMS", "")]);
    assert!(catalog.unwrap().folders.is_empty());
}

#[test]
fn a_tag_changes_with_each_thing_that_goes_into_the_image() {
    let parent = ImageId("sha256:1".into());
    let plan =
        LayerPlan { dockerfile: "apache".into(), args: values(&[("A", "1")]), sources: values(&[("s", "2")]), files: "3".into() };
    let reference = tag(&plan, &parent);
    assert_eq!(reference, tag(&plan.clone(), &parent));
    let others = [
        tag(&plan, &ImageId("sha256:2".into())),
        tag(&LayerPlan { args: values(&[("A", "2")]), ..plan.clone() }, &parent),
        tag(&LayerPlan { args: values(&[("A1", "")]), ..plan.clone() }, &parent),
        tag(&LayerPlan { sources: values(&[("s", "3")]), ..plan.clone() }, &parent),
        tag(&LayerPlan { args: values(&[("s", "2")]), sources: values(&[("A", "1")]), ..plan.clone() }, &parent),
        tag(&LayerPlan { files: "4".into(), ..plan.clone() }, &parent),
    ];
    let mut distinct: Vec<&String> = others.iter().chain([&reference]).collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), others.len() + 1);
    assert!(reference.starts_with("matrix/apache:") && reference.len() == "matrix/apache:".len() + 16, "{reference}");
}

#[test]
fn the_files_digest_follows_names_contents_and_the_executable_bit_but_not_sources() {
    let digest = |files: &[(&str, &str)], executable: bool| {
        let (folder, _) = catalog_of(files);
        let mode = if executable { 0o755 } else { 0o640 };
        fs::set_permissions(folder.path().join("a/x"), fs::Permissions::from_mode(mode)).unwrap();
        Catalog::read(folder.path()).unwrap().layer("a", &values(&[])).unwrap().files
    };
    let head = ("a/Dockerfile", "ARG BASE\nFROM ${BASE}\n");
    let sums = ("SHA256SUMS", "");
    let reference = digest(&[head, sums, ("a/x", "1")], false);
    assert_eq!(reference, digest(&[head, sums, ("a/x", "1"), ("a/sources/s", "1")], false));
    assert_ne!(reference, digest(&[head, sums, ("a/x", "2")], false));
    assert_ne!(reference, digest(&[head, sums, ("a/x", "1")], true));
    assert_ne!(reference, digest(&[head, sums, ("a/x", "1"), ("a/sub/y", "")], false));
}

#[test]
fn the_context_is_the_same_tar_wherever_its_files_lie_and_holds_the_sources() {
    let make = || {
        let (folder, catalog) = catalog_of(&[("mod-wsgi/Dockerfile", LAYER), ("SHA256SUMS", &pins()), ("archive", "abc")]);
        let catalog = catalog.unwrap();
        let plan = catalog.layer("mod-wsgi", &values(&[("mod_wsgi", "4.9.4")])).unwrap();
        let archives = [("mod_wsgi-4.9.4.tar.gz".to_owned(), folder.path().join("archive"))].into();
        catalog.context(&plan, &archives).unwrap()
    };
    let context = make();
    assert_eq!(context, make());
    let mut tar = tar::Archive::new(context.as_slice());
    let names: Vec<String> = tar.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
    assert_eq!(names, ["Dockerfile", "sources/mod_wsgi-4.9.4.tar.gz"]);
}

#[test]
fn a_base_is_a_suite_with_or_without_an_architecture() {
    let base = Base::parse("bookworm-i386").unwrap();
    assert_eq!((base.to_string(), base.tag()), ("bookworm-i386".into(), "matrix/base:bookworm-i386".into()));
    assert_eq!(base.reference(None), "i386/debian:bookworm");
    assert_eq!(base.reference(Some("localhost:5000/")), "localhost:5000/i386/debian:bookworm");
    assert_eq!(Base::parse("trixie").unwrap().reference(None), "debian:trixie");
    for wrong in ["", "-i386", "bookworm-", "book worm", "Bookworm", "a:b", "x-y-z", "../x"] {
        assert!(Base::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_shipped_dockerfiles_make_layers() {
    let catalog = Catalog::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("dockerfiles")).unwrap();
    let cell = values(&[("python", "3.11"), ("mod_wsgi", "4.9.4")]);
    for name in ["apache", "python-runtime", "python-dev", "mod-wsgi"] {
        catalog.layer(name, &cell).unwrap();
    }
    let sources = catalog.layer("mod-wsgi", &cell).unwrap().sources;
    assert!(sources.contains_key("mod_wsgi-4.9.4.tar.gz"), "{sources:?}");
}
