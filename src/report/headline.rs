//! The result of a whole run in one sentence.

use super::state::State;
use crate::model::record::Record;

/// The most urgent state, for the style of the headline. An incomplete run is at least inconclusive.
pub(super) fn worst(record: &Record) -> State {
    let incomplete = record.ended.is_none().then_some(State::Inconclusive);
    record.verdicts.iter().map(State::of).chain(incomplete).min().unwrap_or(State::Inconclusive)
}

/// The result in one sentence.
pub(super) fn headline(record: &Record) -> String {
    let found = found(record);
    let (first, rest) = found.split_at(1);
    match record.ended {
        Some(_) => first.to_uppercase() + rest,
        None => format!("Incomplete: {found}"),
    }
}

fn found(record: &Record) -> String {
    let of = |states: &[State]| record.verdicts.iter().filter(|verdict| states.contains(&State::of(verdict))).count();
    let (news, unclear) = (of(&[State::Drifted, State::DriftGone]), of(&[State::Inconclusive]));
    match (record.verdicts.len(), news, unclear) {
        (0, _, _) => "there are no verdicts".to_owned(),
        (_, 0, 0) if record.ended.is_none() => "every verdict reached is as expected".to_owned(),
        (_, 0, 0) => "every verdict is as expected".to_owned(),
        (_, 0, 1) => "nothing is contradicted, 1 verdict is inconclusive".to_owned(),
        (_, 0, n) => format!("nothing is contradicted, {n} verdicts are inconclusive"),
        (_, 1, _) => "1 verdict is not as expected".to_owned(),
        (_, n, _) => format!("{n} verdicts are not as expected"),
    }
}
