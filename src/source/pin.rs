//! A first pin for an archive: what an index publishes of a release, and the line among the pins. It must not know who
//! needs the archive.

use super::version::Version;

/// The project and the version that an archive of sources is named after.
pub(crate) fn release(file: &str) -> Option<(&str, &str)> {
    let (name, version) = file.strip_suffix(".tar.gz")?.rsplit_once('-')?;
    Version::parse(version).map(|_| (name, version))
}
