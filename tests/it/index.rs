//! A minimal package index over HTTP on loopback.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) const HTML: &str = "text/html; charset=utf-8";
pub(crate) const JSON: &str = "application/vnd.pypi.simple.v1+json";

/// One response: status, content type, body, and the excess of the declared length.
#[derive(Clone)]
pub(crate) struct Answer(pub(crate) u16, pub(crate) &'static str, pub(crate) Vec<u8>, pub(crate) usize);

pub(crate) fn page(kind: &'static str, body: &str) -> Answer {
    Answer(200, kind, body.as_bytes().to_vec(), 0)
}

/// An index that answers by path and remembers the head of every request.
pub(crate) struct Index {
    pub(crate) address: String,
    pub(crate) heads: Arc<Mutex<Vec<String>>>,
}

impl Index {
    pub(crate) fn new(answers: &[(&str, Answer)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let answers: BTreeMap<String, Answer> =
            answers.iter().map(|(path, answer)| ((*path).to_owned(), answer.clone())).collect();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let index = Index { address, heads: Arc::clone(&heads) };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // The client may close the connection early, for example for a large file.
                let _ = serve(stream, &answers, &heads);
            }
        });
        index
    }
}

fn serve(mut stream: TcpStream, answers: &BTreeMap<String, Answer>, heads: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let lines = BufReader::new(stream.try_clone()?).lines().map_while(Result::ok);
    let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let path = request[0].split(' ').nth(1).unwrap().to_owned();
    heads.lock().unwrap().push(request.join("\n").to_lowercase());
    let Answer(status, kind, body, missing) = answers.get(&path).cloned().unwrap_or(Answer(404, HTML, Vec::new(), 0));
    let length = body.len() + missing;
    write!(stream, "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")?;
    stream.write_all(&body)
}
