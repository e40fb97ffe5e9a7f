//! The sources of releases: a Python package index (the "simple" API), an index of Rust crates, the tags of a repository.

mod address;
mod forge;
mod http;
mod listing;
mod name;
mod releases;
mod rust;

pub use address::{PACKAGE, address};
pub use forge::tagged_releases;
pub use http::{download, download_url, links, shown_address};
pub use listing::Link;
pub use name::{Named, NotNamed, normal, release};
pub use releases::{Release, Releases, releases};
pub use rust::{crate_index, crate_releases};
