//! The builders of an engine.

use std::fmt;

/// First API version whose engines have BuildKit: Docker 18.09.
const WITH_BUILDKIT: (usize, usize) = (1, 39);
/// Networks that BuildKit supports.
const NETWORKS: [&str; 3] = ["default", "host", "none"];

/// A builder of images. Both builders make the same image from a dockerfile, except for its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builder {
    /// The classic builder; Podman uses Buildah instead.
    Classic,
    /// Twice as fast: it reads each layer fewer times.
    BuildKit,
}

impl Builder {
    /// The builder to use. `DOCKER_BUILDKIT=0` selects the classic one, as in Docker's client.
    pub(super) fn of(podman: bool, api: &bollard::Docker) -> Builder {
        let version = api.client_version();
        let refused = std::env::var_os("DOCKER_BUILDKIT").is_some_and(|value| value == "0");
        if podman || refused || (version.major_version, version.minor_version) < WITH_BUILDKIT {
            return Builder::Classic;
        }
        Builder::BuildKit
    }

    /// The classic builder if this one does not support the network.
    pub(super) fn within(self, network: Option<&str>) -> Builder {
        if network.is_none_or(|network| NETWORKS.contains(&network)) { self } else { Builder::Classic }
    }
}

impl fmt::Display for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Builder::Classic => "classic",
            Builder::BuildKit => "BuildKit",
        })
    }
}
