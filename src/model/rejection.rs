//! Proposals of corrections that the page's maintainers refused.

use super::id::ClaimId;

/// A refused proposal. It is not made again as long as it would write the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    pub claim: ClaimId,
    /// What it would write.
    pub proposal: String,
    pub reason: String,
}
