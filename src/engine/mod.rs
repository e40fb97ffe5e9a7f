//! The container engine: a trait, its implementation for Docker and Podman, and a fake for tests.

mod build;
pub mod docker;
mod error;
mod exec;
pub mod fake;
mod host;
mod object;
mod registry;
mod tty;

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;

use crate::model::record::EngineInfo;

pub use build::{BaseImage, BuildRequest, OnLine};
pub use error::{Call, Cause, EngineError};
pub use exec::{ExecEnd, ExecOutput, ExecRequest, OUTPUT_LIMIT, StartRequest};
pub use host::{EngineHost, Limit};
pub use object::{ContainerId, HOST_LABEL, ImageDetails, ImageId, Labels, Owned, RUN_LABEL};
pub use registry::{Credentials, Refusal, RegistryError};
pub use tty::{ShellRequest, ShellStreams, TerminalSize};

/// A container engine. Removing an object that does not exist succeeds.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Identifies the engine.
    async fn info(&self) -> Result<EngineInfo, EngineError>;
    /// Describes the host of the engine.
    async fn host(&self) -> Result<EngineHost, EngineError>;
    /// The id of a local image; `None` if the image does not exist.
    async fn image(&self, reference: &str) -> Result<Option<ImageId>, EngineError>;
    /// The layers and labels of a local image.
    async fn describe(&self, image: &ImageId) -> Result<ImageDetails, EngineError>;
    /// Pulls an image from a registry, for the engine's platform unless another is given; without credentials the user is
    /// anonymous.
    async fn pull(
        &self,
        reference: &str,
        platform: Option<&str>,
        credentials: Option<&Credentials>,
    ) -> Result<ImageId, EngineError>;
    /// Pushes a local image to the registry in its name.
    async fn push(&self, reference: &str, credentials: Option<&Credentials>) -> Result<(), EngineError>;
    /// Whether a registry has an image. False if the engine cannot tell.
    async fn published(&self, reference: &str, credentials: Option<&Credentials>) -> Result<bool, EngineError>;
    /// Imports a tar archive of a root file system as an image.
    async fn import(&self, archive: &Path, tag: &str, labels: &Labels) -> Result<ImageId, EngineError>;
    /// Adds a tag to a local image.
    async fn tag(&self, image: &ImageId, tag: &str) -> Result<(), EngineError>;
    /// Builds an image. Each line that the build prints goes to `line`.
    async fn build(&self, request: BuildRequest, line: OnLine<'_>) -> Result<ImageId, EngineError>;
    async fn start(&self, request: &StartRequest) -> Result<ContainerId, EngineError>;
    /// Runs a command and waits for its end. Background processes of earlier commands may print into its streams.
    async fn exec(&self, container: &ContainerId, request: &ExecRequest) -> Result<ExecOutput, EngineError>;
    /// Runs an interactive shell and returns its exit status.
    async fn shell(&self, container: &ContainerId, request: &ShellRequest, streams: ShellStreams<'_>)
    -> Result<i64, EngineError>;
    /// Stores a container's file system as an untagged image with these labels.
    async fn commit(&self, container: &ContainerId, labels: &Labels) -> Result<ImageId, EngineError>;
    /// Removes a container, even if it is running.
    async fn remove(&self, container: &ContainerId) -> Result<(), EngineError>;
    /// Removes an image and its tags.
    async fn remove_image(&self, image: &ImageId) -> Result<(), EngineError>;
    /// Removes a tag. An image without tags is deleted, and so are its untagged parents that nothing else uses.
    async fn untag(&self, reference: &str) -> Result<(), EngineError>;
    /// Lists tags of local images with this prefix, which must end in a slash.
    async fn named(&self, prefix: &str) -> Result<BTreeMap<String, ImageId>, EngineError>;
    /// Lists containers and images that carry a label, with any value.
    async fn owned(&self, label: &str) -> Result<Vec<Owned>, EngineError>;
}
