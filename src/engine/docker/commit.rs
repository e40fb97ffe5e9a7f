//! Snapshots, and labels of images.

use bollard::errors::Error;
use bollard::models::ContainerConfig;
use bollard::query_parameters as query;

use super::client::Docker;
use super::host;
use crate::engine::{ContainerId, ImageId, Labels};

impl Docker {
    pub(super) async fn snapshot(&self, container: &ContainerId, labels: &Labels, pause: bool) -> Result<ImageId, Error> {
        let options = query::CommitContainerOptionsBuilder::default().container(&container.0).pause(pause);
        // Podman only reads labels from `changes`; Docker also reads them from the configuration, which needs no quoting.
        let options = if self.podman { options.changes(&self.label_lines(labels).join("\n")) } else { options }.build();
        // The engine adds the container's own labels.
        let config = ContainerConfig { labels: Some(labels.clone().into_iter().collect()), ..Default::default() };
        Ok(host::image_id(self.slow.commit_container(options, config).await?.id))
    }

    /// `LABEL` instructions of a dockerfile.
    pub(super) fn label_lines(&self, labels: &Labels) -> Vec<String> {
        // Podman takes the text between the outermost quotes literally.
        let word = |word: &str| if self.podman { format!("\"{word}\"") } else { quoted(word) };
        labels.iter().map(|(key, value)| format!("LABEL {}={}", word(key), word(value))).collect()
    }
}

pub(super) fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$"))
}
