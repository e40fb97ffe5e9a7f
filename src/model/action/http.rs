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

impl Http<String> {
    pub(super) fn command(&self, timeout: Duration) -> String {
        let Request { path, port, method, headers, body } = &self.http;
        let mut words = vec![format!("curl -sS -i --max-time {}", timeout.as_secs())];
        words.extend(method.iter().filter(|method| method.0 != "GET").map(|method| format!("-X {}", quoted(&method.0))));
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

    #[test]
    fn a_request_becomes_one_curl_command() {
        let http = Http {
            http: Request {
                path: "/hello?zero".to_owned(),
                port: 8080,
                method: Some(Method("POST".into())),
                headers: BTreeMap::from([(Header("Expect".into()), "100-continue".into())]),
                body: Some("a b".into()),
            },
        };
        insta::assert_snapshot!(http.command(Duration::from_secs(15)), @"curl -sS -i --max-time 15 -X POST -H 'Expect: 100-continue' --data-binary 'a b' 'http://localhost:8080/hello?zero'");
    }
}
