//! What an engine can hold a container to, which depends on its host, and how long its answers are waited for. It must not
//! know what is asked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig, SystemInfo};
use bollard::query_parameters as query;
use tokio::time::{sleep, timeout};

use super::{Docker, status};
use crate::engine::{ContainerId, StartRequest};

/// How long an engine may take for what asks it to do next to nothing, such as a lookup, a start or a removal. A busy disk
/// makes seconds of it.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// How many times that it may take where a whole tree is looked at or written: a snapshot, an import, a build without a word.
const TREE: u32 = 15;
/// How often an engine that is away is asked whether it is back.
const RETURN_LOOK: Duration = Duration::from_millis(500);

/// What was found out of an engine's host.
#[derive(Debug)]
pub(super) struct Host {
    cpus: Option<i64>,
    /// Whether the size of a container's file system can be limited, as far as is known.
    quota: AtomicBool,
}

impl Host {
    pub(super) fn of(info: &SystemInfo) -> Host {
        let status = info.driver_status.iter().flatten().map(Vec::as_slice);
        let mut xfs = status.filter(|pair| matches!(pair, [key, value] if key == "Backing Filesystem" && value == "xfs"));
        let quota = match info.driver.as_deref() {
            Some("btrfs" | "zfs" | "devicemapper") => true,
            Some("overlay2") => xfs.next().is_some(),
            _ => false,
        };
        Host { cpus: info.ncpu.filter(|cpus| *cpus > 0), quota: AtomicBool::new(quota) }
    }

    /// So many thousandths of a processor in billionths, but no more than there is: more is refused.
    fn cpu(&self, thousandths: u32) -> i64 {
        let asked = i64::from(thousandths) * 1_000_000;
        self.cpus.map_or(asked, |cpus| asked.min(cpus * 1_000_000_000))
    }

    /// Whether a file system can be given a size.
    pub(super) fn quota(&self) -> bool {
        self.quota.load(Ordering::Relaxed)
    }
}

fn body(request: &StartRequest, host: &Host) -> ContainerCreateBody {
    let memory = i64::try_from(request.memory).unwrap_or(i64::MAX);
    let list = |words: &[&str]| Some(words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
    ContainerCreateBody {
        image: Some(request.image.0.clone()),
        // Overrides the image's own entrypoint, which might do things to the file system or end.
        entrypoint: list(&["/bin/sh"]),
        open_stdin: Some(true),
        // When the process at the other end is gone, the shell ends, and so does the container.
        stdin_once: Some(true),
        labels: Some(request.labels.clone().into_iter().collect()),
        // Docker starts a program to join a container to a network, be it that of the name `none`, unless it is to have none
        // at all. Podman heeds the mode alone. Either way there is a loopback.
        network_disabled: Some(true),
        host_config: Some(HostConfig {
            network_mode: Some("none".to_owned()),
            cap_drop: list(&["ALL"]),
            cap_add: Some(request.capabilities.clone()),
            // A web server may take port 80 in a network of its own without a capability for it.
            sysctls: Some([("net.ipv4.ip_unprivileged_port_start".to_owned(), "0".to_owned())].into()),
            security_opt: list(&["no-new-privileges"]),
            memory: Some(memory),
            // Memory and swap together: no swap beyond the memory.
            memory_swap: Some(memory),
            // What is kept in `/dev/shm` counts as memory, which is to be its limit too: the engine's own is 64 MiB.
            shm_size: Some(memory),
            pids_limit: Some(request.processes.into()),
            nano_cpus: Some(host.cpu(request.cpu)),
            storage_opt: host.quota().then(|| [("size".to_owned(), request.disk.to_string())].into()),
            // Reaps daemons whose parent has ended; otherwise they would stay and look alive.
            init: Some(true),
            // The engine removes it even if our process is gone.
            auto_remove: Some(true),
            // What it prints is read as it comes; on the engine's disk it would only take room.
            log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

impl Docker {
    /// The same engine, whose answers are waited for less long (or longer) than usual: a lookup's for this long, those to
    /// larger questions in proportion.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        let slow = self.api.clone().with_timeout(patience * TREE);
        Docker { api: self.api.with_timeout(patience), slow, patience, ..self }
    }

    /// How long a build may say nothing.
    pub(super) fn silence(&self) -> Duration {
        self.patience * TREE
    }

    /// Creates a container, held to all that the engine's host can hold it to.
    pub(super) async fn create(&self, request: &StartRequest) -> Result<String, Error> {
        let host = self.host.get_or_try_init(async || self.api.info().await.map(|info| Host::of(&info))).await?;
        let create = async || self.api.create_container(None::<query::CreateContainerOptions>, body(request, host)).await;
        let created = match create().await {
            // Whether the disk is mounted with quotas can only be found out by trying.
            Err(_) if host.quota() => {
                host.quota.store(false, Ordering::Relaxed);
                create().await
            }
            created => created,
        };
        created.map(|created| created.id)
    }

    /// Starts a container, once more if the engine was away and has come back: one that is restarted takes seconds, and the
    /// cells to come need not suffer for it.
    pub(super) async fn started(&self, request: &StartRequest) -> Result<ContainerId, Error> {
        match self.create_and_start(request).await {
            Err(error) if status(&error).is_none() && self.is_back().await => self.create_and_start(request).await,
            other => other,
        }
    }

    /// Waits until the engine answers; whether that came to be.
    async fn is_back(&self) -> bool {
        let answers = async {
            while self.api.ping().await.is_err() {
                sleep(RETURN_LOOK).await;
            }
        };
        timeout(self.patience / 2, answers).await.is_ok()
    }
}
