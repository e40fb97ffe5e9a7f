//! Creating and starting containers.

use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig};
use bollard::query_parameters as query;
use tokio::time::{sleep, timeout};

use super::client::Docker;
use super::error::{message, status};
use super::exec::Shell;
use super::limits::Limits;
use super::shells::Shells;
use crate::engine::{ContainerId, StartRequest};

/// Pause between two attempts to reach an engine that restarts.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

fn body(request: &StartRequest, limits: &Limits, helper: Option<&str>) -> ContainerCreateBody {
    let memory = i64::try_from(request.memory).unwrap_or(i64::MAX);
    let list = |words: &[&str]| Some(words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
    ContainerCreateBody {
        image: Some(request.image.0.clone()),
        // Whatever the image says: a step runs as root, or as the user that it names.
        user: Some("0".to_owned()),
        // Overrides the image's entrypoint, which might change files or exit.
        entrypoint: list(&["/bin/sh"]),
        env: Some(request.env.iter().map(|(name, value)| format!("{name}={value}")).collect()),
        open_stdin: Some(true),
        // When the client disconnects, the shell reads the end of input and the container ends.
        stdin_once: Some(true),
        labels: Some(request.labels.clone().into_iter().collect()),
        // Even for network mode `none`, Docker starts a program to join the container to a network, unless networking is
        // disabled. Podman only reads the mode. Both keep the loopback interface.
        network_disabled: Some(true),
        host_config: Some(HostConfig {
            network_mode: Some("none".to_owned()),
            cap_drop: list(&["ALL"]),
            cap_add: Some(request.capabilities.clone()),
            // Lets a web server bind port 80 without a capability.
            sysctls: Some([("net.ipv4.ip_unprivileged_port_start".to_owned(), "0".to_owned())].into()),
            security_opt: list(&["no-new-privileges"]),
            memory: Some(memory),
            // Memory and swap together, so there is no swap.
            memory_swap: Some(memory),
            // `/dev/shm` counts as memory, so it gets the same limit; the default is 64 MiB.
            shm_size: Some(memory),
            pids_limit: Some(request.processes.into()),
            nano_cpus: Some(limits.cpu(request.cpu)),
            storage_opt: limits.quota().then(|| [("size".to_owned(), request.disk.to_string())].into()),
            volumes_from: helper.map(|helper| vec![format!("{helper}:ro")]),
            // Reaps orphaned daemons, which would stay as zombies and look alive.
            init: Some(true),
            // The engine removes the container even if this process was killed.
            auto_remove: Some(true),
            // Output is read as it comes; a log on the engine's disk only takes space.
            log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

impl Docker {
    /// Creates a container with all limits that the host can enforce, and with the program for requests if it makes any.
    async fn create(&self, request: &StartRequest) -> Result<String, Error> {
        if !request.makes_requests {
            return self.create_with(request, None).await;
        }
        let helper = self.helper(request).await?;
        match self.create_with(request, Some(&helper)).await {
            Err(error) if message(&error).contains(&helper) => {
                self.forget_helper(&helper).await;
                let helper = self.helper(request).await?;
                self.create_with(request, Some(&helper)).await
            }
            created => created,
        }
    }

    async fn create_with(&self, request: &StartRequest, helper: Option<&str>) -> Result<String, Error> {
        let limits = self.limits.get_or_try_init(async || self.api.info().await.map(|info| Limits::of(&info))).await?;
        let create =
            async || self.api.create_container(None::<query::CreateContainerOptions>, body(request, limits, helper)).await;
        let lacks_helper = |error: &Error| helper.is_some_and(|helper| message(error).contains(helper));
        let created = match create().await {
            // Only an attempt shows whether the disk is mounted with quotas.
            Err(error) if limits.quota() && !lacks_helper(&error) => {
                limits.refuse_quota();
                create().await
            }
            created => created,
        };
        created.map(|created| created.id)
    }

    async fn create_and_start(&self, request: &StartRequest) -> Result<ContainerId, Error> {
        let id = self.create(request).await?;
        let start = async {
            let shell = Shell::attach(&self.api, &id, request.disk).await?;
            self.api.start_container(&id, None::<query::StartContainerOptions>).await?;
            Ok(shell)
        };
        match start.await {
            Ok(shell) => drop(self.shells().insert(id.clone(), Shells::new(shell, request.disk))),
            Err(error) => {
                // The failed start is the error to report. If the removal fails too, the sweep finds the container by its label.
                let _ = self.force_remove(&id).await;
                return Err(error);
            }
        }
        Ok(ContainerId(id))
    }

    /// Starts a container. Retries once if the engine was unreachable and answers again: a restart takes seconds and must not
    /// fail the following cells.
    pub(super) async fn start_container(&self, request: &StartRequest) -> Result<ContainerId, Error> {
        match self.create_and_start(request).await {
            Err(error) if status(&error).is_none() && self.is_back().await => self.create_and_start(request).await,
            other => other,
        }
    }

    /// Waits until the engine answers. Returns whether it did.
    async fn is_back(&self) -> bool {
        let answers = async {
            while self.api.ping().await.is_err() {
                sleep(RETRY_PAUSE).await;
            }
        };
        timeout(self.timeout / 2, answers).await.is_ok()
    }
}
