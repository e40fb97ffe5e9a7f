//! One expectation, made valid: it can fail, what it compares exists, and it does not find what its own step put
//! there. It must not know what a verdict makes of it.

use super::mistake::Place;
use super::names::{Names, blank};
use super::words::{Bound, Lines};
use super::{Act, Check, ClaimKind, NumberRule, Operand, Pattern, raw};
use crate::normalize;
use crate::plan::fill;

/// What an expectation is held against: the step it belongs to.
pub(super) struct Looks {
    http: bool,
    /// Numbers the step takes.
    numbers: Vec<String>,
    /// Lines the step is given, which it may print.
    given: Vec<String>,
}

impl Looks {
    pub(super) fn new(act: &Act, raw: &raw::Step) -> Self {
        let given = match act {
            Act::Run(text) => vec![text],
            Act::Http(http) => [Some(&http.path), http.body.as_ref()].into_iter().flatten().collect(),
            Act::Read(_) | Act::Size(_) | Act::Ldd(_) | Act::Readelf(_) => Vec::new(),
        };
        let env = raw.env.values().filter_map(|text| fill::uniform(text).ok());
        let given = given.into_iter().cloned().chain(env);
        let size = matches!(act, Act::Size(_)).then(|| "bytes".to_owned());
        Looks {
            http: matches!(act, Act::Http(_)),
            numbers: raw.capture.keys().map(|name| name.0.clone()).chain(size).collect(),
            given: given.flat_map(|text| text.0.lines().map(str::to_owned).collect::<Vec<_>>()).collect(),
        }
    }

    /// Whether a pattern is found in what the step is given: that the output holds it then shows nothing.
    fn echo(&self, pattern: &Pattern) -> bool {
        !blank(&pattern.0.0) && self.given.iter().any(|line| normalize::pattern(&pattern.0.0).is_match(line))
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
        let number = raw.number.is_some() || raw.below.is_some() || raw.above.is_some();
        if raw.exit.is_none() && raw.has.is_none() && raw.lacks.is_none() && raw.status.is_none() && !number {
            place.note("this expectation cannot fail", "add `has`, `lacks`, `exit`, `status`, or a `number` with a bound");
        }
        Check {
            claim: raw.claim.clone(),
            at: place.to_string(),
            exit: raw.exit.as_ref().map(|exit| exit.0),
            has: self.patterns(raw.has.as_ref(), Some(looks), &place.key("has")),
            lacks: self.patterns(raw.lacks.as_ref(), None, &place.key("lacks")),
            status: raw.status,
            number: self.number(raw, looks, place),
            reworded: raw.reworded.as_ref().map(|text| self.pattern(text, &place.key("reworded"))),
        }
    }

    /// Patterns, none of which may be an echo of the step they are given with.
    fn patterns(&self, lines: Option<&Lines>, looks: Option<&Looks>, place: &Place<'_>) -> Vec<Pattern> {
        let lines = lines.map_or(&[][..], |lines| lines.0.as_slice());
        let alone = lines.len() == 1;
        let pattern = |(at, text): (Place<'_>, &String)| {
            let at = if alone { place } else { &at };
            let pattern = self.pattern(text, at);
            if looks.is_some_and(|looks| looks.echo(&pattern)) {
                at.note("the step prints what it then looks for", "look for text that only the thing itself can produce");
            }
            pattern
        };
        place.each(lines).map(pattern).collect()
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
        let (below, above) = (operand("below", &raw.below), operand("above", &raw.above));
        let of = raw.number.clone()?;
        if below.is_none() && above.is_none() {
            place.key("number").note("a number without a bound cannot fail", "add `below`, `above` or both");
        }
        if !looks.numbers.contains(&of) {
            place.key("number").note(format!("this step takes no number `{of}`"), "`capture` it here; `size` takes `bytes`");
        }
        Some(NumberRule { of, below, above })
    }
}
