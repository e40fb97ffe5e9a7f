//! How far the page agrees with a run.

use serde::Serialize;

use crate::summary::agreement::Agreement;

#[derive(Debug, Serialize)]
pub(crate) struct AgreementView {
    /// `62 %`.
    figure: String,
    /// What the percentage counts.
    detail: String,
}

impl From<Agreement> for AgreementView {
    fn from(agreement: Agreement) -> Self {
        AgreementView { figure: agreement.figure(), detail: agreement.detail() }
    }
}
