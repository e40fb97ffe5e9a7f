//! The releases of a crate in a sparse index of Rust crates.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::http::text;
use super::releases::{Release, Releases};
use crate::text::advice::Advice;
use crate::text::version::Version;

/// The end of a help.
const ANOTHER: &str = "name the address of a sparse index with MATRIX_RUST_INDEX";

/// `config.json` of an index, as far as it is needed.
#[derive(Deserialize)]
struct Config {
    /// Where archives are, perhaps with markers such as `{crate}`.
    dl: String,
}

/// A line of the file of a crate.
#[derive(Deserialize)]
struct Line {
    name: String,
    vers: String,
    /// The archive's sha256 in hexadecimal.
    cksum: String,
    #[serde(default)]
    yanked: bool,
}

/// The current releases of a crate in the index at `address`; none for an unknown crate. Blocks.
pub fn crate_releases(address: &str, name: &str) -> Result<Releases, Advice> {
    let address = address.strip_prefix("sparse+").unwrap_or(address).trim_end_matches('/');
    let listing = format!("{address}/{}", path(name));
    let Some(lines) = text(&listing, ANOTHER)? else { return Ok(Releases::default()) };
    let settings = format!("{address}/config.json");
    let unusable = |what: &str, cause: &str| Advice::new(format!("`{what}` is not part of a sparse index: {cause}"), ANOTHER);
    let config = text(&settings, ANOTHER)?.ok_or_else(|| unusable(&settings, "it does not exist"))?;
    let Config { dl } = serde_json::from_str(&config).map_err(|error| unusable(&settings, &error.to_string()))?;
    let lines = lines.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str);
    let lines: Vec<Line> = lines.collect::<Result<_, _>>().map_err(|error| unusable(&listing, &error.to_string()))?;
    Ok(sorted(&dl, lines))
}

fn sorted(dl: &str, lines: Vec<Line>) -> Releases {
    let mut releases = Releases::default();
    let read = lines.into_iter().filter_map(|line| Some((Version::parse(&line.vers)?, line)));
    for (version, line) in read.collect::<BTreeMap<_, _>>() {
        if version.is_preliminary() {
            releases.left_out.push((version, "a pre-release".to_owned()));
        } else if line.yanked {
            releases.left_out.push((version, "yanked by its publisher".to_owned()));
        } else {
            let file = format!("{}-{}.crate", line.name, line.vers);
            let url = Some(download(dl, &line));
            releases.published.push(Release { version, file: Some(file), sha256: Some(line.cksum.to_ascii_lowercase()), url });
        }
    }
    releases
}

/// The URL of a release's archive.
fn download(dl: &str, Line { name, vers, cksum, .. }: &Line) -> String {
    let folder = prefix(name);
    let markers = [
        ("{crate}", name.as_str()),
        ("{version}", vers),
        ("{prefix}", &folder),
        ("{lowerprefix}", &folder.to_lowercase()),
        ("{sha256-checksum}", cksum),
    ];
    if markers.iter().all(|(marker, _)| !dl.contains(marker)) {
        return format!("{}/{name}/{vers}/download", dl.trim_end_matches('/'));
    }
    markers.iter().fold(dl.to_owned(), |url, (marker, value)| url.replace(marker, value))
}

/// The folder of a crate's file.
fn prefix(name: &str) -> String {
    // Names of crates are ASCII.
    let part = |range: std::ops::Range<usize>| name.get(range).unwrap_or_default();
    match name.len() {
        0..=2 => name.len().to_string(),
        3 => format!("3/{}", part(0..1)),
        _ => format!("{}/{}", part(0..2), part(2..4)),
    }
}

fn path(name: &str) -> String {
    let name = name.to_lowercase();
    format!("{}/{name}", prefix(&name))
}

/// The address of the sparse index that this user's `cargo` used last, from the name of its folder in cargo's home.
///
/// # Errors
/// If cargo has used none.
pub fn crate_index() -> Result<String, Advice> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let found = home.and_then(|home| last_used(&home.join("registry/index")));
    found.ok_or_else(|| Advice::new("cargo has used no sparse index of Rust crates on this machine", ANOTHER))
}

/// Cargo names the folder after the host and a hash.
fn last_used(indexes: &Path) -> Option<String> {
    let used = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        let (host, hash) = name.rsplit_once('-')?;
        let is_hash = hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let modified = entry.path().join("config.json").metadata().ok()?.modified().ok()?;
        is_hash.then(|| (modified, format!("https://{host}")))
    };
    std::fs::read_dir(indexes).ok()?.flatten().filter_map(used).max().map(|(_, address)| address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_crate_is_where_cargo_looks_for_it() {
        let paths =
            [("a", "1/a"), ("ab", "2/ab"), ("abc", "3/a/abc"), ("Pq-Sys", "pq/-s/pq-sys"), ("openssl-sys", "op/en/openssl-sys")];
        assert_eq!(paths.map(|(name, _)| path(name)), paths.map(|(_, expected)| expected.to_owned()));
    }

    #[test]
    fn the_address_of_an_archive_follows_the_template() {
        let line = Line { name: "Pq-Sys".into(), vers: "0.4.8".into(), cksum: "aa".into(), yanked: false };
        assert_eq!(download("http://a.example/dl/", &line), "http://a.example/dl/Pq-Sys/0.4.8/download");
        let template = "http://a.example/{lowerprefix}/{prefix}/{crate}/{version}?{sha256-checksum}";
        assert_eq!(download(template, &line), "http://a.example/pq/-s/Pq/-S/Pq-Sys/0.4.8?aa");
    }

    #[test]
    fn the_index_that_cargo_used_last_is_the_default() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(last_used(folder.path()), None);
        for name in ["index.example-0123456789abcdef", "github.example-words"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join("config.json"), "{}").unwrap();
        }
        assert_eq!(last_used(folder.path()).as_deref(), Some("https://index.example"));
    }
}
