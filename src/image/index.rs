//! A Python package index (the "simple" API, as JSON or as HTML), asked for one file or for all it lists of a project. It
//! must not know pins or the cache.

use std::collections::BTreeMap;
use std::time::Duration;

use regex::Regex;
use serde::Deserialize;
use ureq::ResponseExt as _;
use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};
use url::Url;

use super::archive::{SIZE_LIMIT, SourceError};

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

/// A file that an index lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// Where it is.
    pub(super) url: Url,
    /// Its sha256, if the index states one.
    pub(super) sha256: Option<String>,
    /// Why it was withdrawn, if it was; may be empty.
    pub(super) yanked: Option<String>,
}

impl Link {
    /// The file's name.
    pub(super) fn file(&self) -> &str {
        self.url.path_segments().and_then(Iterator::last).unwrap_or_default()
    }
}

/// Every file that the index at `address` lists of a project, in its order; none of a project it does not know.
pub(super) fn links(address: &str, project: &str) -> Result<Vec<Link>, SourceError> {
    listed(&agent(), &page(address, project)?)
}

/// Where the index says the file is.
fn locate(agent: &Agent, address: &str, file: &str) -> Result<Url, SourceError> {
    let page = page(address, project(file))?;
    let unlisted = || SourceError::Unlisted { file: file.to_owned(), url: shown(&page) };
    let found = listed(agent, &page)?.into_iter().find(|link| link.file() == file);
    Ok(found.ok_or_else(unlisted)?.url)
}

/// The page of a project.
fn page(address: &str, project: &str) -> Result<Url, SourceError> {
    let page = format!("{}/{}/", address.trim_end_matches('/'), normal(project));
    Url::parse(&page).map_err(|error| SourceError::NotAnIndex { url: page, seen: error.to_string() })
}

/// What a page lists.
fn listed(agent: &Agent, page: &Url) -> Result<Vec<Link>, SourceError> {
    let mut answer = match ask(agent, page, ACCEPT, "gzip, identity") {
        // A project the index does not know.
        Err(SourceError::Status { status: 404, .. }) => return Ok(Vec::new()),
        other => other?,
    };
    // Links are relative to where a redirect has led.
    let base = Url::parse(&answer.get_uri().to_string()).unwrap_or_else(|_| page.clone());
    let json = answer.body().mime_type().is_some_and(|kind| kind.ends_with("json"));
    let text = answer.body_mut().with_config().limit(PAGE_LIMIT).lossy_utf8(true).read_to_string();
    let text = text.map_err(|error| SourceError::Unreachable { url: shown(page), cause: words(&error) })?;
    let links = if json { json_links(&text, &base) } else { html_links(&text, &base) };
    links.map_err(|seen| SourceError::NotAnIndex { url: shown(page), seen })
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

/// The address of an index as it may be shown.
pub(super) fn shown_address(address: &str) -> String {
    Url::parse(address).map_or_else(|_| address.to_owned(), |url| shown(&url))
}

/// The project a file belongs to: what precedes the version.
fn project(file: &str) -> &str {
    file.rsplit_once('-').map_or(file, |(name, _)| name)
}

/// A project's name as indexes have it: in lower case, runs of `-_.` as one `-`.
pub(super) fn normal(project: &str) -> String {
    let words = project.split(['-', '_', '.']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

fn json_links(text: &str, base: &Url) -> Result<Vec<Link>, String> {
    #[derive(Deserialize)]
    struct Page {
        files: Vec<File>,
    }
    #[derive(Deserialize)]
    struct File {
        url: String,
        #[serde(default)]
        hashes: BTreeMap<String, String>,
        /// A truth value, or the reason.
        #[serde(default)]
        yanked: serde_json::Value,
    }
    let page: Page = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let link = |file: File| {
        let yanked = match file.yanked {
            serde_json::Value::String(reason) => Some(reason),
            other => (other == true).then(String::new),
        };
        let sha256 = file.hashes.get("sha256").and_then(|digest| hexadecimal(digest));
        Some(Link { url: base.join(&file.url).ok()?, sha256, yanked })
    };
    Ok(page.files.into_iter().filter_map(link).collect())
}

fn html_links(text: &str, base: &Url) -> Result<Vec<Link>, String> {
    let anchor = Regex::new(r#"(?is)<a\s(?:[^>"']|"[^"]*"|'[^']*')*>"#).expect("the pattern is a valid one");
    let address = Regex::new(r#"(?is)\shref\s*=\s*["']([^"']+)["']"#).expect("the pattern is a valid one");
    let yanked = Regex::new(r#"(?is)\sdata-yanked(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?"#).expect("the pattern is a valid one");
    let plain = |text: &str| text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let anchors: Vec<&str> = anchor.find_iter(text).map(|found| found.as_str()).collect();
    let link = |anchor: &&str| {
        let url = base.join(&plain(&address.captures(anchor)?[1])).ok()?;
        let sha256 = url.fragment().and_then(|fragment| hexadecimal(fragment.strip_prefix("sha256=")?));
        let reason = yanked.captures(anchor).map(|found| found.get(1).or(found.get(2)).map_or("", |reason| reason.as_str()));
        Some(Link { url, sha256, yanked: reason.map(plain) })
    };
    let links: Vec<Link> = anchors.iter().filter_map(link).collect();
    if links.is_empty() { Err("a page without links".to_owned()) } else { Ok(links) }
}

/// A digest that may be one; what is stated in any other way counts as not stated.
fn hexadecimal(digest: &str) -> Option<String> {
    let digest = digest.to_ascii_lowercase();
    (digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_named_as_indexes_name_it() {
        for (file, name) in
            [("mod_wsgi-4.9.4.tar.gz", "mod-wsgi"), ("Zope.Interface-5.0.tar.gz", "zope-interface"), ("a--b__c-1.zip", "a-b-c")]
        {
            assert_eq!(normal(project(file)), name);
        }
    }

    fn base() -> Url {
        Url::parse("http://index.example/simple/a/").unwrap()
    }

    fn link(url: &str, sha256: Option<&str>, yanked: Option<&str>) -> Link {
        Link { url: Url::parse(url).unwrap(), sha256: sha256.map(str::to_owned), yanked: yanked.map(str::to_owned) }
    }

    #[test]
    fn links_are_read_from_html_in_any_quotes_and_case() {
        let digest = "0A".repeat(32);
        let page = format!(
            "<A class=x HREF = '../../f/a-1.tar.gz#sha256={digest}' data-yanked>a</A>\n\
             <a\ndata-yanked='it&quot;s broken'\nhref=\"b-1.zip?x=1&amp;y=2#sha256=00\">b</a><a href=''>c</a>"
        );
        let links = html_links(&page, &base()).unwrap();
        let lower = digest.to_lowercase();
        let first = format!("http://index.example/f/a-1.tar.gz#sha256={digest}");
        assert_eq!(links[0], link(&first, Some(&lower), Some("")));
        let second = "http://index.example/simple/a/b-1.zip?x=1&y=2#sha256=00";
        assert_eq!(links[1..], [link(second, None, Some("it\"s broken"))]);
        assert_eq!((links[0].file(), links[1].file()), ("a-1.tar.gz", "b-1.zip"));
    }

    #[test]
    fn digests_and_what_was_withdrawn_are_read_from_json() {
        let digest = "0a".repeat(32);
        let page = format!(
            r#"{{"files": [{{"url": "../../f/a-1.tar.gz", "hashes": {{"md5": "0", "sha256": "{digest}"}}, "yanked": false}},
                {{"url": "http://f.example/a-2.tar.gz", "hashes": {{}}, "yanked": "broken"}},
                {{"url": "a-3.tar.gz", "yanked": true}}]}}"#
        );
        let expected = [
            link("http://index.example/f/a-1.tar.gz", Some(&digest), None),
            link("http://f.example/a-2.tar.gz", None, Some("broken")),
            link("http://index.example/simple/a/a-3.tar.gz", None, Some("")),
        ];
        assert_eq!(json_links(&page, &base()).unwrap(), expected);
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        let url = Url::parse("https://user:secret@index.example/simple/#sha256=0").unwrap();
        assert_eq!(shown(&url), "https://user:***@index.example/simple/");
    }
}
