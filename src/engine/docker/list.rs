//! What an engine holds, by name and by label. Lists are the one place where Podman may fail only because something else
//! is going on.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bollard::errors::Error;
use bollard::query_parameters as query;
use tokio::time::{Instant, sleep};

use super::{Docker, host, status};
use crate::engine::{ContainerId, ImageId, Owned};

/// How long a list may fail because what is in it changes.
const SETTLING: Duration = Duration::from_secs(10);
/// How often it is asked for again meanwhile.
const LOOK: Duration = Duration::from_millis(50);

impl Docker {
    /// Images whose names begin so, by name.
    pub(super) async fn names(&self, prefix: &str) -> Result<BTreeMap<String, ImageId>, Error> {
        let pattern = format!("{prefix}*");
        let filters: HashMap<&str, Vec<&str>> = [("reference", vec![pattern.as_str()])].into();
        let options = query::ListImagesOptionsBuilder::default().filters(&filters).build();
        let images = self.settled(|| self.api.list_images(Some(options.clone()))).await?;
        let names = images.into_iter().flat_map(|image| {
            image.repo_tags.into_iter().map(move |name| (host::short(&name).to_owned(), ImageId(image.id.clone())))
        });
        Ok(names.filter(|(name, _)| name.starts_with(prefix)).collect())
    }

    /// A list, asked for again while Podman cannot make it: it fails while something in it is on its way out, or tells of a
    /// state that Docker's API does not have.
    async fn settled<T, F: Future<Output = Result<T, Error>>>(&self, ask: impl Fn() -> F) -> Result<T, Error> {
        let until = Instant::now() + SETTLING;
        loop {
            match ask().await {
                Err(error) if self.podman && Instant::now() < until && unsettled(&error) => sleep(LOOK).await,
                made => return made,
            }
        }
    }

    /// What carries a label.
    pub(super) async fn list(&self, label: &str) -> Result<Vec<Owned>, Error> {
        let filters: HashMap<&str, Vec<&str>> = [("label", vec![label])].into();
        let options = query::ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        let containers = self.settled(|| self.api.list_containers(Some(options.clone()))).await?;
        let containers = containers.into_iter().filter_map(|found| {
            Some(Owned::Container(ContainerId(found.id?), found.labels.unwrap_or_default().into_iter().collect()))
        });
        let options = query::ListImagesOptionsBuilder::default().filters(&filters).build();
        let images = self.settled(|| self.api.list_images(Some(options.clone()))).await?;
        let images = images.into_iter().map(|found| Owned::Image(ImageId(found.id), found.labels.into_iter().collect()));
        Ok(containers.chain(images).collect())
    }
}

fn unsettled(error: &Error) -> bool {
    matches!(error, Error::JsonDataError { .. } | Error::JsonSerdeError { .. }) || status(error) == Some(500)
}
