//! The stored run: the versioned types of `record.json`, from which every report is made. Pure data. Each finished cell is
//! appended to `journal.jsonl`; the complete record is written at the end.

mod edition;
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
use crate::model::id::{CellId, CellRef, ClaimId, ScenarioId, SectionId};
use crate::model::observation::{Observation, Phase};
use crate::model::project::Subject;
use crate::model::scenario::{Fidelity, Source};
use crate::text::shell::quoted;

/// The format that this version writes. It also reads format 1.
pub const FORMAT: u32 = 2;

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Always [`FORMAT`].
    #[serde(deserialize_with = "converted")]
    pub format: u32,
    /// Version of `matrix`.
    pub matrix: String,
    /// The ids of the run, several if runs were joined. Records of format 1 have one text with ` + ` as separator.
    #[serde(alias = "run", deserialize_with = "runs")]
    pub runs: Vec<String>,
    pub started: Timestamp,
    /// When it ended; `None` for an interrupted run.
    pub ended: Option<Timestamp>,
    /// The requested cells.
    #[serde(default)]
    #[serde(alias = "asked")]
    pub selection: Selection,
    /// The engine it ran on.
    pub engine: EngineInfo,
    /// Its shard of a selection; `None` if it ran the whole selection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<ShardRecord>,
    /// Whether compilers in containers could take results from a cache in the image; `None` in older records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compiler_cache: Option<bool>,
    /// The project and its page; empty in older records.
    #[serde(default)]
    pub subject: Subject,
    /// The page's sections and claims, including those that were not run.
    #[serde(default)]
    pub ledger: Ledger,
    /// Every claim in every cell, as a list for scripts.
    pub verdicts: Vec<Verdict>,
    /// The cells, in the plan's order.
    pub cells: Vec<CellRecord>,
    /// Bases, and how each was obtained.
    pub bases: Vec<BaseRecord>,
    /// Images used, in no particular order.
    pub images: Vec<ImageRecord>,
}

/// A selection, as arguments of the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Scenario ids; an empty list selects all.
    pub scenarios: Vec<ScenarioId>,
    pub only: Vec<String>,
    /// All cells instead of the default selection.
    pub full: bool,
    /// The shard, as `K/N`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Causes for which undecided cells of the last run are run again; an empty list means all causes, `None` any other run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inconclusive: Option<Vec<Cause>>,
}

/// The arguments as shell words, each with a space before it.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scenarios.iter().try_for_each(|scenario| write!(f, " {}", quoted(scenario.as_str())))?;
        self.only.iter().try_for_each(|only| write!(f, " --only {}", quoted(only)))?;
        self.shard.iter().try_for_each(|shard| write!(f, " --shard {shard}"))?;
        f.write_str(if self.full { " --full" } else { "" })
    }
}

impl Record {
    /// Its id, or the ids of the joined runs, as reports write them.
    pub fn run(&self) -> String {
        self.runs.join(" + ")
    }

    /// The cell of a verdict; `None` if the cell was not reached.
    pub fn cell_of(&self, verdict: &Verdict) -> Option<&CellRecord> {
        self.cells.iter().find(|cell| cell.cell_ref() == verdict.cell_ref())
    }

    /// Whether a cell was answered from the cache instead of executed.
    pub fn is_cached(&self, cell: &CellRecord) -> bool {
        !cell.run.is_empty() && !self.runs.contains(&cell.run)
    }
}

/// Reading converts to the current format, so that a record that is written again says so.
fn converted<'de, D: Deserializer<'de>>(format: D) -> Result<u32, D::Error> {
    u32::deserialize(format).map(|_| FORMAT)
}

fn runs<'de, D: Deserializer<'de>>(runs: D) -> Result<Vec<String>, D::Error> {
    match Value::deserialize(runs)? {
        Value::String(joined) => Ok(joined.split(" + ").map(str::to_owned).collect()),
        list => serde_json::from_value(list).map_err(D::Error::custom),
    }
}

/// The part of a selection that a run executed, from which the complete run can be joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRecord {
    /// Index of the shard, starting at 1.
    #[serde(deserialize_with = "few")]
    pub index: usize,
    /// Number of shards.
    #[serde(deserialize_with = "few")]
    pub count: usize,
    /// Digest of the version, the scenarios, the images, and the assignment of cells to shards.
    pub division: String,
    /// All cells of the selection in the plan's order: scenario and cells.
    pub selection: Vec<(ScenarioId, Vec<CellId>)>,
}

/// A number within the limit of `--shard`, because joining shards iterates up to it.
fn few<'de, D: Deserializer<'de>>(number: D) -> Result<usize, D::Error> {
    let number = u64::deserialize(number)?;
    let few = u16::try_from(number).ok().filter(|number| *number > 0).map(usize::from);
    few.ok_or_else(|| D::Error::custom(format!("shards are numbered from 1 to {}, and this says {number}", u16::MAX)))
}

/// A finished cell and its verdicts.
pub type Judged = (CellRecord, Vec<Verdict>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellRecord {
    pub scenario: ScenarioId,
    pub title: String,
    pub section: SectionId,
    /// The place on the page.
    pub source: Source,
    pub cell: CellId,
    /// Axis name to value.
    pub axes: BTreeMap<String, String>,
    /// How the defect is produced.
    pub fidelity: Fidelity,
    /// The reason for the fidelity, one sentence.
    #[serde(alias = "because")]
    pub reason: String,
    /// The command that runs this cell again.
    pub repeat: String,
    /// Id of the run that executed it. It differs from that of the record if the result comes from the cache. Empty in older
    /// records.
    #[serde(default)]
    pub run: String,
    /// Digest of the program and of the contents of the images. Empty in older records.
    #[serde(default)]
    pub recipe: String,
    /// Digest of the recipe, the engine and the ids of the images; empty if an image was not available. Together with the steps
    /// in the phases it covers everything that the observations depend on.
    #[serde(default)]
    pub inputs: String,
    pub started: Timestamp,
    /// Duration in milliseconds.
    pub millis: u64,
    /// The expected and the actual output if the documented failure did not occur; `None` if it did, or if that is undecided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_reproduced: Option<NotReproduced>,
    /// Phases in execution order.
    pub phases: Vec<PhaseRecord>,
    /// Versions of the relevant packages in the environment with the defect.
    pub packages: BTreeMap<String, String>,
    /// Capabilities that its containers kept, and the reason for each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capabilities: BTreeMap<String, String>,
    /// What the judge reports about the experiment itself, such as an expectation that does not discriminate.
    pub findings: Vec<String>,
    /// The texts of the section's claims, by id.
    pub claims: BTreeMap<ClaimId, String>,
}

impl CellRecord {
    pub fn cell_ref(&self) -> CellRef<'_> {
        CellRef { scenario: &self.scenario, cell: &self.cell }
    }
}

/// A documented failure that did not occur: the first step of `reproduce` with a mismatch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotReproduced {
    pub step: String,
    /// The expected output.
    pub expected: String,
    /// The actual output.
    pub seen: String,
    /// File and key path of the expectation. Empty for the implicit expectation that the step succeeds.
    pub written: String,
    /// The scenario's statement, if it states that the failure does not occur here, with this output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<String>,
    /// The place of the output; `None` if the step was not reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

impl fmt::Display for NotReproduced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (expected, seen) = (self.expected.replace('\n', "; "), self.seen.replace('\n', "; "));
        write!(f, "step `{}` of `reproduce` should show: {expected}; it showed: {seen}", self.step)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseRecord {
    pub phase: Phase,
    /// Id of the image that its container started from.
    pub image: String,
    pub observations: Vec<Observation>,
    /// What stopped it early; `None` if it completed.
    pub trouble: Option<Trouble>,
    /// Duration in milliseconds, including the start and the removal of the container.
    pub millis: u64,
    /// Processor time of its container in milliseconds; 0 if unknown.
    #[serde(default)]
    pub cpu_millis: u64,
}

/// A base, and how it was obtained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseRecord {
    /// Name, such as `bookworm`.
    pub name: String,
    /// How it was obtained.
    pub how: Acquired,
    pub image: String,
    /// Its tag on the engine; empty in older records.
    #[serde(default)]
    pub tag: String,
    /// Digest of its file system, which is the same on every engine; empty in older records.
    #[serde(default)]
    pub content: String,
    /// Attempts and their results.
    pub detail: String,
    /// Trouble with the image cache.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// How a base was obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acquired {
    /// It was present.
    Present,
    /// It was pulled from a registry, or from the image cache.
    Pulled,
    /// It was bootstrapped from the distribution's mirror.
    Bootstrapped,
    /// It was built from its dockerfile.
    Built,
    /// It was imported from an archive.
    Imported,
}

/// An image of layers on a base.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRecord {
    pub tag: String,
    pub id: String,
    /// The dockerfiles that one build carried out, bottom first; empty if the image was present, and in older records.
    #[serde(default)]
    pub dockerfiles: Vec<String>,
    /// Whether this run built it.
    pub built: bool,
    /// Whether this run pulled it from the image cache. If it neither built nor pulled it, the image was present.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pulled: bool,
    /// Time of the build or the pull in milliseconds; 0 if the image was present.
    pub millis: u64,
    /// Trouble with the image cache.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What an engine reports about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineInfo {
    /// Product, such as `Docker` or `Podman`.
    pub name: String,
    pub version: String,
    /// The negotiated API version, such as `1.41`.
    pub api: String,
    /// The address of the connection, such as `unix:///var/run/docker.sock`.
    pub address: String,
    /// Processor architecture of its host, such as `x86_64`.
    pub architecture: String,
    /// Unique id; empty if the engine does not report one.
    #[serde(default)]
    pub id: String,
    /// Kernel version of its host.
    #[serde(default)]
    pub kernel: String,
    /// Storage driver, such as `overlay2`.
    #[serde(default)]
    pub storage: String,
    /// Number of processors of its host; 0 if the engine does not report it.
    #[serde(default)]
    pub processors: usize,
    /// Memory of its host in bytes; 0 if the engine does not report it.
    #[serde(default)]
    pub memory: u64,
}
