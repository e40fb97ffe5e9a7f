//! The source of releases: a Python package index (the "simple" API).

mod address;
mod http;
mod listing;
mod name;
mod releases;

pub use address::{PACKAGE, address};
pub use http::{download, download_url, links, shown_address};
pub use listing::Link;
pub use name::{Named, NotNamed, normal, release};
pub use releases::{Release, Releases, releases};
