//! Messages and status codes of bollard's errors.

use std::error::Error as _;

use bollard::errors::Error;

use crate::engine::Cause;

pub(super) fn status(error: &Error) -> Option<u16> {
    match error {
        Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// The message of an error and of its sources: for a refused connection, only a source says so.
pub(super) fn message(error: &Error) -> String {
    let mut text = match error {
        Error::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        Error::DockerStreamError { error } => error.clone(),
        Error::RequestTimeoutError => "the engine did not answer in time".to_owned(),
        other => other.to_string(),
    };
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
pub(super) fn cause(error: Error) -> Cause {
    message(&error).into()
}

/// Treats a removal of an absent object as a success.
pub(super) fn unless_absent<T>(removed: Result<T, Error>) -> Result<(), Cause> {
    match removed {
        Err(error) if status(&error) != Some(404) => Err(cause(error)),
        _ => Ok(()),
    }
}
