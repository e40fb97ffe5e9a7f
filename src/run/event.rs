//! Events of a run, sent by the runner to the console, the journal and the record.

use std::collections::BTreeMap;

use crate::model::id::{CellRef, SectionId};
use crate::model::observation::{Observation, Phase};
use crate::model::record::{BaseRecord, CellRecord, ImageRecord};
use crate::model::verdict::Verdict;

#[derive(Debug)]
pub enum Event<'a> {
    /// Remains of dead runs were removed.
    Swept {
        /// Number of containers and snapshots.
        removed: usize,
    },
    Started {
        /// Number of cells.
        cells: usize,
        /// Number of cells of each section, if they are known.
        sections: BTreeMap<SectionId, usize>,
    },
    /// An estimate of the time until all cells are finished.
    Remaining {
        /// In milliseconds.
        millis: u64,
    },
    /// The order selected the next cells, or ended the run.
    Chosen {
        /// Number of cells so far, including finished ones.
        cells: usize,
        why: &'a str,
    },
    /// Images are obtained without running the cells that need them.
    ImagesStarted {
        /// Number of images that cells need.
        images: usize,
    },
    /// One of these images is there or could not be obtained.
    ImageEnded,
    /// Work on a base or image started: fetching archives, pulling, bootstrapping or building.
    ImageStarted {
        /// Tag or base.
        name: &'a str,
        /// For example `building` or `bootstrapping`.
        doing: &'a str,
    },
    /// A line of output of this work.
    ImageLine {
        /// Tag or base.
        name: &'a str,
        line: &'a str,
    },
    BaseReady(&'a BaseRecord),
    ImageReady(&'a ImageRecord),
    ImageFailed {
        /// Tag or base.
        name: &'a str,
        error: &'a str,
    },
    /// The image cache does not have an image that it was asked for, or it cannot be used.
    NotCached {
        /// Tag or base.
        name: &'a str,
    },
    /// The run waits for images that are still to be pushed.
    Pushing {
        /// Number of images.
        images: usize,
    },
    /// A push to the image cache ended. A failure has its own warning.
    Pushed {
        /// Tag or base.
        name: &'a str,
        is_there: bool,
        /// Duration in milliseconds.
        millis: u64,
    },
    CellStarted {
        cell: CellRef<'a>,
    },
    PhaseStarted {
        cell: CellRef<'a>,
        phase: &'a Phase,
    },
    StepStarted {
        cell: CellRef<'a>,
        phase: &'a Phase,
        step: &'a str,
    },
    /// A step ended or was stopped.
    StepFinished {
        cell: CellRef<'a>,
        phase: &'a Phase,
        observation: &'a Observation,
    },
    /// A cell was executed and judged.
    CellFinished {
        record: &'a CellRecord,
        verdicts: &'a [Verdict],
    },
    CellCached {
        record: &'a CellRecord,
        verdicts: &'a [Verdict],
    },
    MutantsStarted {
        mutants: usize,
    },
    MutantFinished {
        survived: bool,
    },
    /// A problem that affects no verdict, such as a failed removal.
    Warning {
        text: &'a str,
    },
    /// The run was interrupted; running steps are stopped and containers removed.
    Interrupted,
}

/// Receives events, from several tasks at the same time.
pub trait Listener: Send + Sync {
    fn on_event(&self, event: &Event<'_>);
}
