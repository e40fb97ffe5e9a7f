//! What a run says of one claim over all its cells: whether it holds, and which cells met the same end for the same
//! reason, with the ranges they fold into. Pure; it must not know how any of it is shown.

use std::collections::BTreeMap;

use crate::model::drift::Drift;
use crate::model::record::Record;
use crate::model::verdict::{Ruling, Verdict};
use crate::summary::conditions::{self, Range, Traits};

/// What is true of a claim over all its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Seen wherever it was tried.
    Holds,
    /// Seen in some environments.
    InPart,
    /// Seen nowhere.
    Fails,
    /// Some cell could not be told.
    Untold,
    /// No cell decides it.
    Undecided,
}

impl Standing {
    /// All of them.
    pub const ALL: [Standing; 5] = [Standing::Holds, Standing::InPart, Standing::Fails, Standing::Untold, Standing::Undecided];

    /// That of a claim with these verdicts.
    pub fn of(verdicts: &[&Verdict]) -> Self {
        let some = |ruling| verdicts.iter().any(|verdict| verdict.verdict == ruling);
        match (some(Ruling::Inconclusive), some(Ruling::Confirmed), some(Ruling::Drifted)) {
            (true, _, _) => Standing::Untold,
            (false, true, true) => Standing::InPart,
            (false, true, false) => Standing::Holds,
            (false, false, true) => Standing::Fails,
            (false, false, false) => Standing::Undecided,
        }
    }

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Standing::Holds => "holds",
            Standing::InPart => "holds in part",
            Standing::Fails => "does not hold",
            Standing::Untold => "could not be told",
            Standing::Undecided => "not decided",
        }
    }

    /// In one sign, for those who do not see colours.
    pub fn symbol(self) -> &'static str {
        match self {
            Standing::Holds => "✓",
            Standing::InPart => "◐",
            Standing::Fails => "✗",
            Standing::Untold => "!",
            Standing::Undecided => "–",
        }
    }
}

/// A claim's verdicts in a record.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// What is true of it.
    pub standing: Standing,
    /// Cells that met the same end for the same reason, the largest group of a kind first.
    pub groups: Vec<Group<'a>>,
    /// How many cells there are.
    pub cells: usize,
}

/// Cells in which a claim met the same end for the same reason.
#[derive(Debug)]
pub struct Group<'a> {
    /// Their verdicts.
    pub verdicts: Vec<&'a Verdict>,
    /// What they have in common and no other cell of the claim has.
    pub ranges: Vec<Range>,
}

impl<'a> Group<'a> {
    /// The ruling all have.
    pub fn ruling(&self) -> Ruling {
        self.verdicts[0].verdict
    }

    /// The kind of drift all have.
    pub fn drift(&self) -> Option<Drift> {
        self.verdicts[0].drift
    }

    /// Why, in the scenario's words where it states a drift.
    pub fn reason(&self) -> &'a str {
        reason(self.verdicts[0])
    }

    /// The ranges as one phrase; it says so where nothing tells these cells from others.
    pub fn place(&self) -> String {
        let covered: usize = self.ranges.iter().map(|range| range.cases).sum();
        match (covered < self.verdicts.len(), self.ranges.is_empty()) {
            (false, false) => conditions::phrase(&self.ranges),
            (_, true) => "some cells that nothing tells from others".to_owned(),
            (true, false) => format!("{} and other cells", conditions::phrase(&self.ranges)),
        }
    }
}

fn reason(verdict: &Verdict) -> &str {
    verdict.stated.as_deref().unwrap_or(&verdict.why)
}

impl<'a> Outcome<'a> {
    /// What a record says of a claim.
    pub fn of(record: &'a Record, claim: &str) -> Self {
        let verdicts: Vec<&Verdict> = record.verdicts.iter().filter(|verdict| verdict.claim == claim).collect();
        let traits: Vec<Traits> = verdicts.iter().map(|verdict| traits(record, verdict)).collect();
        let group = |group: Vec<usize>| {
            let wanted: Vec<bool> = (0..verdicts.len()).map(|index| group.contains(&index)).collect();
            let hint = reason(verdicts[group[0]]);
            Group {
                ranges: conditions::fold(&traits, &wanted, hint),
                verdicts: group.iter().map(|index| verdicts[*index]).collect(),
            }
        };
        let groups = grouped(&verdicts).into_iter().map(group).collect();
        Outcome { standing: Standing::of(&verdicts), groups, cells: verdicts.len() }
    }

    /// The groups of one ruling.
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

/// What a reader would take for the same finding. A confirmation needs no reason.
fn key(verdict: &Verdict) -> (Ruling, Option<Drift>, bool, &str) {
    let why = match verdict.verdict {
        Ruling::Confirmed => "",
        Ruling::Drifted | Ruling::Inconclusive | Ruling::Skipped => reason(verdict),
    };
    (verdict.verdict, verdict.drift, verdict.is_as_expected(), why)
}

/// What tells a verdict's cell from others: its axes, its scenario's title, and the C library that its base comes with.
fn traits(record: &Record, verdict: &Verdict) -> Traits {
    let cell = record.cell_of(verdict);
    let glibc = cell.and_then(|cell| cell.packages.get("libc6")).map(|version| upstream(version));
    let mut traits: BTreeMap<String, String> = verdict.axes.clone();
    traits.insert("case".to_owned(), cell.map_or(&verdict.scenario, |cell| &cell.title).clone());
    traits.extend(glibc.map(|version| ("glibc".to_owned(), version)));
    traits
}

/// `2.36` of `2.36-9+deb12u14`, `4.2` of `1:4.2-1`.
fn upstream(version: &str) -> String {
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    version.split_once('-').map_or(version, |(version, _)| version).to_owned()
}
