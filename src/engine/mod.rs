//! The one thing that touches containers, as an interface: Docker (or Podman) behind `docker`, a transcript
//! behind `scripted`. It knows images, containers and commands; it must not know scenarios, phases or verdicts.

mod build;
pub mod docker;
pub mod fake;
mod tty;

use crate::model::record::EngineInfo;
use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use build::{BaseImage, BuildRequest};
pub use tty::{Seat, ShellRequest, Size};

/// Label whose value is the id of the run that owns a container or snapshot. Built images never carry it.
pub const RUN_LABEL: &str = "matrix.run";
/// Label of the host whose lock files say whether the run of [`RUN_LABEL`] is alive.
pub const HOST_LABEL: &str = "matrix.host";
/// How the name of every image this project built, bootstrapped or pulled begins, so that `clean --images` finds it.
pub const IMAGE_NAMES: &str = "matrix/";

/// The most one stream of one command may print, in bytes; beyond it the command is stopped.
pub const OUTPUT_LIMIT: usize = 4 << 20;

/// What the host of an engine offers, as far as the engine tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineHost {
    /// How file systems of images and containers are kept, e.g. `overlay2`.
    pub storage: String,
    /// The folder they are kept in, on the engine's host; empty when it does not tell.
    pub root: PathBuf,
    /// Version of its control groups; `None` when it does not tell, as Docker before 20.10.
    pub cgroups: Option<u8>,
    /// Whether it runs without root's rights.
    pub rootless: bool,
    /// What builds its images.
    pub builder: String,
    /// Limits that it cannot set a container.
    pub lacks: Vec<Limit>,
}

/// What a container can be limited in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Memory.
    Memory,
    /// Swap beyond the memory.
    Swap,
    /// Processes at once.
    Processes,
    /// Processor time.
    Cpu,
}

/// A content-addressed image id as the engine prints it (`sha256:…`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImageId(pub String);

/// A container id as the engine prints it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContainerId(pub String);

/// Labels for what is created.
pub type Labels = BTreeMap<String, String>;

/// One container to start; it waits for the commands of [`Engine::exec`].
#[derive(Debug, Clone)]
pub struct StartRequest {
    /// Image to start from.
    pub image: ImageId,
    /// Labels; always with [`RUN_LABEL`] and [`HOST_LABEL`].
    pub labels: Labels,
    /// Memory limit in bytes, swap included.
    pub memory: u64,
    /// Most processes at once.
    pub processes: u32,
    /// Most processor time, in thousandths of one processor.
    pub cpu: u32,
    /// Most bytes of one file, and of the container's whole file system where the engine can hold it to that.
    pub disk: u64,
    /// The kernel's names of the capabilities it has, such as `SETUID`; all others are dropped.
    pub capabilities: Vec<String>,
}

/// One command to run in a container, by `/bin/sh -c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecRequest {
    /// The shell command.
    pub command: String,
    /// Working directory; `None` is the image's.
    pub directory: Option<String>,
    /// Environment added to the image's, which a value may use: see [`crate::text::variables`].
    pub env: BTreeMap<String, String>,
    /// Most time in all.
    pub timeout: Duration,
    /// Most time without a byte of output.
    pub silence: Duration,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecEnd {
    /// With this exit status.
    Exit(i64),
    /// The total time ran out. The container must not be used again.
    Timeout,
    /// It printed nothing for too long. The container must not be used again.
    Silence,
    /// It printed more than [`OUTPUT_LIMIT`]. The container must not be used again.
    Flood,
    /// The kernel ran out of memory and killed it, or another process of its container.
    OutOfMemory,
    /// The container was at its limit of processes, and the kernel refused it another. It must not be used again.
    Processes,
    /// It said that a disk is full, and so one is.
    DiskFull,
    /// It was to write a larger file than a container may have.
    FileSize,
    /// It was not started, as its working directory is not there. The container can be used again.
    NoDirectory,
}

/// What a command printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutput {
    /// How it ended.
    pub end: ExecEnd,
    /// Standard output, as printed.
    pub stdout: Vec<u8>,
    /// Standard error, as printed.
    pub stderr: Vec<u8>,
    /// Processor time that all processes of the container have used so far; zero where that is not known.
    pub cpu: Duration,
}

/// A container or image found by label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owned {
    /// A container, running or not.
    Container(ContainerId, Labels),
    /// An image (a snapshot, or one of ours that was built).
    Image(ImageId, Labels),
}

impl Owned {
    /// Its labels.
    pub fn labels(&self) -> &Labels {
        match self {
            Owned::Container(_, labels) | Owned::Image(_, labels) => labels,
        }
    }
}

/// The cause of a failed engine call: the engine's own words.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failed engine call: one variant per call, holding what it was about and why it failed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No engine answers.
    #[error("failed to reach a container engine at `{address}`: {cause}")]
    Connect {
        /// Where it was looked for.
        address: String,
        /// Why.
        cause: Cause,
    },
    /// None of the places where an engine may be has one that answers.
    #[error("failed to reach a container engine{}", told(tried))]
    Find {
        /// Address and cause of each place, in the order tried.
        tried: Vec<(String, Cause)>,
    },
    /// Asking what its host offers.
    #[error("failed to ask the engine about its host: {cause}")]
    Host {
        /// Why.
        cause: Cause,
    },
    /// Looking an image up.
    #[error("failed to look up image `{image}`: {cause}")]
    Inspect {
        /// The reference.
        image: String,
        /// Why.
        cause: Cause,
    },
    /// Pulling an image.
    #[error("failed to pull image `{image}`: {cause}")]
    Pull {
        /// The reference.
        image: String,
        /// Why.
        cause: Cause,
    },
    /// Importing a file system as an image.
    #[error("failed to import image `{image}`: {cause}")]
    Import {
        /// The tag it was to get.
        image: String,
        /// Why.
        cause: Cause,
    },
    /// Tagging an image.
    #[error("failed to tag image `{image}`: {cause}")]
    Tag {
        /// The reference.
        image: String,
        /// Why.
        cause: Cause,
    },
    /// Building an image.
    #[error("failed to build image `{image}`: {cause}")]
    Build {
        /// The tag it was to get.
        image: String,
        /// Why.
        cause: Cause,
    },
    /// Creating or starting a container.
    #[error("failed to start a container from `{image}`: {cause}")]
    Start {
        /// The image.
        image: String,
        /// Why.
        cause: Cause,
    },
    /// Running a command.
    #[error("failed to run a command in container `{container}`: {cause}")]
    Exec {
        /// The container.
        container: String,
        /// Why.
        cause: Cause,
    },
    /// Opening a shell.
    #[error("failed to open a shell in container `{container}`: {cause}")]
    Shell {
        /// The container.
        container: String,
        /// Why.
        cause: Cause,
    },
    /// Taking a snapshot.
    #[error("failed to take a snapshot of container `{container}`: {cause}")]
    Commit {
        /// The container.
        container: String,
        /// Why.
        cause: Cause,
    },
    /// Removing a container or image.
    #[error("failed to remove `{what}`: {cause}")]
    Remove {
        /// What was to go.
        what: String,
        /// Why.
        cause: Cause,
    },
    /// Taking a name from an image.
    #[error("failed to remove image `{image}`: {cause}")]
    Untag {
        /// The name.
        image: String,
        /// Why.
        cause: Cause,
    },
    /// Listing images by name.
    #[error("failed to list images named `{prefix}…`: {cause}")]
    Named {
        /// How their names begin.
        prefix: String,
        /// Why.
        cause: Cause,
    },
    /// Listing what carries a label.
    #[error("failed to list what carries label `{label}`: {cause}")]
    List {
        /// The label.
        label: String,
        /// Why.
        cause: Cause,
    },
}

/// One place after the colon, several on lines of their own.
fn told(tried: &[(String, Cause)]) -> String {
    match tried {
        [(address, cause)] => format!(" at `{address}`: {cause}"),
        _ => tried.iter().map(|(address, cause)| format!("\n  `{address}`: {cause}")).collect(),
    }
}

/// What a run may ask of a container engine. Removing what is already gone succeeds.
pub trait Engine: Send + Sync {
    /// Asks who it is and agrees on an API version.
    fn info(&self) -> impl Future<Output = Result<EngineInfo, EngineError>> + Send;
    /// Asks what its host offers.
    fn host(&self) -> impl Future<Output = Result<EngineHost, EngineError>> + Send;
    /// The id of a local image, `None` when there is none of that name.
    fn image(&self, reference: &str) -> impl Future<Output = Result<Option<ImageId>, EngineError>> + Send;
    /// Pulls from a registry.
    fn pull(&self, reference: &str) -> impl Future<Output = Result<ImageId, EngineError>> + Send;
    /// Imports a tar archive of a root file system under a tag, with labels.
    fn import(&self, archive: &Path, tag: &str, labels: &Labels) -> impl Future<Output = Result<ImageId, EngineError>> + Send;
    /// Gives a local image one more tag.
    fn tag(&self, image: &ImageId, tag: &str) -> impl Future<Output = Result<(), EngineError>> + Send;
    /// Builds; `line` hears every line the build prints.
    fn build(
        &self,
        request: BuildRequest,
        line: &(dyn Fn(&str) + Send + Sync),
    ) -> impl Future<Output = Result<ImageId, EngineError>> + Send;
    /// Creates and starts a container.
    fn start(&self, request: &StartRequest) -> impl Future<Output = Result<ContainerId, EngineError>> + Send;
    /// Runs one command to its end. What an earlier one left running may print into its streams.
    fn exec(
        &self,
        container: &ContainerId,
        request: &ExecRequest,
    ) -> impl Future<Output = Result<ExecOutput, EngineError>> + Send;
    /// Runs an interactive shell until it ends. Returns its exit status.
    fn shell(
        &self,
        container: &ContainerId,
        request: &ShellRequest,
        seat: Seat<'_>,
    ) -> impl Future<Output = Result<i64, EngineError>> + Send;
    /// Keeps a container's file system as an untagged image that carries `labels`.
    fn commit(&self, container: &ContainerId, labels: &Labels) -> impl Future<Output = Result<ImageId, EngineError>> + Send;
    /// Removes a container, running or not, at once.
    fn remove(&self, container: &ContainerId) -> impl Future<Output = Result<(), EngineError>> + Send;
    /// Removes an image and its tags.
    fn remove_image(&self, image: &ImageId) -> impl Future<Output = Result<(), EngineError>> + Send;
    /// Takes a name from an image, which goes with its last name; so do nameless images that only it was built on.
    fn untag(&self, reference: &str) -> impl Future<Output = Result<(), EngineError>> + Send;
    /// Every name of a local image that begins with `prefix`, which ends in a slash, and the image's id.
    fn named(&self, prefix: &str) -> impl Future<Output = Result<BTreeMap<String, ImageId>, EngineError>> + Send;
    /// Containers and images that carry a label, whatever its value.
    fn owned(&self, label: &str) -> impl Future<Output = Result<Vec<Owned>, EngineError>> + Send;
}
