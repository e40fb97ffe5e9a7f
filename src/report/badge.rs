//! Badges of a page and its sections, in the form that shields.io reads from an endpoint.

use serde::Serialize;

use super::error::unrendered;
use super::text::visible;
use crate::model::id::SectionId;
use crate::model::record::Record;
use crate::summary::agreement::Agreement;
use crate::text::advice::Advice;

/// The file of the page's badge.
pub const PAGE: &str = "badge.json";
/// The folder with a badge for each section, named after its id.
pub const SECTIONS: &str = "badges";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Badge {
    schema_version: u8,
    label: String,
    message: String,
    color: &'static str,
}

impl Badge {
    fn new(label: &str, agreement: &Agreement) -> Self {
        Badge { schema_version: 1, label: visible(label), message: message(agreement), color: color(agreement) }
    }

    fn render(&self) -> Result<String, Advice> {
        let text = serde_json::to_string_pretty(self);
        text.map(|text| text + "\n").map_err(|error| unrendered(PAGE, &error))
    }
}

/// The badge of the whole page.
pub fn page(record: &Record) -> Result<String, Advice> {
    let title = [&record.subject.title, &record.subject.project].into_iter().find(|text| !text.is_empty());
    let title = title.map_or("page", |title| title);
    let label = match record.subject.edition.as_str() {
        "" => title.to_owned(),
        edition => format!("{title}, {edition}"),
    };
    Badge::new(&label, &Agreement::of(record)).render()
}

/// The badges of the sections with claims, each with its file name in [`SECTIONS`].
pub fn sections(record: &Record) -> Result<Vec<(String, String)>, Advice> {
    let on_page = |id: &SectionId| record.ledger.of_section(id).any(|claim| claim.proposal.is_none());
    let judged = record.ledger.sections.iter().filter(|(id, _)| is_file_name(id) && on_page(id));
    let badge = |(id, heading): &(SectionId, String)| {
        let text = Badge::new(heading, &Agreement::of_section(record, id)).render()?;
        Ok((format!("{id}.json"), text))
    };
    judged.map(badge).collect()
}

/// Whether an id can be the name of a file. Ids of a ledger can; those of a record that someone else wrote may not.
fn is_file_name(id: &SectionId) -> bool {
    let id = id.as_str();
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn message(agreement: &Agreement) -> String {
    let (figure, decided) = (agreement.figure(), agreement.decided());
    let hold = match decided {
        0 => figure,
        1 => format!("{figure} of 1 claim holds"),
        _ => format!("{figure} of {decided} claims hold"),
    };
    match agreement.inconclusive {
        0 => hold,
        open => format!("{hold}, {open} inconclusive"),
    }
}

fn color(agreement: &Agreement) -> &'static str {
    match agreement.percent() {
        None => "lightgrey",
        Some(100) if agreement.inconclusive == 0 => "brightgreen",
        Some(90..) => "green",
        Some(75..) => "yellowgreen",
        Some(50..) => "yellow",
        Some(25..) => "orange",
        Some(_) => "red",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_says_what_is_not_decided_and_is_bright_only_for_full_agreement() {
        let of = |confirmed, drifted, inconclusive| Agreement { confirmed, drifted, inconclusive, ..Agreement::default() };
        let shown = |agreement: &Agreement| format!("{} {}", color(agreement), message(agreement));
        let shown: Vec<String> =
            [of(0, 0, 0), of(1, 0, 0), of(4, 0, 2), of(996, 4, 0), of(0, 3, 0), of(0, 0, 5)].iter().map(shown).collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        lightgrey not decided
        brightgreen 100 % of 1 claim holds
        green 100 % of 4 claims hold, 2 inconclusive
        green 99 % of 1000 claims hold
        red 0 % of 3 claims hold
        lightgrey not decided, 5 inconclusive
        ");
    }

    #[test]
    fn an_id_that_leads_elsewhere_is_no_file_name() {
        for (id, is) in [("forkpty", true), ("a-2", true), ("", false), ("..", false), ("../x", false), ("a/b", false)] {
            assert_eq!(is_file_name(&id.into()), is, "{id}");
        }
    }
}
