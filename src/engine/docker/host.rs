//! Differences between the answers of Docker and Podman.

use std::fs;
use std::os::unix::fs::MetadataExt;

use bollard::models::{SystemInfo, SystemVersion};

use super::builder::Builder;
use crate::engine::{EngineHost, ImageId, Limit};

pub(super) fn is_podman(version: &SystemVersion) -> bool {
    version.components.iter().flatten().any(|part| part.name.starts_with("Podman"))
}

/// Identifies a Podman host, whose own id changes with each answer.
pub(super) fn podman_id(info: &SystemInfo) -> String {
    [&info.name, &info.docker_root_dir].map(|part| part.as_deref().unwrap_or_default()).join(":")
}

/// The name of our image without the registry that Podman adds: Docker Hub, or `localhost` depending on its configuration.
pub(super) fn short(name: &str) -> &str {
    match name.split_once('/') {
        Some((host, rest)) if host == "localhost" || host.contains('.') && !host.contains(':') => rest,
        _ => name,
    }
}

/// An image id with its algorithm, which Podman omits after a commit.
pub(super) fn image_id(id: String) -> ImageId {
    ImageId(if id.contains(':') { id } else { format!("sha256:{id}") })
}

/// Docker uses the kernel's names of architectures, Podman uses Go's.
pub(super) fn architecture(name: String) -> String {
    match name.as_str() {
        "amd64" => "x86_64".to_owned(),
        "arm64" => "aarch64".to_owned(),
        _ => name,
    }
}

pub(super) fn host(podman: bool, builder: Builder, address: &str, info: SystemInfo) -> EngineHost {
    let reported = info.security_options.iter().flatten().any(|option| option.starts_with("name=rootless"));
    // Podman 4.3 reports this only through its own API; its socket belongs to its user.
    let owner = address.strip_prefix("unix://").and_then(|path| fs::metadata(path).ok()).map(|socket| socket.uid());
    let rootless = reported || podman && owner.is_some_and(|owner| owner != 0);
    let cgroups = info.cgroup_version.and_then(|version| version.as_ref().parse().ok());
    // Control groups version 1 cannot be delegated to a user, so a rootless engine sets no limits there, although Podman reports
    // what the kernel could do.
    let none = rootless && cgroups == Some(1);
    let offers = [
        (Limit::Memory, info.memory_limit),
        (Limit::Swap, info.swap_limit),
        (Limit::Processes, info.pids_limit),
        (Limit::Cpu, info.cpu_cfs_quota),
    ];
    EngineHost {
        storage: info.driver.unwrap_or_default(),
        root: info.docker_root_dir.unwrap_or_default().into(),
        cgroups,
        rootless,
        builder: if podman { "Buildah".to_owned() } else { builder.to_string() },
        lacks: offers.into_iter().filter(|(_, offered)| none || *offered != Some(true)).map(|(limit, _)| limit).collect(),
    }
}
