//! Settings of image builds.

use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Folder of the dockerfiles and the pins.
    pub dockerfiles: PathBuf,
    pub cache: PathBuf,
    /// Registry to pull bases from; `None` is the engine's default.
    pub registry: Option<String>,
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
