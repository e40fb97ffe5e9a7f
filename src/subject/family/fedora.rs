//! Fedora and its derivatives, as the host system.

use super::facts::{Family, Host};

pub(super) static FAMILY: Family = Family {
    host: Host {
        ids: &["fedora", "rhel", "centos"],
        install: "dnf install -y",
        renamed: &[("uidmap", "shadow-utils"), ("debian-archive-keyring", "debian-keyring"), ("docker.io", "moby-engine")],
    },
    bases: None,
};
