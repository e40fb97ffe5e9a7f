//! Results of subcommands: an exit code, or an error with its exit code.

use crate::commands::exit::Exit;
use crate::run::RunError;

/// An error that ends a subcommand, and its exit code.
pub(super) struct Failure(pub(super) Exit, pub(super) anyhow::Error);

pub(super) type CommandResult = Result<Exit, Failure>;

/// Invalid input: a scenario, a dockerfile or the selection.
pub(super) fn usage(error: impl Into<anyhow::Error>) -> Failure {
    Failure(Exit::Usage, error.into())
}

/// An engine or server does not answer, so nothing can be decided.
pub(super) fn unavailable(error: impl Into<anyhow::Error>) -> Failure {
    Failure(Exit::Inconclusive, error.into())
}

pub(super) fn run_failure(error: RunError) -> Failure {
    match error {
        RunError::Engine(error) => unavailable(error),
        RunError::Lease(_) | RunError::Signals(_) => fault(error),
    }
}

/// An internal error, or results that could not be stored.
pub(super) fn fault(error: impl Into<anyhow::Error>) -> Failure {
    Failure(Exit::Fault, error.into())
}
