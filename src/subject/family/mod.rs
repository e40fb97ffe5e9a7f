//! Distribution families: as the system of bases, and as the host system. A new family is a file here (with its `mod` line) and
//! an entry in `FAMILIES`.

mod alpine;
mod debian;
pub mod facts;
mod rpm;

use std::collections::BTreeMap;

pub use facts::FamilyName;
use facts::{Bases, Family, Host};

/// All families. The last one with bases is the default for suites of unknown families.
static FAMILIES: &[&Family] = &[&alpine::FAMILY, &rpm::FAMILY, &debian::FAMILY];

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
    let known = |word: &str| FAMILIES.iter().filter_map(|family| family.host.as_ref()).find(|host| host.ids.contains(&word));
    words.split(|c: char| !c.is_ascii_alphanumeric()).find_map(known)
}

/// The command that lists these packages in a base of a family, and its C library, one `name version` per line. Names may have
/// wildcards. Empty if the family has no such command.
pub fn query(family: FamilyName, names: &[String]) -> String {
    let Some(family) = FAMILIES.iter().find(|known| known.packages.family == family) else { return String::new() };
    let (_, c_library) = family.packages.c_library;
    let all: Vec<&str> =
        [c_library].into_iter().chain(names.iter().map(String::as_str).filter(|name| *name != c_library)).collect();
    (family.packages.query)(&all)
}

fn c_libraries() -> impl Iterator<Item = (&'static str, &'static str)> {
    FAMILIES.iter().map(|family| family.packages.c_library)
}

/// The C library among the packages of a cell, with its upstream version.
pub fn c_library(packages: &BTreeMap<String, String>) -> Option<(&'static str, String)> {
    c_libraries().find_map(|(name, package)| Some((name, upstream(packages.get(package)?))))
}

pub fn is_c_library(name: &str) -> bool {
    c_libraries().any(|(library, _)| library == name)
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
    fn each_family_has_its_own_way_to_list_packages() {
        let names = ["gcc".to_owned(), "python[23]*".to_owned()];
        assert_eq!(query(FamilyName::Debian, &names), r"dpkg-query -W -f '${Package} ${Version}\n' libc6 gcc 'python[23]*'");
        assert_eq!(query(FamilyName::Rpm, &names), r"rpm -qa --qf '%{NAME} %{VERSION}-%{RELEASE}\n' glibc gcc 'python[23]*'");
        assert!(query(FamilyName::Alpine, &names).contains("case $name in musl|gcc|python[23]*) echo"));
        assert_eq!(query(FamilyName::Other, &names), "");
        assert_eq!(query(FamilyName::Debian, &["libc6".to_owned()]).matches("libc6").count(), 1);
    }

    #[test]
    fn the_query_of_alpine_splits_name_and_version_at_the_last_but_one_hyphen() {
        let folder = tempfile::tempdir().expect("a folder");
        let apk = folder.path().join("apk");
        std::fs::write(
            &apk,
            "#!/bin/sh\nprintf 'musl-1.2.5-r0\\ngcc-13.2.1_git20240309-r0\\nlibgcc-13-r0\\npython3-dev-3.12.3-r1\\n'\n",
        )
        .expect("a file");
        std::fs::set_permissions(&apk, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a mode");
        let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").expect("a path"));
        let command = query(FamilyName::Alpine, &["gcc".to_owned(), "python3*".to_owned()]);
        let output = std::process::Command::new("sh").args(["-c", &command]).env("PATH", path).output().expect("sh");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "musl 1.2.5-r0\ngcc 13.2.1_git20240309-r0\npython3-dev 3.12.3-r1\n");
    }

    #[test]
    fn the_c_library_is_known_by_its_upstream_version() {
        let packages = |version: &str| BTreeMap::from([("libc6".to_owned(), version.to_owned())]);
        assert_eq!(c_library(&packages("2.36-9+deb12u14")), Some(("glibc", "2.36".to_owned())));
        assert_eq!(c_library(&packages("1:4.2-1")), Some(("glibc", "4.2".to_owned())));
        assert_eq!(c_library(&BTreeMap::new()), None);
    }
}
