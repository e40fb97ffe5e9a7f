//! What is known of cells already: how each went the last time, kept between runs in the user's state folder, and what a
//! run that was cut off had found out. A cell is answered from here only when all that would be executed was executed before.
//! What was said of it then is never read, as the judge and what is expected may be others by now. It knows files and digests,
//! and must not know how a cell is executed.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::ImageId;
use crate::model::cause::Cause;
use crate::model::plan::CellPlan;
use crate::model::record::EngineInfo;
use crate::model::record::{CellRecord, FORMAT, Judged};
use crate::model::verdict::{Ruling, Verdict};
use crate::run::judged::judged_again;
use crate::text::digest::digest;
use crate::text::files::{self, Readers};

/// From which age on a record is not an answer any more, unless told otherwise: whatever a digest cannot see, such as a
/// date that a program asks for, is looked at once a month.
pub const MAX_AGE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Longest record of one cell that is read, in bytes: more than its steps may print in all.
const LONGEST: u64 = 64 << 20;

/// What the observations of every cell of a run depend on, besides the cell's own steps and images.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The engine.
    pub engine: EngineInfo,
    /// Version of `matrix` and the digest of its executable, as a change of the runner may have no new version yet.
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

    /// A digest of what can be told without an engine: what the harness is, what both images are made of, dockerfiles and
    /// archives included, and what their containers may do.
    pub fn recipe(&self, plan: &CellPlan) -> String {
        let capabilities: Vec<String> = plan.kernel_capabilities().collect();
        let recipe = serde_json::to_vec(&(FORMAT, &self.harness, &plan.image, &plan.control_image, capabilities));
        digest(&recipe.expect("a plan has text for keys"))
    }

    /// A digest of that, of the engine and of the images that came of it: with the defect, and healthy.
    pub fn inputs(&self, recipe: &str, images: [&ImageId; 2]) -> String {
        let EngineInfo { name, version, architecture, id, kernel, storage, .. } = &self.engine;
        let engine = [name, version, architecture, id, kernel, storage];
        digest(&serde_json::to_vec(&(recipe, engine, images)).expect("texts are JSON"))
    }
}

/// Cells that were executed before.
#[derive(Debug)]
pub struct History {
    folder: PathBuf,
    /// The age from which on a record is not an answer any more; `None` when the folder answers nothing at all.
    max_age: Option<SignedDuration>,
    resumed: BTreeMap<(String, String), Judged>,
}

/// One file of the folder.
#[derive(Serialize, Deserialize)]
struct Entry<Engine, Cell> {
    format: u32,
    engine: Engine,
    record: Cell,
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

    /// Whether this is what the run that was cut off had found out, to the word.
    pub fn has_resumed(&self, cell: &CellRecord, verdicts: &[Verdict]) -> bool {
        let resumed = self.resumed.get(&(cell.scenario.clone(), cell.cell.clone()));
        resumed.is_some_and(|(of, said)| of == cell && said == verdicts)
    }

    /// What is found of a cell whose inputs have this digest, judged by its plan as it is now, if all of it was executed and
    /// all of it can be told.
    pub fn answer(&self, plan: &CellPlan, inputs: &str) -> Option<Judged> {
        let (scenario, cell) = (&plan.cell.scenario, &plan.cell.id);
        let told = |stored: CellRecord| {
            let same = !inputs.is_empty() && stored.inputs == inputs;
            same.then(|| judged_again(plan, stored)).flatten().filter(|(_, verdicts)| is_told(verdicts))
        };
        let resumed = self.resumed.get(&(scenario.clone(), cell.clone())).map(|(cell, _)| cell.clone());
        resumed.and_then(told).or_else(|| told(self.read(scenario, cell)?.1))
    }

    /// Whether anything is kept of a cell.
    pub fn has(&self, scenario: &str, cell: &str) -> bool {
        self.path(scenario, cell).exists()
    }

    /// How a cell went the last time, and on which engine, judged by its plan as it is now: for who has no engine to ask
    /// which images are there. `recipe` is that of the plan.
    pub fn standing(&self, plan: &CellPlan, recipe: &str) -> Option<(EngineInfo, Judged)> {
        let (engine, stored) = self.read(&plan.cell.scenario, &plan.cell.id)?;
        let same = !recipe.is_empty() && stored.recipe == recipe;
        Some((engine, same.then(|| judged_again(plan, stored)).flatten()?))
    }

    /// Keeps how a cell went, unless what it started from is not known or it was interrupted.
    ///
    /// # Errors
    /// When the folder cannot be written to; what was there before is whole then.
    pub fn keep(&self, engine: &EngineInfo, record: &CellRecord) -> io::Result<()> {
        if record.inputs.is_empty() || was_interrupted(record) {
            return Ok(());
        }
        let entry = serde_json::to_vec(&Entry { format: FORMAT, engine, record })?;
        files::write(&self.path(&record.scenario, &record.cell), &entry, Readers::User)
    }

    /// A file that is damaged or of another format is no answer, nor is one of another cell.
    fn read(&self, scenario: &str, cell: &str) -> Option<(EngineInfo, CellRecord)> {
        let max_age = self.max_age?;
        let text = files::read(&self.path(scenario, cell), LONGEST).ok()?;
        let Entry { format, engine, record }: Entry<EngineInfo, CellRecord> = serde_json::from_slice(&text).ok()?;
        #[expect(clippy::disallowed_methods, reason = "the age of what another process wrote, perhaps days ago")]
        let age = Timestamp::now().duration_since(record.started);
        // A record of the future tells of a clock that was set; its age is anybody's guess.
        let recent = (SignedDuration::ZERO..=max_age).contains(&age);
        let same = format == FORMAT && (record.scenario.as_str(), record.cell.as_str()) == (scenario, cell);
        (same && recent).then_some((engine, record))
    }

    fn path(&self, scenario: &str, cell: &str) -> PathBuf {
        self.folder.join(format!("{}.json", &digest(format!("{scenario}\0{cell}").as_bytes())[..32]))
    }
}

/// Whether every verdict says something.
fn is_told(verdicts: &[Verdict]) -> bool {
    !verdicts.is_empty() && verdicts.iter().all(|verdict| verdict.verdict != Ruling::Inconclusive)
}

fn was_interrupted(record: &CellRecord) -> bool {
    let troubles = record.phases.iter().filter_map(|phase| phase.trouble.as_ref());
    troubles.into_iter().any(|trouble| trouble.cause == Cause::Interrupted)
}
