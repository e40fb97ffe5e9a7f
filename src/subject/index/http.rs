//! Requests to the index, for one file or for the listing of a project.

use std::time::Duration;

use ureq::ResponseExt as _;
use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};
use url::Url;

use super::listing::{Link, html_links, json_links};
use super::name::{normal, project};
use crate::text::advice::Advice;

const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";
/// Size limit of a listing in bytes.
const PAGE_LIMIT: u64 = 16 << 20;
/// The end of a help.
const ANOTHER: &str = "choose another package index with `--index URL` or MATRIX_INDEX";
const CONNECT: Duration = Duration::from_secs(20);
/// Timeout without a received byte.
const SILENCE: Duration = Duration::from_secs(60);

/// Downloads `file` from the index at `address`, unless it is larger than `limit` bytes. Also returns its URL, for messages.
/// Blocks.
pub fn download(address: &str, file: &str, limit: u64) -> Result<(String, Vec<u8>), Advice> {
    let agent = agent();
    let url = locate(&agent, address, file)?;
    let bytes = read(&agent, &url, limit, ANOTHER)?;
    Ok((shown(&url), bytes))
}

/// Downloads the file at a URL, unless it is larger than `limit` bytes. Also returns the URL as it may be shown. Blocks.
pub fn download_url(url: &str, limit: u64) -> Result<(String, Vec<u8>), Advice> {
    let help = "change the URL of the pin";
    let url = Url::parse(url).map_err(|error| Advice::new(format!("`{url}` is not a URL: {error}"), help))?;
    let bytes = read(&agent(), &url, limit, help)?;
    Ok((shown(&url), bytes))
}

fn read(agent: &Agent, url: &Url, limit: u64, otherwise: &str) -> Result<Vec<u8>, Advice> {
    // `identity`, because the client would unpack an archive that a server labels as encoded.
    let mut answer = call(agent, url, "*/*", "identity").map_err(|error| failed(url, &error, otherwise))?;
    match answer.body_mut().with_config().limit(limit).read_to_vec() {
        Ok(bytes) => Ok(bytes),
        Err(ureq::Error::BodyExceedsLimit(_)) => {
            let message = format!("`{}` is larger than {limit} bytes", shown(url));
            Err(Advice::new(message, "check which file is there"))
        }
        Err(error) => {
            let message = format!("`{}` closed the connection before the archive was complete: {}", shown(url), words(&error));
            Err(Advice::new(message, "run again; the incomplete file was discarded"))
        }
    }
}

/// Every file of a project in the index at `address`, in the order of the index; empty for an unknown project. Blocks.
pub fn links(address: &str, project: &str) -> Result<Vec<Link>, Advice> {
    listed(&agent(), &page(address, project)?)
}

/// The text at a URL; `None` if there is none. `otherwise` is the end of the help. Blocks.
pub(super) fn text(url: &str, otherwise: &str) -> Result<Option<String>, Advice> {
    let url = Url::parse(url).map_err(|error| Advice::new(format!("`{url}` is not a URL: {error}"), otherwise))?;
    Ok(text_and_next(&url, None, otherwise)?.map(|(text, _)| text))
}

/// The text at a URL, and the URL of the next page, if there is one. Blocks.
pub(super) fn text_and_next(url: &Url, token: Option<&str>, otherwise: &str) -> Result<Option<(String, Option<Url>)>, Advice> {
    let mut request = agent().get(url.as_str()).header("accept", "application/json, text/plain;q=0.9, */*;q=0.1");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut answer = match request.call() {
        Err(ureq::Error::StatusCode(404 | 410)) => return Ok(None),
        other => other.map_err(|error| failed(url, &error, otherwise))?,
    };
    let next = answer.headers().get("link").and_then(|links| next(url, links.to_str().ok()?));
    let text = answer.body_mut().with_config().limit(PAGE_LIMIT).lossy_utf8(true).read_to_string();
    Ok(Some((text.map_err(|error| failed(url, &error, otherwise))?, next)))
}

/// The next page in a `Link` header.
fn next(page: &Url, links: &str) -> Option<Url> {
    let link = links.split(',').find(|link| link.contains("rel=\"next\"") || link.contains("rel=next"))?;
    let (_, rest) = link.split_once('<')?;
    page.join(rest.split_once('>')?.0).ok()
}

fn locate(agent: &Agent, address: &str, file: &str) -> Result<Url, Advice> {
    let page = page(address, project(file))?;
    let unlisted = || {
        let message = format!("the package index lists no `{file}` at `{}`", shown(&page));
        Advice::new(message, format!("check the file name among the pins, or {ANOTHER}"))
    };
    let found = listed(agent, &page)?.into_iter().find(|link| link.file() == file);
    Ok(found.ok_or_else(unlisted)?.url)
}

/// The URL of a project's listing.
fn page(address: &str, project: &str) -> Result<Url, Advice> {
    let page = format!("{}/{}/", address.trim_end_matches('/'), normal(project));
    Url::parse(&page).map_err(|error| no_listing(&page, &error.to_string()))
}

/// The files in a listing.
fn listed(agent: &Agent, page: &Url) -> Result<Vec<Link>, Advice> {
    let mut answer = match call(agent, page, ACCEPT, "gzip, identity") {
        // The index does not know the project.
        Err(ureq::Error::StatusCode(404)) => return Ok(Vec::new()),
        other => other.map_err(|error| failed(page, &error, ANOTHER))?,
    };
    // Links are relative to the URL after redirects.
    let base = Url::parse(&answer.get_uri().to_string()).unwrap_or_else(|_| page.clone());
    let json = answer.body().mime_type().is_some_and(|kind| kind.ends_with("json"));
    let text = answer.body_mut().with_config().limit(PAGE_LIMIT).lossy_utf8(true).read_to_string();
    let text = text.map_err(|error| failed(page, &error, ANOTHER))?;
    let links = if json { json_links(&text, &base) } else { html_links(&text, &base) };
    links.map_err(|seen| no_listing(&shown(page), &seen))
}

fn agent() -> Agent {
    // Uses the host's root certificates, because the proxy of a company may have its own authority.
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    Agent::config_builder()
        .tls_config(tls)
        .user_agent(concat!("matrix/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT))
        .timeout_per_read(Some(SILENCE))
        .build()
        .new_agent()
}

fn call(agent: &Agent, url: &Url, accept: &str, encoding: &str) -> Result<Response<Body>, ureq::Error> {
    agent.get(url.as_str()).header("accept", accept).header("accept-encoding", encoding).call()
}

fn failed(url: &Url, error: &ureq::Error, otherwise: &str) -> Advice {
    let url = shown(url);
    match error {
        ureq::Error::StatusCode(status) => {
            Advice::new(format!("`{url}` answered with status {status}"), format!("try again later, or {otherwise}"))
        }
        other => Advice::new(
            format!("failed to reach `{url}`: {}", words(other)),
            format!("check the network and the proxy settings, or {otherwise}"),
        ),
    }
}

fn no_listing(url: &str, seen: &str) -> Advice {
    let help = "the index must be the address of a simple repository; check `--index` or MATRIX_INDEX";
    Advice::new(format!("`{url}` did not return a package listing: {seen}"), help)
}

fn words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// A URL with its password redacted, for messages.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    if url.password().is_some() {
        // A URL with a password accepts another one.
        let _ = url.set_password(Some("***"));
    }
    url.set_fragment(None);
    url.to_string()
}

/// The address of an index with its password redacted.
pub fn shown_address(address: &str) -> String {
    Url::parse(address).map_or_else(|_| address.to_owned(), |url| shown(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_in_the_header() {
        let page = Url::parse("https://forge.example/api/tags?page=1").unwrap();
        let header = r#"<https://forge.example/api/tags?page=1>; rel="first", </api/tags?page=2>; rel="next""#;
        assert_eq!(next(&page, header).unwrap().as_str(), "https://forge.example/api/tags?page=2");
        assert_eq!(next(&page, r#"</api/tags?page=1>; rel="prev""#), None);
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        let url = Url::parse("https://user:secret@index.example/simple/#sha256=0").unwrap();
        assert_eq!(shown(&url), "https://user:***@index.example/simple/");
    }
}
