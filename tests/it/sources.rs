//! Archives fetched from a minimal package index on loopback: every outcome, and the content of the cache after it.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use matrix::image::archive::{Cache, Pins, SIZE_LIMIT, SourceError};
use matrix::subject::index::Releases;
use matrix::text::digest::digest;

use crate::index::{Answer, HTML, Index, JSON, page};

const FILE: &str = "mod_wsgi-4.9.4.tar.gz";
const ARCHIVE: &[u8] = b"an archive, as far as anyone here can tell";
impl Index {
    /// An index with one page, which lists `link`, and the archive at `/files/`.
    fn with(kind: &'static str, body: &str, archive: Answer) -> Self {
        Index::new(&[("/simple/mod-wsgi/", page(kind, body)), (&format!("/files/{FILE}"), archive)])
    }

    fn cache(&self, folder: &Path) -> Cache {
        Cache::new(folder, Some(&format!("{}/simple", self.address)))
    }

    fn asked(&self) -> usize {
        self.heads.lock().unwrap().len()
    }

    /// The head of the last request.
    fn head(&self) -> String {
        self.heads.lock().unwrap().last().cloned().unwrap_or_default()
    }
}

fn json() -> String {
    let hashes = "\"hashes\":{\"sha256\":\"00\"}";
    format!(
        "{{\"meta\":{{\"api-version\":\"1.1\"}},\"name\":\"mod-wsgi\",\"files\":[\
         {{\"filename\":\"mod_wsgi-4.9.3.tar.gz\",\"url\":\"../../files/mod_wsgi-4.9.3.tar.gz\",{hashes}}},\
         {{\"filename\":\"{FILE}\",\"url\":\"../../files/{FILE}\",{hashes}}}]}}"
    )
}

fn html() -> String {
    format!(
        "<!DOCTYPE html>\n<html><body><a href=\"../../files/{FILE}#sha256=00\" data-requires-python=\"&gt;=3.8\">{FILE}</a></body></html>"
    )
}

fn archive() -> Answer {
    Answer(200, "application/octet-stream", ARCHIVE.to_vec(), 0)
}

/// The error of a fetch from an index, after which the cache must be empty.
fn error_of(index: &Index) -> SourceError {
    let folder = tempfile::tempdir().unwrap();
    let error = index.cache(folder.path()).fetch(FILE, &digest(ARCHIVE)).unwrap_err();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing half-written is left");
    error
}

/// An error's message with the index's address replaced.
fn message(index: &Index, error: &SourceError) -> String {
    error.to_string().replace(&index.address, "INDEX")
}

#[test]
fn an_archive_is_fetched_once_and_then_taken_from_the_cache() {
    for (kind, body) in [(JSON, json()), (HTML, html())] {
        let index = Index::with(kind, &body, archive());
        let folder = tempfile::tempdir().unwrap();
        let cache = index.cache(&folder.path().join("new/folder"));
        assert!(!cache.holds(FILE, &digest(ARCHIVE)));
        let path = cache.fetch(FILE, &digest(ARCHIVE)).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), ARCHIVE);
        assert_eq!((cache.fetch(FILE, &digest(ARCHIVE)).unwrap(), index.asked()), (path, 2));
        assert!(cache.holds(FILE, &digest(ARCHIVE)));
    }
}

#[test]
fn the_index_is_asked_for_json_and_the_archive_for_its_bytes_as_they_are() {
    let index = Index::with(JSON, &json(), Answer(404, HTML, Vec::new(), 0));
    error_of(&index);
    assert!(index.head().contains("accept-encoding: identity"), "{}", index.head());
    let index = Index::new(&[]);
    error_of(&index);
    assert!(index.head().contains(&format!("accept: {JSON}")), "{}", index.head());
}

#[test]
fn an_archive_with_a_url_needs_no_index() {
    let server = Index::new(&[("/elsewhere/v4.9.4.tar.gz", archive())]);
    let folder = tempfile::tempdir().unwrap();
    let pins = folder.path().join("SHA256SUMS");
    let line = |url: &str| format!("{}  {FILE}  {url}\n", digest(ARCHIVE));
    let fetch = |path: &str| {
        std::fs::write(&pins, line(&format!("{}{path}", server.address))).unwrap();
        let cache = folder.path().join("cache");
        // Nothing answers there.
        Cache::new(&cache, Some("http://127.0.0.1:9/simple"))
            .with_urls(Pins::read(&pins).unwrap().urls())
            .fetch(FILE, &digest(ARCHIVE))
    };
    let error = fetch("/gone.tar.gz").unwrap_err().to_string().replace(&server.address, "SERVER");
    insta::assert_snapshot!(error, @r"
    `SERVER/gone.tar.gz` answered with status 404
    help: try again later, or change the URL of the pin
    ");
    assert_eq!(std::fs::read(fetch("/elsewhere/v4.9.4.tar.gz").unwrap()).unwrap(), ARCHIVE);
    for wrong in ["file:///etc/passwd", "elsewhere", "http://", "http://a b"] {
        std::fs::write(&pins, line(wrong)).unwrap();
        let error = Pins::read(&pins).unwrap_err().to_string();
        assert!(error.contains("is not a digest, a file name and perhaps a URL"), "{error}");
    }
}

#[test]
fn a_damaged_archive_in_the_cache_is_fetched_again() {
    let index = Index::with(JSON, &json(), archive());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), &ARCHIVE[1..]).unwrap();
    let path = index.cache(folder.path()).fetch(FILE, &digest(ARCHIVE)).unwrap();
    assert_eq!(std::fs::read(path).unwrap(), ARCHIVE);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn concurrent_fetches_all_get_the_complete_archive() {
    let index = Index::with(JSON, &json(), archive());
    let folder = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        let fetch = || std::fs::read(index.cache(folder.path()).fetch(FILE, &digest(ARCHIVE)).unwrap()).unwrap();
        let fetches: Vec<_> = (0..8).map(|_| scope.spawn(fetch)).collect();
        assert!(fetches.into_iter().all(|fetched| fetched.join().unwrap() == ARCHIVE));
    });
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_wrong_digest_is_an_error_with_both_digests() {
    let index = Index::with(JSON, &json(), Answer(200, "x/y", b"something else".to_vec(), 0));
    let error = error_of(&index);
    assert!(matches!(error, SourceError::WrongDigest { .. }));
    insta::assert_snapshot!(message(&index, &error), @r"
    `mod_wsgi-4.9.4.tar.gz` from `INDEX/files/mod_wsgi-4.9.4.tar.gz` is not the pinned archive: sha256 is f41f3fa625ff120ddca7ef456bf66371ecea23c129f4e4c32367101edb516cf8, pinned is 2f4e4bb27efbe52c1e25254227f062c98387f1bcd9f826bf6d566decf0827d39
    help: if upstream replaced the archive, change the pin; otherwise do not trust where it comes from
    ");
}

#[test]
fn a_truncated_download_is_an_error() {
    let index = Index::with(JSON, &json(), Answer(200, "x/y", ARCHIVE[..10].to_vec(), ARCHIVE.len() - 10));
    let error = error_of(&index);
    insta::assert_snapshot!(message(&index, &error), @r"
    `INDEX/files/mod_wsgi-4.9.4.tar.gz` closed the connection before the archive was complete: Peer disconnected
    help: run again; the incomplete file was discarded
    ");
}

#[test]
fn a_file_beyond_the_size_limit_is_an_error() {
    let size = usize::try_from(SIZE_LIMIT).unwrap() + 1;
    let index = Index::with(JSON, &json(), Answer(200, "x/y", vec![0; size], 0));
    let error = error_of(&index);
    insta::assert_snapshot!(message(&index, &error), @r"
    `INDEX/files/mod_wsgi-4.9.4.tar.gz` is larger than 67108864 bytes
    help: check which file is there
    ");
}

#[test]
fn an_unreachable_index_is_an_error() {
    let address = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let gone = Index { address, heads: Arc::default() };
    let error = error_of(&gone);
    insta::assert_snapshot!(message(&gone, &error), @r"
    failed to reach `INDEX/simple/mod-wsgi/`: Connection refused (os error 111)
    help: check the network and the proxy settings, or choose another package index with `--index URL` or MATRIX_INDEX
    ");
}

#[test]
fn a_file_or_project_missing_from_the_index_is_an_error() {
    let other = json().replace(FILE, "mod_wsgi-9.tar.gz");
    for index in
        [Index::with(JSON, &other, archive()), Index::with(HTML, &html().replace(FILE, "x-1.zip"), archive()), Index::new(&[])]
    {
        let error = error_of(&index);
        assert!(
            message(&index, &error)
                .starts_with(&format!("the package index lists no `{FILE}` at `INDEX/simple/mod-wsgi/`\nhelp: "))
        );
    }
}

#[test]
fn an_http_error_is_reported_with_its_status() {
    let index = Index::new(&[("/simple/mod-wsgi/", Answer(500, HTML, b"oops".to_vec(), 0))]);
    let error = error_of(&index);
    insta::assert_snapshot!(message(&index, &error), @r"
    `INDEX/simple/mod-wsgi/` answered with status 500
    help: try again later, or choose another package index with `--index URL` or MATRIX_INDEX
    ");
    let index = Index::with(JSON, &json(), Answer(403, HTML, Vec::new(), 0));
    assert!(error_of(&index).to_string().contains("answered with status 403"));
}

#[test]
fn garbage_from_an_index_is_an_error() {
    for (kind, body) in [
        (JSON, "{\"files\": 3}"),
        (JSON, "<html>"),
        (HTML, "<h1>It works!</h1>"),
        (HTML, ""),
        ("application/octet-stream", "\u{0}\u{1}"),
    ] {
        let index = Index::with(kind, body, archive());
        let error = error_of(&index);
        assert!(error.to_string().contains("did not return a package listing"), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let error = Cache::new(folder.path(), Some("not an address")).fetch(FILE, "0").unwrap_err();
    assert!(error.to_string().contains("did not return a package listing"), "{error}");
}

#[test]
fn an_unwritable_cache_is_an_error() {
    let index = Index::with(JSON, &json(), archive());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = index.cache(&file).fetch(FILE, &digest(ARCHIVE)).unwrap_err();
    assert!(matches!(error, SourceError::Store(_)), "{error}");
}

#[test]
fn all_malformed_pins_are_reported_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("SHA256SUMS");
    let (a, b) = ("a".repeat(64), "B".repeat(64));
    std::fs::write(&path, format!("# comment\n{a}  one.tar.gz\n\n{a} *two.tar.gz\nshort  x\n{b}  upper.tar.gz\n{a} nospace\n{a}  one.tar.gz\n{a}  ../up\n")).unwrap();
    let error = Pins::read(&path).unwrap_err().to_string();
    let lines: Vec<&str> = error.lines().filter_map(|line| line.strip_prefix(path.to_str()?)).collect();
    assert_eq!(lines.len(), 5, "{error}");
    for (line, number) in lines.iter().zip([5, 6, 7, 8, 9]) {
        assert!(line.starts_with(&format!(":{number}: ")), "{error}");
    }
    std::fs::write(&path, format!("{a}  one.tar.gz\n{a} *two.tar.gz\n")).unwrap();
    let pins = Pins::read(&path).unwrap();
    assert_eq!(
        (pins.digest("one.tar.gz"), pins.digest("two.tar.gz"), pins.digest("three")),
        (Some(a.as_str()), Some(a.as_str()), None)
    );
    assert_eq!(Pins::read(&folder.path().join("none")), Ok(Pins::default()));
}

#[test]
fn releases_are_listed_by_version_without_yanked_and_prereleases() {
    let digest = "0a".repeat(32);
    let file =
        |name: &str, more: &str| format!("{{\"url\": \"../../f/{name}\", \"hashes\": {{\"sha256\": \"{digest}\"}}{more}}}");
    let files = [
        file("mod_wsgi-4.10.0.tar.gz", ""),
        file("mod_wsgi-4.9.4.tar.gz", ", \"yanked\": false"),
        file("mod_wsgi-4.9.4-cp311-none-any.whl", ""),
        file("mod_wsgi-httpd-2.4.12.tar.gz", ""),
        file("mod_wsgi-5.0.0rc1.tar.gz", ""),
        file("mod_wsgi-4.9.5.tar.gz", ", \"yanked\": \"corrupt\""),
        file("mod_wsgi-latest.tar.gz", ""),
        "{\"url\": \"mod_wsgi-4.8.0.tar.gz\"}".to_owned(),
    ];
    let index = Index::new(&[("/simple/mod-wsgi/", page(JSON, &format!("{{\"files\": [{}]}}", files.join(", "))))]);
    let folder = tempfile::tempdir().unwrap();
    let releases = index.cache(folder.path()).releases("mod_wsgi").unwrap();
    let published: Vec<_> = releases
        .published
        .iter()
        .map(|r| (r.version.as_str(), r.file.as_deref().unwrap_or_default(), r.sha256.as_deref()))
        .collect();
    assert_eq!(
        published,
        [
            ("4.8.0", "mod_wsgi-4.8.0.tar.gz", None),
            ("4.9.4", "mod_wsgi-4.9.4.tar.gz", Some(digest.as_str())),
            ("4.10.0", "mod_wsgi-4.10.0.tar.gz", Some(digest.as_str()))
        ]
    );
    let left_out: Vec<_> = releases.left_out.iter().map(|(version, reason)| format!("{version}: {reason}")).collect();
    assert_eq!(left_out, ["4.9.5: yanked by its publisher: corrupt", "5.0.0rc1: a pre-release"]);
    assert_eq!(Index::new(&[]).cache(folder.path()).releases("mod_wsgi").unwrap(), Releases::default());
}
