//! The order in which cells start: the first verdict early, then the longest cells first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::images::Images;
use crate::model::cause::Trouble;
use crate::model::plan::CellPlan;
use crate::plan::timings::Durations;

/// Estimated duration of pulling or bootstrapping a base, in milliseconds.
const BASE: u64 = 60_000;

/// What to expect of a cell, in milliseconds.
pub(super) struct Expected<'a> {
    base: &'a str,
    /// Duration of the cell itself.
    cell: u64,
    /// Duration of making the images that it needs and that do not exist, as if no other cell needed them.
    images: u64,
}

impl<'a> Expected<'a> {
    pub(super) async fn of(plan: &'a CellPlan, images: &Images<'_>, durations: &Durations) -> Result<Expected<'a>, Trouble> {
        let mut builds = 0;
        for image in [&plan.image, &plan.control_image] {
            builds += match images.missing(image).await? {
                None => BASE + image.layers.iter().map(|layer| durations.guess_build(&layer.dockerfile)).sum::<u64>(),
                Some(layers) => layers.iter().map(|layer| durations.guess_build(&layer.dockerfile)).sum(),
            };
        }
        Ok(Expected { base: &plan.image.base, cell: durations.guess(plan.cell.cell_ref()), images: builds })
    }

    fn whole(&self) -> u64 {
        self.cell + self.images
    }
}

/// The places of cells in the order in which they start. If images must be made, the cell that ends first comes first, then
/// the longest of each other base, so that bases are requested in the order that unblocks most, then the rest, longest first.
pub(super) fn order(cells: &[Expected<'_>]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..cells.len()).collect();
    places.sort_by_key(|place| Reverse(cells[*place].whole()));
    if cells.iter().all(|cell| cell.images == 0) {
        return places;
    }
    let Some(first) = places.iter().copied().min_by_key(|place| cells[*place].whole()) else { return places };
    let mut waiting: BTreeMap<&str, u64> = BTreeMap::new();
    cells.iter().for_each(|cell| *waiting.entry(cell.base).or_default() += cell.cell);
    let leads = |place: &usize| places.iter().find(|other| cells[**other].base == cells[*place].base) == Some(place);
    let mut ahead: Vec<usize> =
        places.iter().copied().filter(|place| leads(place) && cells[*place].base != cells[first].base).collect();
    ahead.sort_by_key(|place| Reverse(waiting[cells[*place].base]));
    ahead.insert(0, first);
    let rest: Vec<usize> = places.into_iter().filter(|place| !ahead.contains(place)).collect();
    [ahead, rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(base: &'static str, cell: u64, images: u64) -> Expected<'static> {
        Expected { base, cell, images }
    }

    #[test]
    fn without_images_to_make_the_longest_cells_start_first() {
        assert_eq!(order(&[cell("a", 1, 0), cell("b", 3, 0), cell("a", 2, 0)]), [1, 2, 0]);
        assert_eq!(order(&[]), [0; 0]);
    }

    #[test]
    fn with_images_to_make_the_shortest_starts_first_and_then_one_of_each_other_base() {
        let cells = [cell("a", 5, 9), cell("a", 4, 9), cell("b", 6, 9), cell("b", 1, 2), cell("c", 2, 9), cell("b", 7, 9)];
        assert_eq!(order(&cells), [3, 0, 4, 5, 2, 1]);
    }
}
