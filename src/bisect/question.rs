//! The question of a bisection.

use crate::model::id::{ClaimId, ScenarioId};
use crate::subject::project::PROJECTS;
use crate::text::version::Version;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub claim: ClaimId,
    pub axis: String,
    pub from: Option<Version>,
    pub to: Option<Version>,
}

/// Why a question is invalid.
#[derive(Debug, thiserror::Error)]
pub enum BisectError {
    /// The scenario does not decide that claim.
    #[error("scenario `{scenario}` decides no claim `{claim}`\nhelp: {help}")]
    UnknownClaim { scenario: ScenarioId, claim: ClaimId, help: String },
    /// The scenario has no such axis.
    #[error("scenario `{scenario}` has no axis `{axis}`\nhelp: {help}")]
    UnknownAxis { scenario: ScenarioId, axis: String, help: String },
    /// The values of the axis have no order.
    #[error(
        "axis `{axis}` of `{scenario}` cannot be bisected: its value `{value}` is not a version, so its values have no order\nhelp: name an axis of versions, such as `{}`",
        PROJECTS[0].axis
    )]
    NoOrder { scenario: ScenarioId, axis: String, value: String },
    /// The range is empty.
    #[error("no value of `{axis}` lies {range}\nhelp: known values range from {first} to {last}")]
    EmptyRange { axis: String, range: String, first: String, last: String },
}
