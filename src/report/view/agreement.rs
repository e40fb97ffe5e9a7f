//! How far the page agrees with a run.

use serde::Serialize;

use crate::model::id::SectionId;
use crate::model::record::Record;
use crate::summary::agreement::Agreement;

#[derive(Debug, Serialize)]
pub(crate) struct AgreementView {
    /// `62 %`.
    figure: String,
    /// What the percentage counts.
    detail: String,
}

impl AgreementView {
    /// The agreement of a section, or that the page does not have it.
    pub(crate) fn of_section(record: &Record, section: &SectionId) -> Self {
        match record.ledger.is_proposed(section) {
            true => AgreementView { figure: "not on the page".to_owned(), detail: String::new() },
            false => Agreement::of_section(record, section).into(),
        }
    }
}

impl From<Agreement> for AgreementView {
    fn from(agreement: Agreement) -> Self {
        AgreementView { figure: agreement.figure(), detail: agreement.detail() }
    }
}
