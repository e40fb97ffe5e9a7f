//! The releases of a project, as an index lists them.

use std::collections::BTreeMap;

use super::error::IndexError;
use super::http::links;
use super::listing::Link;
use crate::text::version::Version;

/// What an index lists of one project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Releases {
    /// The releases with an archive of sources, in the order of their versions.
    pub published: Vec<Release>,
    /// The other releases, and why each is left out: version and reason, in the same order.
    pub left_out: Vec<(Version, String)>,
}

/// The sources of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub version: Version,
    /// The name of the archive.
    pub file: String,
    /// The archive's sha256 as the index states it, in hexadecimal digits.
    pub sha256: Option<String>,
}

/// The releases of a project that the index at `address` lists now. Blocks.
pub fn releases(address: &str, project: &str) -> Result<Releases, IndexError> {
    Ok(sorted(project, links(address, project)?))
}

/// Releases by version. If an archive is listed twice, the first entry counts, as it does when fetching.
fn sorted(project: &str, links: Vec<Link>) -> Releases {
    let mut all: BTreeMap<Version, (Release, Option<String>)> = BTreeMap::new();
    for link in links {
        let file = link.file();
        let text = file.strip_prefix(project).and_then(|rest| rest.strip_prefix('-')?.strip_suffix(".tar.gz"));
        let Some(version) = text.and_then(Version::parse) else { continue };
        let why = match &link.yanked {
            _ if version.is_preliminary() => Some("a pre-release".to_owned()),
            Some(reason) if reason.is_empty() => Some("withdrawn by its publisher".to_owned()),
            Some(reason) => Some(format!("withdrawn by its publisher: {reason}")),
            None => None,
        };
        let release = Release { version: version.clone(), file: file.to_owned(), sha256: link.sha256 };
        all.entry(version).or_insert((release, why));
    }
    let mut releases = Releases::default();
    for (version, (release, why)) in all {
        match why {
            Some(why) => releases.left_out.push((version, why)),
            None => releases.published.push(release),
        }
    }
    releases
}
