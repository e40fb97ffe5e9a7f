//! One expectation, made valid: it can fail, what it compares exists, and it does not find what its own step put
//! there. It must not know what a verdict makes of it.

use super::diagnostic::Place;
use super::measure;
use super::raw;
use super::raw_types::{Bound, Lines};
use super::scope::Names;
use crate::model::claim::ClaimKind;
use crate::model::expect::{Check, NumberRule, Operand, Pattern};
use crate::model::step::Act;

/// What an expectation is checked against: the step it belongs to.
pub(super) struct Looks {
    http: bool,
    /// Numbers the step takes.
    numbers: Vec<String>,
    /// Lines the step is given, which it may print.
    given: Vec<String>,
}

impl Looks {
    /// The looks of a step that does `act` and is given these lines.
    pub(super) fn new(act: &Act, raw: &raw::Step, given: Vec<String>) -> Self {
        let size = matches!(act, Act::Size(_)).then(|| "bytes".to_owned());
        Looks {
            http: matches!(act, Act::Http(_)),
            numbers: raw.capture.keys().map(|name| name.0.clone()).chain(size).collect(),
            given,
        }
    }
}

impl Names<'_> {
    /// An expectation of the step that `looks` tells of.
    pub(super) fn check(&self, raw: &raw::Check, looks: &Looks, place: &Place<'_>) -> Check {
        let claim = raw.claim.as_ref().and_then(|claim| self.claim(claim, &place.key("claim")));
        if claim.is_some_and(|claim| claim.kind == ClaimKind::Workaround) {
            place.key("claim").note("a workaround is tried, not looked for", "give an entry of `workarounds` this `claim`");
        }
        if raw.status.is_some() && !looks.http {
            place.key("status").note("only a request has an HTTP status", "use `http`, or expect an `exit`");
        }
        if raw.reworded.is_some() && raw.has.is_none() {
            place.key("reworded").note("`reworded` without `has`", "give the documented words as `has`");
        }
        if raw.reworded.is_some() && raw.claim.is_none() {
            place
                .key("reworded")
                .note("only a claim can be reworded", "say which `claim` this expectation decides, or take it out");
        }
        let number = raw.number.is_some() || raw.minus.is_some() || raw.below.is_some() || raw.above.is_some();
        if raw.exit.is_none() && raw.has.is_none() && raw.lacks.is_none() && raw.status.is_none() && !number {
            place.note("this expectation cannot fail", "add `has`, `lacks`, `exit`, `status`, or a `number` with a bound");
        }
        let telling = |text: &str, at: &Place<'_>| self.telling(text, &looks.given, at);
        Check {
            claim: raw.claim.clone(),
            when: self.grid.rule(&raw.when, place),
            at: place.to_string(),
            exit: raw.exit.as_ref().map(|exit| exit.0),
            has: patterns(raw.has.as_ref(), &place.key("has"), telling),
            lacks: patterns(raw.lacks.as_ref(), &place.key("lacks"), |text, at| self.pattern(text, at)),
            status: raw.status,
            number: self.number(raw, looks, place),
            reworded: raw.reworded.as_ref().map(|text| telling(text, &place.key("reworded"))),
            without: measure::without(&raw.without, &place.key("without")),
        }
    }

    /// A pattern that no step is given: not this one, which is given `own`, nor another.
    pub(super) fn telling(&self, text: &str, own: &[String], place: &Place<'_>) -> Pattern {
        let pattern = self.pattern(text, place);
        self.echo(&pattern, own, place);
        pattern
    }

    fn number(&self, raw: &raw::Check, looks: &Looks, place: &Place<'_>) -> Option<NumberRule> {
        let operand = |key: &str, bound: &Option<Bound>| -> Option<Operand> {
            let operand = bound.as_ref()?.0.clone();
            if raw.number.is_none() {
                place.key(key).note(format!("`{key}` without `number`"), "say which number, such as `number: bytes`");
            }
            self.operand(&operand, &place.key(key));
            Some(operand)
        };
        let minus = operand("minus", &raw.minus);
        let (below, above) = (operand("below", &raw.below), operand("above", &raw.above));
        let of = raw.number.clone()?;
        if below.is_none() && above.is_none() {
            place.key("number").note("a number without a bound cannot fail", "add `below`, `above` or both");
        }
        if !looks.numbers.contains(&of) {
            place.key("number").note(format!("this step takes no number `{of}`"), "`capture` it here; `size` takes `bytes`");
        }
        Some(NumberRule { of, minus, below, above })
    }
}

/// Patterns, each made valid by `valid` at its place.
fn patterns(lines: Option<&Lines>, place: &Place<'_>, valid: impl Fn(&str, &Place<'_>) -> Pattern) -> Vec<Pattern> {
    let lines = lines.map_or(&[][..], |lines| lines.0.as_slice());
    match lines {
        [one] => vec![valid(one, place)],
        many => place.each(many).map(|(at, text)| valid(text, &at)).collect(),
    }
}
