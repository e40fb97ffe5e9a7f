//! Requests to build an image.

use std::collections::BTreeMap;

use super::object::{ImageId, Labels};

/// The image to build on. BuildKit cannot use an image id in `FROM`, and a tag may move, so a request carries both.
#[derive(Debug, Clone)]
pub struct BaseImage {
    pub id: ImageId,
    pub name: String,
}

/// An image to build.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    pub tag: String,
    /// The build context, an uncompressed tar archive with a `Dockerfile` at its top.
    pub context: Vec<u8>,
    /// Value of the dockerfile's `ARG BASE`.
    pub base: BaseImage,
    /// Values of the dockerfile's other `ARG`s.
    pub args: BTreeMap<String, String>,
    /// Labels of the image. With BuildKit they cost nothing. The classic builder makes one more commit for them, which took 2 s on
    /// a base of 430 MB. Neither adds a layer.
    pub labels: Labels,
    /// Network of `RUN` lines; `None` is the engine's default.
    pub network: Option<String>,
}

/// Receives each line that a build prints.
pub type OnLine<'a> = &'a (dyn for<'line> Fn(&'line str) + Send + Sync);
