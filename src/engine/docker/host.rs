//! What engines say of themselves, their host and their images, in the words of this project, whichever engine says it.
//! Plain functions over answers.

use std::fs;
use std::os::unix::fs::MetadataExt;

use bollard::models::{SystemInfo, SystemVersion};

use super::build::Builder;
use crate::engine::{EngineHost, ImageId, Limit};

/// Whether it is Podman that answers.
pub(super) fn is_podman(version: &SystemVersion) -> bool {
    version.components.iter().flatten().any(|part| part.name.starts_with("Podman"))
}

/// What tells one Podman from another: the id it calls its own is made up anew for each answer.
pub(super) fn podman_id(info: &SystemInfo) -> String {
    [&info.name, &info.docker_root_dir].map(|part| part.as_deref().unwrap_or_default()).join(":")
}

/// The name of one of our images without a registry that was never given: Podman shows such names with Docker's hub, or with
/// `localhost` where its configuration says so.
pub(super) fn short(name: &str) -> &str {
    match name.split_once('/') {
        Some((host, rest)) if host == "localhost" || host.contains('.') && !host.contains(':') => rest,
        _ => name,
    }
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

/// What an engine tells of its host.
pub(super) fn host(podman: bool, builder: Builder, address: &str, info: SystemInfo) -> EngineHost {
    let told = info.security_options.iter().flatten().any(|option| option.starts_with("name=rootless"));
    // Podman 4.3 tells it where only its own API has a place for it; its socket belongs to the user it runs as.
    let owner = address.strip_prefix("unix://").and_then(|path| fs::metadata(path).ok()).map(|socket| socket.uid());
    let rootless = told || podman && owner.is_some_and(|owner| owner != 0);
    let cgroups = info.cgroup_version.and_then(|version| version.as_ref().parse().ok());
    // Version 1 of control groups cannot be handed to a user, so a rootless engine sets no limits there, although Podman
    // passes on what the kernel could do.
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
