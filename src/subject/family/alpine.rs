//! Alpine.

use super::facts::{Family, FamilyName, Packages};

pub(super) static FAMILY: Family =
    Family { host: None, bases: None, packages: Packages { family: FamilyName::Alpine, query, c_library: ("musl", "musl") } };

/// `apk` prints name and version as one word, and takes no wildcards.
fn query(names: &[&str]) -> String {
    format!(
        "apk info -v | sed -n 's/^\\(.*\\)-\\([^-]*-r[0-9]*\\)$/\\1 \\2/p' | while read -r name version; do case $name in {}) echo \"$name $version\";; esac; done",
        names.join("|")
    )
}
