//! How a container ends, for any reason. It knows nothing of what was run in it.

use std::time::Duration;

use bollard::errors::Error;
use bollard::query_parameters as query;
use futures_util::StreamExt;
use tokio::time::timeout;

use super::{Docker, status};

/// How long a removal that is under way already is waited for.
const REMOVAL: Duration = Duration::from_secs(30);
/// How long a container may take that ends by itself, before it is ended by force.
const ENDING: Duration = Duration::from_secs(10);

impl Docker {
    /// Ends a container, and with that removes it. A shell that waits for a step ends when its input does, and the engine does
    /// the rest: it is spared a kill, for which it would start a program.
    pub(super) async fn end(&self, container: &str) -> Result<(), Error> {
        let waits = self.shells().remove(container).is_some();
        if waits && !self.podman && self.gone(container, ENDING).await {
            return Ok(());
        }
        self.force_remove(container).await
    }

    pub(super) async fn force_remove(&self, container: &str) -> Result<(), Error> {
        let options = query::RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        match self.api.remove_container(container, Some(options)).await {
            Err(error) if status(&error) == Some(404) => Ok(()),
            // Its end is under way already, of which Podman says that it could not be stopped; it is gone when the engine no longer
            // knows it.
            Err(error) if matches!(status(&error), Some(409 | 500)) => {
                self.gone(container, REMOVAL).await.then_some(()).ok_or(error)
            }
            other => other,
        }
    }

    /// Waits until the engine no longer knows a container; whether that came to be.
    async fn gone(&self, container: &str, most: Duration) -> bool {
        let options = query::WaitContainerOptionsBuilder::default().condition("removed").build();
        let mut removed = self.api.wait_container(container, Some(options));
        match timeout(most, removed.next()).await {
            // With whatever exit status; words come with it only when the removal failed.
            Ok(Some(Ok(answer))) => answer.error.is_none(),
            Ok(Some(Err(Error::DockerContainerWaitError { error, .. }))) => error.is_empty(),
            Ok(Some(Err(error))) => status(&error) == Some(404),
            Ok(None) | Err(_) => false,
        }
    }
}
