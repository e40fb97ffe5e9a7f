//! Recorded durations of cells and image builds: one committed file, so that all machines make the same estimates.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::model::id::{CellId, CellRef, ScenarioId};
use crate::model::record::{ImageRecord, Record};
use crate::text::advice::Advice;
use crate::text::files;

/// The file's name, in the folder of scenarios.
pub const FILE: &str = "durations.json";
/// The format this version writes and reads.
const FORMAT: u32 = 1;
/// Size limit of the file in bytes: enough for the maximum number of cells.
const LONGEST: u64 = 8 << 20;
/// The estimate without any recorded duration, in milliseconds.
const GUESS: u64 = 30_000;
const HELP: &str = "create it again with `matrix report RECORD --durations FILE`, or remove it";

/// Recorded durations, in milliseconds, and estimates for the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durations {
    recorded: Recorded,
    /// Median by scenario.
    scenarios: BTreeMap<ScenarioId, u64>,
    /// Median of all cells.
    cell: u64,
    /// Median of all dockerfiles.
    dockerfile: u64,
}

/// The content of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    format: u32,
    /// Scenario, cell, milliseconds.
    cells: BTreeMap<ScenarioId, BTreeMap<CellId, u64>>,
    /// Dockerfile, milliseconds of one build of it on any parent.
    dockerfiles: BTreeMap<String, u64>,
}

impl Default for Durations {
    fn default() -> Self {
        Recorded { format: FORMAT, cells: BTreeMap::new(), dockerfiles: BTreeMap::new() }.into()
    }
}

impl From<Recorded> for Durations {
    fn from(recorded: Recorded) -> Self {
        let scenarios = recorded.cells.iter().filter_map(|(id, cells)| Some((id.clone(), median(cells.values().copied())?)));
        Durations {
            scenarios: scenarios.collect(),
            cell: median(recorded.cells.values().flat_map(BTreeMap::values).copied()).unwrap_or(GUESS),
            dockerfile: median(recorded.dockerfiles.values().copied()).unwrap_or(GUESS),
            recorded,
        }
    }
}

fn unreadable(path: &Path, cause: &str) -> Advice {
    Advice::new(format!("failed to read `{}`: {cause}", path.display()), HELP)
}

impl Durations {
    /// Reads `durations.json` of a folder of scenarios. Without the file, every duration is an estimate.
    pub fn read(scenarios: &Path) -> Result<Durations, Advice> {
        let path = scenarios.join(FILE);
        let text = match files::read_text(&path, LONGEST) {
            Ok(text) => text,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Durations::default()),
            Err(cause) => return Err(unreadable(&path, &cause.to_string())),
        };
        match serde_json::from_str::<Recorded>(&text) {
            Ok(recorded) if recorded.format == FORMAT => Ok(recorded.into()),
            Ok(Recorded { format, .. }) => {
                Err(unreadable(&path, &format!("its format is {format}, this version reads format {FORMAT}")))
            }
            Err(error) => Err(unreadable(&path, &error.to_string())),
        }
    }

    /// The durations of these runs; if several ran a cell, the last one counts. Omits cells with trouble and images
    /// that were not built.
    pub fn of(records: &[Record]) -> Durations {
        let mut cells: BTreeMap<ScenarioId, BTreeMap<CellId, u64>> = BTreeMap::new();
        let whole = records.iter().flat_map(|record| &record.cells).filter(|c| c.phases.iter().all(|p| p.trouble.is_none()));
        for cell in whole {
            cells.entry(cell.scenario.clone()).or_default().insert(cell.cell.clone(), cell.millis);
        }
        let mut builds: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for image in records.iter().flat_map(|record| &record.images).filter(|image| image.built) {
            // One build may carry out several dockerfiles; each gets an equal part of its time, since estimates add them up.
            let names = dockerfiles(image);
            let millis = image.millis / names.len() as u64;
            names.iter().for_each(|name| builds.entry((*name).to_owned()).or_default().push(millis));
        }
        let dockerfiles = builds.into_iter().filter_map(|(name, millis)| Some((name, median(millis)?))).collect();
        Recorded { format: FORMAT, cells, dockerfiles }.into()
    }

    pub fn render(&self) -> String {
        serde_json::to_string_pretty(&self.recorded).expect("maps of names and numbers are JSON") + "\n"
    }

    /// The recorded scenarios and cells.
    pub fn cells(&self) -> impl Iterator<Item = CellRef<'_>> {
        self.recorded.cells.iter().flat_map(|(scenario, cells)| cells.keys().map(move |cell| CellRef { scenario, cell }))
    }

    /// The recorded dockerfiles.
    pub fn dockerfiles(&self) -> impl Iterator<Item = &str> {
        self.recorded.dockerfiles.keys().map(String::as_str)
    }

    /// The recorded duration of a cell, in milliseconds.
    pub fn expected(&self, cell: CellRef<'_>) -> Option<u64> {
        self.recorded.cells.get(cell.scenario)?.get(cell.cell).copied()
    }

    /// The recorded duration of a cell, else the median of its scenario, else that of all cells.
    pub fn guess(&self, cell: CellRef<'_>) -> u64 {
        let of_scenario = || self.scenarios.get(cell.scenario).copied();
        self.expected(cell).or_else(of_scenario).unwrap_or(self.cell)
    }

    /// The recorded duration of a dockerfile's build, else the median of all builds.
    pub fn guess_build(&self, dockerfile: &str) -> u64 {
        self.recorded.dockerfiles.get(dockerfile).copied().unwrap_or(self.dockerfile)
    }
}

/// The dockerfiles of a build; an older record has only the top one, in the tag.
fn dockerfiles(image: &ImageRecord) -> Vec<&str> {
    if !image.dockerfiles.is_empty() {
        return image.dockerfiles.iter().map(String::as_str).collect();
    }
    let name = image.tag.rsplit_once(':').map_or(image.tag.as_str(), |(name, _)| name);
    vec![name.rsplit_once('/').map_or(name, |(_, dockerfile)| dockerfile)]
}

/// The upper median: an estimate that is too high costs less than one that is too low.
fn median(millis: impl IntoIterator<Item = u64>) -> Option<u64> {
    let mut millis: Vec<u64> = millis.into_iter().collect();
    millis.sort_unstable();
    millis.get(millis.len() / 2).copied()
}
