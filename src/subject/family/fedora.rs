//! Fedora and its relatives, as the system of this host.

use super::facts::{Family, Host};

pub(super) static FAMILY: Family = Family {
    host: Host {
        ids: &["fedora", "rhel", "centos"],
        install: "dnf install -y",
        renamed: &[("uidmap", "shadow-utils"), ("debian-archive-keyring", "debian-keyring"), ("docker.io", "moby-engine")],
        boot: |arguments| format!("grubby --update-kernel=ALL --args='{arguments}'"),
    },
    bases: None,
};
