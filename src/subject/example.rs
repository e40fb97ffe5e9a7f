//! Names from the shipped scenarios, for examples in help and messages.

pub const SCENARIO: &str = "missing-python-headers";
/// A common prefix of the ids of some of its cells.
pub const CELLS: &str = "bookworm/python-3.11";
/// One of its cells.
pub const CELL: &str = "bookworm/python-3.11/mod_wsgi-4.9.4";
/// One of its workarounds.
pub const WORKAROUND: &str = "developer-package";
/// An `--only` expression for several releases on several bases.
pub const FILTER: &str = "mod_wsgi=4.9.4|5.0.2,base!=trixie";
pub const BASE: &str = "bookworm";
/// A base with another architecture.
pub const FOREIGN_BASE: &str = "bookworm-i386";
pub const RELEASE: &str = "mod_wsgi==4.9.4";
/// A scenario with a claim whose verdict depends on the release.
pub const CHANGING: &str = "mod-python";
/// The claim of [`CHANGING`].
pub const CHANGING_CLAIM: &str = "modpython.aborts";
/// The axis of the releases.
pub const CHANGING_AXIS: &str = "mod_wsgi";
/// A release on this axis.
pub const CHANGING_FROM: &str = "5.0";
/// File name of a page.
pub const PAGE: &str = "installation-issues.rst";
