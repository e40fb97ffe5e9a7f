//! Facts told while running. The runner speaks them; the console, the journal and the record listen.

use crate::model::observation::{Observation, Phase};
use crate::model::record::{BaseRecord, CellRecord, ImageRecord};
use crate::model::verdict::Verdict;

/// One fact.
#[derive(Debug)]
pub enum Event<'a> {
    /// What a dead run had left was removed.
    Swept {
        /// How many containers and snapshots.
        removed: usize,
    },
    /// The run begins.
    Started {
        /// How many cells.
        cells: usize,
    },
    /// By what the cells before have shown, it is settled which come next, or that none does.
    Chosen {
        /// How many cells there are by now, those that have ended included.
        cells: usize,
        /// Why these, in a few words.
        why: &'a str,
    },
    /// Archives are being fetched, a base acquired, an image built: what, in a few words.
    ImageStarted {
        /// Tag or base.
        name: &'a str,
        /// What is done, e.g. `building`, `bootstrapping`.
        doing: &'a str,
    },
    /// The newest line such work printed.
    ImageLine {
        /// Tag or base.
        name: &'a str,
        /// The line.
        line: &'a str,
    },
    /// A base is there.
    BaseReady(&'a BaseRecord),
    /// An image is there.
    ImageReady(&'a ImageRecord),
    /// An image could not be had.
    ImageFailed {
        /// Tag or base.
        name: &'a str,
        /// Why.
        error: &'a str,
    },
    /// A cell begins.
    CellStarted {
        /// Scenario.
        scenario: &'a str,
        /// Cell.
        cell: &'a str,
    },
    /// A phase of a cell begins.
    PhaseStarted {
        /// Scenario.
        scenario: &'a str,
        /// Cell.
        cell: &'a str,
        /// Phase.
        phase: &'a Phase,
    },
    /// A step of a phase begins.
    StepStarted {
        /// Scenario.
        scenario: &'a str,
        /// Cell.
        cell: &'a str,
        /// Phase.
        phase: &'a Phase,
        /// Step.
        step: &'a str,
    },
    /// A step has ended, or was stopped.
    StepFinished {
        /// Scenario.
        scenario: &'a str,
        /// Cell.
        cell: &'a str,
        /// Phase.
        phase: &'a Phase,
        /// What it showed.
        observation: &'a Observation,
    },
    /// A cell is judged.
    CellFinished {
        /// The cell as it went.
        record: &'a CellRecord,
        /// Its verdicts.
        verdicts: &'a [Verdict],
    },
    /// A cell is not executed, as none of its inputs has changed since it was.
    CellKept {
        /// The cell as it went then.
        record: &'a CellRecord,
        /// Its verdicts.
        verdicts: &'a [Verdict],
    },
    /// Mutants are about to be executed.
    MutantsStarted {
        /// How many.
        mutants: usize,
    },
    /// A mutant was executed.
    MutantFinished {
        /// Whether nothing noticed it.
        survived: bool,
    },
    /// Something went wrong that no verdict depends on, such as a container that could not be removed.
    Warning {
        /// What.
        text: &'a str,
    },
    /// The run was interrupted; what is running is being stopped and removed.
    Interrupted,
}

/// Whoever listens. Called from several tasks at once.
pub trait Listener: Send + Sync {
    /// Hears one fact.
    fn hear(&self, event: &Event<'_>);
}
