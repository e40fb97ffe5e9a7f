//! References to a registry.

use std::fmt;
use std::str::FromStr;

use crate::text::advice::Advice;

/// A repository of a registry in which images are kept: `HOST[:PORT]/PATH`, without scheme, tag or digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageCache(String);

impl FromStr for ImageCache {
    type Err = Advice;

    fn from_str(text: &str) -> Result<ImageCache, Advice> {
        let is_valid = text.split_once('/').is_some_and(|(host, path)| is_host(host) && path.split('/').all(is_word));
        let help = "give HOST[:PORT]/PATH in lower case, without scheme, tag or digest, such as registry.example/project/images";
        is_valid
            .then(|| ImageCache(text.to_owned()))
            .ok_or_else(|| Advice::new(format!("`{text}` is not a repository of a registry"), help))
    }
}

impl fmt::Display for ImageCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Engines take the first word for a host only if it has a dot or a port, or is `localhost`.
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let is_qualified = port.is_some() || name == "localhost" || name.contains('.');
    is_qualified && name.split('.').all(is_word) && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// Lower-case letters and digits, with separators between them.
fn is_word(text: &str) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(is_plain)
        && bytes.last().is_some_and(is_plain)
        && bytes.iter().all(|byte| is_plain(byte) || b"._-".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_a_host_and_a_path_and_nothing_else() {
        for text in ["registry.example/owner/project/images", "127.0.0.1:5000/a", "localhost/a_b-c.d", "x:80/y"] {
            assert_eq!(text.parse::<ImageCache>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "a",
            "owner/project",
            "registry.example",
            "registry.example/",
            "/a",
            "registry.example/A",
            "Registry.example/a",
            "https://registry.example/a",
            "registry.example/a:tag",
            "registry.example/a@sha256:0",
            "registry.example/a//b",
            "registry.example/-a",
            "registry.example:port/a",
            "registry.example:/a",
            "registry.example/a b",
            "registry.example/a$b",
        ] {
            let error = text.parse::<ImageCache>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{text}`")) && error.contains("help: "), "{error}");
        }
    }
}
