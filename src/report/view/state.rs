//! States of verdicts, and the number of verdicts in each.

use serde::Serialize;

use crate::model::verdict::Verdict;
use crate::report::state::{State, count};

#[derive(Debug, Serialize)]
pub(super) struct StateView {
    pub(super) class: &'static str,
    label: &'static str,
    symbol: &'static str,
    meaning: &'static str,
    news: bool,
}

impl From<State> for StateView {
    fn from(state: State) -> Self {
        let (class, label, symbol) = (state.class(), state.label(), state.symbol());
        StateView { class, label, symbol, meaning: state.meaning(), news: state.is_news() }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct CountView {
    pub(super) state: StateView,
    pub(super) count: usize,
}

pub(super) fn counts<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Vec<CountView> {
    count(verdicts).into_iter().map(|(state, count)| CountView { state: state.into(), count }).collect()
}
