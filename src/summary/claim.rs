//! The result of one claim over all its cells: whether it holds, and the cells with the same verdict for the same reason,
//! with the ranges that describe them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::drift::Drift;
use crate::model::id::ClaimId;
use crate::model::record::Record;
use crate::model::verdict::{Ruling, Verdict};
use crate::subject::family;
use crate::summary::conditions::{self, Range, Traits, with_neighbours};

/// The result of a claim over all its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Confirmed in every cell.
    Holds,
    /// Confirmed in some cells.
    InPart,
    /// Confirmed in no cell.
    Fails,
    /// At least one cell is inconclusive.
    Unknown,
    /// No cell has a verdict.
    Undecided,
}

impl Standing {
    pub const ALL: [Standing; 5] = [Standing::Holds, Standing::InPart, Standing::Fails, Standing::Unknown, Standing::Undecided];

    pub fn of(verdicts: &[&Verdict]) -> Self {
        let some = |ruling| verdicts.iter().any(|verdict| verdict.verdict == ruling);
        match (some(Ruling::Inconclusive), some(Ruling::Confirmed), some(Ruling::Drifted)) {
            (true, _, _) => Standing::Unknown,
            (false, true, true) => Standing::InPart,
            (false, true, false) => Standing::Holds,
            (false, false, true) => Standing::Fails,
            (false, false, false) => Standing::Undecided,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Standing::Holds => "holds",
            Standing::InPart => "holds in part",
            Standing::Fails => "does not hold",
            Standing::Unknown => "inconclusive",
            Standing::Undecided => "not decided",
        }
    }

    /// One character, for readers who cannot distinguish colours.
    pub fn symbol(self) -> &'static str {
        match self {
            Standing::Holds => "✓",
            Standing::InPart => "◐",
            Standing::Fails => "✗",
            Standing::Unknown => "!",
            Standing::Undecided => "–",
        }
    }
}

/// A claim's verdicts in a record.
#[derive(Debug)]
pub struct Outcome<'a> {
    pub standing: Standing,
    /// Cells with the same verdict for the same reason, the largest group of a kind first.
    pub groups: Vec<Group<'a>>,
    pub cells: usize,
}

/// Cells with the same verdict on a claim for the same reason.
#[derive(Debug)]
pub struct Group<'a> {
    pub verdicts: Vec<&'a Verdict>,
    /// Conditions that hold in these cells and in no other cell of the claim.
    pub ranges: Vec<Range>,
    /// The traits of each verdict's cell.
    pub cases: Vec<Traits>,
}

impl<'a> Group<'a> {
    pub fn ruling(&self) -> Ruling {
        self.verdicts[0].verdict
    }

    pub fn drift(&self) -> Option<Drift> {
        self.verdicts[0].drift
    }

    /// The reason, in the scenario's words if it states a drift.
    pub fn reason(&self) -> &'a str {
        reason(self.verdicts[0])
    }

    /// The ranges as one phrase, which mentions cells that no range covers.
    pub fn place(&self) -> String {
        self.described(&conditions::phrase(&self.ranges))
    }

    /// The same as a page says it: `with mod_wsgi up to 5.0.2 (not 6.0.0)`. A drift follows what is confirmed, so it names no other
    /// versions.
    pub fn on_page(&self) -> String {
        let within = |range: &Range| {
            let shown = if self.ruling() == Ruling::Confirmed { format!("{range:#}") } else { format!("{:#}", range.alone()) };
            if shown.starts_with("the case ") { format!("in {shown}") } else { format!("with {shown}") }
        };
        match self.ranges.is_empty() {
            true => format!("in {}", self.described("")),
            false => self.described(&self.ranges.iter().map(within).collect::<Vec<_>>().join("; ")),
        }
    }

    fn described(&self, ranges: &str) -> String {
        let covered: usize = self.ranges.iter().map(|range| range.cases).sum();
        match (covered < self.verdicts.len(), self.ranges.is_empty()) {
            (false, false) => ranges.to_owned(),
            (_, true) => "some cells without a common distinguishing property".to_owned(),
            (true, false) => format!("{ranges} and other cells"),
        }
    }
}

fn reason(verdict: &Verdict) -> &str {
    verdict.stated.as_deref().unwrap_or(&verdict.why)
}

/// Text that may name the trait which matters: the reason, or for a confirmation, the reasons why others drifted.
fn hint(of: &Verdict, all: &[&Verdict]) -> String {
    if of.verdict != Ruling::Confirmed {
        return reason(of).to_owned();
    }
    let drifted: BTreeSet<&str> =
        all.iter().filter(|other| other.verdict == Ruling::Drifted).map(|other| reason(other)).collect();
    drifted.into_iter().collect::<Vec<_>>().join("\n")
}

impl<'a> Outcome<'a> {
    pub fn of(record: &'a Record, claim: &ClaimId) -> Self {
        let verdicts: Vec<&Verdict> = record.verdicts.iter().filter(|verdict| verdict.claim == *claim).collect();
        let traits: Vec<Traits> = verdicts.iter().map(|verdict| traits(record, verdict)).collect();
        let group = |group: Vec<usize>| {
            let wanted: Vec<bool> = (0..verdicts.len()).map(|index| group.contains(&index)).collect();
            let decided = |verdict: &Verdict| matches!(verdict.verdict, Ruling::Confirmed | Ruling::Drifted);
            let others: Vec<bool> = verdicts.iter().zip(&wanted).map(|(verdict, own)| !own && decided(verdict)).collect();
            let hint = hint(verdicts[group[0]], &verdicts);
            let ranges = conditions::fold(&traits, &wanted, &hint, &record.subject.axes);
            Group {
                ranges: ranges.into_iter().map(|range| with_neighbours(range, &traits, &wanted, &others)).collect(),
                verdicts: group.iter().map(|index| verdicts[*index]).collect(),
                cases: group.iter().map(|index| traits[*index].clone()).collect(),
            }
        };
        let groups = grouped(&verdicts).into_iter().map(group).collect();
        Outcome { standing: Standing::of(&verdicts), groups, cells: verdicts.len() }
    }

    pub fn of_ruling(&self, ruling: Ruling) -> impl Iterator<Item = &Group<'a>> {
        self.groups.iter().filter(move |group| group.ruling() == ruling)
    }
}

/// Indexes of verdicts of the same kind and for the same reason.
fn grouped(verdicts: &[&Verdict]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, verdict) in verdicts.iter().enumerate() {
        match groups.iter_mut().find(|group| key(verdicts[group[0]]) == key(verdict)) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups.sort_by_key(|group| (verdicts[group[0]].verdict, std::cmp::Reverse(group.len())));
    groups
}

/// Verdicts with the same key make a group. A confirmation needs no reason; that of a measure differs with every number.
fn key(verdict: &Verdict) -> (Ruling, Option<Drift>, bool, &str) {
    let why = match verdict.verdict {
        Ruling::Confirmed => "",
        Ruling::Drifted if verdict.drift == Some(Drift::OffMeasure) => verdict.stated.as_deref().unwrap_or(""),
        Ruling::Drifted | Ruling::Inconclusive | Ruling::Skipped => reason(verdict),
    };
    (verdict.verdict, verdict.drift, verdict.is_as_expected(), why)
}

/// The properties by which a verdict's cell differs from others: its axes, its scenario's title, and the C library of its base.
fn traits(record: &Record, verdict: &Verdict) -> Traits {
    let cell = record.cell_of(verdict);
    let library = cell.and_then(|cell| family::c_library(&cell.packages));
    let mut traits: BTreeMap<String, String> = verdict.axes.clone();
    traits.insert("case".to_owned(), cell.map_or(verdict.scenario.as_str(), |cell| &cell.title).to_owned());
    traits.extend(library.map(|(name, version)| (name.to_owned(), version)));
    traits
}
