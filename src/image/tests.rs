//! Dockerfiles, tags, contexts and bases.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;
use crate::model::plan::LayerPlan;

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
fn a_source_that_is_lent_to_a_command_is_pinned_like_one_that_is_copied() {
    let lent = format!(
        "{HEADS}ARG MOD_WSGI\nRUN --mount=type=bind,source=sources/mod_wsgi-${{MOD_WSGI}}.tar.gz,target=/x \\\n --mount=type=bind,source=own,target=/own true\n"
    );
    let (_folder, catalog) = catalog_of(&[("lent/Dockerfile", &lent), ("lent/own", ""), ("SHA256SUMS", &pins())]);
    let catalog = catalog.unwrap();
    let of = |release| catalog.layer("lent", &values(&[("mod_wsgi", release)]));
    assert_eq!(of("4.9.4").unwrap().sources, values(&[("mod_wsgi-4.9.4.tar.gz", &"a".repeat(64))]));
    let error = of("9.9").unwrap_err().to_string();
    assert!(error.contains("Dockerfile:4: `mod_wsgi-9.9.tar.gz` is not pinned"), "{error}");
}

#[test]
fn an_arg_without_a_value_and_an_unpinned_source_are_reported_with_file_and_line() {
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
    help: `matrix pin mod_wsgi==9.9 --dockerfiles DIR` adds the sha256 that the package index publishes
    ");
    insta::assert_snapshot!(catalog.layer("mod_wsgi", &values(&[])).unwrap_err(), @r"
    there is no dockerfile `mod_wsgi`
    help: did you mean `mod-wsgi`?
    ");
}

#[test]
fn all_mistakes_of_the_catalogue_are_reported_at_once() {
    let (folder, catalog) = catalog_of(&[
        ("a/Dockerfile", "FROM debian:bookworm\nRUN true\n"),
        ("b/Dockerfile", "ARG BASE\nFROM ${BASE}\nFROM scratch\n"),
        ("SHA256SUMS", "abc  x\n"),
    ]);
    insta::assert_snapshot!(without_folder(&folder, &catalog.unwrap_err().to_string()), @r"
    the pins cannot be used:
    DIR/SHA256SUMS:1: `abc  x` is not a digest, a file name and perhaps a URL
    help: each line must be as `sha256sum` prints it: digest, two spaces, file name; a URL may follow after two more spaces
    DIR/a/Dockerfile:1: `ARG BASE` is required here
    help: a dockerfile begins with `ARG BASE` and `FROM ${BASE}` and has no other `FROM`
    DIR/b/Dockerfile:3: `FROM scratch` is a second `FROM`
    help: a dockerfile begins with `ARG BASE` and `FROM ${BASE}` and has no other `FROM`
    ");
}

#[test]
fn a_folder_without_a_dockerfile_is_skipped() {
    let (_folder, catalog) = catalog_of(&[("empty/readme", ""), ("SHA256SUMS", "")]);
    assert!(catalog.unwrap().folders.is_empty());
}

#[test]
fn a_tag_changes_with_each_input_of_the_image_and_of_those_below_it() {
    let plan =
        LayerPlan { dockerfile: "apache".into(), args: values(&[("A", "1")]), sources: values(&[("s", "2")]), files: "3".into() };
    let tag = |layer: LayerPlan, base: &str| tags("matrix", base, &[layer]).remove(0);
    let reference = tag(plan.clone(), "base");
    assert_eq!(reference, tag(plan.clone(), "base"));
    let changed = [
        LayerPlan { args: values(&[("A", "2")]), ..plan.clone() },
        LayerPlan { args: values(&[("A1", "")]), ..plan.clone() },
        LayerPlan { sources: values(&[("s", "3")]), ..plan.clone() },
        LayerPlan { args: values(&[("s", "2")]), sources: values(&[("A", "1")]), ..plan.clone() },
        LayerPlan { files: "4".into(), ..plan.clone() },
    ];
    let above = |below: &LayerPlan| tags("matrix", "base", &[below.clone(), plan.clone()]).remove(1);
    let mut all: Vec<String> = changed.iter().flat_map(|layer| [tag(layer.clone(), "base"), above(layer)]).collect();
    all.extend([reference.clone(), tag(plan.clone(), "other"), above(&plan)]);
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
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
        context(&catalog, &[plan], &archives).unwrap()
    };
    let made = make();
    assert_eq!(made, make());
    let mut tar = tar::Archive::new(made.as_slice());
    let names: Vec<String> = tar.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
    assert_eq!(names, ["Dockerfile", "files/mod-wsgi/Dockerfile", "sources/mod_wsgi-4.9.4.tar.gz"]);
}

#[test]
fn a_base_is_a_suite_with_or_without_an_architecture() {
    let base = Base::parse("bookworm-i386").unwrap();
    assert_eq!((base.to_string(), base.tag()), ("bookworm-i386".into(), "matrix/base:bookworm-i386".into()));
    assert_eq!(base.reference(None).unwrap(), "i386/debian:bookworm");
    let provision = Provision { packages: Vec::new(), files: Vec::new(), digest: "0123456789abcdef".into() };
    assert_eq!(base.provided_tag(&provision), "matrix/base:bookworm-i386-01234567");
    assert!(base.has_tag("matrix/base:bookworm-i386") && base.has_tag(&base.provided_tag(&provision)));
    let plain = Base::parse("bookworm").unwrap();
    assert!(!plain.has_tag("matrix/base:bookworm-i386") && !plain.has_tag(&base.provided_tag(&provision)));
    assert_eq!(base.reference(Some("localhost:5000/")).unwrap(), "localhost:5000/i386/debian:bookworm");
    assert_eq!(Base::parse("trixie").unwrap().reference(None).unwrap(), "debian:trixie");
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

const HEADS: &str = "ARG BASE\nFROM ${BASE}\n";

/// The errors of a catalogue with one dockerfile, which has these lines after the first two.
fn message_of(lines: &str) -> String {
    let (folder, catalog) = catalog_of(&[("a/Dockerfile", &format!("{HEADS}{lines}")), ("SHA256SUMS", &pins())]);
    catalog.map_or_else(|errors| without_folder(&folder, &errors.to_string()), |_| "nothing is wrong".to_owned())
}

#[test]
fn links_out_of_a_dockerfile_folder_and_special_files_are_not_read() {
    use std::os::unix::fs::symlink;
    let head = |name: &'static str| (name, HEADS);
    let (folder, _) =
        catalog_of(&[head("a/Dockerfile"), head("b/Dockerfile"), head("c/x/y"), head("d/Dockerfile"), head("Upper/Dockerfile")]);
    let at = |name: &str| folder.path().join(name);
    symlink("/etc/passwd", at("a/users")).unwrap();
    // Opening a pipe without a writer would block forever.
    assert!(std::process::Command::new("mkfifo").arg(at("b/pipe")).status().unwrap().success());
    symlink("/dev/zero", at("c/Dockerfile")).unwrap();
    symlink("..", at("d/up")).unwrap();
    symlink("a", at("e")).unwrap();
    fs::create_dir(at("f")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(at("f/Dockerfile")).status().unwrap().success());
    symlink("/etc/passwd", at("SHA256SUMS")).unwrap();
    insta::assert_snapshot!(without_folder(&folder, &Catalog::read(folder.path()).unwrap_err().to_string()), @r"
    failed to read the pins in `DIR/SHA256SUMS`: it is not a regular file
    help: replace it with a plain file; `matrix pin` adds lines to it
    `DIR/Upper` is not a valid name of a dockerfile
    help: use a name in kebab-case such as `python-runtime`
    `DIR/a/users` is a link, which may point outside
    help: replace it with the file that it points to
    `DIR/b/pipe` is neither a file nor a folder
    help: remove it
    `DIR/c/Dockerfile` is a link, which may point outside
    help: replace it with the file that it points to
    `DIR/d/up` is a link, which may point outside
    help: replace it with the file that it points to
    `DIR/e` is a link, which may point outside
    help: replace it with the file that it points to
    `DIR/f/Dockerfile` is neither a file nor a folder
    help: remove it
    ");
}

#[test]
fn a_name_with_unsupported_characters_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let (folder, _) = catalog_of(&[("a/Dockerfile", HEADS), ("b/Dockerfile", HEADS), ("SHA256SUMS", "")]);
    fs::write(folder.path().join("a/x\u{1b}[2J"), "").unwrap();
    fs::write(folder.path().join("b").join(std::ffi::OsStr::from_bytes(b"\xff")), "").unwrap();
    let errors = Catalog::read(folder.path()).unwrap_err().0;
    assert_eq!(errors.len(), 2);
    assert!(
        errors.iter().all(|error| error.to_string().contains("has a name with unsupported characters\nhelp: use")),
        "{errors:?}"
    );
}

#[test]
fn the_amount_of_input_is_bounded() {
    let (folder, _) =
        catalog_of(&[("a/Dockerfile", HEADS), ("b/Dockerfile", HEADS), ("c/Dockerfile", HEADS), ("SHA256SUMS", "")]);
    // A sparse file, which uses no disk space.
    let sparse = |name: &str, size| fs::File::create(folder.path().join(name)).unwrap().set_len(size).unwrap();
    sparse("a/large", 1 << 40);
    sparse("b/Dockerfile", (256 << 10) + 1);
    for number in 0..2_001 {
        fs::write(folder.path().join(format!("c/{number}")), "").unwrap();
    }
    insta::assert_snapshot!(without_folder(&folder, &Catalog::read(folder.path()).unwrap_err().to_string()), @r"
    `DIR/a/large` exceeds the limit of 67108842 bytes for this folder
    help: pin a large archive in SHA256SUMS and copy it from `sources/`
    `DIR/b/Dockerfile` exceeds the limit of 262144 bytes for this folder
    help: pin a large archive in SHA256SUMS and copy it from `sources/`
    `DIR/c` holds more than 2000 files and folders
    help: keep only files that the image needs
    ");
    let deep = "d/".repeat(150);
    let (folder, catalog) = catalog_of(&[("a/Dockerfile", HEADS), (&format!("a/{deep}x"), ""), ("SHA256SUMS", "")]);
    let message = without_folder(&folder, &catalog.unwrap_err().to_string());
    assert!(message.contains("has a name of more than 200 bytes, including its folders\nhelp: "), "{message}");
}

#[test]
fn without_a_file_of_pins_nothing_is_pinned() {
    let (_folder, catalog) = catalog_of(&[("mod-wsgi/Dockerfile", LAYER), ("a/Dockerfile", HEADS)]);
    let catalog = catalog.unwrap();
    assert!(catalog.layer("a", &values(&[])).is_ok());
    let error = catalog.layer("mod-wsgi", &values(&[("mod_wsgi", "4.9.4")])).unwrap_err().to_string();
    assert!(error.contains("`mod_wsgi-4.9.4.tar.gz` is not pinned"), "{error}");
}

#[test]
fn the_pins_are_a_regular_file_of_bounded_size() {
    let (folder, _) = catalog_of(&[("a/Dockerfile", HEADS)]);
    let sums = folder.path().join("SHA256SUMS");
    fs::File::create(&sums).unwrap().set_len(1 << 40).unwrap();
    let message = without_folder(&folder, &Catalog::read(folder.path()).unwrap_err().to_string());
    assert!(
        message.starts_with("failed to read the pins in `DIR/SHA256SUMS`: it has more than 1048576 bytes\nhelp: "),
        "{message}"
    );
}

#[test]
fn a_dockerfile_uses_only_its_base_and_its_own_folder() {
    for (line, expected) in [
        ("COPY --from=debian:bookworm /etc/shadow /", "copies from another image or place"),
        ("copy \\\n --from=0 /a /b", "copies from another image or place"),
        ("ADD http://example.org/x /", "may fetch something that is not pinned"),
        ("ARG A=http:\nADD [\"${A}//example.org/x\", \"/\"]", "may fetch something that is not pinned"),
        ("ADD --checksum=sha256:00 sources/x /", "copies from another image or place"),
        ("RUN --mount=type=bind,from=debian,target=/x true", "has flags for the engine"),
        ("RUN --mount=type=bind,source=../x,target=/x true", "has flags for the engine"),
        ("RUN --mount=type=bind,source=x,target=/x,from=debian true", "has flags for the engine"),
        ("RUN --mount=type=bind,source=x,target=/x --mount=type=cache,target=/y true", "has flags for the engine"),
        ("RUN --network=host true", "has flags for the engine"),
        ("ONBUILD RUN true", "is executed in another image"),
        ("from ${BASE}", "is a second `FROM`"),
        // For some engines an indented comment ends the instruction.
        ("RUN true \\\n  # x\nFROM debian", "is a second `FROM`"),
        // For the engine only blanks and tabs may follow the continuation character.
        ("RUN true \\\u{a0}\nFROM debian", "is a second `FROM`"),
    ] {
        let message = message_of(line);
        assert!(
            message.contains(expected) && message.contains("\nhelp: ") && message.starts_with("DIR/a/Dockerfile:"),
            "{line}: {message}"
        );
    }
    for line in [
        "COPY --chown=1:1 --chmod=644 x /",
        "RUN true \\\n # x\n && true",
        "ADD ./sources/mod_wsgi-4.9.4.tar.gz /",
        "RUN --mount=type=bind,source=root,target=/x true",
    ] {
        assert_eq!(message_of(line), "nothing is wrong", "{line}");
    }
    for directive in ["# syntax=example.org/any\n", "#escape=`\n", "# plain\n # Syntax = x\n"] {
        let (folder, catalog) = catalog_of(&[("a/Dockerfile", &format!("{directive}{HEADS}")), ("SHA256SUMS", "")]);
        let message = without_folder(&folder, &catalog.unwrap_err().to_string());
        assert!(message.contains("a directive changes how the engine reads this file\nhelp: remove it"), "{message}");
    }
}

#[test]
fn instructions_that_would_change_experiments_are_refused_with_the_reason() {
    for (line, expected) in [
        ("VOLUME /var/lib/x", "keeps files out of the snapshot"),
        ("volume [\"/x\"]", "keeps files out of the snapshot"),
        ("HEALTHCHECK CMD true", "run another command next to the steps"),
        ("HEALTHCHECK NONE", "run another command next to the steps"),
        ("USER www-data", "makes every step run as another user"),
        ("WORKDIR /srv", "changes the directory of every step"),
        ("SHELL [\"/bin/bash\", \"-c\"]", "changes how the dockerfiles above it are executed"),
        ("ENTRYPOINT [\"/x\"]", "is never executed"),
        ("CMD x", "is never executed"),
        ("STOPSIGNAL 9", "has no effect"),
        ("LABEL a=b", "is inherited by containers"),
        ("RNU true", "`RNU` is not an instruction\nhelp: did you mean `RUN`?"),
        ("RUN", "`RUN` has no operands"),
        ("ARG -g", "`ARG -g` is not a valid name"),
        ("ARG A=\"x", "has an unclosed quote"),
        ("ARG A=${B}", "refers to another value"),
        // For some engines the empty line ends the instruction before it, for others it does not.
        ("RUN true \\\n\nUSER x", "makes every step run as another user"),
        // A doubled continuation character is a literal one.
        ("RUN true \\\\\nUSER x", "makes every step run as another user"),
    ] {
        let message = message_of(line);
        assert!(
            message.contains(expected) && message.contains("\nhelp: ") && message.starts_with("DIR/a/Dockerfile:"),
            "{line}: {message}"
        );
    }
    for line in ["ENV A=b", "EXPOSE 80", "MAINTAINER me", "RUN cat <<E >/x\nwords\nE", "RUN true \\\n\n && true", "\n\nRUN true"]
    {
        assert_eq!(message_of(line), "nothing is wrong", "{line}");
    }
}

#[test]
fn a_default_with_blanks_and_several_args_on_a_line_are_read_as_the_engine_reads_them() {
    let lines = "\u{feff}ARG BASE\nFROM ${BASE}\nARG F=\"-O2 -g\"\nARG a=1 b='2 3' \\\n  C=4\\\n5\n";
    let (_folder, catalog) = catalog_of(&[("a/Dockerfile", lines), ("SHA256SUMS", "")]);
    let layer = catalog.unwrap().layer("a", &values(&[])).unwrap();
    assert_eq!(layer.args, values(&[("F", "-O2 -g"), ("a", "1"), ("b", "2 3"), ("C", "45")]));
}
