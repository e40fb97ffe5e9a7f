//! The releases of a project in an index.

use std::collections::BTreeMap;

use super::http::links;
use super::listing::Link;
use crate::text::advice::Advice;
use crate::text::version::Version;

/// The releases of one project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Releases {
    /// The releases with a source archive, sorted by version.
    pub published: Vec<Release>,
    /// The other releases, each with the reason for its exclusion, sorted by version.
    pub left_out: Vec<(Version, String)>,
}

/// The source archive of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub version: Version,
    /// Name of the archive, if the source of releases has archives.
    pub file: Option<String>,
    /// The archive's sha256 in hexadecimal, if the index publishes it.
    pub sha256: Option<String>,
    /// Where the archive is; `None` is the Python package index.
    pub url: Option<String>,
}

/// The current releases of a project in the index at `address`. Blocks.
pub fn releases(address: &str, project: &str) -> Result<Releases, Advice> {
    Ok(sorted(project, links(address, project)?))
}

/// Releases by version. If an archive is listed twice, the first entry counts, as in downloads.
fn sorted(project: &str, links: Vec<Link>) -> Releases {
    let mut all: BTreeMap<Version, (Release, Option<String>)> = BTreeMap::new();
    for link in links {
        let file = link.file();
        let text = file.strip_prefix(project).and_then(|rest| rest.strip_prefix('-')?.strip_suffix(".tar.gz"));
        let Some(version) = text.and_then(Version::parse) else { continue };
        let why = match &link.yanked {
            _ if version.is_preliminary() => Some("a pre-release".to_owned()),
            Some(reason) if reason.is_empty() => Some("yanked by its publisher".to_owned()),
            Some(reason) => Some(format!("yanked by its publisher: {reason}")),
            None => None,
        };
        let release = Release { version: version.clone(), file: Some(file.to_owned()), sha256: link.sha256, url: None };
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
