//! The run as stored: versioned types of `record.json`, from which every report is made. Pure data. Written as cells finish
//! (`journal.jsonl`) and once whole at the end.

pub mod join;
pub mod whole;

use crate::model::cause::{Cause, Trouble};
use crate::model::verdict::{Evidence, Verdict};
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::model::claim::Ledger;
use crate::model::observation::{Observation, Phase};
use crate::model::scenario::{Fidelity, Source};
use crate::text::shell::quoted;

/// The format this version writes. It also reads format 1.
pub const FORMAT: u32 = 2;

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Always [`FORMAT`].
    pub format: u32,
    /// Version of `matrix`.
    pub matrix: String,
    /// The run's id; several where runs were joined. A text, in records of format 1, has them with ` + ` in between.
    #[serde(alias = "run", deserialize_with = "runs")]
    pub runs: Vec<String>,
    pub started: Timestamp,
    /// When it ended; `None` for a run that was cut off.
    pub ended: Option<Timestamp>,
    /// Which cells it was asked for.
    #[serde(default)]
    #[serde(alias = "asked")]
    pub selection: Selection,
    /// The engine it ran on.
    pub engine: EngineInfo,
    /// The shard of a selection that it was; `None` when it was all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<ShardRecord>,
    /// The page's sections and claims, also those that were not run.
    #[serde(default)]
    pub ledger: Ledger,
    /// Every claim in every cell: the list for scripts.
    pub verdicts: Vec<Verdict>,
    /// The cells, in the plan's order.
    pub cells: Vec<CellRecord>,
    /// Bases, and how each was obtained.
    pub bases: Vec<BaseRecord>,
    /// Images used, in no particular order.
    pub images: Vec<ImageRecord>,
}

/// A selection, in the words of the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Scenario ids; none means all.
    pub scenarios: Vec<String>,
    pub only: Vec<String>,
    /// Whether all cells, not only the default selection.
    pub full: bool,
    /// Which shard, as `K/N`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// For which causes undecided cells of the last run, none meaning all; `None` for any other run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inconclusive: Option<Vec<Cause>>,
}

/// The arguments, as words of a shell, each with a space before it.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scenarios.iter().try_for_each(|scenario| write!(f, " {}", quoted(scenario)))?;
        self.only.iter().try_for_each(|only| write!(f, " --only {}", quoted(only)))?;
        self.shard.iter().try_for_each(|shard| write!(f, " --shard {shard}"))?;
        f.write_str(if self.full { " --full" } else { "" })
    }
}

impl Record {
    /// Its id, or the ids of the runs that were joined, as reports write them.
    pub fn run(&self) -> String {
        self.runs.join(" + ")
    }

    /// The cell that a verdict is about; `None` for one that was never reached.
    pub fn cell_of(&self, verdict: &Verdict) -> Option<&CellRecord> {
        self.cells.iter().find(|cell| (&cell.scenario, &cell.cell) == (&verdict.scenario, &verdict.cell))
    }

    /// Whether a cell was not executed, but answered from an earlier run, as none of its inputs had changed.
    pub fn is_kept(&self, cell: &CellRecord) -> bool {
        !cell.run.is_empty() && !self.runs.contains(&cell.run)
    }
}

fn runs<'de, D: Deserializer<'de>>(runs: D) -> Result<Vec<String>, D::Error> {
    match Value::deserialize(runs)? {
        Value::String(joined) => Ok(joined.split(" + ").map(str::to_owned).collect()),
        list => serde_json::from_value(list).map_err(D::Error::custom),
    }
}

/// Which part of a selection a run was, so that the whole can be told from its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRecord {
    /// Which shard, from 1.
    #[serde(deserialize_with = "few")]
    pub index: usize,
    /// Of how many.
    #[serde(deserialize_with = "few")]
    pub count: usize,
    /// Digest of the version, the scenarios, the images, and which cell is in which shard.
    pub division: String,
    /// All cells of the selection, in the plan's order: scenario and cells.
    pub selection: Vec<(String, Vec<String>)>,
}

/// A number that `--shard` takes; joining shards counts up to it.
fn few<'de, D: Deserializer<'de>>(number: D) -> Result<usize, D::Error> {
    let number = u64::deserialize(number)?;
    let few = u16::try_from(number).ok().filter(|number| *number > 0).map(usize::from);
    few.ok_or_else(|| D::Error::custom(format!("shards are numbered from 1 to {}, and this says {number}", u16::MAX)))
}

/// A cell that has ended, and its verdicts.
pub type Judged = (CellRecord, Vec<Verdict>);

/// One cell, as it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellRecord {
    pub scenario: String,
    /// The scenario's title.
    pub title: String,
    /// The ledger section.
    pub section: String,
    /// Where the page says it.
    pub source: Source,
    pub cell: String,
    /// Axis name to value.
    pub axes: BTreeMap<String, String>,
    /// How the defect came about.
    pub fidelity: Fidelity,
    /// One sentence on that.
    #[serde(alias = "because")]
    pub reason: String,
    /// Command that runs this cell again.
    pub repeat: String,
    /// The run that executed it; another one's than the record's where nothing had changed since. Empty in older records.
    #[serde(default)]
    pub run: String,
    /// A digest of what executed it and of what its images are made of. Empty in older records.
    #[serde(default)]
    pub recipe: String,
    /// A digest of that, of the engine and of its images' ids; empty where an image could not be had. With the steps, which
    /// the phases tell, it is all that what was seen depends on.
    #[serde(default)]
    pub inputs: String,
    pub started: Timestamp,
    /// Milliseconds it took.
    pub millis: u64,
    /// What was to be seen of the documented failure, and what was; `None` where it was reproduced, and where that could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_reproduced: Option<NotReproduced>,
    /// Phases, in the order they were executed.
    pub phases: Vec<PhaseRecord>,
    /// Versions of the packages that matter, from the environment with the defect.
    pub packages: BTreeMap<String, String>,
    /// Capabilities that its containers kept, and what for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capabilities: BTreeMap<String, String>,
    /// What the judge wants said about the experiment itself, such as an expectation without teeth.
    pub findings: Vec<String>,
    /// The text of each of the section's claims, by id.
    pub claims: BTreeMap<String, String>,
}

/// A documented failure that did not occur: the first of `reproduce` that did not show what it must.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotReproduced {
    pub step: String,
    /// What it was to show.
    pub expected: String,
    /// What it showed.
    pub seen: String,
    /// Where the scenario says what is expected: file and key path. Empty for a step that says nothing and must succeed.
    pub written: String,
    /// What the scenario says of it, where it states that the failure does not occur here, and this is how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<String>,
    /// Where it stands; `None` when the step was not reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

impl fmt::Display for NotReproduced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (expected, seen) = (self.expected.replace('\n', "; "), self.seen.replace('\n', "; "));
        write!(f, "step `{}` of `reproduce` was to show: {expected}; it showed: {seen}", self.step)
    }
}

/// One phase, as it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseRecord {
    pub phase: Phase,
    /// Id of the image its container started from.
    pub image: String,
    /// What its steps showed.
    pub observations: Vec<Observation>,
    /// What cut it short, if anything did.
    pub trouble: Option<Trouble>,
    /// Milliseconds it took, container start and removal included.
    pub millis: u64,
    /// Milliseconds of processor time its container used for it; 0 where that is not known.
    #[serde(default)]
    pub cpu_millis: u64,
}

/// A base, and how it was obtained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseRecord {
    /// Name, e.g. `bookworm`.
    pub name: String,
    /// How it was obtained.
    pub how: Acquired,
    pub image: String,
    /// What was tried and seen on the way.
    pub detail: String,
}

/// How a base was obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acquired {
    /// It was there.
    Present,
    /// From a registry.
    Pulled,
    /// From the distribution's mirror.
    Bootstrapped,
}

/// An image of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// Tag, derived from everything that went into it.
    pub tag: String,
    pub id: String,
    /// Whether this run built it.
    pub built: bool,
    /// Milliseconds the build took; 0 when it was there.
    pub millis: u64,
}

/// What an engine says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineInfo {
    /// Product, e.g. `Docker` or `Podman`.
    pub name: String,
    /// Its own version, e.g. `20.10.24`.
    pub version: String,
    /// The API version both sides agreed on, e.g. `1.41`.
    pub api: String,
    /// Where it was reached, e.g. `unix:///var/run/docker.sock`.
    pub address: String,
    /// Processor architecture of its host, e.g. `x86_64`.
    pub architecture: String,
    /// What tells it from every other engine; empty where it does not say.
    #[serde(default)]
    pub id: String,
    /// Version of its host's kernel.
    #[serde(default)]
    pub kernel: String,
    /// Its storage driver, e.g. `overlay2`.
    #[serde(default)]
    pub storage: String,
    /// Processors of its host; 0 where it does not say.
    #[serde(default)]
    pub processors: usize,
    /// Bytes of memory of its host; 0 where it does not say.
    #[serde(default)]
    pub memory: u64,
}
