//! Fedora, openSUSE and others with `rpm`.

use super::facts::{Family, FamilyName, Host, Packages, all_quoted};

pub(super) static FAMILY: Family = Family {
    host: Some(Host {
        ids: &["fedora", "rhel", "centos"],
        install: "dnf install -y",
        renamed: &[("uidmap", "shadow-utils"), ("debian-archive-keyring", "debian-keyring"), ("docker.io", "moby-engine")],
    }),
    bases: None,
    packages: Packages { family: FamilyName::Rpm, query, c_library: ("glibc", "glibc") },
};

/// With `-a` a name may have wildcards, and nothing is printed for one that is not installed.
fn query(names: &[&str]) -> String {
    format!("rpm -qa --qf '%{{NAME}} %{{VERSION}}-%{{RELEASE}}\\n' {}", all_quoted(names))
}
