//! The rules of results: what was found about a text of the page, and what to do about it.

use super::log::{Configuration, Descriptor, Text};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    Contradicted,
    ContradictedInPart,
    Inconclusive,
    WordingChanged,
    ClaimGone,
    NotCovered,
    NotRead,
}

impl Rule {
    pub(super) const ALL: [Rule; 7] = [
        Rule::Contradicted,
        Rule::ContradictedInPart,
        Rule::Inconclusive,
        Rule::WordingChanged,
        Rule::ClaimGone,
        Rule::NotCovered,
        Rule::NotRead,
    ];

    pub(super) fn id(self) -> &'static str {
        match self {
            Rule::Contradicted => "contradicted",
            Rule::ContradictedInPart => "contradicted-in-part",
            Rule::Inconclusive => "inconclusive",
            Rule::WordingChanged => "wording-changed",
            Rule::ClaimGone => "claim-gone",
            Rule::NotCovered => "not-covered",
            Rule::NotRead => "not-read",
        }
    }

    pub(super) fn index(self) -> usize {
        Rule::ALL.iter().position(|rule| *rule == self).expect("every rule is listed")
    }

    pub(super) fn level(self) -> &'static str {
        match self {
            Rule::Contradicted => "error",
            Rule::ContradictedInPart | Rule::WordingChanged | Rule::ClaimGone => "warning",
            Rule::Inconclusive | Rule::NotCovered | Rule::NotRead => "note",
        }
    }

    pub(super) fn descriptor(self) -> Descriptor {
        Descriptor {
            id: self.id(),
            short_description: Text::new(self.short()),
            full_description: Text::new(self.full()),
            help: Text::new(self.help()),
            default_configuration: Configuration { level: self.level() },
        }
    }

    fn short(self) -> &'static str {
        match self {
            Rule::Contradicted => "No run confirms this sentence",
            Rule::ContradictedInPart => "This sentence is true in some environments only",
            Rule::Inconclusive => "A run could not decide this sentence",
            Rule::WordingChanged => "The page words this claim in another way than the ledger",
            Rule::ClaimGone => "The page has lost a claim",
            Rule::NotCovered => "No claim covers this text",
            Rule::NotRead => "This part of the page is not read",
        }
    }

    fn full(self) -> &'static str {
        match self {
            Rule::Contradicted => {
                "The documented failure or workaround was tried in containers, and in every environment that decided the claim something else was observed."
            }
            Rule::ContradictedInPart => {
                "The documented failure or workaround was tried in containers. Some environments confirm the claim, and in others something else was observed."
            }
            Rule::Inconclusive => {
                "In at least one environment the experiment did not come to an end, so the claim is neither confirmed nor contradicted."
            }
            Rule::WordingChanged => {
                "Claims are found on the page by a few quoted words. The page lacks some of those of this claim, or has similar ones."
            }
            Rule::ClaimGone => {
                "Claims are found on the page by a few quoted words. The page has none of those of this claim, and no similar text."
            }
            Rule::NotCovered => {
                "The text reads like something that a run could contradict, and neither a claim nor a waiver of the ledger quotes it."
            }
            Rule::NotRead => {
                "The page takes this part from elsewhere, or writes it in a notation that is not read, so nothing is known about it."
            }
        }
    }

    fn help(self) -> &'static str {
        match self {
            Rule::Contradicted | Rule::ContradictedInPart => {
                "Correct the sentence, or say where it holds. The message names the environments, the observed text and the command that repeats the experiment. `matrix page` writes a patch with a proposal, `page.patch`."
            }
            Rule::Inconclusive => "Run the cells again with `matrix run --inconclusive`. The message gives the cause.",
            Rule::WordingChanged | Rule::ClaimGone => {
                "If the sentence says the same in other words, change the quotes of the claim in the ledger. If it says something else, change the claim and its scenario. If it was removed, remove the claim."
            }
            Rule::NotCovered => "Add a claim and a scenario, or a waiver with a reason, to the ledger.",
            Rule::NotRead => "Compare the included file as a page of its own.",
        }
    }
}
