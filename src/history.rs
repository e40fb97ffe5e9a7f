//! What is known of cells already: the last judged record of each, kept between runs in the user's state folder, and what a
//! run that was cut off had found out. A cell is answered from here only when every input of its verdicts is what it
//! was. It knows files and digests, and must not know how a cell is executed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::{EngineInfo, ImageId};
use crate::files::{self, Readers};
use crate::plan::CellPlan;
use crate::record::{CellRecord, FORMAT, Judged, Ruling, Verdict};
use crate::source::digest;

/// From which age on a record is not an answer any more, unless told otherwise: whatever a digest cannot see, such as a
/// date that a program asks for, is looked at once a month.
pub const MAX_AGE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Longest record of one cell that is read, in bytes: more than its steps may print in all.
const LONGEST: u64 = 64 << 20;

/// What the verdicts of every cell of a run depend on, besides the cell's own plan and images.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The engine.
    pub engine: EngineInfo,
    /// Version of `matrix` and the digest of its executable, as a change of the judge may have no new version yet.
    pub harness: String,
}

impl Surroundings {
    /// Those of this executable on an engine.
    ///
    /// # Errors
    /// When the executable cannot be read.
    pub fn new(engine: &EngineInfo) -> io::Result<Self> {
        let executable = digest(&fs::read(std::env::current_exe()?)?);
        Ok(Surroundings { engine: engine.clone(), harness: format!("{} {executable}", env!("CARGO_PKG_VERSION")) })
    }

    /// A digest of all that the verdicts of a cell depend on: what the harness is, where it runs, everything it will do,
    /// dockerfiles and archives included, and what it starts from. `images` are those of the plan: with the defect, and healthy.
    pub fn inputs(&self, plan: &CellPlan, images: [&ImageId; 2]) -> String {
        let EngineInfo { name, version, architecture, id, kernel, storage, .. } = &self.engine;
        let engine = [name, version, architecture, id, kernel, storage];
        let inputs = serde_json::to_vec(&(FORMAT, &self.harness, engine, plan, images));
        digest(&inputs.expect("a plan has text for keys and only finite numbers"))
    }
}

/// Cells that were judged before.
#[derive(Debug)]
pub struct History {
    folder: PathBuf,
    /// The age from which on a record is not an answer any more; `None` when the folder answers nothing at all.
    max_age: Option<SignedDuration>,
    resumed: BTreeMap<(String, String), Judged>,
}

/// One file of the folder.
#[derive(Serialize, Deserialize)]
struct Entry<Cell, Verdicts> {
    format: u32,
    record: Cell,
    verdicts: Verdicts,
}

impl History {
    /// The history in `folder`, which need not exist yet. Nothing older than `max_age` is an answer; with `None`, nothing is.
    pub fn new(folder: PathBuf, max_age: Option<SignedDuration>) -> Self {
        History { folder, max_age, resumed: BTreeMap::new() }
    }

    /// Adds what a run that was cut off had found out, however old.
    pub fn resume(&mut self, cells: Vec<CellRecord>, verdicts: Vec<Verdict>) {
        for cell in cells {
            self.resumed.insert((cell.scenario.clone(), cell.cell.clone()), (cell, Vec::new()));
        }
        for verdict in verdicts {
            if let Some((_, of_cell)) = self.resumed.get_mut(&(verdict.scenario.clone(), verdict.cell.clone())) {
                of_cell.push(verdict);
            }
        }
    }

    /// What was found of a cell whose inputs have this digest, if all of it could be told.
    pub fn answer(&self, scenario: &str, cell: &str, inputs: &str) -> Option<Judged> {
        let same = |judged: &Judged| judged.0.inputs == inputs && is_told(&judged.1);
        let resumed = self.resumed.get(&(scenario.to_owned(), cell.to_owned())).filter(|judged| same(judged));
        resumed.cloned().or_else(|| self.read(scenario, cell).filter(same))
    }

    /// Keeps what was found of a cell, unless something could not be told: that may be different the next time.
    ///
    /// # Errors
    /// When the folder cannot be written to; what was there before is whole then.
    pub fn keep(&self, record: &CellRecord, verdicts: &[Verdict]) -> io::Result<()> {
        if record.inputs.is_empty() || !is_told(verdicts) {
            return Ok(());
        }
        let entry = serde_json::to_vec(&Entry { format: FORMAT, record, verdicts })?;
        files::write(&self.path(&record.scenario, &record.cell), &entry, Readers::User)
    }

    /// A file that is damaged or of another format is no answer.
    fn read(&self, scenario: &str, cell: &str) -> Option<Judged> {
        let max_age = self.max_age?;
        let text = files::read(&self.path(scenario, cell), LONGEST).ok()?;
        let entry: Entry<CellRecord, Vec<Verdict>> = serde_json::from_slice(&text).ok()?;
        let age = Timestamp::now().duration_since(entry.record.started);
        // A record of the future tells of a clock that was set; its age is anybody's guess.
        let recent = (SignedDuration::ZERO..=max_age).contains(&age);
        (entry.format == FORMAT && recent).then_some((entry.record, entry.verdicts))
    }

    fn path(&self, scenario: &str, cell: &str) -> PathBuf {
        self.folder.join(format!("{}.json", &digest(format!("{scenario}\0{cell}").as_bytes())[..32]))
    }
}

/// Whether every verdict says something.
fn is_told(verdicts: &[Verdict]) -> bool {
    !verdicts.is_empty() && verdicts.iter().all(|verdict| verdict.verdict != Ruling::Inconclusive)
}

#[cfg(test)]
mod tests;
