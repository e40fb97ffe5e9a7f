//! What is known of a distribution family.

use std::ffi::OsString;
use std::path::Path;

/// A family.
pub struct Family {
    /// As the system of this host.
    pub host: Host,
    /// As the system that bases are made of.
    pub bases: Option<Bases>,
}

/// A family as the system of this host.
pub struct Host {
    /// Values of `ID` and `ID_LIKE` in the `os-release` file.
    pub ids: &'static [&'static str],
    /// The command that installs the packages named after it.
    pub install: &'static str,
    /// Packages whose name differs: the name that the program uses, and the name here.
    pub renamed: &'static [(&'static str, &'static str)],
    /// The command by which the kernel starts with more arguments, from the next start on.
    pub boot: fn(&str) -> String,
}

impl Host {
    /// The command that installs packages.
    pub fn install(&self, packages: &[&str]) -> String {
        let name = |package: &&str| {
            let renamed = self.renamed.iter().find(|(name, _)| name == package);
            renamed.map_or((*package).to_owned(), |(_, name)| (*name).to_owned())
        };
        format!("{} {}", self.install, packages.iter().map(name).collect::<Vec<_>>().join(" "))
    }
}

/// [`Host::boot`] where GRUB reads `/etc/default/grub`.
pub fn grub(arguments: &str) -> String {
    let edit = format!(r#"s/^GRUB_CMDLINE_LINUX="/&{arguments} /"#);
    format!("sh -c 'sed -i \"$0\" /etc/default/grub && update-grub' '{edit}'")
}

/// A family as the system that bases are made of.
pub struct Bases {
    /// Whether a suite is one of the family's.
    pub has: fn(&str) -> bool,
    /// The image of a suite, as registries name it.
    pub image: fn(&str) -> String,
    pub bootstrap: Bootstrap,
    /// What a host needs to bootstrap.
    pub needs: &'static [Need],
    pub packages: Packages,
}

/// How a base is made on this host.
pub struct Bootstrap {
    /// The program that does it; `--version` makes it print its version.
    pub tool: &'static str,
    /// The command, program included, that writes the root file system into this tar archive. With `true` it leaves out what
    /// `reducible` names.
    pub command: fn(&Order<'_>, &Path, bool) -> Vec<OsString>,
    /// What a second attempt may leave out after a failure, in words.
    pub reducible: fn(&Order<'_>) -> Option<&'static str>,
    /// What the record says of a base whose [`Order::expired`] was set.
    pub expired: &'static str,
    /// Whether a line of the program's output is an error message.
    pub is_error: fn(&str) -> bool,
    /// A command that makes `base.tar` of a suite and an architecture, for a reader who does it by hand.
    pub by_hand: fn(&str, Option<&str>) -> String,
}

/// A base to bootstrap.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    pub suite: &'a str,
    /// `None` is the host's own.
    pub architecture: Option<&'a str>,
    /// `None` is the program's default.
    pub mirror: Option<&'a str>,
    /// Whether the metadata of the mirror may have expired.
    pub expired: bool,
}

/// Something that a host needs.
pub struct Need {
    pub what: &'static str,
    pub found: Found,
    /// The package that brings it.
    pub package: &'static str,
}

/// How to see whether something is there.
pub enum Found {
    /// A program in the path.
    Program,
    /// A program in the path, needed by an ordinary user only.
    UserProgram,
    /// One of these files.
    File(&'static [&'static str]),
}

/// The packages of a base.
pub struct Packages {
    /// The command that prints the packages that matter and their versions, one `name version` on each line.
    pub query: &'static str,
    /// The packages by which a reader tells bases apart.
    pub telling: &'static [&'static str],
    /// The C library: what it is called, and its package.
    pub c_library: (&'static str, &'static str),
}
