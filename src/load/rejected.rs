//! Validates refused corrections, and adds to them.

use super::diagnostic::Place;
use super::raw;
use crate::model::claim::Ledger;
use crate::model::id::ClaimId;
use crate::model::rejection::Rejection;
use crate::text::suggest::suggest;
use crate::text::yaml::quoted;

/// File name of the refused corrections, in the folder of scenarios.
pub const REJECTED: &str = "rejected.yaml";
/// Width of the text of a correction.
const WIDTH: usize = 110;
/// The start of a new file.
const HEAD: &str = "# yaml-language-server: $schema=schema.json#/$defs/Rejected
# Corrections of the page that its maintainers refused, with the reasons. `matrix page` does not propose them again, unless they
# would write something else. `matrix page --reject TOPIC --reason TEXT` adds entries; remove one to have it proposed again.
rejected:
";

/// Validates the refused corrections and reports mistakes at their place.
pub(super) fn valid(raw: &raw::Rejected, ledger: &Ledger, place: &Place<'_>) -> Vec<Rejection> {
    let mut found: Vec<Rejection> = Vec::new();
    for (at, refusal) in place.key("rejected").each(&raw.rejected) {
        let claim: ClaimId = refusal.claim.0.as_str().into();
        if ledger.draft(&claim).is_some() {
            at.key("claim").note(format!("claim `{claim}` is a draft, for which nothing is proposed"), "remove the entry");
        } else if ledger.claim(&claim).is_none() {
            let known = suggest(claim.as_str(), ledger.claims.iter().map(|claim| claim.id.as_str()));
            at.key("claim").note(format!("no claim is named `{claim}`"), known);
        }
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        if found.iter().any(|other| other.claim == claim && words(&other.proposal) == words(&refusal.proposal.0)) {
            at.note(format!("this correction of `{claim}` is refused twice"), "remove one of the two entries");
        }
        found.push(Rejection { claim, proposal: refusal.proposal.0.clone(), reason: refusal.reason.0.clone() });
    }
    found
}

/// The text of a file of refused corrections with more of them; `None` if they cannot be added at its end.
pub fn with_rejections(text: &str, added: &[Rejection]) -> Option<String> {
    let count = |text: &str| Some(serde_yaml::from_str::<raw::Rejected>(text).ok()?.rejected.len());
    let before = if text.trim().is_empty() { 0 } else { count(text)? };
    let mut longer = if text.trim().is_empty() { HEAD.to_owned() } else { format!("{}\n", text.trim_end()) };
    for Rejection { claim, proposal, reason } in added {
        let proposal = folded(proposal).join("\n      ");
        longer += &format!("  - claim: {claim}\n    proposal: >-\n      {proposal}\n    reason: {}\n", quoted(reason));
    }
    (count(&longer)? == before + added.len()).then_some(longer)
}

/// The words of a text on lines of limited width.
fn folded(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is one");
        match last.is_empty() || last.chars().count() + 1 + word.chars().count() <= WIDTH {
            true if last.is_empty() => last.push_str(word),
            true => *last += &format!(" {word}"),
            false => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejection(proposal: &str) -> Rejection {
        Rejection { claim: "a.b".into(), proposal: proposal.into(), reason: "it's \"so\": # no".into() }
    }

    #[test]
    fn refused_corrections_are_read_as_they_were_written() {
        let proposals = ["“a”: so with x. - # 'b' \"c\" {d}: [..]", "# a\nb", &"long ".repeat(60), "- a: b", "| a", "%a"];
        let added: Vec<Rejection> = proposals.iter().map(|text| rejection(text)).collect();
        let first = with_rejections("", &added[..1]).unwrap();
        let text = with_rejections(&first, &added[1..]).unwrap();
        assert!(text.starts_with(&first), "{text}");
        let read: raw::Rejected = serde_yaml::from_str(&text).unwrap();
        for (refusal, rejection) in read.rejected.iter().zip(&added) {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&refusal.proposal.0), words(&rejection.proposal));
            assert_eq!(refusal.reason.0, rejection.reason);
        }
        assert_eq!(read.rejected.len(), proposals.len());
    }

    #[test]
    fn a_file_whose_list_does_not_end_it_is_not_extended() {
        assert_eq!(with_rejections("rejected: []\n", &[rejection("a")]), None);
        assert_eq!(with_rejections("other: 1\n", &[rejection("a")]), None);
    }
}
