//! The program that makes requests: against servers that say exactly what the test states.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use matrix::engine::docker::REQUEST_PROGRAM;

/// The program as containers get it, on this host.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = PROGRAM.get_or_init(|| {
        assert!(!REQUEST_PROGRAM.is_empty(), "`build.rs` compiled it");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http");
        std::fs::write(&path, REQUEST_PROGRAM).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        (folder, path)
    });
    path
}

/// Exit status, standard output and standard error.
struct Ended(i32, String, String);

fn call(port: u16, options: &[&str], path: &str) -> Ended {
    let mut command = Command::new(program());
    let output =
        command.args(options).arg(format!("http://localhost:{port}{path}")).env("http_proxy", "http://localhost:1").output();
    let output = output.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&port.to_string(), "PORT");
    Ended(output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Sends each answer when it has read a text that ends so, then closes the connection. Returns what it read.
fn serve(dialogue: &[(&str, &str)]) -> (u16, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let dialogue: Vec<(String, String)> = dialogue.iter().map(|(asked, answer)| ((*asked).into(), (*answer).into())).collect();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut read = Vec::new();
        for (asked, answer) in dialogue {
            while !read.ends_with(asked.as_bytes()) {
                let mut byte = [0];
                if stream.read(&mut byte).unwrap() == 0 {
                    break;
                }
                read.push(byte[0]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
        }
        String::from_utf8(read).unwrap()
    });
    (port, server)
}

/// The program's request to a server, and what the server read.
fn ask(options: &[&str], dialogue: &[(&str, &str)]) -> (Ended, String) {
    let (port, server) = serve(dialogue);
    let ended = call(port, options, "/a?b");
    let read = server.join().unwrap().replace(&port.to_string(), "PORT");
    (ended, read)
}

#[test]
fn it_needs_no_library_of_the_system() {
    let headers = Command::new("readelf").args(["-ldW"]).arg(program()).output().unwrap();
    let headers = String::from_utf8_lossy(&headers.stdout).into_owned();
    assert!(headers.contains("LOAD"), "{headers}");
    assert!(!headers.contains("INTERP") && !headers.contains("NEEDED"), "{headers}");
}

#[test]
fn it_sends_a_plain_request_and_prints_the_head_and_as_much_of_the_body_as_the_head_says() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello and more";
    let (Ended(code, out, err), read) = ask(&[], &[("\r\n\r\n", answer)]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello", ""));
    assert_eq!(read, "GET /a?b HTTP/1.1\r\nHost: localhost:PORT\r\nUser-Agent: matrix\r\nAccept: */*\r\n\r\n");
}

#[test]
fn it_sends_method_headers_and_body_and_a_header_replaces_the_usual_one_or_without_a_value_removes_it() {
    let options = ["-X", "PUT", "-H", "host: other", "-H", "Accept:", "-H", "X-Y: z", "--data-binary", "@a=b"];
    let (Ended(code, ..), read) = ask(&options, &[("@a=b", "HTTP/1.1 204 No Content\r\n\r\n")]);
    assert_eq!(code, 0);
    let sent = "PUT /a?b HTTP/1.1\r\nUser-Agent: matrix\r\nContent-Length: 4\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                host: other\r\nX-Y: z\r\n\r\n@a=b";
    assert_eq!(read, sent);
    let (_, read) = ask(&["--data-binary", "x"], &[("\r\n\r\nx", "HTTP/1.1 204 No Content\r\n\r\n")]);
    assert!(read.starts_with("POST /a?b "), "{read}");
}

#[test]
fn it_prints_a_body_in_chunks_without_their_sizes_and_one_without_a_length_to_the_end() {
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nT: u\r\n\r\n";
    let (Ended(code, out, _), _) = ask(&[], &[("\r\n\r\n", chunks)]);
    assert_eq!((code, out.as_str()), (0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello!T: u\r\n"));
    let (Ended(code, out, _), _) = ask(&[], &[("\r\n\r\n", "HTTP/1.0 500 Oops\n\nto the end")]);
    assert_eq!((code, out.as_str()), (0, "HTTP/1.0 500 Oops\n\nto the end"), "a status is no failure of the request");
}

#[test]
fn it_follows_no_redirect_and_waits_for_no_body_where_there_is_none() {
    let moved = "HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n";
    let (Ended(code, out, _), _) = ask(&[], &[("\r\n\r\n", moved)]);
    assert_eq!((code, out.as_str()), (0, moved));
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    let (Ended(code, out, _), read) = ask(&["--head"], &[("\r\n\r\n", head)]);
    assert_eq!((code, out.as_str()), (0, head));
    assert!(read.starts_with("HEAD /a?b "), "{read}");
}

#[test]
fn it_waits_with_the_body_if_the_request_says_so_and_keeps_it_if_the_server_refuses() {
    let expects = ["-H", "Expect: 100-continue", "--data-binary", "abc"];
    let asked = [("\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n"), ("\r\n\r\nabc", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")];
    let (Ended(code, out, _), read) = ask(&expects, &asked);
    assert_eq!((code, out.as_str()), (0, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    assert!(read.ends_with("\r\n\r\nabc"), "{read}");
    let (Ended(code, out, _), read) = ask(&expects, &[("\r\n\r\n", "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")]);
    assert_eq!((code, out.as_str()), (0, "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"));
    assert!(!read.contains("abc"), "{read}");
    // A server that does not know the header gets the body a second later.
    let (Ended(code, ..), read) = ask(&expects, &[("\r\n\r\nabc", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]);
    assert_eq!((code, read.ends_with("abc")), (0, true));
}

#[test]
fn what_is_no_complete_answer_has_the_exit_status_of_curl_and_a_plain_message() {
    let ended = |dialogue: &[(&str, &str)]| {
        let Ended(code, out, err) = ask(&["--max-time", "5"], dialogue).0;
        assert!(out.is_empty() || err.contains("missing"), "{out}");
        (code, err)
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let unused = listener.local_addr().unwrap().port();
    drop(listener);
    let Ended(code, _, err) = call(unused, &[], "/");
    assert_eq!((code, err.as_str()), (7, "http: failed to connect to localhost port PORT: Connection refused\n"));
    let closed = ended(&[("\r\n\r\n", "")]);
    assert_eq!(closed, (52, "http: localhost port PORT closed the connection without an answer\n".to_owned()));
    let short = ended(&[("\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")]);
    assert_eq!(short, (18, "http: the answer ended early: 4 bytes are missing\n".to_owned()));
    let other = ended(&[("\r\n\r\n", "SSH-2.0-OpenSSH\r\n")]);
    assert_eq!(other, (1, "http: the answer from localhost port PORT is not HTTP\n".to_owned()));
}

#[test]
fn a_server_that_does_not_answer_in_time_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let clock = Instant::now();
    let Ended(code, _, err) = call(port, &["--max-time", "1"], "/");
    assert_eq!((code, err.as_str()), (28, "http: no complete answer from localhost port PORT within 1 s\n"));
    assert!(clock.elapsed() >= Duration::from_secs(1));
}
