//! The ground of a cell: whether the documented failure occurred, and whether the scenario states that. All verdicts of
//! a cell depend on it.

use super::evaluate::Observations;
use crate::model::cause::{Cause, Trouble};
use crate::model::drift;
use crate::model::expect::Expectation;
use crate::model::observation::{Part, Phase};
use crate::model::plan::CellPlan;
use crate::model::record::NotReproduced;
use crate::model::step::Step;
use crate::model::verdict::Evidence;

/// The scenario's statement that the failure does not occur.
type Stated = drift::NotReproduced<String>;

/// The first step of `reproduce` whose expectations do not hold.
pub(super) struct Unmet<'a> {
    /// Index of the step in `reproduce`.
    index: usize,
    step: &'a Step<String>,
    /// Whether the step is a precondition that did not succeed, so that the steps after it were never tried.
    condition: bool,
    expected: String,
    seen: String,
    written: String,
    evidence: Option<Evidence>,
}

/// Whether the failure occurred, and whether that agrees with the scenario.
pub(super) enum Ground<'a> {
    Occurred,
    /// It occurred, but the scenario states that it does not.
    Unexpected(&'a Stated),
    /// It did not occur.
    Missing(Unmet<'a>),
    /// It did not occur, as the scenario states.
    Stated(Unmet<'a>, &'a Stated),
    /// It did not occur, but the output differs from what the scenario states.
    Otherwise(Unmet<'a>, &'a Stated),
}

/// The first unmet step of `reproduce` in a phase; `None` if the failure occurred.
pub(super) fn unmet<'a>(plan: &'a CellPlan, observations: Observations<'_>, phase: &Phase) -> Option<Unmet<'a>> {
    plan.reproduce.iter().enumerate().find_map(|(index, step)| {
        let Some((evidence, observation)) = observations.find(phase, &Part::Reproduce, &step.name) else {
            let expected = step.unclaimed().first().map(Expectation::documented)?;
            let (seen, written) = ("the step was not reached".to_owned(), String::new());
            return Some(Unmet { index, step, condition: true, expected, seen, written, evidence: None });
        };
        step.unclaimed().into_iter().find_map(|check| {
            let evaluation = observations.try_on(&check, phase, observation);
            (!evaluation.holds()).then(|| Unmet {
                index,
                step,
                condition: check.at.is_empty(),
                expected: check.documented(),
                seen: evaluation.observed.to_string(),
                written: check.at,
                evidence: Some(evidence.clone()),
            })
        })
    })
}

impl<'a> Ground<'a> {
    pub(super) fn of(plan: &'a CellPlan, observations: Observations<'_>) -> Self {
        let printed = |unmet: &Unmet<'_>, text: &str| {
            let found = observations.find(&Phase::Reproduce, &Part::Reproduce, &unmet.step.name);
            found.is_some_and(|(_, observation)| observation.line(text).is_some())
        };
        match (unmet(plan, observations, &Phase::Reproduce), &plan.not_reproduced) {
            (None, None) => Ground::Occurred,
            (None, Some(stated)) => Ground::Unexpected(stated),
            (Some(unmet), None) => Ground::Missing(unmet),
            (Some(unmet), Some(stated)) if printed(&unmet, &stated.seen) => Ground::Stated(unmet, stated),
            (Some(unmet), Some(stated)) => Ground::Otherwise(unmet, stated),
        }
    }

    pub(super) fn occurred(&self) -> bool {
        self.unmet().is_none()
    }

    /// The missing part of the failure, if it did not occur.
    pub(super) fn unmet(&self) -> Option<&Unmet<'a>> {
        match self {
            Ground::Occurred | Ground::Unexpected(_) => None,
            Ground::Missing(unmet) | Ground::Stated(unmet, _) | Ground::Otherwise(unmet, _) => Some(unmet),
        }
    }

    /// The stated reason, if the scenario states that the failure does not occur, and it did not.
    pub(super) fn absence(&self) -> Option<&'a str> {
        match self {
            Ground::Occurred | Ground::Unexpected(_) | Ground::Missing(_) => None,
            Ground::Stated(_, stated) | Ground::Otherwise(_, stated) => Some(&stated.reason),
        }
    }

    /// The contradiction to the scenario's statement that the failure does not occur.
    pub(super) fn contradiction(&self) -> Option<String> {
        match self {
            Ground::Occurred | Ground::Missing(_) | Ground::Stated(..) => None,
            Ground::Unexpected(stated) => {
                Some(format!("the scenario states that the failure does not occur here ({}), and it occurred", stated.reason))
            }
            Ground::Otherwise(unmet, stated) => Some(format!(
                "the scenario states that the failure does not occur here and `{}` is seen instead, which was not seen: {}",
                stated.seen,
                unmet.record(None)
            )),
        }
    }

    /// The missing part of the failure for the record.
    pub(super) fn record(&self) -> Option<NotReproduced> {
        let stated = match self {
            Ground::Stated(_, stated) => Some(stated.reason.as_str()),
            Ground::Occurred | Ground::Unexpected(_) | Ground::Missing(_) | Ground::Otherwise(..) => None,
        };
        self.unmet().map(|unmet| unmet.record(stated))
    }
}

impl Unmet<'_> {
    fn record(&self, stated: Option<&str>) -> NotReproduced {
        NotReproduced {
            step: self.step.name.clone(),
            expected: self.expected.clone(),
            seen: self.seen.clone(),
            written: self.written.clone(),
            stated: stated.map(str::to_owned),
            evidence: self.evidence.clone(),
        }
    }

    /// The trouble of every verdict that needs the failure.
    pub(super) fn trouble(&self) -> Trouble {
        let detail = format!("the documented failure was not reproduced: {}", self.record(None));
        Trouble { cause: Cause::NotReproduced, detail }
    }

    /// Whether a step of `reproduce` comes before the unmet step.
    pub(super) fn follows(&self, plan: &CellPlan, step: &Step<String>) -> bool {
        place(plan, step) < Some(self.index)
    }

    /// Whether a step of `reproduce` was never tried as documented, because it or an earlier step did not succeed as
    /// required.
    pub(super) fn spoils(&self, plan: &CellPlan, step: &Step<String>) -> bool {
        self.condition && place(plan, step) >= Some(self.index)
    }
}

fn place(plan: &CellPlan, step: &Step<String>) -> Option<usize> {
    plan.reproduce.iter().position(|other| other.name == step.name)
}
