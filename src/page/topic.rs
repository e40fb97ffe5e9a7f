//! Topics of a patch: what a reviewer decides at once. A topic has the changes of one claim, or of several claims about one
//! literal block or one sentence, and changes without an unchanged line between them.

use std::ops::Range;

use super::edit::Way;
use super::patch::Change;
use super::{Kind, Page};
use crate::model::id::ClaimId;

/// Changes that are made or refused together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// By index, in the order of the page.
    pub changes: Vec<usize>,
    pub claims: Vec<ClaimId>,
    /// How they correct the page, each way once.
    pub ways: Vec<Way>,
}

impl Topic {
    /// Its name: that of its first claim.
    pub fn name(&self) -> &str {
        self.claims.first().map_or("page", ClaimId::as_str)
    }
}

/// The topics of all changes, in the order of the page. `way` says how an edit corrects the page.
pub fn topics(page: &Page, changes: &[Change], way: impl Fn(usize) -> Way) -> Vec<Topic> {
    let blocks: Vec<Range<usize>> =
        page.blocks.iter().filter(|block| block.kind == Kind::Literal).map(|b| block(page, b)).collect();
    let mut of: Vec<usize> = (0..changes.len()).collect();
    for (at, change) in changes.iter().enumerate() {
        for (other, before) in changes[..at].iter().enumerate() {
            let shares = change.claims.iter().any(|claim| before.claims.contains(claim));
            let adjacent = change.old.start <= before.old.end;
            if shares || adjacent || blocks.iter().any(|block| touches(block, change) && touches(block, before)) {
                let (own, joined) = (of[at], of[other]);
                of.iter_mut().filter(|topic| **topic == own).for_each(|topic| *topic = joined);
            }
        }
    }
    let mut topics: Vec<(usize, Topic)> = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        let place = topics.iter().position(|(topic, _)| *topic == of[at]).unwrap_or_else(|| {
            topics.push((of[at], Topic { changes: Vec::new(), claims: Vec::new(), ways: Vec::new() }));
            topics.len() - 1
        });
        let topic = &mut topics[place].1;
        topic.changes.push(at);
        for claim in &change.claims {
            if !topic.claims.contains(claim) {
                topic.claims.push(claim.clone());
            }
        }
        topic.ways.extend(change.edits.iter().map(|edit| way(*edit)));
        topic.ways.sort_unstable();
        topic.ways.dedup();
    }
    topics.into_iter().map(|(_, topic)| topic).collect()
}

/// The lines of a literal block, from 0, and the place after its last line, where a note about it is.
fn block(page: &Page, block: &super::Block) -> Range<usize> {
    page.line(block.element.start) - 1..page.line(block.element.end) + 1
}

fn touches(block: &Range<usize>, Change { old, .. }: &Change) -> bool {
    old.start < block.end && block.start < old.end.max(old.start + 1)
}
