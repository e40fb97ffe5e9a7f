//! Which edition of a page a file is.

use super::Page;
use super::locate::{Wording, bind};
use crate::model::claim::{Edition, Ledger};

/// An edition, and how much of it a file has.
#[derive(Debug, Clone, Copy)]
pub struct Likeness<'a> {
    pub edition: &'a Edition,
    /// How many of its claims the file has.
    pub found: usize,
    /// How many claims it has.
    pub claims: usize,
}

impl<'a> Likeness<'a> {
    fn of(page: &Page, edition: &'a Edition) -> Self {
        let binding = bind(page, &edition.ledger);
        let found = binding.claims.iter().filter(|bound| bound.wording() == Wording::Found).count();
        Likeness { edition, found, claims: binding.claims.len() }
    }

    /// From 0 to 1.
    pub fn share(&self) -> f64 {
        // Ledgers have at most some thousand claims.
        #[expect(clippy::cast_precision_loss)]
        let share = self.found as f64 / self.claims.max(1) as f64;
        share
    }
}

/// How much of each edition a page has, the most similar edition first. Of equal ones, the later edition is first.
pub fn likeness<'a>(page: &Page, ledger: &'a Ledger) -> Vec<Likeness<'a>> {
    let mut all: Vec<Likeness<'a>> = ledger.editions.iter().rev().map(|edition| Likeness::of(page, edition)).collect();
    all.sort_by(|one, other| other.share().total_cmp(&one.share()));
    all
}

/// Whether the first of these is most of its edition, and clearly more than the second is of its own.
pub fn is_sure(all: &[Likeness<'_>]) -> bool {
    let share = |place: usize| all.get(place).map_or(0.0, Likeness::share);
    share(0) >= 0.5 && share(0) - share(1) >= 0.2
}
