//! Listing images and containers. Podman may fail to list while objects change.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bollard::errors::Error;
use bollard::query_parameters as query;
use tokio::time::{Instant, sleep};

use super::client::Docker;
use super::error::status;
use super::host;
use crate::engine::{ContainerId, ImageId, Owned};

const RETRY_TIMEOUT: Duration = Duration::from_secs(10);
const RETRY_PAUSE: Duration = Duration::from_millis(50);

impl Docker {
    /// Images by name, for names with this prefix.
    pub(super) async fn names(&self, prefix: &str) -> Result<BTreeMap<String, ImageId>, Error> {
        let pattern = format!("{prefix}*");
        let filters: HashMap<&str, Vec<&str>> = [("reference", vec![pattern.as_str()])].into();
        let options = query::ListImagesOptionsBuilder::default().filters(&filters).build();
        let images = self.retry_list(|| self.api.list_images(Some(options.clone()))).await?;
        let names = images.into_iter().flat_map(|image| {
            image.repo_tags.into_iter().map(move |name| (host::short(&name).to_owned(), ImageId(image.id.clone())))
        });
        Ok(names.filter(|(name, _)| name.starts_with(prefix)).collect())
    }

    /// Retries a list while Podman fails because an object is being removed or is in a state that Docker's API does not have.
    async fn retry_list<T, F: Future<Output = Result<T, Error>>>(&self, ask: impl Fn() -> F) -> Result<T, Error> {
        let until = Instant::now() + RETRY_TIMEOUT;
        loop {
            match ask().await {
                Err(error) if self.podman && Instant::now() < until && is_transient(&error) => sleep(RETRY_PAUSE).await,
                listed => return listed,
            }
        }
    }

    /// Containers and images with a label.
    pub(super) async fn list(&self, label: &str) -> Result<Vec<Owned>, Error> {
        let filters: HashMap<&str, Vec<&str>> = [("label", vec![label])].into();
        let options = query::ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        let containers = self.retry_list(|| self.api.list_containers(Some(options.clone()))).await?;
        let containers = containers.into_iter().filter_map(|found| {
            Some(Owned::Container(ContainerId(found.id?), found.labels.unwrap_or_default().into_iter().collect()))
        });
        let options = query::ListImagesOptionsBuilder::default().filters(&filters).build();
        let images = self.retry_list(|| self.api.list_images(Some(options.clone()))).await?;
        let images = images.into_iter().map(|found| Owned::Image(ImageId(found.id), found.labels.into_iter().collect()));
        Ok(containers.chain(images).collect())
    }
}

fn is_transient(error: &Error) -> bool {
    matches!(error, Error::JsonDataError { .. } | Error::JsonSerdeError { .. }) || status(error) == Some(500)
}
