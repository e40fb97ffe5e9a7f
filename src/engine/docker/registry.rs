//! Requests to a registry, which the engine makes.

use bollard::auth::DockerCredentials;
use bollard::errors::Error;
use bollard::query_parameters as query;
use futures_util::TryStreamExt;

use super::client::{Docker, created_image};
use super::error::{message, status};
use super::split;
use crate::engine::registry::RegistryError;
use crate::engine::{Cause, Credentials, ImageId, Refusal};

/// What engines say of an image or repository that is not there. Docker answers 404 as well, but also when access is denied;
/// Podman answers 500.
const ABSENT: [&str; 5] = ["manifest unknown", "name unknown", "name not known", "not found: manifest", "repository not found"];
/// What engines say of a registry that does not answer, or not to this user. They pass on the words of Go's libraries and of the
/// registry, and a status that says nothing.
const UNUSABLE: [&str; 19] = [
    "dial tcp",
    "no such host",
    "connection refused",
    "connection reset",
    "network is unreachable",
    "no route to host",
    "timeout",
    "deadline exceeded",
    "EOF",
    "tls:",
    "x509:",
    "server gave HTTP response to HTTPS client",
    "HTTP status: 5",
    "denied",
    "unauthorized",
    "authentication required",
    "no basic auth credentials",
    "toomanyrequests",
    "did not answer in time",
];

impl Docker {
    pub(super) async fn pull_image(
        &self,
        reference: &str,
        platform: Option<&str>,
        credentials: Option<&Credentials>,
    ) -> Result<ImageId, Cause> {
        let (name, tag) = split(reference);
        let options = query::CreateImageOptionsBuilder::default().from_image(name).tag(tag);
        let options = platform.into_iter().fold(options, |options, platform| options.platform(platform)).build();
        let pulled = self.api.create_image(Some(options), None, credentials.map(header));
        pulled.try_for_each(async |_| Ok(())).await.map_err(|error| cause(&error))?;
        created_image(&self.api, reference).await
    }

    pub(super) async fn push_image(&self, reference: &str, credentials: Option<&Credentials>) -> Result<(), Cause> {
        let (name, tag) = split(reference);
        let options = query::PushImageOptionsBuilder::default().tag(tag).build();
        // Docker does not accept a push without credentials, not even without any.
        let pushed = self.slow.push_image(name, Some(options), Some(credentials.map(header).unwrap_or_default()));
        pushed.try_for_each(async |_| Ok(())).await.map_err(|error| cause(&error))
    }

    /// Whether a registry has an image. Podman cannot tell without a pull.
    pub(super) async fn has_published(&self, reference: &str, credentials: Option<&Credentials>) -> Result<bool, Cause> {
        if self.podman {
            return Ok(false);
        }
        match self.api.inspect_registry_image(reference, credentials.map(header)).await {
            Ok(_) => Ok(true),
            Err(error) if refusal(status(&error), &message(&error)) == Refusal::Absent => Ok(false),
            Err(error) => Err(cause(&error)),
        }
    }
}

fn header(credentials: &Credentials) -> DockerCredentials {
    match credentials.clone() {
        Credentials::Password { username, password } => {
            DockerCredentials { username: Some(username), password: Some(password), ..Default::default() }
        }
        Credentials::Token(token) => DockerCredentials { identitytoken: Some(token), ..Default::default() },
    }
}

fn cause(error: &Error) -> Cause {
    let message = message(error);
    Box::new(RegistryError { refusal: refusal(status(error), &message), message })
}

fn refusal(status: Option<u16>, message: &str) -> Refusal {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&ABSENT) {
        Refusal::Absent
    } else if says(&UNUSABLE) {
        Refusal::Registry
    } else if status == Some(404) {
        Refusal::Absent
    } else {
        Refusal::Image
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engines_words_tell_an_absent_image_from_a_registry_that_cannot_be_used() {
        for (status, message, expected) in [
            (Some(404), "manifest for 127.0.0.1:5000/x:y not found: manifest unknown: manifest unknown", Refusal::Absent),
            (Some(404), "no such image", Refusal::Absent),
            (Some(500), "initializing source docker://127.0.0.1:5000/x:y: reading manifest y: manifest unknown", Refusal::Absent),
            (
                Some(500),
                "reading manifest y in 127.0.0.1:5000/x: name unknown: repository name not known to registry",
                Refusal::Absent,
            ),
            (
                Some(404),
                "pull access denied for x, repository does not exist or may require 'docker login': denied",
                Refusal::Registry,
            ),
            (Some(500), "Get \"http://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused", Refusal::Registry),
            (Some(500), "Get \"http://127.0.0.1:1/v2/x/manifests/y\": no basic auth credentials", Refusal::Registry),
            (Some(500), "received unexpected HTTP status: 503 Service Unavailable", Refusal::Registry),
            (None, "unknown blob", Refusal::Image),
            (None, "filesystem layer verification failed for digest sha256:0", Refusal::Image),
        ] {
            assert_eq!(refusal(status, message), expected, "{message}");
        }
    }

    #[test]
    fn credentials_are_not_printed() {
        let [username, password] = ["user", "secret"].map(str::to_owned);
        assert_eq!(format!("{:?}", Credentials::Password { username, password }), "Password");
    }
}
