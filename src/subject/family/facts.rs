//! The facts about a distribution family.

use std::ffi::OsString;
use std::path::Path;

use crate::text::shell::quoted;

pub struct Family {
    /// The family as the host system, if it can be one.
    pub host: Option<Host>,
    /// How bases of the family are bootstrapped, if they can be.
    pub bases: Option<Bases>,
    /// How a base of the family is asked for its packages.
    pub packages: Packages,
}

pub struct Host {
    /// Values of `ID` and `ID_LIKE` in the `os-release` file.
    pub ids: &'static [&'static str],
    /// The command that installs the packages appended to it.
    pub install: &'static str,
    /// Packages with a different name: the name in the program's code, and the name in this family.
    pub renamed: &'static [(&'static str, &'static str)],
}

impl Host {
    /// The command that installs these packages.
    pub fn install(&self, packages: &[&str]) -> String {
        let name = |package: &&str| {
            let renamed = self.renamed.iter().find(|(name, _)| name == package);
            renamed.map_or((*package).to_owned(), |(_, name)| (*name).to_owned())
        };
        format!("{} {}", self.install, packages.iter().map(name).collect::<Vec<_>>().join(" "))
    }
}

pub struct Bases {
    /// Whether a suite belongs to the family.
    pub has: fn(&str) -> bool,
    /// The image of a suite in registries.
    pub image: fn(&str) -> String,
    pub bootstrap: Bootstrap,
    /// Requirements for bootstrapping on a host.
    pub needs: &'static [Need],
}

/// How to make a base on a host.
pub struct Bootstrap {
    /// The program; it must support `--version`.
    pub tool: &'static str,
    /// The full command that writes the root file system into this tar archive. With `true` it omits what `reducible` returns.
    pub command: fn(&Order<'_>, &Path, bool) -> Vec<OsString>,
    /// What a second attempt may omit after a failure, in words.
    pub reducible: fn(&Order<'_>) -> Option<&'static str>,
    /// The note in the record of a base for which [`Order::expired`] was set.
    pub expired: &'static str,
    /// Whether a line of the program's output is an error message.
    pub is_error: fn(&str) -> bool,
    /// Whether a line of its output is about trouble that may pass, such as a mirror in the middle of a sync.
    pub may_pass: fn(&str) -> bool,
    /// A command that makes `base.tar` for a suite and an architecture, for readers who run it themselves.
    pub by_hand: fn(&str, Option<&str>) -> String,
}

/// A base to bootstrap.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    pub suite: &'a str,
    /// `None` is that of the host.
    pub architecture: Option<&'a str>,
    /// `None` is the program's default.
    pub mirror: Option<&'a str>,
    /// Whether expired metadata of the mirror is accepted.
    pub expired: bool,
    /// Packages to install besides the minimal system. If there are any, the base keeps the lists of packages.
    pub packages: &'a [String],
    /// A tar archive to unpack at `/` before anything else.
    pub files: Option<&'a Path>,
}

/// A requirement for a host.
pub struct Need {
    pub what: &'static str,
    pub found: Found,
    /// The package that contains it.
    pub package: &'static str,
}

/// How to check whether it exists.
pub enum Found {
    /// A program in `PATH`.
    Program,
    /// A program in `PATH`, which root does not need.
    UserProgram,
    /// One of these files.
    File(&'static [&'static str]),
}

/// The packages of a base.
pub struct Packages {
    pub family: FamilyName,
    /// The command that prints those of these packages that are installed, one `name version` per line. A name may have wildcards
    /// of a shell. The command needs nothing but the family's own tools and `sh`, and its failure is no trouble.
    pub query: fn(&[&str]) -> String,
    /// The C library: its display name and its package.
    pub c_library: (&'static str, &'static str),
}

/// A family of distributions, which says how a base is asked for its packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FamilyName {
    /// Debian and its derivatives: `dpkg-query`.
    Debian,
    /// Fedora, openSUSE and others: `rpm`.
    Rpm,
    /// Alpine: `apk`.
    Alpine,
    /// Any other system; its packages are not listed.
    Other,
}

/// Names as words of a shell.
pub(super) fn all_quoted(names: &[&str]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(" ")
}
