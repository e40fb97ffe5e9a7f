//! `matrix page --messages`: the messages of pinned sources, and mistakes of their declaration.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use matrix::text::digest::digest;
use serde_json::Value;

use super::{Ended, Home};

const ARCHIVE: &str = "frob-1.2.tar.gz";
const SOURCE: &str = "\
#define CODE(n) \"FROB\" #n \": \"
#error Sorry, at least Frob 3.10.0.
int main(void) { log(CODE(0001) \"cannot open '%s'\"); fail(CODE(0002)
  \"%d of \"
  \"%d left\"); return 0; }
/* CODE(0003) \"FROB0003: a comment\" */
#if 0
int x = log(CODE(0004) \"disabled\");
#endif
static void old(void) { log(CODE(0005) \"of old\"); }
";
const PAGE: &str = "Absent Header\n=============\n\nIt may print FROB0002 or FROB0005, and once printed FROB0003.\n";

fn project(messages: &str) -> String {
    format!("name: Frobnicator\npages:\n  - id: install\n    title: Installing\n    scenarios: own\n    messages: {messages}\n")
}

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&tar.into_inner().unwrap()).unwrap();
    gzip.finish().unwrap()
}

/// A project with a page and a pinned archive in the cache.
fn home(messages: &str) -> Home {
    let home = Home::new(&project(messages));
    home.write("page.rst", PAGE);
    let files = [
        ("frob-1.2/src/frob.c", SOURCE),
        ("frob-1.2/tests/t.c", "int t = log(\"FROB0009\");"),
        ("frob-1.2/NEWS", "FROB0003 is gone"),
    ];
    let bytes = archive(&files);
    std::fs::create_dir_all(home.path().join("cache")).unwrap();
    std::fs::write(home.path().join("cache").join(ARCHIVE), &bytes).unwrap();
    home.write("dockerfiles/SHA256SUMS", &format!("{}  {ARCHIVE}\n", digest(&bytes)));
    home
}

fn messages(home: &Home, options: &[&str]) -> Ended {
    home.matrix(
        "",
        &[&["page", "page.rst", "--messages", "--cache", "cache", "--index", "http://127.0.0.1:9/simple"], options].concat(),
    )
}

const DECLARED: &str = "{archive: frob-1.2.tar.gz, sources: [src], patterns: ['FROB[0-9]{4}', '#error .*']}";

#[test]
fn the_page_and_the_sources_are_compared() {
    let home = home(DECLARED);
    let ended = messages(&home, &[]);
    assert_eq!(ended.code, 1, "{ended:?}");
    insta::assert_snapshot!(ended.stdout, @"
    the page documents, and the sources do not have
      line    4  FROB0003
    the page documents, and nothing in the sources uses
      line    4  FROB0005
                 only in: src/frob.c:10: FROB0005: of old (in `old`, which nothing else mentions)
    the sources have, and the page does not document
      src/frob.c:3: FROB0001: cannot open '%s'
      src/frob.c:2: #error Sorry, at least Frob 3.10.0.
    the sources define, and nothing in them uses
      src/frob.c:8: FROB0004: disabled (disabled by `#if 0`)
      src/frob.c:10: FROB0005: of old (in `old`, which nothing else mentions)
    pattern FROB[0-9]{4}: 4 in the sources, 3 on the page
    pattern #error .*: 1 in the sources, 0 on the page
    frob-1.2.tar.gz: 1 file in C, C++ and Python
    page.rst: documented, but not in the sources: 1; documented, but not used: 1; not documented: 2; not used: 2
    ");
    assert_eq!(messages(&home, &["--exit-zero"]).code, 0);
    home.write("page.rst", "It may print FROB0002.\n");
    let agreeing = messages(&home, &[]);
    assert_eq!(agreeing.code, 0, "what the page leaves out is no mistake of the page: {agreeing:?}");
}

#[test]
fn the_comparison_is_data_too() {
    let ended = messages(&home(DECLARED), &["--format", "json"]);
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        answer["patterns"][0],
        serde_json::json!({"pattern": "FROB[0-9]{4}", "in_sources": 4, "on_page": 3, "same": null})
    );
    let named = |key: &str| {
        answer[key].as_array().unwrap().iter().map(|item| item["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(named("not_in_sources"), ["FROB0003"]);
    assert_eq!(named("not_used"), ["FROB0005"]);
    assert_eq!(named("not_on_page"), ["FROB0001", "#error Sorry, at least Frob 3.10.0."]);
    assert_eq!(named("unused"), ["FROB0004", "FROB0005"]);
    assert_eq!(answer["not_used"][0]["nearest"]["unused"]["name"], "old");
    assert_eq!(answer["unused"][0]["unused"], serde_json::json!({"why": "disabled"}));
}

#[test]
fn mistakes_say_what_to_do_next() {
    let refused = |messages_key: &str, options: &[&str]| {
        let ended = messages(&home(messages_key), options);
        assert_eq!(ended.code, 2, "{ended:?}");
        ended.stderr
    };
    insta::assert_snapshot!(refused("{archive: frob-1.3.tar.gz, patterns: [FROB]}", &[]), @"
    error: `frob-1.3.tar.gz` is not pinned in `dockerfiles/SHA256SUMS`
    help: `matrix pin frob==1.3` adds the sha256 that the package index publishes
    ");
    insta::assert_snapshot!(refused(DECLARED, &["--archive", "frob-1.1.tar.gz"]), @"
    error: `frob-1.1.tar.gz` is not pinned in `dockerfiles/SHA256SUMS`
    help: `matrix pin frob==1.1` adds the sha256 that the package index publishes
    ");
    insta::assert_snapshot!(refused("{archive: frob-1.2.tar.gz, sources: [lib], patterns: [FROB]}", &[]), @"
    error: `frob-1.2.tar.gz` has no `lib`
    help: correct `sources` in the project file; the archive has NEWS, src, tests
    ");
    insta::assert_snapshot!(refused("{archive: frob-1.2.tar.gz, sources: [NEWS], patterns: [FROB]}", &[]), @"
    error: `frob-1.2.tar.gz` has no such file in NEWS
    help: messages are read from files in C, C++ and Python; check `sources` in the project file
    ");
    insta::assert_snapshot!(refused(DECLARED, &["--format", "sarif"]), @"
    error: --messages has no SARIF output
    help: use --format text or --format json
    ");
    insta::assert_snapshot!(refused("{archive: a/frob.tar.gz, sources: [../x], patterns: ['FROB(', 'x*']}", &[]), @"
    error: 4 mistakes in the project file
    matrix.yaml:6:16: pages[0].messages.archive: `a/frob.tar.gz` is not the name of a pinned archive
      help: write its file name, as the file of pins has it
    matrix.yaml:6:50: pages[0].messages.sources[0]: `../x` is not a place in an archive
      help: write a folder or a file as the archive has it, below its first folder, such as `src`
    matrix.yaml:6:68: pages[0].messages.patterns[0]: is not a regular expression: unclosed group
      help: correct it
    matrix.yaml:6:77: pages[0].messages.patterns[1]: matches the empty text, so it would match everywhere
      help: write what a message must have
    ");
    insta::assert_snapshot!(refused("{archive: frob-1.2.tar.gz, patterns: []}", &[]), @"
    error: 1 mistake in the project file
    matrix.yaml:6:42: pages[0].messages.patterns: is an empty list
      help: list at least one
    ");
}

#[test]
fn a_page_without_declared_messages_is_refused() {
    let home = Home::new("name: x\npages:\n  - {id: install, title: Installing, scenarios: own}\n");
    home.write("page.rst", PAGE);
    let ended = messages(&home, &[]);
    assert_eq!(ended.code, 2);
    insta::assert_snapshot!(ended.stderr, @"
    error: the project file declares no messages for page `install`
    help: add `messages: {archive: ..., patterns: [...]}` to the page in the project file
    ");
}

#[test]
fn check_knows_whether_the_archive_is_pinned() {
    let home = home("{archive: frob-1.3.tar.gz, patterns: [FROB]}");
    let ended = home.matrix("", &["check"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains("matrix.yaml: pages[0].messages.archive: `frob-1.3.tar.gz` is not pinned"), "{ended:?}");
}

#[test]
fn a_pattern_that_finds_too_little_is_noticed() {
    let ended = messages(&home("{archive: frob-1.2.tar.gz, sources: [src], patterns: [FROB, GRUB]}"), &[]);
    assert!(ended.stdout.contains("it matches `FROB` in different texts; extend it"), "{ended:?}");
    assert!(
        ended.stdout.contains("pattern GRUB: 0 in the sources, 0 on the page\n  it matches nothing; correct it"),
        "{ended:?}"
    );
}

#[test]
fn an_archive_that_cannot_be_read_is_refused() {
    let home = home("{archive: frob.zip, patterns: [FROB]}");
    let bytes = b"PK\x03\x04 no tar archive";
    std::fs::write(home.path().join("cache/frob.zip"), bytes).unwrap();
    home.write("dockerfiles/SHA256SUMS", &format!("{}  frob.zip\n", digest(bytes)));
    let ended = messages(&home, &[]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains("failed to read the archive `cache/frob.zip`"), "{ended:?}");
    assert!(ended.stderr.contains("\nhelp: name a pinned archive of sources that is a tar file"), "{ended:?}");
}
