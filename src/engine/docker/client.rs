//! The connection to an engine.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use bollard::ClientVersion;
use bollard::errors::Error;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::builder::Builder;
use super::discover::Location;
use super::error::{cause, status};
use super::host;
use super::limits::Limits;
use super::shells::Shells;
use crate::engine::{Call, Cause, EngineError, ImageId};

/// Timeout of cheap calls such as a lookup, a start or a removal. On a busy disk they take seconds.
pub(super) const TIMEOUT: Duration = Duration::from_secs(120);
/// Factor for calls that read or write a whole file system: a snapshot, an import, a build without output.
const TREE_FACTOR: u32 = 15;
const FIRST_ANSWER: Duration = Duration::from_secs(15);
/// A connection that answered.
struct Connected {
    api: bollard::Docker,
    podman: bool,
    version: String,
    architecture: String,
}

/// A container engine behind Docker's API.
#[derive(Debug)]
pub struct Docker {
    pub(super) api: bollard::Docker,
    /// The same connection with a longer timeout.
    pub(super) slow: bollard::Docker,
    pub(super) address: String,
    pub(super) podman: bool,
    pub(super) version: String,
    /// Architecture of its host, as the kernel names it.
    pub(super) architecture: String,
    pub(super) builder: Builder,
    pub(super) limits: OnceCell<Limits>,
    pub(super) timeout: Duration,
    /// The container that has the program for requests.
    pub(super) helper: tokio::sync::Mutex<Option<String>>,
    /// Shells of the containers that were started here; those of a container are absent while a command runs in it.
    shells: Mutex<HashMap<String, Shells>>,
}

impl Docker {
    /// Connects to the engine at `address` (`unix://…`, `tcp://…` or the path of a socket), or at the address in the environment,
    /// or to the first default socket that answers.
    pub async fn connect(address: Option<&str>) -> Result<Docker, EngineError> {
        Docker::first(Location::from_env(address).addresses()).await
    }

    /// Connects to the first address that answers.
    pub(super) async fn first(addresses: Vec<String>) -> Result<Docker, EngineError> {
        let mut tried = Vec::new();
        for address in addresses {
            match Docker::reach(&address).await {
                Ok(Connected { api, podman, version, architecture }) => {
                    let docker = Docker {
                        slow: api.clone(),
                        builder: Builder::of(podman, &api),
                        api,
                        address,
                        podman,
                        version,
                        architecture,
                        limits: OnceCell::new(),
                        timeout: TIMEOUT,
                        helper: tokio::sync::Mutex::default(),
                        shells: Mutex::default(),
                    };
                    return Ok(docker.with_timeouts(TIMEOUT));
                }
                Err(cause) => tried.push((address, cause)),
            }
        }
        Err(unreachable(tried))
    }

    /// Connects, detects Podman and negotiates the API version.
    async fn reach(address: &str) -> Result<Connected, Cause> {
        let connect = async {
            let api = bollard::Docker::connect_with_host(address)?.negotiate_version().await?;
            let version = api.version().await?;
            let podman = host::is_podman(&version);
            let agreed = api.client_version();
            let api = versioned(api, agreed, podman);
            let architecture = host::architecture(version.arch.unwrap_or_default());
            Ok(Connected { api, podman, version: version.version.unwrap_or_default(), architecture })
        };
        match timeout(FIRST_ANSWER, connect).await {
            Ok(connected) => connected.map_err(cause),
            Err(_) => Err(format!("no answer within {} s", FIRST_ANSWER.as_secs()).into()),
        }
    }

    /// Uses another builder.
    #[must_use]
    pub fn with_builder(self, builder: Builder) -> Self {
        Docker { builder, ..self }
    }

    /// Changes the timeout of cheap calls; that of expensive calls changes in proportion.
    #[must_use]
    pub fn with_timeouts(self, timeout: Duration) -> Self {
        let slow = self.api.clone().with_timeout(timeout * TREE_FACTOR);
        Docker { api: self.api.with_timeout(timeout), slow, timeout, ..self }
    }

    /// Silence timeout of a build.
    pub(super) fn silence(&self) -> Duration {
        self.timeout * TREE_FACTOR
    }

    pub(super) fn shells(&self) -> MutexGuard<'_, HashMap<String, Shells>> {
        self.shells.lock().expect("no thread panics while it holds the lock")
    }
}

/// The error for addresses that do not answer. A single address is the subject; several are listed with their causes.
fn unreachable(mut tried: Vec<(String, Cause)>) -> EngineError {
    if let [(address, _)] = tried.as_slice() {
        let address = address.clone();
        return Call::Info.failed(&address)(tried.remove(0).1);
    }
    let causes: String = tried.iter().map(|(address, cause)| format!("\n  `{address}`: {cause}")).collect();
    Call::Info.failed("")(format!("no engine answers{causes}").into())
}

/// Adds the API version to each path. bollard negotiates a version but does not send it, so a newer engine would use its own.
pub(super) fn versioned(api: bollard::Docker, version: ClientVersion, podman: bool) -> bollard::Docker {
    api.with_request_modifier(move |mut request| {
        let path = request.uri().path();
        let mut asked = request.uri().to_string().replacen(path, &format!("/v{version}{path}"), 1);
        if podman && path == "/images/create" {
            // Podman expects a parameter for each label of an import; bollard joins them into one, separated by newlines.
            asked = asked.replace("%0ALABEL+", "&changes=LABEL+");
        }
        *request.uri_mut() = asked.parse().expect("a version before its path leaves an address valid");
        request
    })
}

pub(super) async fn lookup(api: &bollard::Docker, reference: &str) -> Result<Option<ImageId>, Error> {
    match api.inspect_image(reference).await {
        Ok(image) => Ok(image.id.map(ImageId)),
        Err(error) if status(&error) == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The image that a pull, import or build has just created.
pub(super) async fn created_image(api: &bollard::Docker, reference: &str) -> Result<ImageId, Cause> {
    let found = lookup(api, reference).await.map_err(cause)?;
    found.ok_or_else(|| "the engine reported success but has no such image".into())
}
