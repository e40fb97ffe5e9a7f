//! Divides a selection into shards, one for each machine. A division is complete, disjoint and the same on every machine. Cells
//! that share images remain together as far as balance allows, because every shard builds its own images.

pub mod formats;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::model::cell::Cell;
use crate::model::id::{CellId, CellRef, ScenarioId};
use crate::model::plan::{ImagePlan, LayerPlan};
use crate::model::record::ShardRecord;
use crate::plan::timings::Durations;
use crate::text::digest::hex;

/// Maximum number of pieces per even share into which a group is cut, coarsest first. Fine pieces balance better, but each
/// builds its images again.
const CUTS: [u64; 3] = [1, 2, 4];

/// One shard of several, as `--shard K/N` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub index: usize,
    pub count: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected K/N, with K from 1 to N and N at most {}, such as 2/8", u16::MAX)]
pub struct NoShard;

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Shard, NoShard> {
        let (index, count) = text.split_once('/').ok_or(NoShard)?;
        let number = |text: &str| text.parse::<u16>().map(usize::from).map_err(|_| NoShard);
        let shard = Shard { index: number(index)?, count: number(count)? };
        if (1..=shard.count).contains(&shard.index) { Ok(shard) } else { Err(NoShard) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// The cells of a selection and their expected costs.
#[derive(Debug)]
pub struct Selection<'a> {
    durations: &'a Durations,
    /// In the plan's order.
    cells: Vec<Item>,
    /// Groups of cells that need the same two images, by the layers of the images.
    groups: HashMap<[Vec<usize>; 2], usize>,
    /// The layers of each group's images.
    needs: Vec<Vec<usize>>,
    /// For each group, a digest of its images' inputs.
    digests: Vec<String>,
    layers: HashMap<(Option<usize>, Layer), usize>,
    /// The build cost of each layer.
    builds: Vec<u64>,
}

#[derive(Debug)]
struct Item {
    scenario: ScenarioId,
    cell: CellId,
    millis: u64,
    group: usize,
}

impl Item {
    fn cell_ref(&self) -> CellRef<'_> {
        CellRef { scenario: &self.scenario, cell: &self.cell }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Layer {
    Base(String),
    Dockerfile(LayerPlan),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// For each shard, the indexes of its cells in the selection, ascending.
    pub shards: Vec<Vec<usize>>,
    /// For each shard, the expected milliseconds for its cells and images, one after the other.
    pub millis: Vec<u64>,
    /// For each shard, how much of this is for its images.
    pub builds: Vec<u64>,
}

/// Where shards get their images from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Each shard builds its own.
    Builds,
    /// A cache, into which all images are built before. A pull takes seconds, which count for nothing.
    Cache,
}

impl Division {
    /// For each shard, the expected milliseconds, one thing after the other.
    pub fn expected(&self, source: Source) -> impl Iterator<Item = u64> {
        let counts = u64::from(source == Source::Builds);
        self.millis.iter().zip(&self.builds).map(move |(millis, builds)| millis - builds + counts * builds)
    }
}

/// Cells that remain together.
struct Piece {
    group: usize,
    cells: Vec<usize>,
    millis: u64,
}

/// A shard while it is filled.
#[derive(Clone, Default)]
struct Filling {
    cells: Vec<usize>,
    millis: u64,
    builds: u64,
    /// For each layer, whether a cell needs it; empty without a cell.
    layers: Vec<bool>,
}

impl<'a> Selection<'a> {
    pub fn new(durations: &'a Durations) -> Self {
        Selection {
            durations,
            cells: Vec::new(),
            groups: HashMap::new(),
            needs: Vec::new(),
            digests: Vec::new(),
            layers: HashMap::new(),
            builds: Vec::new(),
        }
    }

    /// Adds a cell and the two images it needs. The division does not depend on the order of cells.
    pub fn add(&mut self, cell: &Cell, images: [&ImagePlan; 2]) {
        let stacks = images.map(|image| self.stack(image));
        let group = match self.groups.get(&stacks) {
            Some(group) => *group,
            None => {
                let mut needs = stacks.concat();
                needs.sort_unstable();
                needs.dedup();
                self.needs.push(needs);
                self.digests.push(hex(&Sha256::digest(serde_json::to_vec(&images).expect("a plan is JSON"))));
                *self.groups.entry(stacks).or_insert(self.needs.len() - 1)
            }
        };
        let millis = self.durations.guess(cell.cell_ref());
        self.cells.push(Item { scenario: cell.scenario.clone(), cell: cell.id.clone(), millis, group });
    }

    /// The layers of an image. Images with a common prefix share its layers.
    fn stack(&mut self, image: &ImagePlan) -> Vec<usize> {
        let dockerfiles = image.layers.iter().cloned().map(Layer::Dockerfile);
        let mut below = None;
        let mut stack = Vec::new();
        for layer in [Layer::Base(image.base.clone())].into_iter().chain(dockerfiles) {
            let name = match &layer {
                Layer::Base(name) => name,
                Layer::Dockerfile(plan) => &plan.dockerfile,
            };
            let millis = self.durations.guess_build(name);
            let place = *self.layers.entry((below, layer)).or_insert_with(|| {
                self.builds.push(millis);
                self.builds.len() - 1
            });
            stack.push(place);
            below = Some(place);
        }
        stack
    }

    pub fn len(&self) -> usize {
        self.cells.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Divides into `count` shards. Some may be empty. Builds count even if images come from a cache: `--shard K/N` must mean the
    /// same cells on every machine, and one that lacks the cache, or that finds it empty, builds the images itself.
    pub fn divide(&self, count: usize) -> Division {
        let divided = CUTS.map(|cuts| self.fill(self.pieces(count as u64 * cuts), count));
        let worst = |division: &Division| (division.millis.iter().max().copied(), division.millis.iter().sum::<u64>());
        divided.into_iter().min_by_key(worst).expect("there is more than one way to cut")
    }

    /// Divides into the smallest number of shards, at most `most`, that keeps each within `millis` if images come from `source`;
    /// none is empty. A shard may exceed `millis` if the limit or a single cell requires it.
    pub fn divide_within(&self, millis: u64, most: usize, source: Source) -> Division {
        let all = if source == Source::Builds { self.total() } else { self.cells.iter().map(|item| item.millis).sum() };
        let least = all.div_ceil(millis.max(1)).max(1);
        let mut count = usize::try_from(least).unwrap_or(most).min(most);
        loop {
            let division = self.divide_fully(count);
            let fits = division.expected(source).all(|shard| shard <= millis);
            // Fewer than requested, because more would be empty.
            if fits || division.shards.len() < count || count == most {
                return division;
            }
            count = (count + (count / 16).max(1)).min(most);
        }
    }

    /// Divides into `count` shards, or into fewer if some would be empty.
    pub fn divide_fully(&self, mut count: usize) -> Division {
        loop {
            let division = self.divide(count);
            let filled = division.shards.iter().filter(|shard| !shard.is_empty()).count();
            if filled == count {
                return division;
            }
            count = filled;
        }
    }

    /// The cost of all cells and of every image once.
    fn total(&self) -> u64 {
        self.cells.iter().map(|item| item.millis).chain(self.builds.iter().copied()).sum()
    }

    /// The groups, the most expensive first. Groups longer than one of `shares` even shares are cut into pieces.
    fn pieces(&self, shares: u64) -> Vec<Piece> {
        let share = self.total().div_ceil(shares.max(1)).max(1);
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        (0..self.cells.len()).for_each(|place| groups.entry(self.cells[place].group).or_default().push(place));
        let mut pieces: Vec<Piece> = groups.into_iter().flat_map(|(group, cells)| self.cut(group, cells, share)).collect();
        let rank = |piece: &Piece| (std::cmp::Reverse(piece.millis + self.cost(piece.group)), self.first(piece));
        pieces.sort_by(|one, other| rank(one).cmp(&rank(other)));
        pieces
    }

    /// Distributes cells by length, so that no two pieces differ by more than the longest cell.
    fn cut(&self, group: usize, mut cells: Vec<usize>, share: u64) -> Vec<Piece> {
        let longest = |place: &usize| (std::cmp::Reverse(self.cells[*place].millis), self.cells[*place].cell_ref());
        cells.sort_by(|one, other| longest(one).cmp(&longest(other)));
        let millis: u64 = cells.iter().map(|place| self.cells[*place].millis).sum();
        let count = usize::try_from(millis.div_ceil(share)).unwrap_or(usize::MAX).clamp(1, cells.len());
        let deal = |first: usize| {
            let cells: Vec<usize> = cells.iter().skip(first).step_by(count).copied().collect();
            let millis = cells.iter().map(|place| self.cells[*place].millis).sum();
            Piece { group, cells, millis }
        };
        (0..count).map(deal).collect()
    }

    fn first(&self, piece: &Piece) -> CellRef<'_> {
        piece.cells.first().map(|place| self.cells[*place].cell_ref()).expect("no piece is empty")
    }

    /// The build cost of a group's images.
    fn cost(&self, group: usize) -> u64 {
        self.needs[group].iter().map(|layer| self.builds[*layer]).sum()
    }

    /// Puts each piece into the shard that is then the shortest; among equals, into the one that builds least for it.
    fn fill(&self, pieces: Vec<Piece>, count: usize) -> Division {
        let mut shards = vec![Filling::default(); count];
        for piece in pieces {
            let after = |shard: &Filling| {
                let builds = self.missing(shard, piece.group);
                (shard.millis + builds + piece.millis, builds)
            };
            let shard = shards.iter_mut().min_by_key(|shard| after(shard)).expect("there is one shard at least");
            let (millis, builds) = after(shard);
            shard.millis = millis;
            shard.builds += builds;
            shard.layers.resize(self.builds.len(), false);
            self.needs[piece.group].iter().for_each(|layer| shard.layers[*layer] = true);
            shard.cells.extend(piece.cells);
        }
        shards.iter_mut().for_each(|shard| shard.cells.sort_unstable());
        let (millis, builds) = shards.iter().map(|shard| (shard.millis, shard.builds)).unzip();
        Division { shards: shards.into_iter().map(|shard| shard.cells).collect(), millis, builds }
    }

    /// The cost of the images that a shard would build in addition.
    fn missing(&self, shard: &Filling, group: usize) -> u64 {
        let needed = self.needs[group].iter().filter(|layer| !shard.layers.get(**layer).is_some_and(|has| *has));
        needed.map(|layer| self.builds[*layer]).sum()
    }

    /// The shard's description in a record, by which the other shards are identified. `inputs` is a digest of the scenarios.
    pub fn record(&self, division: &Division, shard: Shard, inputs: &str) -> ShardRecord {
        let mut selection: Vec<(ScenarioId, Vec<CellId>)> = Vec::new();
        for item in &self.cells {
            match selection.last_mut().filter(|(scenario, _)| *scenario == item.scenario) {
                Some((_, cells)) => cells.push(item.cell.clone()),
                None => selection.push((item.scenario.clone(), vec![item.cell.clone()])),
            }
        }
        let division = self.digest(division, inputs);
        ShardRecord { index: shard.index, count: shard.count, division, selection }
    }

    /// Digest of the division: the same on all machines with the same division.
    fn digest(&self, division: &Division, inputs: &str) -> String {
        let mut state = Sha256::new();
        let mut part = |text: &str| {
            state.update((text.len() as u64).to_be_bytes());
            state.update(text);
        };
        part(env!("CARGO_PKG_VERSION"));
        part(inputs);
        for shard in &division.shards {
            part("shard");
            let mut cells: Vec<&Item> = shard.iter().map(|place| &self.cells[*place]).collect();
            cells.sort_by_key(|item| item.cell_ref());
            for item in cells {
                [item.scenario.as_str(), item.cell.as_str(), &self.digests[item.group]].into_iter().for_each(&mut part);
            }
        }
        hex(&state.finalize())
    }
}
