//! Properties of a division: complete, disjoint, deterministic, balanced, with few image builds.

use std::collections::{BTreeMap, BTreeSet};

use matrix::ci::{Division, Selection, Shard, Source};
use matrix::model::cell::Cell;
use matrix::model::id::{CellId, ScenarioId};
use matrix::model::plan::{ImagePlan, LayerPlan};
use matrix::model::record::ImageRecord;
use matrix::plan::timings::Durations;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::record;

/// A cell: milliseconds, the base, dockerfiles upon it.
type Made = (u64, u8, Vec<u8>);

const DOCKERFILES: [u64; 4] = [5, 40, 300, 1_000];

fn name(place: usize) -> (ScenarioId, CellId) {
    (format!("scenario-{}", place % 3).into(), format!("cell-{place}").into())
}

fn durations(cells: &[Made]) -> Durations {
    let mut record = record::empty();
    let like = record::one().cells.remove(0);
    for (place, (millis, ..)) in cells.iter().enumerate() {
        let (scenario, cell) = name(place);
        record.cells.push(matrix::model::record::CellRecord { scenario, cell, millis: *millis, ..like.clone() });
    }
    let image = |name: String, millis| ImageRecord {
        tag: format!("matrix/{name}:x"),
        id: String::new(),
        dockerfiles: vec![name],
        built: true,
        pulled: false,
        millis,
        warnings: Vec::new(),
    };
    record.images = DOCKERFILES.iter().enumerate().map(|(number, millis)| image(format!("d{number}"), *millis)).collect();
    record.images.extend((0..3).map(|base| image(format!("b{base}"), 100 * base)));
    Durations::of(&[record])
}

fn layer(number: u8) -> LayerPlan {
    LayerPlan { dockerfile: format!("d{number}"), args: BTreeMap::new(), sources: BTreeMap::new(), files: String::new() }
}

fn images((_, base, layers): &Made) -> [ImagePlan; 2] {
    let image = |layers: &[u8]| ImagePlan { base: format!("b{base}"), layers: layers.iter().copied().map(layer).collect() };
    [image(layers), image(&[layers.as_slice(), &[0]].concat())]
}

/// The cells added in this order, and the division as names, shard by shard.
fn divided(cells: &[Made], order: &[usize], count: usize) -> (Division, Vec<BTreeSet<usize>>, String) {
    let durations = durations(cells);
    let mut selection = Selection::new(&durations);
    for place in order {
        let (scenario, id) = name(*place);
        let [image, control] = images(&cells[*place]);
        selection.add(&Cell { scenario, id, axes: BTreeMap::new() }, [&image, &control]);
    }
    let division = selection.divide(count);
    let shards = division.shards.iter().map(|shard| shard.iter().map(|place| order[*place]).collect()).collect();
    let digest = selection.record(&division, Shard { index: 1, count }, "inputs").division;
    (division, shards, digest)
}

/// What one machine spends on these cells, one after the other.
fn cost<'a>(cells: impl IntoIterator<Item = &'a Made>) -> u64 {
    let durations = durations(&[]);
    let mut built = BTreeSet::new();
    let mut millis = 0;
    for cell in cells {
        millis += cell.0;
        for image in images(cell) {
            let layers: Vec<&str> =
                [image.base.as_str()].into_iter().chain(image.layers.iter().map(|l| l.dockerfile.as_str())).collect();
            for end in 1..=layers.len() {
                let name = layers[end - 1];
                if built.insert(layers[..end].join("/")) {
                    millis += durations.guess_build(name);
                }
            }
        }
    }
    millis
}

fn any_cells(most: usize) -> impl Strategy<Value = Vec<Made>> {
    vec((0_u64..5_000, 0_u8..3, vec(1_u8..4, 0..3)), 1..most)
}

fn in_order(cells: &[Made]) -> Vec<usize> {
    (0..cells.len()).collect()
}

/// The shortest possible time of the longest shard, by trying all divisions.
fn best(cells: &[Made], count: usize) -> u64 {
    let ways = count.pow(u32::try_from(cells.len()).unwrap());
    let longest = |way: usize| {
        let of =
            |shard: usize| cells.iter().enumerate().filter(move |(place, _)| way / count.pow(*place as u32) % count == shard);
        (0..count).map(|shard| cost(of(shard).map(|(_, cell)| cell))).max().unwrap()
    };
    (0..ways).map(longest).min().unwrap()
}

proptest! {
    #[test]
    fn every_cell_is_in_one_shard_however_many_there_are(cells in any_cells(40), count in 1_usize..60) {
        let (division, shards, _) = divided(&cells, &in_order(&cells), count);
        prop_assert_eq!((division.shards.len(), division.millis.len()), (count, count));
        prop_assert_eq!(shards.iter().map(BTreeSet::len).sum::<usize>(), cells.len());
        prop_assert_eq!(shards.into_iter().flatten().collect::<BTreeSet<_>>().len(), cells.len());
    }

    #[test]
    fn neither_shards_nor_their_digest_depend_on_the_order_of_cells(
        (cells, order) in any_cells(30).prop_flat_map(|cells| (Just(cells.clone()), Just(in_order(&cells)).prop_shuffle())),
        count in 1_usize..8,
    ) {
        let ((_, shards, digest), (_, other, also)) = (divided(&cells, &in_order(&cells), count), divided(&cells, &order, count));
        prop_assert_eq!((shards, digest), (other, also));
    }

    #[test]
    fn the_estimate_of_a_shard_is_its_cells_and_each_of_its_images_once(cells in any_cells(30), count in 1_usize..8) {
        let (division, shards, _) = divided(&cells, &in_order(&cells), count);
        let costs: Vec<u64> = shards.iter().map(|shard| cost(shard.iter().map(|place| &cells[*place]))).collect();
        let cells = shards.iter().map(|shard| shard.iter().map(|place| cells[*place].0).sum());
        prop_assert_eq!(division.expected(Source::Cache).collect::<Vec<u64>>(), cells.collect::<Vec<u64>>());
        prop_assert_eq!(division.expected(Source::Builds).collect::<Vec<u64>>(), costs);
    }

    /// By list scheduling: when the longest shard got its last piece, no shard was shorter than it then was.
    #[test]
    fn the_longest_shard_is_at_most_twice_an_even_share_and_all_images_twice(cells in any_cells(40), count in 1_usize..12) {
        let (division, ..) = divided(&cells, &in_order(&cells), count);
        let (all, builds) = (cost(&cells), cost(&cells) - cells.iter().map(|cell| cell.0).sum::<u64>());
        let longest = cells.iter().map(|cell| cost([cell])).max().unwrap();
        let even = all.div_ceil(count as u64).max(longest);
        prop_assert!(division.millis.iter().all(|millis| *millis <= 2 * even + 2 * builds));
    }

    #[test]
    fn groups_are_split_at_most_four_times_per_shard(cells in any_cells(40), count in 1_usize..12) {
        let (_, shards, _) = divided(&cells, &in_order(&cells), count);
        let groups = |cells: &mut dyn Iterator<Item = &Made>| cells.map(images).collect::<BTreeSet<_>>().len();
        let built: usize = shards.iter().map(|shard| groups(&mut shard.iter().map(|place| &cells[*place]))).sum();
        prop_assert!(built <= groups(&mut cells.iter()) + 4 * count);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_longest_of_a_few_shards_takes_at_most_half_as_long_again_as_the_best_possible(cells in any_cells(7), count in 1_usize..4) {
        let (division, ..) = divided(&cells, &in_order(&cells), count);
        let (found, best) = (division.millis.into_iter().max().unwrap(), best(&cells, count));
        prop_assert!(2 * found <= 3 * best, "{found}, and {best} is possible");
    }
}

#[test]
fn cells_of_one_image_stay_together_if_balance_allows() {
    let cells: Vec<Made> = (0..12).map(|place| (100, place / 4, vec![3])).collect();
    let (_, shards, _) = divided(&cells, &in_order(&cells), 3);
    let bases = |shard: &BTreeSet<usize>| shard.iter().map(|place| cells[*place].1).collect::<BTreeSet<_>>().len();
    assert_eq!(shards.iter().map(bases).collect::<Vec<_>>(), [1, 1, 1]);
}

#[test]
fn a_long_group_is_split_so_that_no_machine_idles() {
    let cells: Vec<Made> = (0..100).map(|_| (1_000, 1, vec![1])).collect();
    let (division, ..) = divided(&cells, &in_order(&cells), 10);
    let (least, most) = (division.millis.iter().min().unwrap(), division.millis.iter().max().unwrap());
    assert!(most - least <= 1_000, "{least} to {most}");
}

#[test]
fn a_digest_changes_with_the_cells_the_images_and_the_number_of_shards() {
    let cells: Vec<Made> = (0..6).map(|_| (1_000, 1, vec![1])).collect();
    let digest = |cells: &[Made], count| divided(cells, &in_order(cells), count).2;
    let own = digest(&cells, 2);
    assert_eq!(own, digest(&cells, 2));
    assert_ne!(own, digest(&cells, 3));
    assert_ne!(own, digest(&cells[..5], 2));
    let other: Vec<Made> = (0..6).map(|_| (1_000, 1, vec![2])).collect();
    assert_ne!(own, digest(&other, 2));
}

#[test]
fn a_shard_is_written_k_of_n() {
    assert_eq!("2/8".parse(), Ok(Shard { index: 2, count: 8 }));
    assert_eq!(Shard { index: 2, count: 8 }.to_string(), "2/8");
    for text in ["", "1", "0/4", "5/4", "1/0", "a/b", "1/2/3", "-1/2", "1/70000", " 1/2"] {
        assert!(text.parse::<Shard>().is_err(), "{text}");
    }
}
