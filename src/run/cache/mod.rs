//! The result cache: the last result of each cell, stored in the user's state folder, and the results of a run to resume. It
//! answers a cell only if everything that a run would execute was executed before. Stored verdicts are never used, as the judge
//! and the expectations may have changed.

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
use crate::model::id::{CellId, CellRef, ScenarioId};
use crate::model::plan::CellPlan;
use crate::model::record::EngineInfo;
use crate::model::record::{CellRecord, FORMAT, Judged};
use crate::model::verdict::{Ruling, Verdict};
use crate::run::execution::judge_again;
use crate::text::digest::digest;
use crate::text::files::{self, Readers};

/// Default maximum age. It makes sure that influences which no digest covers, such as the date, are noticed within a month.
pub const MAX_AGE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Size limit of a stored cell, in bytes: more than the output limits of its steps allow.
const LONGEST: u64 = 64 << 20;

/// What the observations of all cells depend on, besides a cell's own steps and images.
#[derive(Debug, Clone)]
pub struct CacheKey {
    pub engine: EngineInfo,
    /// Version of `matrix` and digest of its executable, since the runner may change within a version.
    pub harness: String,
    /// Whether compilers may take results from a cache.
    pub compiler_cache: bool,
}

impl CacheKey {
    /// The key of this executable on an engine.
    pub fn new(engine: &EngineInfo) -> io::Result<Self> {
        let executable = digest(&fs::read(std::env::current_exe()?)?);
        let harness = format!("{} {executable}", env!("CARGO_PKG_VERSION"));
        Ok(CacheKey { engine: engine.clone(), harness, compiler_cache: true })
    }

    /// Digest of everything known without an engine: the harness, the contents of both images, and the capabilities and limits
    /// of their containers, and
    /// the command that lists packages.
    pub fn recipe(&self, plan: &CellPlan) -> String {
        let capabilities: Vec<String> = plan.kernel_capabilities().collect();
        let images = [&plan.image, &plan.control_image];
        let recipe =
            serde_json::to_vec(&(FORMAT, &self.harness, self.compiler_cache, images, capabilities, plan.limits, &plan.packages));
        digest(&recipe.expect("a plan has text for keys"))
    }

    /// Digest of a recipe, the engine and the ids of the images: with the defect, and healthy.
    pub fn inputs(&self, recipe: &str, images: [&ImageId; 2]) -> String {
        let EngineInfo { name, version, architecture, id, kernel, storage, .. } = &self.engine;
        let engine = [name, version, architecture, id, kernel, storage];
        digest(&serde_json::to_vec(&(recipe, engine, images)).expect("texts are JSON"))
    }
}

#[derive(Debug)]
pub struct CellCache {
    folder: PathBuf,
    /// Maximum age of an entry; with `None` no entry is used.
    max_age: Option<SignedDuration>,
    resumed: BTreeMap<ScenarioId, BTreeMap<CellId, Judged>>,
}

/// A file of the cache.
#[derive(Serialize, Deserialize)]
struct Entry<Engine, Cell> {
    format: u32,
    engine: Engine,
    record: Cell,
}

impl CellCache {
    /// A cache in `folder`, which may not exist yet.
    pub fn new(folder: PathBuf, max_age: Option<SignedDuration>) -> Self {
        CellCache { folder, max_age, resumed: BTreeMap::new() }
    }

    /// Adds the results of a run to resume, whatever their age.
    pub fn resume(&mut self, cells: Vec<CellRecord>, verdicts: Vec<Verdict>) {
        for cell in cells {
            let of_scenario = self.resumed.entry(cell.scenario.clone()).or_default();
            of_scenario.insert(cell.cell.clone(), (cell, Vec::new()));
        }
        for verdict in verdicts {
            let of_scenario = self.resumed.get_mut(&verdict.scenario);
            if let Some((_, of_cell)) = of_scenario.and_then(|cells| cells.get_mut(&verdict.cell)) {
                of_cell.push(verdict);
            }
        }
    }

    /// Whether the resumed run had exactly this result.
    pub fn has_resumed(&self, cell: &CellRecord, verdicts: &[Verdict]) -> bool {
        self.resumed(cell.cell_ref()).is_some_and(|(of, stored)| of == cell && stored == verdicts)
    }

    /// The result of a cell with these inputs, judged by its current plan. `None` if a step would have to be executed or a
    /// verdict would be inconclusive.
    pub fn answer(&self, plan: &CellPlan, inputs: &str) -> Option<Judged> {
        let decided = |stored: CellRecord| {
            let same = !inputs.is_empty() && stored.inputs == inputs;
            same.then(|| judge_again(plan, stored)).flatten().filter(|(_, verdicts)| is_decided(verdicts))
        };
        let cell = plan.cell.cell_ref();
        let resumed = self.resumed(cell).map(|(cell, _)| cell.clone());
        resumed.and_then(decided).or_else(|| decided(self.read(cell)?.1))
    }

    fn resumed(&self, cell: CellRef<'_>) -> Option<&Judged> {
        self.resumed.get(cell.scenario)?.get(cell.cell)
    }

    /// Whether a cell has an entry.
    pub fn has(&self, cell: CellRef<'_>) -> bool {
        self.path(cell).exists()
    }

    /// The last result of a cell and its engine, judged by the current plan; for callers that cannot ask an engine for image ids.
    /// `recipe` is that of the plan.
    pub fn latest(&self, plan: &CellPlan, recipe: &str) -> Option<(EngineInfo, Judged)> {
        let (engine, stored) = self.read(plan.cell.cell_ref())?;
        let same = !recipe.is_empty() && stored.recipe == recipe;
        Some((engine, same.then(|| judge_again(plan, stored)).flatten()?))
    }

    /// Stores a cell, unless its inputs are unknown or it was interrupted. A failure leaves the old entry intact.
    pub fn store(&self, engine: &EngineInfo, record: &CellRecord) -> io::Result<()> {
        if record.inputs.is_empty() || was_interrupted(record) {
            return Ok(());
        }
        let entry = serde_json::to_vec(&Entry { format: FORMAT, engine, record })?;
        files::write(&self.path(record.cell_ref()), &entry, Readers::User)
    }

    /// Reads an entry. A damaged file, another format or another cell count as absent.
    fn read(&self, cell: CellRef<'_>) -> Option<(EngineInfo, CellRecord)> {
        let max_age = self.max_age?;
        let text = files::read(&self.path(cell), LONGEST).ok()?;
        let Entry { format, engine, record }: Entry<EngineInfo, CellRecord> = serde_json::from_slice(&text).ok()?;
        #[expect(clippy::disallowed_methods, reason = "the age of what another process wrote, perhaps days ago")]
        let age = Timestamp::now().duration_since(record.started);
        // A start in the future means that a clock was set, so the age is unknown.
        let recent = (SignedDuration::ZERO..=max_age).contains(&age);
        let same = format == FORMAT && record.cell_ref() == cell;
        (same && recent).then_some((engine, record))
    }

    fn path(&self, CellRef { scenario, cell }: CellRef<'_>) -> PathBuf {
        self.folder.join(format!("{}.json", &digest(format!("{scenario}\0{cell}").as_bytes())[..32]))
    }
}

fn is_decided(verdicts: &[Verdict]) -> bool {
    !verdicts.is_empty() && verdicts.iter().all(|verdict| verdict.verdict != Ruling::Inconclusive)
}

fn was_interrupted(record: &CellRecord) -> bool {
    let troubles = record.phases.iter().filter_map(|phase| phase.trouble.as_ref());
    troubles.into_iter().any(|trouble| trouble.cause == Cause::Interrupted)
}
