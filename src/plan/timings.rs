//! How long cells take and images take to build, as once recorded: one committed file, so that all machines expect the
//! same. It must not know what is made of what it says.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::record::Record;
use crate::text::files;

/// The file's name, in the folder of scenarios.
pub const FILE: &str = "durations.json";
/// The format this version writes and reads.
const FORMAT: u32 = 1;
/// Longest file that is read, in bytes: room for as many cells as scenarios may have.
const LONGEST: u64 = 8 << 20;
/// What is guessed where nothing was ever recorded, in milliseconds.
const GUESS: u64 = 30_000;
const HELP: &str = "help: make it again with `matrix report RECORD --durations FILE`, or remove it";

/// Why the file of durations could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DurationError {
    /// It is there and cannot be read.
    #[error("failed to read `{}`: {cause}\n{HELP}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// It is not what this version writes.
    #[error("failed to read `{}`: {cause}\n{HELP}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
}

/// Recorded durations, in milliseconds, and guesses for what was never recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durations {
    recorded: Recorded,
    /// The median of each scenario.
    scenarios: BTreeMap<String, u64>,
    /// The median of all cells.
    cell: u64,
    /// The median of all dockerfiles.
    dockerfile: u64,
}

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    format: u32,
    /// Scenario, cell, milliseconds.
    cells: BTreeMap<String, BTreeMap<String, u64>>,
    /// Dockerfile, milliseconds of one build of it, whatever is below.
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

impl Durations {
    /// Reads `durations.json` of a folder of scenarios. Where there is none, everything is a guess.
    ///
    /// # Errors
    /// When the file is there and is not what this version writes.
    pub fn read(scenarios: &Path) -> Result<Durations, DurationError> {
        let path = scenarios.join(FILE);
        let text = match files::read_text(&path, LONGEST) {
            Ok(text) => text,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Durations::default()),
            Err(cause) => return Err(DurationError::Read { path, cause }),
        };
        match serde_json::from_str::<Recorded>(&text) {
            Ok(recorded) if recorded.format == FORMAT => Ok(recorded.into()),
            Ok(Recorded { format, .. }) => {
                let cause = format!("its format is {format}, this version reads format {FORMAT}");
                Err(DurationError::Parse { path, cause })
            }
            Err(error) => Err(DurationError::Parse { path, cause: error.to_string() }),
        }
    }

    /// What these runs tell; of a cell that several had, the last does. What trouble cut short and what was not built says
    /// nothing.
    pub fn of(records: &[Record]) -> Durations {
        let mut cells: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        let whole = records.iter().flat_map(|record| &record.cells).filter(|c| c.phases.iter().all(|p| p.trouble.is_none()));
        for cell in whole {
            cells.entry(cell.scenario.clone()).or_default().insert(cell.cell.clone(), cell.millis);
        }
        let mut builds: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for image in records.iter().flat_map(|record| &record.images).filter(|image| image.built) {
            // The digest in a tag is of this engine's images, so it would say nothing elsewhere.
            let name = image.tag.rsplit_once(':').map_or(image.tag.as_str(), |(name, _)| name);
            let dockerfile = name.rsplit_once('/').map_or(name, |(_, dockerfile)| dockerfile);
            builds.entry(dockerfile.to_owned()).or_default().push(image.millis);
        }
        let dockerfiles = builds.into_iter().filter_map(|(name, millis)| Some((name, median(millis)?))).collect();
        Recorded { format: FORMAT, cells, dockerfiles }.into()
    }

    /// The text of the file.
    pub fn render(&self) -> String {
        serde_json::to_string_pretty(&self.recorded).expect("maps of names and numbers are JSON") + "\n"
    }

    /// The scenarios and cells that were recorded.
    pub fn cells(&self) -> impl Iterator<Item = (&str, &str)> {
        self.recorded.cells.iter().flat_map(|(scenario, cells)| cells.keys().map(|cell| (scenario.as_str(), cell.as_str())))
    }

    /// The dockerfiles that were recorded.
    pub fn dockerfiles(&self) -> impl Iterator<Item = &str> {
        self.recorded.dockerfiles.keys().map(String::as_str)
    }

    /// How long a cell took, in milliseconds, if that was recorded.
    pub fn expected(&self, scenario: &str, cell: &str) -> Option<u64> {
        self.recorded.cells.get(scenario)?.get(cell).copied()
    }

    /// How long a cell will take: what was recorded, else the median of its scenario, else that of all cells.
    pub fn guess(&self, scenario: &str, cell: &str) -> u64 {
        let of_scenario = || self.scenarios.get(scenario).copied();
        self.expected(scenario, cell).or_else(of_scenario).unwrap_or(self.cell)
    }

    /// How long the build of a dockerfile will take: what was recorded, else the median of all.
    pub fn guess_build(&self, dockerfile: &str) -> u64 {
        self.recorded.dockerfiles.get(dockerfile).copied().unwrap_or(self.dockerfile)
    }
}

/// The middle one, of two the greater: expecting too much costs less than expecting too little.
fn median(millis: impl IntoIterator<Item = u64>) -> Option<u64> {
    let mut millis: Vec<u64> = millis.into_iter().collect();
    millis.sort_unstable();
    millis.get(millis.len() / 2).copied()
}
