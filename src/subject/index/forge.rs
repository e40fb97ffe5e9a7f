//! The releases of a repository on a forge (GitHub, GitLab, Gitea, Forgejo): its tags, through the forge's API.

use std::collections::BTreeSet;

use serde::Deserialize;
use url::Url;

use super::http::{shown_address, text_and_next};
use super::releases::{Release, Releases};
use crate::text::advice::Advice;
use crate::text::version::Version;

/// Pages of 100 tags that are read at most.
const MOST_PAGES: usize = 50;
/// The end of a help.
const HELP: &str =
    "`forge` is the address of a repository in the API of a forge, such as https://forge.example/api/v1/repos/OWNER/NAME";

#[derive(Deserialize)]
struct Tag {
    name: String,
}

/// The releases that the tags of a repository name, by its address in the API. `token` is sent to the forge's own host only.
/// Blocks.
pub fn tagged_releases(address: &str, token: Option<&str>) -> Result<Releases, Advice> {
    let shown = shown_address(address);
    let first = tags(address).ok_or_else(|| Advice::new(format!("`{shown}` is not an address"), HELP))?;
    let (mut names, mut next) = (Vec::new(), Some(first.clone()));
    let mut pages = 0;
    while let Some(page) = next {
        pages += 1;
        if pages > MOST_PAGES {
            let message = format!("`{shown}` has more than {} tags", MOST_PAGES * 100);
            return Err(Advice::new(message, "list the releases in the project file"));
        }
        let token = token.filter(|_| page.origin() == first.origin());
        let Some((text, following)) = text_and_next(&page, token, HELP)? else {
            let help = format!("a private repository needs a token in MATRIX_FORGE_TOKEN; {HELP}");
            return Err(Advice::new(format!("`{shown}` has no list of tags"), help));
        };
        let tags: Vec<Tag> = serde_json::from_str(&text)
            .map_err(|error| Advice::new(format!("`{shown}` did not return a list of tags: {error}"), HELP))?;
        names.extend(tags.into_iter().map(|tag| tag.name));
        next = following;
    }
    Ok(sorted(&names))
}

/// GitLab's repositories are projects, and their tags a part of the repository.
fn tags(address: &str) -> Option<Url> {
    let address = address.trim_end_matches('/');
    let tags = if address.contains("/projects/") { "/repository/tags" } else { "/tags" };
    Url::parse(&format!("{address}{tags}?per_page=100&limit=100")).ok().filter(Url::has_host)
}

/// The releases that tags name, each once.
fn sorted(tags: &[String]) -> Releases {
    let all: BTreeSet<Version> = tags.iter().filter_map(|tag| release(tag)).collect();
    let mut releases = Releases::default();
    for version in all {
        if version.is_preliminary() {
            releases.left_out.push((version, "a pre-release".to_owned()));
        } else {
            releases.published.push(Release { version, file: None, sha256: None, url: None });
        }
    }
    releases
}

/// The version in a tag such as `v1.2`, `release-1.2` or `name/1.2`.
fn release(tag: &str) -> Option<Version> {
    let begins = tag.find(|c: char| c.is_ascii_digit())?;
    let prefix = tag[..begins].trim_end_matches(['v', 'V']);
    let is_prefix = prefix.is_empty() || prefix.ends_with(['-', '/', '_']);
    Version::parse(&tag[begins..]).filter(|_| is_prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_a_release_or_none() {
        let tags =
            ["v1.2", "1.3", "release-1.4", "name/v1.5", "lib_1.6", "1.7rc1", "v1.2", "nightly", "abc123", "2024-01-01", "v"];
        let releases = sorted(&tags.map(str::to_owned));
        let versions: Vec<&str> = releases.published.iter().map(|release| release.version.as_str()).collect();
        assert_eq!(versions, ["1.2", "1.3", "1.4", "1.5", "1.6"]);
        assert_eq!(releases.left_out.len(), 1, "{:?}", releases.left_out);
    }

    #[test]
    fn the_tags_of_a_repository_are_where_its_forge_has_them() {
        let of = |address| tags(address).map(|url| url.path().to_owned());
        assert_eq!(of("https://api.forge.example/repos/a/b/").as_deref(), Some("/repos/a/b/tags"));
        assert_eq!(of("https://forge.example/api/v4/projects/a%2Fb").as_deref(), Some("/api/v4/projects/a%2Fb/repository/tags"));
        assert_eq!([of("words"), of("file:///a")], [None, None]);
    }
}
