//! The order in which cells start: the first verdict early, then the longest cells first. And the time that is left.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Mutex;

use super::images::Images;
use crate::model::cause::Trouble;
use crate::model::plan::{CellPlan, LayerPlan};
use crate::plan::timings::Durations;

/// Estimated duration of pulling or bootstrapping a base, in milliseconds.
const BASE: u64 = 60_000;

/// What to expect of a cell, in milliseconds.
pub(super) struct Expected<'a> {
    base: &'a str,
    /// Duration of the cell itself.
    cell: u64,
    /// Duration of making each base and layer that it needs and that does not exist.
    images: BTreeMap<(&'a str, &'a [LayerPlan]), u64>,
}

impl<'a> Expected<'a> {
    async fn of(plan: &'a CellPlan, images: &Images<'_>, durations: &Durations) -> Result<Expected<'a>, Trouble> {
        let mut missing = BTreeMap::new();
        for image in [&plan.image, &plan.control_image] {
            let present = images.present(image).await?;
            missing.extend(present.is_none().then_some(((image.base.as_str(), [].as_slice()), BASE)));
            for count in present.unwrap_or(0)..image.layers.len() {
                let millis = durations.guess_build(&image.layers[count].dockerfile);
                missing.insert((&image.base, &image.layers[..=count]), millis);
            }
        }
        Ok(Expected { base: &plan.image.base, cell: durations.guess(plan.cell.cell_ref()), images: missing })
    }

    /// The same for each of these cells, in their order.
    pub(super) async fn of_all(
        plans: &'a [CellPlan],
        images: &Images<'_>,
        durations: &Durations,
    ) -> Result<Vec<Expected<'a>>, Trouble> {
        let mut expected = Vec::new();
        for plan in plans {
            expected.push(Expected::of(plan, images, durations).await?);
        }
        Ok(expected)
    }

    /// Duration of making all of its missing images.
    pub(super) fn images(&self) -> u64 {
        self.images.values().sum()
    }

    fn whole(&self) -> u64 {
        self.cell + self.images()
    }
}

/// The work of a run that is left.
pub(super) struct Work<'a> {
    cells: Vec<Expected<'a>>,
    left: Mutex<Left<'a>>,
}

/// In milliseconds.
struct Left<'a> {
    /// Images that must be made.
    images: BTreeMap<(&'a str, &'a [LayerPlan]), u64>,
    /// Cells that are not finished, as long as recorded.
    cells: u64,
    /// What finished cells took, and what they were expected to take.
    took: u64,
    expected: u64,
}

impl<'a> Work<'a> {
    pub(super) fn new(cells: Vec<Expected<'a>>) -> Self {
        let images = cells.iter().flat_map(|cell| cell.images.clone()).collect();
        let left = Left { images, cells: cells.iter().map(|cell| cell.cell).sum(), took: 0, expected: 0 };
        Work { cells, left: Mutex::new(left) }
    }

    pub(super) fn order(&self) -> Vec<usize> {
        order(&self.cells)
    }

    /// Notes that a cell has its images.
    pub(super) fn has_images(&self, place: usize) {
        let mut left = self.left.lock().expect("no thread panics while it holds the lock");
        for image in self.cells.get(place).into_iter().flat_map(|cell| cell.images.keys()) {
            left.images.remove(image);
        }
    }

    /// Notes that a cell has ended after `millis`; 0 if it was cached. Returns the time that is left, in milliseconds, if so
    /// many cells run at the same time: as long as recorded, corrected by how long the finished cells took.
    pub(super) fn ended(&self, place: usize, millis: u64, jobs: usize) -> u64 {
        let mut left = self.left.lock().expect("no thread panics while it holds the lock");
        let recorded = self.cells.get(place).map_or(0, |cell| cell.cell);
        left.cells -= recorded;
        if millis > 0 {
            left.took += millis;
            left.expected += recorded;
        }
        let corrected = left.cells.saturating_mul(left.took.max(1)) / left.expected.max(1);
        let cells = if left.expected > 0 { corrected } else { left.cells };
        (left.images.values().sum::<u64>() + cells) / jobs.max(1) as u64
    }
}

/// The places of cells in the order in which they start. If images must be made, the cell that ends first comes first, then
/// the longest of each other base, so that bases are requested in the order that unblocks most, then the rest, longest first.
fn order(cells: &[Expected<'_>]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..cells.len()).collect();
    places.sort_by_key(|place| Reverse(cells[*place].whole()));
    if cells.iter().all(|cell| cell.images.is_empty()) {
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
        let none: &[LayerPlan] = &[];
        Expected { base, cell, images: (images > 0).then_some(((base, none), images)).into_iter().collect() }
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

    #[test]
    fn the_time_that_is_left_counts_each_image_once_and_learns_from_finished_cells() {
        let work = Work::new(vec![cell("a", 100, 60), cell("a", 200, 60), cell("b", 300, 40)]);
        work.has_images(0);
        assert_eq!(work.ended(0, 200, 1), 40 + 2 * 500, "the image of `a` is made, and cells take twice as long");
        work.has_images(1);
        work.has_images(2);
        assert_eq!(work.ended(1, 0, 2), 2 * 300 / 2, "a cached cell says nothing about the speed");
        assert_eq!(work.ended(2, 900, 2), 0);
    }
}
