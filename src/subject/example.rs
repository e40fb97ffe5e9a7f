//! Names from the shipped scenarios, for the examples in help and messages.

/// A scenario.
pub const SCENARIO: &str = "missing-python-headers";
/// The beginning of the ids of some of its cells.
pub const CELLS: &str = "bookworm/python-3.11";
/// A cell of it.
pub const CELL: &str = "bookworm/python-3.11/mod_wsgi-4.9.4";
/// A workaround of it.
pub const WORKAROUND: &str = "developer-package";
/// Cells of several releases on several bases, as `--only` takes them.
pub const FILTER: &str = "mod_wsgi=4.9.4|5.0.2,base!=trixie";
/// A base.
pub const BASE: &str = "bookworm";
/// A base of another architecture.
pub const FOREIGN_BASE: &str = "bookworm-i386";
/// A release.
pub const RELEASE: &str = "mod_wsgi==4.9.4";
/// A scenario.
pub const CHANGING: &str = "mod-python";
/// A claim of it whose verdict changes along an axis of releases.
pub const CHANGING_CLAIM: &str = "modpython.aborts";
/// The axis.
pub const CHANGING_AXIS: &str = "mod_wsgi";
/// A release of it.
pub const CHANGING_FROM: &str = "5.0";
/// The file of a page.
pub const PAGE: &str = "installation-issues.rst";
