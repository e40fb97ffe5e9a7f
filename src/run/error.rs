//! Errors that end a run.

use crate::engine::EngineError;
use crate::text::advice::Advice;

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Lease(#[from] Advice),
    /// The engine does not answer, or cannot list its objects.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Signals cannot be caught, so an interrupted run could not clean up.
    #[error("failed to install signal handlers: {0}")]
    Signals(#[source] std::io::Error),
}
