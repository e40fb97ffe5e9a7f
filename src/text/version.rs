//! Versions of Python packages: parsing, order, pre-releases.

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

#[derive(Debug, Clone)]
pub struct Version {
    text: String,
    /// The numbers of the release, without trailing zeros.
    numbers: Vec<u64>,
    /// The number of a post-release.
    post: Option<u64>,
    preliminary: bool,
}

impl Version {
    /// Parses `4.5.6`, `1.0.post1`, `6.0.0rc2`, `6.0.0.dev5` and the like; `None` if it is not a version.
    pub fn parse(text: &str) -> Option<Version> {
        static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
            let preliminary = r"(?P<pre>[-_.]?(?:alpha|beta|preview|pre|rc|dev|a|b|c)[-_.]?[0-9]*)*";
            let shape = format!(r"(?i)^(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?:[-_.]?post[-_.]?(?P<post>[0-9]*))?{preliminary}$");
            Regex::new(&shape).expect("the pattern is a valid one")
        });
        let found = SHAPE.captures(text)?;
        let numbers = found["numbers"].split('.').map(|number| number.parse().ok()).collect::<Option<Vec<u64>>>()?;
        let significant = numbers.iter().rposition(|number| *number != 0).map_or(0, |last| last + 1);
        let post = found.name("post").map(|post| if post.is_empty() { Some(0) } else { post.as_str().parse().ok() });
        Some(Version {
            text: text.to_owned(),
            numbers: numbers[..significant].to_vec(),
            post: post.map_or(Some(None), |number| number.map(Some))?,
            preliminary: found.name("pre").is_some(),
        })
    }

    /// Whether it is a pre-release.
    pub fn is_preliminary(&self) -> bool {
        self.preliminary
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |version: &Version| (version.numbers.clone(), !version.preliminary, version.post);
        // The order of pre-releases of one release does not matter, only that they differ.
        let words = |version: &Version| version.preliminary.then(|| version.text.to_ascii_lowercase());
        key(self).cmp(&key(other)).then_with(|| words(self).cmp(&words(other)))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap_or_else(|| panic!("`{text}` is a version"))
    }

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        let order = ["4.4.23", "4.5", "4.5.2", "4.5.10", "4.5.10.post1", "5.0.0rc1", "5.0.0", "2024.1"];
        assert!(order.windows(2).all(|pair| version(pair[0]) < version(pair[1])));
        assert_eq!(version("4.5"), version("4.5.0"));
        assert_ne!(version("5.0.0rc1"), version("5.0.0rc2"));
    }

    #[test]
    fn versions_before_a_release_are_preliminary() {
        let preliminary = ["6.0.0rc2", "6.0.0.dev5", "1.0a1", "1.0-beta.2", "1.0.post1.dev3"];
        assert!(preliminary.iter().all(|text| version(text).is_preliminary()));
        assert!(["6.0.0", "1", "1.0.post1"].iter().all(|text| !version(text).is_preliminary()));
    }

    #[test]
    fn an_invalid_version_is_refused() {
        for text in ["", "bookworm", "4.", ".5", "4.5-x86", "4.5+local", "99999999999999999999", "1.0.post99999999999999999999"] {
            assert!(Version::parse(text).is_none(), "{text}");
        }
    }
}
