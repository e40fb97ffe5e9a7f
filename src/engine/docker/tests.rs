//! What needs no engine: where one is looked for, how names and words are written for one.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;

use super::commit::quoted;
use super::{Docker, host, split};
use crate::engine::Call;

/// A socket that gives every request one answer, until the test ends.
fn listen(folder: &Path, name: &str, status: &str, body: &str) -> String {
    let path = folder.join(name);
    let listener = UnixListener::bind(&path).unwrap();
    let answer = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    thread::spawn(move || {
        for mut stream in listener.incoming().map(Result::unwrap) {
            let _ = stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(answer.as_bytes()));
        }
    });
    format!("unix://{}", path.display())
}

/// A socket whose listener is gone, as after a crash.
fn dead(folder: &Path) -> String {
    let path = folder.join("dead.sock");
    drop(UnixListener::bind(&path).unwrap());
    format!("unix://{}", path.display())
}

#[tokio::test]
async fn the_first_engine_that_answers_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let none = format!("unix://{}/none.sock", folder.path().display());
    let other = listen(folder.path(), "other.sock", "404 Not Found", "what?");
    let podman = listen(folder.path(), "podman.sock", "200 OK", r#"{"ApiVersion": "1.41"}"#);
    let docker = listen(folder.path(), "docker.sock", "200 OK", r#"{"ApiVersion": "1.52"}"#);
    let found = Docker::first(vec![none, dead(folder.path()), other, podman.clone(), docker]).await.unwrap();
    assert_eq!((found.address, found.api.client_version().to_string()), (podman, "1.41".to_owned()));
}

#[tokio::test]
async fn if_no_engine_answers_each_address_is_listed_with_its_cause() {
    let folder = tempfile::tempdir().unwrap();
    let none = format!("unix://{}/none.sock", folder.path().display());
    let dead = dead(folder.path());
    let other = listen(folder.path(), "other.sock", "503 Service Unavailable", r#"{"message": "not yet"}"#);
    let error = Docker::first(vec![none, dead, other]).await.unwrap_err();
    assert_eq!(error.call, Call::Info);
    let message = error.to_string().replace(folder.path().to_str().unwrap(), "[FOLDER]");
    insta::assert_snapshot!(message, @r"
    failed to reach a container engine: no engine answers
      `unix://[FOLDER]/none.sock`: Socket not found: [FOLDER]/none.sock
      `unix://[FOLDER]/dead.sock`: Error in the hyper legacy client: client error (Connect): Connection refused (os error 111)
      `unix://[FOLDER]/other.sock`: not yet
    ");
}

#[test]
fn the_port_of_a_registry_is_not_a_tag() {
    for (reference, name, tag) in [
        ("debian:bookworm", "debian", "bookworm"),
        ("localhost:5000/debian:bookworm", "localhost:5000/debian", "bookworm"),
        ("localhost:5000/debian", "localhost:5000/debian", "latest"),
        ("debian", "debian", "latest"),
    ] {
        assert_eq!(split(reference), (name, tag));
    }
}

#[test]
fn a_quoted_word_has_no_special_characters_in_a_dockerfile() {
    assert_eq!(quoted(r#"a "b" $C \d"#), r#""a \"b\" \$C \\d""#);
}

#[test]
fn names_and_ids_are_the_same_on_every_engine() {
    assert_eq!(["hub.example/matrix/x:1", "localhost/matrix/x:1", "matrix/x:1"].map(host::short), ["matrix/x:1"; 3]);
    assert_eq!(host::short("localhost:5000/matrix/x:1"), "localhost:5000/matrix/x:1");
    for id in ["0a1b", "sha256:0a1b"] {
        assert_eq!(host::image_id(id.to_owned()).0, "sha256:0a1b");
    }
    assert_eq!(["amd64", "x86_64"].map(|name| host::architecture(name.to_owned())), ["x86_64"; 2]);
}
