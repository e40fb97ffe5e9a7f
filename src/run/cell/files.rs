//! Positions in files at the start of a phase, for steps that read what was appended since. They are stored here and not in the
//! container, which must only contain what the scenario does.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::engine::{ExecEnd, ExecOutput, ExecRequest};
use crate::model::cause::{Cause, Trouble};
use crate::model::observation::Part;
use crate::model::plan::phases;
use crate::model::step::Step;
use crate::text::appended::{self, Before, Place};

/// Timeout of reading the files once.
const LOOK_TIMEOUT: Duration = Duration::from_secs(120);

/// Files that steps of a phase read.
#[derive(Default)]
pub(super) struct Files {
    places: Vec<Place>,
    before: BTreeMap<usize, Before>,
}

impl Files {
    pub(super) fn of(parts: &[(Part, Vec<Step<String>>)]) -> Self {
        let steps = parts.iter().flat_map(|(_, steps)| steps.iter());
        Files { places: steps.filter_map(phases::appended).collect(), before: BTreeMap::new() }
    }

    /// The command that finds their ends; `None` without files.
    pub(super) fn look(&self) -> Option<ExecRequest> {
        let command = || appended::look(self.places.iter().enumerate());
        let request = |command| ExecRequest {
            command,
            directory: None,
            env: BTreeMap::new(),
            user: None,
            timeout: LOOK_TIMEOUT,
            silence: LOOK_TIMEOUT,
        };
        (!self.places.is_empty()).then(|| request(command()))
    }

    /// Reads the output of that command.
    pub(super) fn read(&mut self, output: &ExecOutput) -> Result<(), Trouble> {
        if output.end != ExecEnd::Exit(0) {
            let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            let detail = format!("failed to read the sizes of the files of `read` steps: {message}");
            return Err(Trouble { cause: Cause::Engine, detail });
        }
        self.before = appended::read(&String::from_utf8_lossy(&output.stdout));
        Ok(())
    }

    /// The command of a step; it skips the part of the file from before the phase.
    pub(super) fn command(&self, step: &Step<String>) -> String {
        let place = phases::appended(step);
        let number = place.as_ref().and_then(|place| self.places.iter().position(|other| other == place));
        match (place, number.and_then(|number| self.before.get(&number))) {
            (Some((_, path)), Some(before)) => appended::after(&step.command(), &path, before),
            _ => step.command(),
        }
    }
}
