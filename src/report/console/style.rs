//! Words and colours of states, and output of steps made safe for the console.

use owo_colors::Style;

use crate::report::state::State;
use crate::report::text::{cut, visible};

/// Maximum length of a line of output, in bytes.
const LINE: usize = 2 << 10;

/// The state in words, in capitals if it needs attention.
pub(super) fn word(state: State) -> String {
    match state.is_news() {
        true => state.label().to_uppercase(),
        false => state.label().to_owned(),
    }
}

pub(super) fn style(state: State) -> Style {
    match state {
        State::Drifted | State::DriftGone => Style::new().red().bold(),
        State::Inconclusive => Style::new().yellow().bold(),
        State::KnownDrift => Style::new().cyan(),
        State::Confirmed => Style::new().green(),
        State::Skipped => Style::new().dimmed(),
    }
}

pub(super) fn shown(text: &str) -> String {
    text.lines().map(|line| visible(&cut(line, LINE))).collect::<Vec<_>>().join("\n")
}
