//! The names of images in a registry that serves as a cache, and the labels that say what they are.

use std::fmt;
use std::str::FromStr;

use regex::Regex;

/// Label with the digest of an image's inputs, of which its tag shows the beginning.
pub const INPUTS_LABEL: &str = "matrix.inputs";
/// Label of a base in a registry: its name there.
pub const BASE_LABEL: &str = "matrix.base";

/// A registry from which images are pulled instead of built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageCache {
    pub repository: Repository,
    /// Whether images that it lacks are pushed.
    pub push: bool,
}

/// A repository with its host, such as `registry.example:5000/team/matrix`. All images are in one, because some registries
/// create no repository by a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository(String);

impl Repository {
    /// The name there of an image with this local tag: `matrix/python-dev:0123456789abcdef` is `python-dev-0123456789abcdef`.
    pub fn reference(&self, tag: &str) -> String {
        format!("{self}:{}", plain(tag))
    }

    /// The name there of a base with this local tag, for engines of this architecture. The tags of other images rest on the
    /// content of a base, but that of a base does not tell the architecture.
    pub fn base_reference(&self, tag: &str, architecture: &str) -> String {
        let word: String = architecture.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
        let rest = plain(tag);
        format!("{self}:base-{word}-{}", rest.strip_prefix("base-").unwrap_or(&rest))
    }
}

fn plain(tag: &str) -> String {
    // The prefix of local names is not part of it.
    tag.rsplit_once('/').map_or(tag, |(_, rest)| rest).replace(':', "-")
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Repository {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let example = "give it as HOST[:PORT]/REPOSITORY, such as `registry.example:5000/team/matrix`";
        let fault = |fault: &str| Err(format!("it {fault}; {example}"));
        if text.contains("://") {
            return fault("begins with a scheme");
        }
        if text.contains('@') {
            return fault("has a digest or a user");
        }
        let Some((host, path)) = text.split_once('/') else { return fault("has no repository") };
        if path.contains(':') {
            return fault("has a tag");
        }
        if text.chars().any(char::is_uppercase) {
            return fault("has upper-case letters");
        }
        let matches = |pattern: &str, text: &str| Regex::new(pattern).expect("the pattern is valid").is_match(text);
        // Engines take a first word without a dot or a port for a part of the repository's name.
        let is_host = host == "localhost" || host.contains(['.', ':']);
        if !is_host || !matches(r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$", host) {
            return fault("does not begin with a host");
        }
        if !matches(r"^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$", path) {
            return fault("has no valid repository");
        }
        Ok(Repository(text.to_owned()))
    }
}

/// The context of a build that only adds labels to an image.
pub fn label_context() -> Vec<u8> {
    let text = b"ARG BASE\nFROM ${BASE}\n";
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_data(&mut header, "Dockerfile", text.as_slice()).expect("memory is never full");
    archive.into_inner().expect("memory is never full")
}

/// The host of the registry in a reference; `None` is the engine's default.
pub fn registry_of(reference: &str) -> Option<&str> {
    let (host, _) = reference.split_once('/')?;
    (host == "localhost" || host.contains(['.', ':'])).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_one_name_in_the_repository() {
        let repository: Repository = "registry.example:5000/team/matrix".parse().unwrap();
        let name = repository.reference("matrix/python-dev:0123456789abcdef");
        assert_eq!(name, "registry.example:5000/team/matrix:python-dev-0123456789abcdef");
        let base = |tag: &str, architecture: &str| repository.base_reference(tag, architecture).replace(&repository.0, "");
        assert_eq!(base("matrix/base:bookworm-i386-01234567", "x86_64"), ":base-x86_64-bookworm-i386-01234567");
        assert_eq!(base("matrix/base:trixie", "arm-64"), ":base-arm_64-trixie");
    }

    #[test]
    fn a_repository_has_a_host_and_a_path_and_nothing_else() {
        for valid in ["localhost/x", "127.0.0.1:5000/x", "registry.example/a/b-c__d.e"] {
            assert_eq!(valid.parse::<Repository>().unwrap().to_string(), valid);
        }
        let fault = |text: &str| text.parse::<Repository>().unwrap_err().split(';').next().unwrap().to_owned();
        assert_eq!(fault("https://registry.example/x"), "it begins with a scheme");
        assert_eq!(fault("registry.example/x:tag"), "it has a tag");
        assert_eq!(fault("registry.example/x@sha256:0"), "it has a digest or a user");
        assert_eq!(fault("registry.example/X"), "it has upper-case letters");
        assert_eq!(fault("registry.example"), "it has no repository");
        assert_eq!(fault("team/matrix"), "it does not begin with a host");
        assert_eq!(fault("registry.example:/x"), "it does not begin with a host");
        for path in ["", "/x", "x/", "x//y", "-x", "x y", "x._y"] {
            assert_eq!(fault(&format!("registry.example/{path}")), "it has no valid repository");
        }
        assert_eq!(fault(""), "it has no repository");
    }

    #[test]
    fn the_host_of_a_reference_is_told_from_the_name_of_a_repository() {
        assert_eq!(registry_of("127.0.0.1:5000/x:y"), Some("127.0.0.1:5000"));
        assert_eq!(registry_of("localhost/x"), Some("localhost"));
        assert_eq!([registry_of("debian:bookworm"), registry_of("i386/debian:bookworm")], [None, None]);
    }
}
