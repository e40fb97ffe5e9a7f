//! Credentials for registries from the configuration of the Docker client.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential_from_reader};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::warnings::Warnings;
use crate::engine::Credentials;
use crate::image::registry_of;

/// Timeout of a helper program.
const HELPER: Duration = Duration::from_secs(30);

/// Credentials for each registry, looked up once.
pub(super) struct Keys<'a> {
    folder: Option<PathBuf>,
    warnings: Arc<Warnings<'a>>,
    known: Mutex<BTreeMap<String, Option<Credentials>>>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(folder: Option<PathBuf>, warnings: Arc<Warnings<'a>>) -> Self {
        Keys { folder, warnings, known: Mutex::new(BTreeMap::new()) }
    }

    /// The credentials for the registry of a reference; none for the engine's default registry. Trouble is a warning about `name`, and the user is anonymous.
    pub(super) async fn of(&self, name: &str, reference: &str) -> Option<Credentials> {
        let folder = self.folder.clone()?;
        let server = registry_of(reference)?.to_owned();
        let mut known = self.known.lock().await;
        if let Some(credentials) = known.get(&server) {
            return credentials.clone();
        }
        let asked = server.clone();
        let credentials = match timeout(HELPER, spawn_blocking(move || read(&folder, &asked))).await {
            Ok(Ok(read)) => read,
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {} s", HELPER.as_secs())),
        };
        let credentials = credentials.unwrap_or_else(|why| {
            self.warnings.add(name, &format!("failed to get credentials for `{server}`, so none are used: {why}"));
            None
        });
        known.insert(server, credentials.clone());
        credentials
    }
}

/// The credentials in the configuration of this folder, or from the helper that it names. `None` if there are none.
fn read(folder: &Path, server: &str) -> Result<Option<Credentials>, String> {
    let path = folder.join("config.json");
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("failed to read `{}`: {error}", path.display())),
    };
    match get_credential_from_reader(BufReader::new(file), server) {
        Ok(DockerCredential::UsernamePassword(username, password)) => Ok(Some(Credentials::Password { username, password })),
        Ok(DockerCredential::IdentityToken(token)) => Ok(Some(Credentials::Token(token))),
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(None),
        // This is how the protocol of helpers says that there are none.
        Err(CredentialRetrievalError::HelperFailure { stdout, .. }) if stdout.starts_with("credentials not found") => Ok(None),
        Err(CredentialRetrievalError::HelperFailure { helper, stdout, stderr }) => {
            let said = format!("{stdout} {stderr}").split_whitespace().collect::<Vec<_>>().join(" ");
            Err(format!("`{helper}` failed: {said}"))
        }
        Err(error) => Err(format!("`{}`: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(config: &str) -> Result<Option<Credentials>, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), config).unwrap();
        read(folder.path(), "registry.example:5000").map_err(|error| error.replace(&*folder.path().to_string_lossy(), ""))
    }

    #[test]
    fn credentials_come_from_the_entry_of_the_registry() {
        let [username, password] = ["user", "a:b"].map(str::to_owned);
        let known = Some(Credentials::Password { username, password });
        assert_eq!(with(r#"{"auths": {"registry.example:5000": {"auth": "dXNlcjphOmI="}}}"#), Ok(known));
        assert_eq!(with(r#"{"auths": {"other.example": {"auth": "dXNlcjphOmI="}}}"#), Ok(None));
        let token = Some(Credentials::Token("t".to_owned()));
        assert_eq!(with(r#"{"auths": {"registry.example:5000": {"identitytoken": "t"}}}"#), Ok(token));
    }

    #[test]
    fn without_a_configuration_the_user_is_anonymous_and_a_broken_one_is_an_error() {
        assert_eq!(read(Path::new("/nowhere"), "registry.example"), Ok(None));
        assert_eq!(with("{"), Err("`/config.json`: Unable to read config".to_owned()));
        let missing = with(r#"{"credsStore": "matrix-test-does-not-exist"}"#);
        assert_eq!(missing, Err("`/config.json`: Unable to communicate with credential helper".to_owned()));
    }
}
