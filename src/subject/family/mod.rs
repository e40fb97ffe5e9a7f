//! Distribution families: as the system of bases, and as the host system. A new family is a file here (with its `mod` line) and
//! an entry in `FAMILIES`.

mod debian;
pub mod facts;
mod fedora;

use std::collections::BTreeMap;

use facts::{Bases, Family, Host};

/// All families. The last one with bases is the default for suites of unknown families.
static FAMILIES: &[&Family] = &[&fedora::FAMILY, &debian::FAMILY];

fn all() -> impl Iterator<Item = &'static Bases> {
    FAMILIES.iter().filter_map(|family| family.bases.as_ref())
}

pub fn of(suite: &str) -> &'static Bases {
    all().find(|bases| (bases.has)(suite)).or_else(|| all().last()).expect("a family has bases")
}

/// The distinct bases of the families of some suites; those of the default family if there is no suite.
pub fn of_all<'a>(suites: impl Iterator<Item = &'a str>) -> Vec<&'static Bases> {
    let mut found: Vec<&'static Bases> = Vec::new();
    for bases in suites.map(of) {
        if !found.iter().any(|known| std::ptr::eq(*known, bases)) {
            found.push(bases);
        }
    }
    if found.is_empty() { all().last().into_iter().collect() } else { found }
}

/// The family of a host with this `os-release` file.
pub fn host(os_release: &str) -> Option<&'static Host> {
    let values = |key: &str| os_release.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    let words = format!("{} {}", values("ID="), values("ID_LIKE="));
    let known = |word: &str| FAMILIES.iter().map(|family| &family.host).find(|host| host.ids.contains(&word));
    words.split(|c: char| !c.is_ascii_alphanumeric()).find_map(known)
}

/// Whether the version of a package distinguishes bases.
pub fn is_telling(package: &str) -> bool {
    all().any(|bases| bases.packages.telling.contains(&package))
}

/// The C library among the packages of a cell, with its upstream version.
pub fn c_library(packages: &BTreeMap<String, String>) -> Option<(&'static str, String)> {
    all().find_map(|bases| {
        let (name, package) = bases.packages.c_library;
        Some((name, upstream(packages.get(package)?)))
    })
}

pub fn is_c_library(name: &str) -> bool {
    all().any(|bases| bases.packages.c_library.0 == name)
}

/// The version without epoch and revision: `2.36` of `2.36-9+deb12u14`, `4.2` of `1:4.2-1`.
fn upstream(version: &str) -> String {
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    version.split_once('-').map_or(version, |(version, _)| version).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_has_a_kind_of_base() {
        assert_eq!((of("bookworm").image)("bookworm"), "debian:bookworm");
        assert_eq!((of("unheard").image)("unheard"), "debian:unheard");
        assert_eq!(of_all(["bookworm", "trixie"].into_iter()).len(), 1);
        assert_eq!(of_all(std::iter::empty()).len(), 1);
    }

    #[test]
    fn the_c_library_is_known_by_its_upstream_version() {
        let packages = |version: &str| BTreeMap::from([("libc6".to_owned(), version.to_owned())]);
        assert_eq!(c_library(&packages("2.36-9+deb12u14")), Some(("glibc", "2.36".to_owned())));
        assert_eq!(c_library(&packages("1:4.2-1")), Some(("glibc", "4.2".to_owned())));
        assert_eq!(c_library(&BTreeMap::new()), None);
    }
}
