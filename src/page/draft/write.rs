//! A drafted ledger as YAML.

use crate::load::{LONGEST_FILE, MOST_BRACKETS};
use crate::model::cause::spelled;
use crate::model::claim::{Claim, Ledger};
use crate::text::yaml::{name, quoted};

/// The share of a ledger's maximum size that drafts may fill: the author adds to it.
const SHARE: usize = 2;

/// The begin of a drafted ledger.
const HEAD: &str = "\
# yaml-language-server: $schema=../schema/scenario.json#/$defs/Ledger
# The ledger: what the page claims and a run can contradict, section by section. `matrix init` drafted it from the page.
#
# A draft is counted and found on the page, and no run judges it. To make it a claim:
#   1. Write in `says`, in your own words, exactly what the page claims.
#   2. Correct its `kind`:
#        symptom     what the page says a user will see: an error, a warning, a behaviour
#        measure     a number that the page states; add `above`, `below` or both
#        diagnostic  an inspection that distinguishes causes
#        workaround  an action that ends the problem
#        statement   any other sentence that a run can contradict
#   3. Check its quotes: a `line` is a complete line that the software prints, a `command` is text that the reader types,
#      anything else a few words of prose. `[..]` matches names and numbers that vary.
#   4. Remove `status: draft`, and bind it in a scenario: `matrix new scenario NAME --section SECTION` does both.
# Delete drafts that no run can decide, or put their text under `waivers` with a reason.
";

/// The room that is left in the file.
pub(super) struct Room {
    bytes: usize,
    brackets: usize,
}

impl Default for Room {
    fn default() -> Self {
        Room { bytes: usize::try_from(LONGEST_FILE).unwrap_or(usize::MAX) / SHARE, brackets: MOST_BRACKETS / SHARE }
    }
}

impl Room {
    /// Whether a draft fits; if so, it takes its room.
    pub(super) fn has(&mut self, claim: &Claim) -> bool {
        let text = entry(claim);
        // Its id comes on top.
        let (bytes, brackets) = (text.len() + 150, text.matches(['[', '{']).count());
        if bytes > self.bytes || brackets > self.brackets {
            return false;
        }
        (self.bytes, self.brackets) = (self.bytes - bytes, self.brackets - brackets);
        true
    }
}

/// The text of `claims.yaml`.
pub(super) fn yaml(ledger: &Ledger) -> String {
    if ledger.sections.is_empty() {
        return format!("{HEAD}\nsections: []\n");
    }
    let mut text = format!("{HEAD}\nsections:\n");
    for (section, heading) in &ledger.sections {
        text += &format!("  - id: {}\n    heading: {}\n    claims:\n", name(section.as_str()), quoted(heading));
        text.extend(ledger.drafts_of(section).map(entry));
    }
    text
}

fn entry(claim: &Claim) -> String {
    let mut text = format!("      - id: {}\n        status: draft\n", name(claim.id.as_str()));
    text += &format!("        kind: {}\n        says: {}\n        quotes:\n", spelled(claim.kind), quoted(&claim.says));
    let literal =
        claim.lines.iter().map(|line| ("line: ", line)).chain(claim.commands.iter().map(|command| ("command: ", command)));
    let words = claim.quotes.iter().filter(|quote| !claim.lines.contains(quote) && !claim.commands.contains(quote));
    for (key, quote) in words.map(|quote| ("", quote)).chain(literal) {
        text += &format!("          - {key}{}\n", quoted(quote));
    }
    text
}
