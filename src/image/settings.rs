//! Settings of image builds.

use std::path::PathBuf;

use super::cache::ImageCache;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Folder of the dockerfiles and the pins.
    pub dockerfiles: PathBuf,
    pub cache: PathBuf,
    /// Registry to pull bases from; `None` is the engine's default.
    pub registry: Option<String>,
    /// Registry to pull images from instead of building them.
    pub image_cache: Option<ImageCache>,
    /// Folder of the Docker client's `config.json`, which has the credentials for registries.
    pub docker_config: Option<PathBuf>,
    /// Mirror for bootstraps; `None` is the default of the program that bootstraps.
    pub mirror: Option<String>,
    /// Network of builds; `None` is the engine's default.
    pub network: Option<String>,
    /// Package index of archives; `None` is the user's own.
    pub index: Option<String>,
    /// Whether expired metadata of a mirror is accepted, as archived suites require.
    pub archived: bool,
    /// Folder of the locks on images in progress.
    pub locks: PathBuf,
}
