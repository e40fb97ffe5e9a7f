//! The limit of a step that is not in a scenario.

use std::time::Duration;

/// Additional time for the command of a request, which has its own timeout.
pub(crate) const REQUEST_END: Duration = Duration::from_secs(30);
