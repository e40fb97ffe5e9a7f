//! A build with BuildKit. The engine answers such a request in BuildKit's own messages, which bollard reads only with a gRPC
//! client for a session. The build needs no session, so the request is made here.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use prost::Message as _;
use serde::Deserialize;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_util::either::Either;
use url::form_urlencoded::Serializer;

use super::build_log::{BuildLog, Status};
use super::client::Docker;
use crate::engine::{BuildRequest, Cause};

/// The cause of a build that was silent for too long.
pub(super) const SILENT: &str = "the engine did not answer in time";

/// A line of the answer, or an answer that is an error.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: String,
    aux: Option<serde_json::Value>,
    error: Option<String>,
    message: Option<String>,
}

pub(super) async fn build(engine: &Docker, request: BuildRequest, log: &mut BuildLog<'_>) -> Result<(), Cause> {
    let stream = match engine.address.split_once("://") {
        Some(("unix", path)) => Either::Left(UnixStream::connect(path).await?),
        Some((_, host)) => Either::Right(TcpStream::connect(host.trim_end_matches('/')).await?),
        None => return Err(format!("`{}` is not an address of an engine", engine.address).into()),
    };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let path = format!("/v{}/build?{}", engine.api.client_version(), query(&request)?);
    let post = Request::post(path).header(HOST, "docker").header(CONTENT_TYPE, "application/x-tar");
    let post = post.body(Full::new(Bytes::from(request.context)))?;
    let silence = engine.silence();
    let exchange = async move {
        let response = timeout(silence, sender.send_request(post)).await.map_err(|_| SILENT)??;
        follow(response, silence, log).await
    };
    // The connection carries the exchange and ends with it. Its own error is the error of the exchange.
    tokio::join!(exchange, connection).0
}

fn query(request: &BuildRequest) -> Result<String, Cause> {
    let base = ("BASE".to_owned(), request.base.name.clone());
    let args: std::collections::BTreeMap<_, _> = request.args.clone().into_iter().chain([base]).collect();
    let mut query = Serializer::new(String::new());
    // The build cache outlives images; a user who removed the images wants new ones.
    query.extend_pairs([("version", "2"), ("t", &request.tag), ("rm", "1"), ("forcerm", "1"), ("nocache", "1")]);
    query.append_pair("buildargs", &serde_json::to_string(&args)?);
    query.append_pair("labels", &serde_json::to_string(&request.labels)?);
    if let Some(network) = &request.network {
        query.append_pair("networkmode", network);
    }
    Ok(query.finish())
}

/// Reads the answer to its end.
async fn follow(response: Response<Incoming>, silence: Duration, log: &mut BuildLog<'_>) -> Result<(), Cause> {
    let status = response.status();
    let mut body = response.into_body();
    let mut text = Vec::new();
    while let Some(frame) = timeout(silence, body.frame()).await.map_err(|_| SILENT)? {
        text.extend_from_slice(&frame?.into_data().unwrap_or_default());
        while let Some(end) = memchr::memchr(b'\n', &text) {
            let line: Vec<u8> = text.drain(..=end).collect();
            read(&line, log)?;
        }
    }
    if text.iter().any(|byte| !byte.is_ascii_whitespace()) {
        read(&text, log)?;
    }
    if status.is_success() { Ok(()) } else { Err(format!("the engine answered {status}").into()) }
}

/// Reads one line of the answer.
fn read(line: &[u8], log: &mut BuildLog<'_>) -> Result<(), Cause> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    let line: Line = serde_json::from_slice(line).map_err(malformed)?;
    if let Some(error) = line.error.or(line.message) {
        return Err(error.trim().into());
    }
    // The id of the image, which comes under another name, is asked for afterwards.
    if let ("moby.buildkit.trace", Some(serde_json::Value::String(trace))) = (line.id.as_str(), line.aux) {
        let trace = STANDARD.decode(trace).map_err(malformed)?;
        log.report(Status::decode(trace.as_slice()).map_err(malformed)?);
    }
    Ok(())
}

fn malformed(error: impl std::fmt::Display) -> Cause {
    format!("failed to parse the engine's answer: {error}").into()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// The lines that a build prints for these lines of an answer, and the error that ends it.
    fn printed(answer: &[&str]) -> (Vec<String>, Option<String>) {
        let lines = Mutex::new(Vec::new());
        let line = |line: &str| lines.lock().unwrap().push(line.to_owned());
        let mut log = BuildLog::new(&line);
        let error = answer.iter().find_map(|line| read(line.as_bytes(), &mut log).err());
        (lines.into_inner().unwrap(), error.map(|cause| cause.to_string()))
    }

    /// What Docker 20.10 sent for `RUN echo hello-1`: the instruction, its output, and the id of the image.
    #[test]
    fn an_instruction_and_its_output_are_read_from_buildkits_messages() {
        let begun = r#"{"id":"moby.buildkit.trace","aux":"CsQBCkdzaGEyNTY6YjQ4Y2Y2ZmI4NWY0MzAwNjE4NTA3NGU4YTcxMGQ5NmJmZTZmM2QxNTc4ZjQ0Y2I5MWZiM2Q3Y2EzOTI0YjVhMxJHc2hhMjU2OjFlNGZhMjY3MjM0ZWM3YzVhNDc3MDRkYzRlZjg2OTRiYzc1ZDhlNzU5YTFjOWZmZmQzMDIyZWRkZjE1NmFmMWUaI1syLzJdIFJVTiBlY2hvIGhlbGxvLTEgJiYgZGF0ZSA+IC9kKgsI5qu22AYQ8cvCcw=="}"#;
        let output = r#"{"id":"moby.buildkit.trace","aux":"GmMKR3NoYTI1NjpiNDhjZjZmYjg1ZjQzMDA2MTg1MDc0ZThhNzEwZDk2YmZlNmYzZDE1NzhmNDRjYjkxZmIzZDdjYTM5MjRiNWEzEgwI5qu22AYQmp7phwIYASIIaGVsbG8tMQo="}"#;
        let image = r#"{"id":"moby.image.id","aux":{"ID":"sha256:1eab8da5"}}"#;
        let lines = ["[2/2] RUN echo hello-1 && date > /d", "hello-1"].map(str::to_owned).to_vec();
        assert_eq!(printed(&[begun, begun, output, image, "\n"]), (lines, None));
    }

    #[test]
    fn an_error_in_the_answer_ends_the_build() {
        let failed = r#"{"errorDetail":{"message":"exit code: 5"},"error":"exit code: 5"}"#;
        assert_eq!(printed(&[failed]).1.as_deref(), Some("exit code: 5"));
        assert_eq!(printed(&[r#"{"message":"no such image"}"#]).1.as_deref(), Some("no such image"));
        assert!(printed(&["<html>"]).1.unwrap().starts_with("failed to parse the engine's answer: "));
        let text = r#"{"id":"moby.buildkit.trace","aux":"%"}"#;
        assert!(printed(&[text]).1.unwrap().starts_with("failed to parse the engine's answer: "));
    }
}
