//! The question of a bisection.

use crate::model::id::ClaimId;
use crate::text::version::Version;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub claim: ClaimId,
    pub axis: String,
    pub from: Option<Version>,
    pub to: Option<Version>,
}
