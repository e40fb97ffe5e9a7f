//! `number`: a number taken from the output, within bounds.


use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::outcome::{Context, Outcome, Shown};
use super::kind::Kind;
use super::operand::Operand;
use crate::model::kinds::Keys;
use crate::model::observation::Observation;
use crate::model::observed::Measured;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Number {
    /// Name of a captured number, or `bytes` for a size; with `below`, `above` or both.
    pub number: String,
    /// A number to subtract before the comparison, such as `control.bytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minus: Option<Operand>,
    /// The number must be less than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<Operand>,
    /// The number must be more than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above: Option<Operand>,
}

impl Number {
    /// A number that must lie between these bounds.
    pub fn new(number: &str, above: Option<Operand>, below: Option<Operand>) -> Self {
        Number { number: number.to_owned(), minus: None, below, above }
    }

    pub(super) fn map<T, U>(&self, _: &mut impl FnMut(&'static str, Option<usize>, &T) -> U) -> Number {
        self.clone()
    }

    /// The keys of what it is compared with, each with its operand.
    pub fn operands(&self) -> impl Iterator<Item = (&'static str, &Operand)> {
        let operands = [("minus", &self.minus), ("below", &self.below), ("above", &self.above)];
        operands.into_iter().filter_map(|(key, operand)| Some((key, operand.as_ref()?)))
    }

    /// Its name: `private`, or `private - control.private`.
    fn name(&self) -> String {
        match &self.minus {
            Some(minus) => format!("{} - {minus}", self.number),
            None => self.number.clone(),
        }
    }

    fn value(&self, context: &Context<'_>) -> Result<f64, String> {
        let name = self.name();
        let value = match context.observation.number(&self.number) {
            Some(Ok(value)) => value,
            Some(Err(why)) => return Err(format!("the output has no number `{name}`: {why}")),
            None => {
                let missing = context.observation.missing_file();
                let missing = missing.map_or(String::new(), |line| format!(": no such file (`{line}`)"));
                return Err(format!("the output has no number `{name}`{missing}"));
            }
        };
        let Some(minus) = &self.minus else { return Ok(value) };
        let minus = (context.value)(minus).map_err(|why| format!("no captured number to subtract for `{name}`{why}"))?;
        Ok(value - minus)
    }
}

impl Keys for Number {
    const KEYS: &'static [&'static str] = &["number", "minus", "below", "above"];
}

impl Kind for Number {
    fn compare(&self, context: &Context<'_>) -> Outcome {
        let name = self.name();
        let value = match self.value(context) {
            Ok(value) => value,
            Err(mismatch) => return Outcome::default().mismatch(mismatch),
        };
        let mut outcome = Outcome::default();
        for (operand, word, below) in [(&self.below, "below", true), (&self.above, "above", false)] {
            match operand.as_ref().map(|operand| (context.value)(operand)) {
                None => {}
                Some(Ok(bound)) if (below && value < bound) || (!below && value > bound) => {}
                Some(Ok(bound)) => outcome.mismatches.push(format!("expected `{name}` {word} {bound}, it is {value}")),
                Some(Err(why)) => outcome.mismatches.push(format!("no captured number to compare `{name}` with{why}")),
            }
        }
        let shown = Some(Shown::Number(Measured { name, value }));
        if !outcome.mismatches.is_empty() {
            outcome.against.clone_from(&shown);
        }
        Outcome { shown, ..outcome }
    }

    fn words(&self) -> Vec<String> {
        let bounds = [("below", &self.below), ("above", &self.above)];
        let bounds = bounds.into_iter().filter_map(|(word, bound)| Some((word, bound.as_ref()?)));
        bounds.map(|(word, bound)| format!("{} {word} {bound}", self.name())).collect()
    }

    fn observed(&self, observation: &Observation) -> Vec<Option<String>> {
        let observed = match observation.number(&self.number) {
            Some(Ok(number)) => Some(format!("{} {number}", self.number)),
            Some(Err(why)) => Some(format!("no number: {why}")),
            None => None,
        };
        vec![observed; self.words().len()]
    }
}
