//! The inputs of an image: names of bases, the dockerfiles of the catalogue, and the tag derived from all inputs. Plain
//! functions over values.

pub mod archive;
mod base;
mod cache;
mod catalog;
mod context;
mod dockerfile;
mod error;
pub mod pin;
mod provision;
mod settings;
mod stage;
mod tag;
#[cfg(test)]
mod tests;
pub mod unpack;

pub use base::Base;
pub use cache::{BASE_LABEL, INPUTS_LABEL, ImageCache, Repository, label_context, registry_of};
pub use catalog::Catalog;
pub(crate) use catalog::PINS;
pub use context::File;
pub use error::{ImageError, ImageErrors};
pub use provision::Provision;
pub use settings::Settings;
pub use stage::{Stages, context, stage_files};
pub use tag::{inputs, tags};
