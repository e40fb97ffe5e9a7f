//! Images and containers of an engine, and the labels that say which run they belong to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::digest::digest;

/// Label with the id of the run that owns a container or snapshot. Built images do not carry it.
pub const RUN_LABEL: &str = "matrix.run";
/// Label with the id of the host whose lock files show whether the run of [`RUN_LABEL`] is alive.
pub const HOST_LABEL: &str = "matrix.host";
/// A content-addressed image id as the engine prints it (`sha256:…`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImageId(pub String);

/// A container id as the engine prints it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContainerId(pub String);

pub type Labels = BTreeMap<String, String>;

/// What an image consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageDetails {
    /// Digests of its layers, lowest first.
    pub layers: Vec<String>,
    pub labels: Labels,
    /// Such as `linux/amd64`; empty if unknown.
    pub platform: String,
}

impl ImageDetails {
    /// Whether it is for a platform: operating system, architecture and, if both have one, variant.
    pub fn is_for(&self, platform: &str) -> bool {
        self.platform.split('/').zip(platform.split('/')).all(|(one, other)| one == other)
    }

    /// A digest of its file system, the same on every engine.
    pub fn content(&self) -> String {
        digest(self.layers.join("\n").as_bytes())
    }
}

/// A container or image found by label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owned {
    Container(ContainerId, Labels),
    /// A snapshot, or an image that this project built.
    Image(ImageId, Labels),
}

impl Owned {
    pub fn labels(&self) -> &Labels {
        match self {
            Owned::Container(_, labels) | Owned::Image(_, labels) => labels,
        }
    }
}
