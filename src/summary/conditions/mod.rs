//! Describes a set of cells by a few short statements: `mod_wsgi up to 5.0.2`, `base bullseye`. A statement is a set of
//! conditions. It holds in no cell outside the set, and it says nothing about cells that were not run.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::model::project::AxisWords;
use crate::subject::family;
use crate::text::version::Version;

/// Maximum number of conditions of one range.
const DEPTH: usize = 3;
/// With more candidate conditions, ranges have at most two, because trying all triples would take too long.
const MANY: usize = 120;

/// Properties by which cells differ: name to value.
pub type Traits = BTreeMap<String, String>;
/// How reports write about axes, by name.
pub type Words = BTreeMap<String, AxisWords>;

/// The values of one trait that a condition allows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    /// At most this version.
    UpTo(String),
    /// At least this version.
    From(String),
    /// Within these versions, both included.
    Between(String, String),
    /// One of these values.
    OneOf(Vec<String>),
}

/// The nearest tested versions outside of a condition, in cells that meet the rest of its range and have another result.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Beside {
    pub below: Option<String>,
    pub above: Option<String>,
}

/// A condition on one trait.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    pub name: String,
    /// The name in reports.
    pub label: String,
    /// The values of the span in a page's words, if there are words for each.
    pub words: Option<String>,
    pub span: Span,
    pub beside: Beside,
}

impl Condition {
    /// Whether a case meets it; a case without the trait does not.
    pub fn holds(&self, traits: &Traits) -> bool {
        traits.get(&self.name).is_some_and(|value| self.allows(value))
    }

    fn allows(&self, value: &str) -> bool {
        let version = Version::parse(value);
        let reaches = |bound: &str| version.is_some() && version >= Version::parse(bound);
        let keeps = |bound: &str| version.is_some() && version <= Version::parse(bound);
        match &self.span {
            Span::UpTo(last) => keeps(last),
            Span::From(first) => reaches(first),
            Span::Between(first, last) => reaches(first) && keeps(last),
            Span::OneOf(values) => values.iter().any(|one| one == value),
        }
    }

    /// The effort of reading it; less is better.
    fn cost(&self, hint: &str, words: &Words) -> u32 {
        let of_name = match self.name.as_str() {
            "base" => 105,
            "case" => 180,
            name if family::is_c_library(name) => 115,
            name => words.get(name).and_then(|axis| axis.cost).unwrap_or(102),
        };
        let of_span = match &self.span {
            Span::UpTo(_) | Span::From(_) => 0,
            Span::OneOf(values) => 10 * u32::try_from(values.len()).unwrap_or(u32::MAX / 100),
            Span::Between(..) => 40,
        };
        // A reader expects to see a version that the reason mentions.
        of_name + of_span - if mentions(hint, &self.name) { 40 } else { 0 }
    }

    /// The first and the last version that it allows; `None` for anything but one span of versions.
    pub fn versions(&self) -> Option<(Option<&str>, Option<&str>)> {
        let (first, last) = match &self.span {
            Span::UpTo(last) => (None, Some(last.as_str())),
            Span::From(first) => (Some(first.as_str()), None),
            Span::Between(first, last) => (Some(first.as_str()), Some(last.as_str())),
            Span::OneOf(values) => match values.as_slice() {
                [one] => (Some(one.as_str()), Some(one.as_str())),
                _ => return None,
            },
        };
        [first, last].into_iter().flatten().all(|bound| Version::parse(bound).is_some()).then_some((first, last))
    }

    /// Without the versions beside it.
    fn alone(&self) -> Self {
        Condition { beside: Beside::default(), ..self.clone() }
    }

    /// What lies between two tested versions with different results: `> 4.5.3, <= 4.5.6`.
    fn changes(&self) -> Vec<String> {
        let Some((first, last)) = self.versions() else { return Vec::new() };
        let interval = |(below, above): (&str, &str)| between(below, above);
        let begins = self.beside.below.as_deref().zip(first).map(interval);
        let ends = last.zip(self.beside.above.as_deref()).map(interval);
        begins.into_iter().chain(ends).collect()
    }
}

/// The versions after one tested version, up to another: where a change between the two is.
pub fn between(below: &str, above: &str) -> String {
    format!("> {below}, <= {above}")
}

/// Whether a text mentions a version of something.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let follows = |after: &str| after.starts_with(|first: char| first.is_ascii_digit());
    text.to_lowercase().split(&format!("{} ", name.to_lowercase())).skip(1).any(follows)
}

/// With both neighbours of a bound: where the change is, `> 4.5.3, <= 4.5.6`; with `#`, as a page says it: `(not 4.5.6)`, and in the
/// project's words for values.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.label;
        if let Some(words) = self.words.as_ref().filter(|_| f.alternate()) {
            return f.write_str(words);
        }
        match &self.span {
            Span::UpTo(last) => write!(f, "{name} up to {last}"),
            Span::From(first) => write!(f, "{name} from {first} on"),
            Span::Between(first, last) => write!(f, "{name} {first} to {last}"),
            Span::OneOf(values) if self.name == "case" => write!(f, "the case “{}”", values.join("” or “")),
            Span::OneOf(values) => write!(f, "{name} {}", either(values)),
        }?;
        let Beside { below, above } = &self.beside;
        let others: Vec<String> = [below, above].into_iter().flatten().cloned().collect();
        let changes = self.changes();
        match (f.alternate(), changes.as_slice()) {
            (true, _) if !others.is_empty() => write!(f, " (not {})", either(&others)),
            (false, [change]) => write!(f, " (change {change})"),
            (false, [first, last]) => write!(f, " (changes {first} and {last})"),
            _ => Ok(()),
        }
    }
}

/// `a`, `a or b`, `a, b or c`.
fn either(values: &[String]) -> String {
    match values {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        values => values.concat(),
    }
}

/// Conditions that must all be met. No conditions stand for every case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    pub conditions: Vec<Condition>,
    /// Number of cases that meet them.
    pub cases: usize,
}

impl Range {
    /// Whether a case meets all conditions.
    pub fn holds(&self, traits: &Traits) -> bool {
        self.conditions.iter().all(|condition| condition.holds(traits))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.conditions.is_empty() {
            true => f.write_str("any"),
            false => {
                let alternate = f.alternate();
                let shown = |of: &Condition| if alternate { format!("{of:#}") } else { of.to_string() };
                f.write_str(&self.conditions.iter().map(shown).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl Range {
    /// Without the versions beside its bounds.
    pub fn alone(&self) -> Self {
        Range { conditions: self.conditions.iter().map(Condition::alone).collect(), cases: self.cases }
    }
}

pub fn phrase(ranges: &[Range]) -> String {
    ranges.iter().map(Range::to_string).collect::<Vec<_>>().join("; ")
}

/// Moves each bound of a range to the last version that was tested in it, and adds the nearest version beyond it that was tested
/// with another result, in cases that meet its other conditions. `wanted` are the cases that the range is about, `others` those
/// with another result.
pub fn with_neighbours(range: Range, cases: &[Traits], wanted: &[bool], others: &[bool]) -> Range {
    let condition = |(at, condition): (usize, &Condition)| {
        let rest = |case: &&Traits| {
            let mut conditions = range.conditions.iter().enumerate().filter(|(other, _)| *other != at);
            conditions.all(|(_, condition)| condition.holds(case))
        };
        let values = |which: &[bool]| -> Vec<(Version, String)> {
            let of = cases.iter().zip(which).filter(|(case, is_in)| **is_in && rest(case)).map(|(case, _)| case);
            of.filter_map(|case| case.get(&condition.name))
                .filter_map(|value| Some((Version::parse(value)?, value.clone())))
                .collect()
        };
        if condition.versions().is_none() {
            return condition.clone();
        }
        let (mut own, others) = (values(wanted), values(others));
        own.retain(|(_, value)| condition.allows(value));
        own.sort();
        let (Some(first), Some(last)) = (own.first(), own.last()) else { return condition.clone() };
        let lies_between = |one: &Version, other: &Version| values(wanted).iter().any(|(of, _)| one < of && of < other);
        let nearest = others.iter().filter(|(version, _)| *version < first.0).max_by(|one, other| one.0.cmp(&other.0));
        let below = nearest.filter(|(version, _)| !lies_between(version, &first.0)).map(|(_, value)| value.clone());
        let nearest = others.iter().filter(|(version, _)| *version > last.0).min_by(|one, other| one.0.cmp(&other.0));
        let above = nearest.filter(|(version, _)| !lies_between(&last.0, version)).map(|(_, value)| value.clone());
        let span = match &condition.span {
            Span::UpTo(_) => Span::UpTo(last.1.clone()),
            Span::From(_) => Span::From(first.1.clone()),
            Span::Between(..) if first.0 < last.0 => Span::Between(first.1.clone(), last.1.clone()),
            Span::Between(..) | Span::OneOf(_) => Span::OneOf(vec![last.1.clone()]),
        };
        let beside = match span {
            Span::UpTo(_) => Beside { below: None, above },
            Span::From(_) => Beside { below, above: None },
            Span::Between(..) | Span::OneOf(_) => Beside { below, above },
        };
        Condition { span, beside, ..condition.clone() }
    };
    Range { conditions: range.conditions.iter().enumerate().map(condition).collect(), cases: range.cases }
}

/// A set of cases, by index.
type Set = BTreeSet<usize>;

/// Ranges that together hold in every wanted case and in no other. A wanted case with the same traits as an unwanted one is
/// not covered. `hint` is text that may name the trait that matters.
pub fn fold(cases: &[Traits], wanted: &[bool], hint: &str, words: &Words) -> Vec<Range> {
    let all: Set = (0..cases.len()).collect();
    let mut left: Set = all.iter().copied().filter(|case| wanted[*case]).collect();
    if left.len() == cases.len() {
        return vec![Range { conditions: Vec::new(), cases: cases.len() }];
    }
    let conditions = candidates(cases, &left, hint, words);
    let sound = sound(&conditions, &left);
    let mut ranges = Vec::new();
    while let Some(Choice { chosen, set, .. }) = best(&sound, &left) {
        left = &left - set;
        let conditions = chosen.iter().map(|index| conditions[*index].condition.clone()).collect();
        ranges.push(Range { conditions, cases: set.len() });
    }
    ranges
}

/// A condition, its cost and the cases in which it holds.
struct Candidate {
    condition: Condition,
    cost: u32,
    set: Set,
}

/// Every condition that holds in some wanted case and not in all cases; of several that hold in the same cases, the one with
/// the least cost.
fn candidates(cases: &[Traits], wanted: &Set, hint: &str, words: &Words) -> Vec<Candidate> {
    let names: BTreeSet<&String> = cases.iter().flat_map(BTreeMap::keys).collect();
    let mut found: BTreeMap<Set, (u32, Condition)> = BTreeMap::new();
    for span in names.into_iter().flat_map(|name| spans(cases, wanted, name, words)) {
        let set: Set = (0..cases.len()).filter(|case| span.holds(&cases[*case])).collect();
        let cost = span.cost(hint, words);
        if !set.is_disjoint(wanted) && set.len() < cases.len() && found.get(&set).is_none_or(|(other, _)| cost < *other) {
            found.insert(set, (cost, span));
        }
    }
    found.into_iter().map(|(set, (cost, condition))| Candidate { condition, cost, set }).collect()
}

fn spans(cases: &[Traits], wanted: &Set, name: &str, words: &Words) -> Vec<Condition> {
    let label = words.get(name).and_then(|axis| axis.label.clone()).unwrap_or_else(|| name.to_owned());
    let condition = |span| {
        let words = words.get(name).and_then(|axis| in_words(&span, &axis.values));
        Condition { name: name.to_owned(), label: label.clone(), words, span, beside: Beside::default() }
    };
    let mut values: Vec<&String> = cases.iter().filter_map(|case| case.get(name)).collect::<BTreeSet<_>>().into_iter().collect();
    let own: Vec<String> = values
        .iter()
        .filter(|value| wanted.iter().any(|case| cases[*case].get(name) == Some(**value)))
        .map(|value| (*value).clone())
        .collect();
    let mut spans: Vec<Condition> = own.iter().map(|value| condition(Span::OneOf(vec![value.clone()]))).collect();
    if values.iter().all(|value| Version::parse(value).is_some()) {
        values.sort_by_cached_key(|value| Version::parse(value));
        // An open range contains at least two of the tested versions; a single version is listed by name.
        for (at, first) in values.iter().enumerate() {
            spans.extend((at > 0).then(|| condition(Span::UpTo((*first).clone()))));
            spans.extend((at + 1 < values.len()).then(|| condition(Span::From((*first).clone()))));
            let wider = values[at + 1..].iter();
            spans.extend(wider.map(|last| condition(Span::Between((*first).clone(), (*last).clone()))));
        }
    } else if own.len() > 1 {
        // All values of wanted cases, and the values that only wanted cases have.
        let pure = |value: &&String| (0..cases.len()).all(|case| wanted.contains(&case) || cases[case].get(name) != Some(*value));
        spans.push(condition(Span::OneOf(own.iter().filter(pure).cloned().collect())));
        spans.push(condition(Span::OneOf(own)));
    }
    spans
}

/// The values of a span in a page's words, if there are words for each; versions remain, because a page states them.
fn in_words(span: &Span, words: &BTreeMap<String, String>) -> Option<String> {
    let Span::OneOf(values) = span else { return None };
    let word = |value: &String| words.get(value).filter(|_| Version::parse(value).is_none()).cloned();
    let values: Option<Vec<String>> = values.iter().map(word).collect();
    values.map(|values| either(&values))
}

/// Conditions that must all be met, by index, with their cost and the cases that meet them.
struct Choice {
    chosen: Vec<usize>,
    cost: u32,
    set: Set,
}

/// Choices of conditions that only wanted cases meet.
fn sound(conditions: &[Candidate], wanted: &Set) -> Vec<Choice> {
    let depth = if conditions.len() > MANY { DEPTH - 1 } else { DEPTH };
    let single = |(index, of): (usize, &Candidate)| Choice { chosen: vec![index], cost: of.cost, set: of.set.clone() };
    let mut open: Vec<Choice> = conditions.iter().enumerate().map(single).collect();
    let mut sound = Vec::new();
    for round in 1..=depth {
        let (done, unsound): (Vec<_>, Vec<_>) = open.into_iter().partition(|choice| choice.set.is_subset(wanted));
        let whole = done.iter().any(|choice| choice.set == *wanted);
        sound.extend(done);
        if whole || round == depth {
            break;
        }
        open = unsound.iter().flat_map(|narrow| narrowed(conditions, narrow, wanted)).collect();
    }
    sound
}

/// A set of conditions extended by one that excludes some cases but not all wanted ones.
fn narrowed(conditions: &[Candidate], open: &Choice, wanted: &Set) -> Vec<Choice> {
    let Choice { chosen, cost, set } = open;
    let after = chosen.last().map_or(0, |last| last + 1);
    let more = conditions.iter().enumerate().skip(after).filter_map(|(index, other)| {
        let both: Set = set & &other.set;
        let narrower = both.len() < set.len() && both.len() < other.set.len() && !both.is_disjoint(wanted);
        let chosen = || [chosen.as_slice(), &[index]].concat();
        narrower.then(|| Choice { chosen: chosen(), cost: cost + other.cost, set: both })
    });
    more.collect()
}

/// The set of conditions that covers most of the remaining cases; among equals, the cheapest.
fn best<'a>(sound: &'a [Choice], left: &Set) -> Option<&'a Choice> {
    let gain = |set: &Set| set.intersection(left).count();
    let useful = sound.iter().filter(|choice| gain(&choice.set) > 0);
    useful.max_by_key(|choice| (gain(&choice.set), std::cmp::Reverse(choice.cost)))
}
