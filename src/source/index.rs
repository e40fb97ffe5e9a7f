//! A Python package index (the "simple" API, as JSON or as HTML), asked for one file. It must not know pins,
//! digests or the cache.

use std::time::Duration;

use regex::Regex;
use serde::Deserialize;
use ureq::ResponseExt as _;
use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};
use url::Url;

use super::{SIZE_LIMIT, SourceError};

const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";
/// The largest page of files that is read.
const PAGE_LIMIT: u64 = 16 << 20;
const CONNECT: Duration = Duration::from_secs(20);
/// Most time without a byte.
const SILENCE: Duration = Duration::from_secs(60);

/// Fetches `file` from the index at `address`; also gives the URL it came from, for messages.
pub(super) fn download(address: &str, file: &str) -> Result<(String, Vec<u8>), SourceError> {
    let agent = agent();
    let url = locate(&agent, address, file)?;
    // The bytes as they are: an archive must not be unpacked on the way because a server calls it encoded.
    let mut answer = ask(&agent, &url, "*/*", "identity")?;
    match answer.body_mut().with_config().limit(SIZE_LIMIT).read_to_vec() {
        Ok(bytes) => Ok((shown(&url), bytes)),
        Err(ureq::Error::BodyExceedsLimit(_)) => Err(SourceError::TooLarge { url: shown(&url) }),
        Err(error) => Err(SourceError::Truncated { url: shown(&url), cause: words(&error) }),
    }
}

/// Where the index says the file is.
fn locate(agent: &Agent, address: &str, file: &str) -> Result<Url, SourceError> {
    let not_an_index = |url: &str, seen: String| SourceError::NotAnIndex { url: url.to_owned(), seen };
    let page = format!("{}/{}/", address.trim_end_matches('/'), project(file));
    let page = Url::parse(&page).map_err(|error| not_an_index(&page, error.to_string()))?;
    let unlisted = || SourceError::Unlisted { file: file.to_owned(), url: shown(&page) };
    let mut answer = match ask(agent, &page, ACCEPT, "gzip, identity") {
        // A project the index does not know.
        Err(SourceError::Status { status: 404, .. }) => return Err(unlisted()),
        other => other?,
    };
    // Links are relative to where a redirect has led.
    let base = Url::parse(&answer.get_uri().to_string()).unwrap_or_else(|_| page.clone());
    let json = answer.body().mime_type().is_some_and(|kind| kind.ends_with("json"));
    let text = answer.body_mut().with_config().limit(PAGE_LIMIT).lossy_utf8(true).read_to_string();
    let text = text.map_err(|error| SourceError::Unreachable { url: shown(&page), cause: words(&error) })?;
    let links = if json { json_links(&text) } else { html_links(&text) };
    let links = links.map_err(|seen| not_an_index(&shown(&page), seen))?;
    let found = links
        .iter()
        .filter_map(|link| base.join(link).ok())
        .find(|url| url.path_segments().and_then(Iterator::last) == Some(file));
    found.ok_or_else(unlisted)
}

fn agent() -> Agent {
    // The host's own roots: a company's proxy that opens TLS has its authority there, not in a built-in list.
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    Agent::config_builder()
        .tls_config(tls)
        .user_agent(concat!("matrix/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT))
        .timeout_per_read(Some(SILENCE))
        .build()
        .new_agent()
}

fn ask(agent: &Agent, url: &Url, accept: &str, encoding: &str) -> Result<Response<Body>, SourceError> {
    let asked = agent.get(url.as_str()).header("accept", accept).header("accept-encoding", encoding).call();
    asked.map_err(|error| match error {
        ureq::Error::StatusCode(status) => SourceError::Status { url: shown(url), status },
        other => SourceError::Unreachable { url: shown(url), cause: words(&other) },
    })
}

fn words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// A URL without the password that the address of a private index may hold.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    if url.password().is_some() {
        // It has a password, so it can have another.
        let _ = url.set_password(Some("***"));
    }
    url.set_fragment(None);
    url.to_string()
}

/// The project's normalised name: what precedes the version, in lower case, runs of `-_.` as one `-`.
fn project(file: &str) -> String {
    let name = file.rsplit_once('-').map_or(file, |(name, _)| name);
    let words = name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

fn json_links(text: &str) -> Result<Vec<String>, String> {
    #[derive(Deserialize)]
    struct Page {
        files: Vec<File>,
    }
    #[derive(Deserialize)]
    struct File {
        url: String,
    }
    let page: Page = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(page.files.into_iter().map(|file| file.url).collect())
}

fn html_links(text: &str) -> Result<Vec<String>, String> {
    let link = Regex::new(r#"(?is)<a\s[^>]*?href\s*=\s*["']([^"']+)["']"#).expect("the pattern is a valid one");
    let links: Vec<String> = link.captures_iter(text).map(|found| found[1].replace("&amp;", "&")).collect();
    if links.is_empty() { Err("a page without links".to_owned()) } else { Ok(links) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_named_as_indexes_name_it() {
        for (file, name) in
            [("mod_wsgi-4.9.4.tar.gz", "mod-wsgi"), ("Zope.Interface-5.0.tar.gz", "zope-interface"), ("a--b__c-1.zip", "a-b-c")]
        {
            assert_eq!(project(file), name);
        }
    }

    #[test]
    fn links_are_read_from_html_in_any_quotes_and_case() {
        let page = "<A class=x HREF = '../../f/a-1.tar.gz#sha256=00'>a</A>\n<a\nhref=\"b-1.zip?x=1&amp;y=2\">b</a>";
        assert_eq!(html_links(page).unwrap(), ["../../f/a-1.tar.gz#sha256=00", "b-1.zip?x=1&y=2"]);
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        let url = Url::parse("https://user:secret@index.example/simple/#sha256=0").unwrap();
        assert_eq!(shown(&url), "https://user:***@index.example/simple/");
    }
}
