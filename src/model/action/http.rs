//! `http`: a request to the server in the container.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use crate::model::keys::{Header, Method, UrlPath};
use crate::model::kinds::Keys;
use crate::text::shell::quoted;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Http<T> {
    /// A request to the server in the container.
    pub http: Request<T>,
}

/// A request to the server in the container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Http")]
pub struct Request<T> {
    /// Path and query, such as `/hello`.
    #[schemars(with = "UrlPath")]
    pub path: T,
    /// Port of the server.
    #[serde(default = "web")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// Method; default `GET`.
    pub method: Option<Method>,
    /// Request headers.
    #[serde(default)]
    pub headers: BTreeMap<Header, String>,
    /// Request body.
    #[schemars(with = "Option<String>")]
    pub body: Option<T>,
}

fn web() -> u16 {
    80
}

impl<T> Keys for Http<T> {
    const KEYS: &'static [&'static str] = &["http"];
}

impl<T> Http<T> {
    pub(super) fn map<U>(&self, f: &mut impl FnMut(&[&'static str], &T) -> U) -> Http<U> {
        let Request { path, port, method, headers, body } = &self.http;
        let path = f(&["http", "path"], path);
        let body = body.as_ref().map(|body| f(&["http", "body"], body));
        Http { http: Request { path, port: *port, method: method.clone(), headers: headers.clone(), body } }
    }
}

/// The program in the container that makes requests: `examples/http.rs`.
pub const PROGRAM: &str = "/dev/matrix/http";

/// The same by hand: the program takes some of the options of curl.
pub const CURL: &str = "curl -sS -i";

impl Http<String> {
    pub(super) fn command(&self, timeout: Duration) -> String {
        let Request { path, port, method, headers, body } = &self.http;
        let mut words = vec![format!("{PROGRAM} --max-time {}", timeout.as_secs())];
        let usual = if body.is_some() { "POST" } else { "GET" };
        words.extend(method.iter().map(|method| method.0.as_str()).filter(|method| *method != usual).map(|method| match method {
            "HEAD" => "--head".to_owned(),
            method => format!("-X {}", quoted(method)),
        }));
        words.extend(headers.iter().map(|(name, value)| format!("-H {}", quoted(&format!("{}: {value}", name.0)))));
        words.extend(body.iter().map(|body| format!("--data-binary {}", quoted(body))));
        let port = if *port == web() { String::new() } else { format!(":{port}") };
        words.push(quoted(&format!("http://localhost{port}{path}")));
        words.join(" ")
    }
}

impl<T> Kind<T> for Http<T> {
    fn inputs(&self) -> Vec<&T> {
        [&self.http.path].into_iter().chain(&self.http.body).collect()
    }

    fn takes_log(&self) -> bool {
        true
    }

    /// The request times out by itself after that. A server whose children keep crashing never answers.
    fn timeout(&self) -> Duration {
        Duration::from_secs(15)
    }

    fn is_request(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(method: Option<&str>, body: Option<&str>) -> String {
        let http = Request {
            path: "/hello?zero".to_owned(),
            port: 8080,
            method: method.map(|method| Method(method.into())),
            headers: BTreeMap::from([(Header("Expect".into()), "100-continue".into())]),
            body: body.map(str::to_owned),
        };
        Http { http }.command(Duration::from_secs(15))
    }

    #[test]
    fn a_request_becomes_one_command() {
        insta::assert_snapshot!(command(Some("PUT"), Some("a b")), @"/dev/matrix/http --max-time 15 -X PUT -H 'Expect: 100-continue' --data-binary 'a b' 'http://localhost:8080/hello?zero'");
    }

    #[test]
    fn a_method_is_stated_where_it_is_not_the_usual_one() {
        let stated = |method, body| {
            let command = command(method, body);
            command.split(" -H ").next().unwrap().replace("/dev/matrix/http --max-time 15", "")
        };
        assert_eq!([stated(None, None), stated(Some("GET"), None), stated(Some("POST"), Some("x"))], ["", "", ""]);
        assert_eq!([stated(Some("GET"), Some("x")), stated(Some("HEAD"), None)], [" -X GET", " --head"]);
    }
}
