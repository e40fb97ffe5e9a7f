//! Registries: the credentials for one, and what a failed request says about it.

use std::fmt;

use super::error::EngineError;

/// Credentials for a registry.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    Password {
        username: String,
        password: String,
    },
    /// An identity token.
    Token(String),
}

/// Prints no secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credentials::Password { .. } => "Password",
            Credentials::Token(_) => "Token",
        })
    }
}

/// What a failed pull or push says about the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It has no such image.
    Absent,
    /// It does not answer, or not to this user. A request for another image would fail too.
    Registry,
    /// This image cannot be transferred, for example because it is damaged.
    Image,
}

/// The cause of a failed pull or push.
#[derive(Debug)]
pub struct RegistryError {
    pub refusal: Refusal,
    pub message: String,
}

impl std::error::Error for RegistryError {}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What engines and registries say if the user may not have an image, or if the connection is refused for a reason that stays.
const LASTING: [&str; 8] = [
    "denied",
    "unauthorized",
    "authentication required",
    "no basic auth credentials",
    "tls:",
    "x509:",
    "server gave HTTP response to HTTPS client",
    "does not match the specified platform",
];

impl EngineError {
    /// Whether another attempt may succeed: the registry did not answer.
    pub fn may_pass(&self) -> bool {
        let text = self.cause.to_string();
        self.refusal() == Refusal::Registry && !LASTING.iter().any(|words| text.contains(words))
    }

    /// Whether the registry knows no user with these credentials, or not for this image.
    pub fn is_denied(&self) -> bool {
        let text = self.cause.to_string();
        LASTING[..4].iter().any(|words| text.contains(words))
    }

    /// What the failure of a pull or push says about the registry.
    pub fn refusal(&self) -> Refusal {
        self.cause.downcast_ref().map_or(Refusal::Image, |error: &RegistryError| error.refusal)
    }
}
