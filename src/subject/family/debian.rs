//! Debian and its derivatives. Bases are made by `mmdebstrap`.

use std::ffi::OsString;
use std::path::Path;

use super::facts::{Bases, Bootstrap, Family, FamilyName, Found, Host, Need, Order, Packages, all_quoted};
use crate::text::shell::quoted;

pub(super) static FAMILY: Family = Family {
    host: Some(Host { ids: &["debian", "ubuntu"], install: "apt-get install -y", renamed: &[] }),
    bases: Some(Bases {
        has: |_| true,
        image: |suite| format!("debian:{suite}"),
        bootstrap: Bootstrap {
            tool: "mmdebstrap",
            command,
            reducible,
            expired: "Release files may have expired (archived suite, as requested)",
            is_error: |line| line.starts_with("E:"),
            may_pass: |line| PASSING.iter().any(|words| line.contains(words)),
            by_hand,
        },
        needs: &[
            Need { what: "mmdebstrap", found: Found::Program, package: "mmdebstrap" },
            Need { what: "arch-test", found: Found::Program, package: "arch-test" },
            // Root does not need subordinate user ids.
            Need { what: "newuidmap", found: Found::UserProgram, package: "uidmap" },
            Need { what: "the keys of Debian's releases", found: Found::File(&KEYS), package: "debian-archive-keyring" },
        ],
    }),
    packages: Packages { family: FamilyName::Debian, query, c_library: ("glibc", "libc6") },
};

fn query(names: &[&str]) -> String {
    format!("dpkg-query -W -f '${{Package}} ${{Version}}\\n' {}", all_quoted(names))
}

/// The keyrings for signatures of releases, in Debian and in other distributions.
const KEYS: [&str; 2] = ["/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-keyring.gpg"];

/// What apt prints while a mirror is being updated, is overloaded, or its name is not resolved for a moment.
const PASSING: [&str; 8] = [
    "Hash Sum mismatch",
    "File has unexpected size",
    "Mirror sync in progress",
    "Temporary failure resolving",
    "Connection timed out",
    " 502 ",
    " 503 ",
    " 504 ",
];

/// Files that no step reads; each file slows down snapshots.
const EXCLUDED: [&str; 5] =
    ["/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/man/*", "/usr/share/zoneinfo/*"];

/// Removes the security pocket from the sources of mmdebstrap, and therefore from the base.
const WITHOUT_SECURITY: &str = r#"--setup-hook=sed -i /-security/d "$1/etc/apt/sources.list""#;

fn command(order: &Order<'_>, archive: &Path, reduced: bool) -> Vec<OsString> {
    let mut command: Vec<OsString> = ["mmdebstrap", "--variant=minbase", "--format=tar"].map(OsString::from).into();
    command.extend(reduced.then(|| WITHOUT_SECURITY.into()));
    command.extend(EXCLUDED.iter().map(|path| format!("--dpkgopt=path-exclude={path}").into()));
    command.extend(order.architecture.map(|architecture| format!("--architectures={architecture}").into()));
    command.extend(order.expired.then(|| "--aptopt=Acquire::Check-Valid-Until \"false\"".into()));
    // The files are settings of apt and dpkg, so they come first.
    command.extend(order.files.map(|files| format!("--setup-hook=tar-in {} /", quoted(&files.to_string_lossy())).into()));
    // Layers install packages by name, so that base keeps its lists.
    command.extend((!order.packages.is_empty()).then(|| "--skip=cleanup/apt/lists".into()));
    command.extend((!order.packages.is_empty()).then(|| format!("--include={}", order.packages.join(",")).into()));
    command.extend([order.suite.into(), archive.into()]);
    command.extend(order.mirror.map(OsString::from));
    command
}

/// The security pocket of an unsupported architecture may be broken. A custom mirror has no security pocket.
fn reducible(order: &Order<'_>) -> Option<&'static str> {
    (order.architecture.is_some() && order.mirror.is_none()).then_some("without the security pocket")
}

fn by_hand(suite: &str, architecture: Option<&str>) -> String {
    let architecture = architecture.map_or(String::new(), |name| format!(" --architectures={name}"));
    format!("mmdebstrap --variant=minbase{architecture} {suite} base.tar")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_suite_archive_and_mirror_last() {
        let packages = ["apache2".to_owned(), "gcc".to_owned()];
        let order = Order {
            suite: "bookworm",
            architecture: Some("i386"),
            mirror: Some("http://mirror.example"),
            expired: true,
            packages: &packages,
            files: Some(Path::new("/tmp/a b.tar")),
        };
        let text = |order: &Order<'_>, reduced| {
            command(order, Path::new("/tmp/base.tar"), reduced).join(&OsString::from("|")).into_string().expect("text")
        };
        let excluded = EXCLUDED.map(|path| format!("|--dpkgopt=path-exclude={path}")).concat();
        assert_eq!(
            text(&order, true),
            format!(
                "mmdebstrap|--variant=minbase|--format=tar|{WITHOUT_SECURITY}{excluded}|--architectures=i386\
                 |--aptopt=Acquire::Check-Valid-Until \"false\"|--setup-hook=tar-in '/tmp/a b.tar' /|--skip=cleanup/apt/lists|--include=apache2,gcc|bookworm|/tmp/base.tar|http://mirror.example"
            )
        );
        let plain = Order { architecture: None, mirror: None, expired: false, packages: &[], files: None, ..order };
        assert_eq!(text(&plain, false), format!("mmdebstrap|--variant=minbase|--format=tar{excluded}|bookworm|/tmp/base.tar"));
        assert_eq!([order, plain].map(|order| reducible(&order)), [None; 2]);
        assert!(reducible(&Order { mirror: None, ..order }).is_some());
    }
}
