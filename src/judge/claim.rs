//! The finding on one claim, and whether it is a drift that the scenario states.

use crate::model::cause::{Cause, Trouble};
use crate::model::drift::KnownDrift;
use crate::model::drift::{Drift, Now};
use crate::model::observation::Observation;
use crate::model::observed::Observed;
use crate::model::verdict::{Evidence, Ruling};

pub(super) struct Finding {
    pub(super) ruling: Ruling,
    pub(super) drift: Option<Drift>,
    pub(super) cause: Option<Cause>,
    pub(super) observed: Observed,
    /// Whether the scenario states this drift, and it was observed as stated.
    pub(super) known: bool,
    pub(super) why: String,
    pub(super) documented: String,
    pub(super) written: String,
    pub(super) evidence: Option<Evidence>,
}

impl Finding {
    pub(super) fn new(ruling: Ruling, why: String) -> Self {
        let (documented, written) = (String::new(), String::new());
        let (drift, cause, evidence) = (None, None, None);
        Finding { ruling, drift, cause, observed: Observed::default(), known: false, why, documented, written, evidence }
    }

    pub(super) fn drifted(drift: Drift, why: String) -> Self {
        Finding { drift: Some(drift), ..Finding::new(Ruling::Drifted, why) }
    }

    pub(super) fn inconclusive(trouble: &Trouble) -> Self {
        Finding { cause: Some(trouble.cause), ..Finding::new(Ruling::Inconclusive, trouble.detail.clone()) }
    }

    pub(super) fn observing(self, observed: Observed, evidence: Evidence) -> Self {
        Finding { observed, evidence: Some(evidence), ..self }
    }

    /// Compares the finding with the drift that the scenario states. The stated text must appear in the output at the
    /// deciding place; text that `matrix` itself adds, such as the exit status, does not count.
    pub(super) fn against<'a>(
        self,
        stated: Option<&KnownDrift<String>>,
        mut place: impl Iterator<Item = (Evidence, &'a Observation)>,
    ) -> Self {
        let Some(stated) = stated.filter(|stated| self.drift == Some(stated.drift)) else { return self };
        match &stated.seen {
            Now::Line(text) => match place.find_map(|(evidence, observation)| Some((observation.line(text)?, evidence))) {
                Some((line, evidence)) => Finding { known: true, ..self.observing(Observed::line(line), evidence) },
                None => self,
            },
            Now::Number { above, below } => {
                let known = self.observed.number.as_ref().is_some_and(|number| number.value > *above && number.value < *below);
                Finding { known, ..self }
            }
        }
    }

    /// The rank of a finding among several on one claim: the highest one is reported, so that nothing hides an unstated
    /// contradiction.
    pub(super) fn gravity(&self) -> u8 {
        match self.ruling {
            Ruling::Drifted if !self.known => 4,
            Ruling::Inconclusive => 3,
            Ruling::Drifted => 2,
            Ruling::Skipped => 1,
            Ruling::Confirmed => 0,
        }
    }
}
