//! What engines say of themselves, their host and their images, in the words of this project, whichever engine says it.
//! Plain functions over answers.

use bollard::models::{SystemInfo, SystemVersion};

use crate::engine::ImageId;

/// Whether it is Podman that answers.
pub(super) fn is_podman(version: &SystemVersion) -> bool {
    version.components.iter().flatten().any(|part| part.name.starts_with("Podman"))
}

/// What tells one Podman from another: the id it calls its own is made up anew for each answer.
pub(super) fn podman_id(info: &SystemInfo) -> String {
    [&info.name, &info.docker_root_dir].map(|part| part.as_deref().unwrap_or_default()).join(":")
}

/// An image's name without a registry that nobody named: Podman shows such names with Docker's hub, or with `localhost`
/// where its configuration says so.
pub(super) fn short(name: &str) -> &str {
    ["docker.io/", "localhost/"].iter().find_map(|registry| name.strip_prefix(registry)).unwrap_or(name)
}

/// An image's id with its algorithm, which Podman leaves out when it tells what a commit made.
pub(super) fn image_id(id: String) -> ImageId {
    ImageId(if id.contains(':') { id } else { format!("sha256:{id}") })
}

/// Docker names processors as the kernel does, Podman as Go does.
pub(super) fn architecture(name: String) -> String {
    match name.as_str() {
        "amd64" => "x86_64".to_owned(),
        "arm64" => "aarch64".to_owned(),
        _ => name,
    }
}
