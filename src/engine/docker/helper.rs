//! The program that makes requests in containers, because an image need not have a client. It lies in a volume of a container that
//! never runs. The containers of a run mount this volume read-only, below `/dev`, which is no part of a snapshot. The container has
//! the labels of the run, so it is removed like any other, and its volume with it.

use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig, Mount, MountType};
use bollard::query_parameters as query;

use super::client::Docker;
use crate::engine::StartRequest;
use crate::model::action::{CURL, PROGRAM};

/// `examples/http.rs`, compiled for the architecture of this executable; empty if `build.rs` could not.
pub const REQUEST_PROGRAM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/http"));

impl Docker {
    /// The container that has the program in its volume; created by the first container that needs it, and again after it was removed.
    pub(super) async fn helper(&self, request: &StartRequest) -> Result<String, Error> {
        let mut helper = self.helper.lock().await;
        if let Some(id) = &*helper {
            return Ok(id.clone());
        }
        let id = self.create_helper(request).await?;
        *helper = Some(id.clone());
        Ok(id)
    }

    async fn create_helper(&self, request: &StartRequest) -> Result<String, Error> {
        let (folder, name) = PROGRAM.rsplit_once('/').expect("it is a path");
        let volume = Mount { target: Some(folder.to_owned()), typ: Some(MountType::VOLUME), ..Mount::default() };
        let body = ContainerCreateBody {
            image: Some(request.image.0.clone()),
            entrypoint: Some(vec![PROGRAM.to_owned()]),
            labels: Some(request.labels.clone().into_iter().collect()),
            network_disabled: Some(true),
            host_config: Some(HostConfig {
                network_mode: Some("none".to_owned()),
                mounts: Some(vec![volume]),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let id = self.api.create_container(None::<query::CreateContainerOptions>, body).await?.id;
        let into = query::UploadToContainerOptionsBuilder::default().path(folder).build();
        let archive = bollard::body_full(archive(name, &program(&self.architecture))?.into());
        if let Err(error) = self.api.upload_to_container(&id, Some(into), archive).await {
            // The failed upload is the error to report. If the removal fails too, the sweep finds the container by its label.
            let _ = self.force_remove(&id).await;
            return Err(error);
        }
        Ok(id)
    }

    /// Forgets the container with this id, because it no longer exists: a run ended, or another process removed it.
    pub(super) async fn forget_helper(&self, id: &str) {
        self.helper.lock().await.take_if(|helper| helper == id);
    }
}

/// What runs on an engine of this architecture: the program, or a script that calls the image's curl.
fn program(engine: &str) -> Vec<u8> {
    let own = std::env::consts::ARCH;
    if engine == own && !REQUEST_PROGRAM.is_empty() {
        return REQUEST_PROGRAM.to_vec();
    }
    let lack = format!(
        "the image has no `curl`, and this build of matrix ({own}) has no program of its own for requests on this engine ({engine})"
    );
    format!("#!/bin/sh\ncommand -v curl >/dev/null || {{ echo 'http: {lack}' >&2; exit 127; }}\nexec {CURL} \"$@\"\n")
        .into_bytes()
}

fn archive(name: &str, program: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut header = tar::Header::new_gnu();
    header.set_size(program.len() as u64);
    header.set_mode(0o755);
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_data(&mut header, name, program)?;
    tar.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_of_another_architecture_gets_a_script_that_calls_curl_and_says_what_is_missing() {
        let script = String::from_utf8(program("another")).unwrap();
        assert!(script.starts_with("#!/bin/sh\n") && script.ends_with("\nexec curl -sS -i \"$@\"\n"), "{script}");
        assert!(script.contains("requests on this engine (another)"), "{script}");
        assert_eq!(program(std::env::consts::ARCH), REQUEST_PROGRAM);
    }
}
