//! Finds the workaround that a known drift refers to. Each workaround is judged separately, so that one cannot hide the
//! failure of another.

use crate::load::axes::{Grid, described};
use crate::load::diagnostic::Place;
use crate::model::drift::KnownDrift;
use crate::model::scenario::Scenario;
use crate::model::when::Axes;
use crate::model::workaround::Workaround;
use crate::text::suggest::{quoted, suggest};
use crate::text::template::Template;

/// Reports a drift that does not name one of several workarounds, names an unknown one, or names one that is not tried.
pub(super) fn which(known: &KnownDrift<Template>, scenario: &Scenario, grid: &Grid, place: &Place<'_>) {
    let deciding: Vec<&Workaround<Template>> =
        scenario.workarounds.iter().filter(|workaround| workaround.claim == known.claim).collect();
    let ids = || deciding.iter().map(|workaround| workaround.id.as_str());
    let at = place.key("workaround");
    match &known.workaround {
        Some(_) if !known.drift.is_of_workaround() => {
            at.note(
                "a workaround cannot drift like this",
                "remove `workaround`, or use `workaround-fails` or `workaround-unneeded`",
            );
        }
        Some(id) => match deciding.iter().find(|workaround| workaround.id == *id) {
            None => at.note(format!("no workaround `{id}` decides claim `{}`", known.claim), suggest(id.as_str(), ids())),
            Some(workaround) => {
                let idle = grid.cell(|cell| known.when.holds(cell) && !workaround.when.holds(cell));
                if let Some(cell) = idle {
                    at.note(
                        format!("workaround `{id}` is not tried in {}", described(cell)),
                        "restrict the `when` of this drift",
                    );
                }
            }
        },
        None if known.drift.is_of_workaround() => {
            let tried = |cell: &Axes| deciding.iter().filter(|workaround| workaround.when.holds(cell)).count();
            if let Some(cell) = grid.cell(|cell| known.when.holds(cell) && tried(cell) > 1) {
                let message = format!("several workarounds decide claim `{}` in {}", known.claim, described(cell));
                place.note(message, format!("name the one that drifts with `workaround`: {}", quoted(ids(), " or ")));
            }
        }
        None => {}
    }
}

/// Whether two known drifts of one claim concern the same thing: its expectations, or the same workaround.
pub(super) fn same(one: &KnownDrift<Template>, other: &KnownDrift<Template>) -> bool {
    let workaround = |known: &KnownDrift<Template>| known.drift.is_of_workaround();
    let named = one.workaround.as_ref().zip(other.workaround.as_ref());
    workaround(one) == workaround(other) && named.is_none_or(|(one, other)| one == other)
}
