//! What files were like when a phase began, for its steps that look at what came since. It is kept here, as nothing but what the
//! scenario does may be left in a container.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Session, engine_trouble, interrupted};
use crate::engine::{Engine, ExecEnd, ExecRequest};
use crate::model::cause::{Cause, Trouble};
use crate::model::observation::Part;
use crate::model::plan::StepPlan;
use crate::model::plan::appended::{self, Before, Place};

/// How long the look at them may take: each is read once.
const LOOK: Duration = Duration::from_secs(120);

/// The files that steps of a phase look at.
#[derive(Default)]
pub(super) struct Begun {
    files: Vec<Place>,
    before: BTreeMap<usize, Before>,
}

impl Begun {
    /// What is executed for a step: its command, which begins where its file had ended.
    pub(super) fn command(&self, step: &StepPlan) -> String {
        let number = appended::place(step).and_then(|place| self.files.iter().position(|file| *file == place));
        appended::after(step, number.and_then(|number| self.before.get(&number)))
    }
}

impl<E: Engine> Session<'_, E> {
    /// Looks at the files of these steps; a phase without such steps costs nothing.
    pub(super) async fn begin(&self, parts: &[(Part, &[StepPlan])]) -> Result<Begun, Trouble> {
        let steps = parts.iter().flat_map(|(_, steps)| steps.iter());
        let files: Vec<Place> = steps.filter_map(appended::place).collect();
        if files.is_empty() {
            return Ok(Begun::default());
        }
        let command = appended::look(files.iter().enumerate());
        let request = ExecRequest { command, directory: None, env: BTreeMap::new(), timeout: LOOK, silence: LOOK };
        let output = tokio::select! {
            output = self.bench.engine.exec(self.container, &request) => output.map_err(|error| engine_trouble(&error))?,
            () = self.bench.cancel.cancelled() => return Err(interrupted()),
        };
        if output.end != ExecEnd::Exit(0) {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            let detail = format!("what the files of `read` steps held when the phase began could not be told: {said}");
            return Err(Trouble { cause: Cause::Engine, detail });
        }
        let before = appended::read(&String::from_utf8_lossy(&output.stdout));
        Ok(Begun { files, before })
    }
}
