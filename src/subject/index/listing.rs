//! The listing of a project in an index, as JSON or HTML.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use url::Url;

/// A file in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub url: Url,
    /// Its sha256, if the index publishes one.
    pub sha256: Option<String>,
    /// The reason if its publisher withdrew it; may be empty.
    pub yanked: Option<String>,
}

impl Link {
    pub fn file(&self) -> &str {
        self.url.path_segments().and_then(Iterator::last).unwrap_or_default()
    }
}

pub(super) fn json_links(text: &str, base: &Url) -> Result<Vec<Link>, String> {
    #[derive(Deserialize)]
    struct Page {
        files: Vec<File>,
    }
    #[derive(Deserialize)]
    struct File {
        url: String,
        #[serde(default)]
        hashes: BTreeMap<String, String>,
        /// A boolean, or the reason as text.
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

pub(super) fn html_links(text: &str, base: &Url) -> Result<Vec<Link>, String> {
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

/// A sha256 in lower case; a digest in any other form counts as missing.
fn hexadecimal(digest: &str) -> Option<String> {
    let digest = digest.to_ascii_lowercase();
    (digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn digests_and_yanked_releases_are_read_from_json() {
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
}
