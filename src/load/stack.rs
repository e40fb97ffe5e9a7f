//! Stacks of dockerfiles, some of which only some cells have.

use super::axes::{Grid, described};
use super::diagnostic::Place;
use super::scope::Names;
use crate::model::keys;
use crate::model::scenario::Layer;
use crate::model::when::Axes;
use crate::text::template::Template;

/// A stack. Reports a cell in which nothing of it is left.
pub(super) fn stack(raw: &[keys::Layer], names: &Names<'_>, place: &Place<'_>) -> Vec<Layer> {
    let layer = |(at, raw): (Place<'_>, &keys::Layer)| {
        let key = if raw.when.is_empty() { at.clone() } else { at.key("dockerfile") };
        Layer { when: names.grid.rule(&raw.when, &at), dockerfile: names.template(&raw.dockerfile.0, &key) }
    };
    let layers: Vec<Layer> = place.each(raw).map(layer).collect();
    let left = |cell: &Axes| layers.iter().any(|layer| layer.when.holds(cell));
    // An empty list is reported already.
    if let Some(cell) = names.grid.cell(|cell| !left(cell)).filter(|_| !layers.is_empty()) {
        let message = format!("no dockerfile is left in {}", described(cell));
        place.note(message, "add one without `when`, or `exclude` these cells");
    }
    layers
}

/// Reports a control that in some cell has the stack of the defect.
pub(super) fn differs(control: &[Layer], image: &[Layer], grid: &Grid, place: &Place<'_>) {
    let same = |cell: &Axes| here(control, cell).eq(here(image, cell));
    if let Some(cell) = grid.cell(same) {
        let scope = grid.cell(|cell| !same(cell)).map_or_else(String::new, |_| format!(" in {}", described(cell)));
        let help = "it differs from `image` in the defect alone: leave out the dockerfile that makes the defect, or add the one that \
                    ends it; or `replace` the step that is the mistake";
        place.note(format!("the control is the environment with the defect{scope}"), help);
    }
}

fn here<'a>(stack: &'a [Layer], cell: &Axes) -> impl Iterator<Item = &'a Template> {
    stack.iter().filter(|layer| layer.when.holds(cell)).map(|layer| &layer.dockerfile)
}
