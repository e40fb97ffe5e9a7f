//! The inputs of an image: names of bases, the dockerfiles of the catalogue, and the tag derived from all inputs. Plain
//! functions over values.

pub mod archive;
mod base;
mod catalog;
mod context;
mod dockerfile;
mod error;
pub mod pin;
mod settings;
mod tag;
#[cfg(test)]
mod tests;

pub use base::{Base, base_tag};
pub use catalog::Catalog;
pub(crate) use catalog::PINS;
pub use context::File;
pub(crate) use dockerfile::args;
pub use error::{ImageError, ImageErrors};
pub use settings::Settings;
pub use tag::tag;
