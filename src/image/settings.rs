//! Where images come from.

use std::path::PathBuf;

/// Where images come from, as the user set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Folder of the dockerfiles and the pins.
    pub dockerfiles: PathBuf,
    /// Folder of fetched archives.
    pub cache: PathBuf,
    /// Registry to pull bases from; `None` is the engine's default.
    pub registry: Option<String>,
    /// Mirror to bootstrap bases from; `None` is the default of the program that bootstraps.
    pub mirror: Option<String>,
    /// Network of builds; `None` is the engine's default.
    pub network: Option<String>,
    /// Package index for archives; `None` is the user's own.
    pub index: Option<String>,
    /// Whether the metadata of a mirror may have expired, as that of archived suites has.
    pub archived: bool,
    /// Folder of the locks on images that a run is making.
    pub locks: PathBuf,
}
