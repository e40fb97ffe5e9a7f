//! The `--only` expression: parses it, matches cells, and reports names that do not exist.

use std::fmt;

use crate::model::cell::{Cell, segment};
use crate::model::scenario::{Axis, Scenario};
use crate::text::advice::Advice;
use crate::text::suggest::among;

/// An `--only` expression: comma-separated terms, all of which must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Term {
    /// `axis=v1|v2`, or `axis!=v1|v2`.
    Value { axis: Word, values: Vec<Word>, negated: bool },
    /// A cell id or its leading segments, with or without its scenario.
    Id { scenario: Option<Word>, segments: Vec<Word> },
}

/// A part of the expression and its byte offset.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    at: usize,
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Filter {
    /// Parses an expression.
    pub fn parse(text: &str) -> Result<Filter, Advice> {
        let parser = Parser { text };
        let terms = pieces(text, 0, ',').into_iter().map(|(at, term)| parser.term(at, term)).collect::<Result<_, _>>()?;
        Ok(Filter { text: text.to_owned(), terms })
    }

    /// Whether a cell matches every term. A cell without the axis of `axis!=value` matches that term.
    pub fn matches(&self, cell: &Cell) -> bool {
        self.terms.iter().all(|term| match term {
            Term::Value { axis, values, negated } => {
                let value = cell.axes.get(&axis.text);
                value.is_some_and(|value| values.iter().any(|word| word.text == *value)) != *negated
            }
            Term::Id { scenario, segments } => {
                let (id, lead) = (cell.id.as_str(), joined(segments));
                scenario.as_ref().is_none_or(|scenario| cell.scenario == *scenario.text)
                    && id.strip_prefix(&lead).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
        })
    }

    /// Whether it matches a cell by its full id.
    pub fn names(&self, cell: &Cell) -> bool {
        let whole = |term: &Term| matches!(term, Term::Id { segments, .. } if cell.id == *joined(segments));
        self.terms.iter().any(whole) && self.matches(cell)
    }

    /// Checks that every name in it exists in some scenario. Names of excluded combinations exist too.
    pub fn check(&self, scenarios: &[&Scenario]) -> Result<(), Advice> {
        let parser = Parser { text: &self.text };
        self.terms.iter().try_for_each(|term| match term {
            Term::Value { axis, values, .. } => parser.check_values(axis, values, scenarios),
            Term::Id { scenario: None, segments } => parser.check_id(segments, scenarios),
            Term::Id { scenario: Some(name), segments } => match scenarios.iter().find(|scenario| scenario.id == *name.text) {
                Some(scenario) => parser.check_id(segments, &[scenario]),
                None => Err(parser.unknown("scenario is named", name, scenarios.iter().map(|scenario| scenario.id.to_string()))),
            },
        })
    }
}

/// The expression, for error messages.
struct Parser<'a> {
    text: &'a str,
}

impl Parser<'_> {
    fn term(&self, at: usize, term: &str) -> Result<Term, Advice> {
        let (at, term) = trimmed(at, term);
        if term.is_empty() {
            return Err(self.mistake(at, "expected a term".to_owned(), SHAPE.to_owned()));
        }
        let Some((axis, values)) = term.split_once('=') else {
            return self.id(at, term);
        };
        let (name, negated) = axis.strip_suffix('!').map_or((axis, false), |name| (name, true));
        let axis = self.word(at, name, "the name of an axis")?;
        let start = at + term.len() - values.len();
        let values = pieces(values, start, '|').into_iter().map(|(at, value)| self.word(at, value, "a value"));
        Ok(Term::Value { axis, values: values.collect::<Result<_, _>>()?, negated })
    }

    fn id(&self, at: usize, term: &str) -> Result<Term, Advice> {
        let (scenario, start, id) = match term.split_once(':') {
            Some((scenario, id)) => (Some(self.word(at, scenario, "the id of a scenario")?), at + scenario.len() + 1, id),
            None => (None, at, term),
        };
        let segments = pieces(id, start, '/').into_iter().map(|(at, segment)| self.word(at, segment, "a segment of a cell id"));
        Ok(Term::Id { scenario, segments: segments.collect::<Result<_, _>>()? })
    }

    fn word(&self, at: usize, text: &str, expected: &str) -> Result<Word, Advice> {
        let (at, text) = trimmed(at, text);
        if text.is_empty() {
            return Err(self.mistake(at, format!("expected {expected}"), SHAPE.to_owned()));
        }
        match text.char_indices().find(|(_, c)| c.is_whitespace() || "=!|/:".contains(*c)) {
            Some((offset, c)) => Err(self.mistake(at + offset, format!("unexpected `{c}`"), SHAPE.to_owned())),
            None => Ok(Word { text: text.to_owned(), at }),
        }
    }

    fn check_values(&self, name: &Word, values: &[Word], scenarios: &[&Scenario]) -> Result<(), Advice> {
        let axes: Vec<&Axis> = scenarios.iter().flat_map(|scenario| &scenario.axes).collect();
        let known: Vec<String> = axes.iter().filter(|axis| axis.name == name.text).flat_map(|axis| axis.values.clone()).collect();
        if axes.iter().all(|axis| axis.name != name.text) {
            return Err(self.unknown("axis is named", name, axes.iter().map(|axis| axis.name.clone())));
        }
        match values.iter().find(|value| !known.contains(&value.text)) {
            Some(value) => Err(self.unknown(&format!("value of axis `{}` is", name.text), value, known.into_iter())),
            None => Ok(()),
        }
    }

    /// Each segment must be a possible value of its axis. The error is that of the scenario that matches the most segments.
    fn check_id(&self, segments: &[Word], scenarios: &[&Scenario]) -> Result<(), Advice> {
        let known = |axis: &Axis| axis.values.iter().map(|value| segment(&axis.name, value)).collect::<Vec<_>>();
        let agreed = |scenario: &&Scenario| {
            segments.iter().zip(&scenario.axes).take_while(|(word, axis)| known(axis).contains(&word.text)).count()
        };
        let furthest = scenarios.iter().map(agreed).max().unwrap_or(0);
        let Some(word) = segments.get(furthest) else { return Ok(()) };
        let there = scenarios.iter().filter(|scenario| agreed(scenario) == furthest);
        let what = if furthest == 0 { "cell id begins with" } else { "cell id goes on with" };
        Err(self.unknown(what, word, there.filter_map(|s| s.axes.get(furthest)).flat_map(known)))
    }

    fn unknown(&self, what: &str, word: &Word, known: impl Iterator<Item = String>) -> Advice {
        self.mistake(word.at, format!("no {what} `{}`", word.text), among(&word.text, known))
    }

    fn mistake(&self, at: usize, what: String, help: String) -> Advice {
        let column = self.text[..at].chars().count() + 1;
        Advice::new(format!("invalid filter `{}` at column {column}: {what}", self.text), help)
    }
}

/// The syntax, for messages.
const SHAPE: &str =
    "terms are `axis=value`, `axis=value|value`, `axis!=value` or a cell id such as `bookworm/python-3.11`, separated by commas";

/// The parts between separators, each with its byte offset; the first part starts at `at`.
fn pieces(text: &str, at: usize, separator: char) -> Vec<(usize, &str)> {
    let mut at = at;
    let mut pieces = Vec::new();
    for piece in text.split(separator) {
        pieces.push((at, piece));
        at += piece.len() + separator.len_utf8();
    }
    pieces
}

/// The text without surrounding white space, and its new offset.
fn trimmed(at: usize, text: &str) -> (usize, &str) {
    (at + text.len() - text.trim_start().len(), text.trim())
}

fn joined(segments: &[Word]) -> String {
    segments.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join("/")
}
