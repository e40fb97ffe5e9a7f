//! What an engine is given to build an image from.

use std::collections::BTreeMap;

use super::{ImageId, Labels};

/// What an image is built on: one that the engine has, both ways to name it, as no single one suits every builder.
#[derive(Debug, Clone)]
pub struct BaseImage {
    /// Its id.
    pub id: ImageId,
    /// A name it has.
    pub name: String,
}

/// One image to build.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// The tag it gets.
    pub tag: String,
    /// The build context, an uncompressed tar archive with a `Dockerfile` at its top.
    pub context: Vec<u8>,
    /// The image that the dockerfile's `ARG BASE` stands for.
    pub base: BaseImage,
    /// Values of the dockerfile's other `ARG`s.
    pub args: BTreeMap<String, String>,
    /// Labels of the image. Any at all costs one more commit of the whole tree.
    pub labels: Labels,
    /// Network of the build's `RUN` lines; `None` is the engine's default.
    pub network: Option<String>,
}
