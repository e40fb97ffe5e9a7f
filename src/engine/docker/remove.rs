//! Removing containers.

use std::time::Duration;

use bollard::errors::Error;
use bollard::query_parameters as query;
use futures_util::StreamExt;
use tokio::time::timeout;

use super::client::Docker;
use super::error::status;

/// How long to wait for a removal that is already in progress.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a container may take to end by itself before it is removed by force.
const END_TIMEOUT: Duration = Duration::from_secs(10);

impl Docker {
    /// Removes a container. A shell that waits for a step ends when its input ends, and the engine removes the container. That is
    /// cheaper than a kill, for which the engine starts a program.
    pub(super) async fn remove_container(&self, container: &str) -> Result<(), Error> {
        let waits = self.shells().remove(container).is_some();
        if waits && !self.podman && self.wait_for_removal(container, END_TIMEOUT).await {
            return Ok(());
        }
        self.force_remove(container).await
    }

    pub(super) async fn force_remove(&self, container: &str) -> Result<(), Error> {
        let options = query::RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        match self.api.remove_container(container, Some(options)).await {
            Err(error) if status(&error) == Some(404) => Ok(()),
            // A removal is already in progress; Podman then reports that the container could not be stopped.
            Err(error) if matches!(status(&error), Some(409 | 500)) => {
                self.wait_for_removal(container, REMOVAL_TIMEOUT).await.then_some(()).ok_or(error)
            }
            other => other,
        }
    }

    /// Waits until the engine no longer has a container. Returns whether that happened in time.
    async fn wait_for_removal(&self, container: &str, most: Duration) -> bool {
        let options = query::WaitContainerOptionsBuilder::default().condition("removed").build();
        let mut removed = self.api.wait_container(container, Some(options));
        match timeout(most, removed.next()).await {
            // The exit status does not matter; a message means that the removal failed.
            Ok(Some(Ok(answer))) => answer.error.is_none(),
            Ok(Some(Err(Error::DockerContainerWaitError { error, .. }))) => error.is_empty(),
            Ok(Some(Err(error))) => status(&error) == Some(404),
            Ok(None) | Err(_) => false,
        }
    }
}
