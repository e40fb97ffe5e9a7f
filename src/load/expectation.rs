//! Validates one expectation: it can fail, the values it compares exist, and it does not match the input of its own
//! step.

use super::diagnostic::Place;
use super::measure;
use super::raw;
use super::scope::Names;
use crate::model::claim::ClaimKind;
use crate::model::expect::{Expectation, Number, Test, Tests};
use crate::model::id::ClaimId;
use crate::text::template::Template;

/// The properties of a step against which its expectations are validated.
pub(super) struct Looks<'a> {
    /// Whether the step receives an HTTP answer.
    pub(super) is_request: bool,
    /// The numbers that the step captures.
    pub(super) numbers: Vec<&'a str>,
    /// The input lines of the step, which it may print.
    pub(super) inputs: Vec<String>,
}

impl Names<'_> {
    /// Validates an expectation of the step that `looks` describes.
    pub(super) fn expectation(&self, raw: &raw::Expectation, looks: &Looks<'_>, place: &Place<'_>) -> Expectation<Template> {
        let claim = raw.claim.as_ref().and_then(|claim| self.claim(claim, &place.key("claim")));
        if claim.is_some_and(|claim| claim.kind == ClaimKind::Workaround) {
            place.key("claim").note("an expectation cannot decide a workaround", "add this `claim` to an entry of `workarounds`");
        }
        if raw.tests.status().is_some() && !looks.is_request {
            place.key("status").note("only a request has an HTTP status", "use `http`, or expect an `exit`");
        }
        if raw.reworded.is_some() && raw.tests.has().is_empty() {
            place.key("reworded").note("`reworded` without `has`", "add the documented words as `has`");
        }
        if raw.reworded.is_some() && raw.claim.is_none() {
            place
                .key("reworded")
                .note("only a claim can be reworded", "add the `claim` that this expectation decides, or remove `reworded`");
        }
        if raw.tests.0.is_empty() && raw.orphans.is_empty() {
            place.note("this expectation cannot fail", "add `has`, `lacks`, `exit`, `status`, or a `number` with a bound");
        }
        place.orphans(&raw.orphans);
        raw.tests.number().into_iter().for_each(|number| self.number(number, looks, place));
        let text = |key: &'static str, index: Option<usize>, text: &str| {
            let at = place.key(key);
            let at = index.map_or_else(|| at.clone(), |index| at.index(index));
            if key == "lacks" { self.pattern(text, &at) } else { self.telling(text, &looks.inputs, &at) }
        };
        let test =
            |test: &Test<_>| test.map(&mut |key, index, sentence: &crate::model::keys::Sentence| text(key, index, &sentence.0));
        Expectation {
            claim: raw.claim.as_deref().map(ClaimId::from),
            when: self.grid.rule(&raw.when, place),
            at: place.to_string(),
            tests: Tests(raw.tests.0.iter().map(test).collect()),
            reworded: raw.reworded.as_ref().map(|reworded| text("reworded", None, reworded)),
            without: measure::without(&raw.without, &place.key("without")),
        }
    }

    /// A pattern that must not match an input: neither that of its own step (`own`) nor that of another step.
    pub(super) fn telling(&self, text: &str, own: &[String], place: &Place<'_>) -> Template {
        let pattern = self.pattern(text, place);
        self.self_match(&pattern, own, place);
        pattern
    }

    fn number(&self, number: &Number, looks: &Looks<'_>, place: &Place<'_>) {
        number.operands().for_each(|(key, operand)| self.operand(operand, &place.key(key)));
        if number.below.is_none() && number.above.is_none() {
            place.key("number").note("a number without a bound cannot fail", "add `below`, `above` or both");
        }
        if !looks.numbers.contains(&number.number.as_str()) {
            let message = format!("this step captures no number `{}`", number.number);
            place.key("number").note(message, "`capture` it here; `size` captures `bytes`");
        }
    }
}
