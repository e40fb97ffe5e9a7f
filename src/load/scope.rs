//! The names that a scenario may refer to: values in templates, claims, numbers, phases, named lists of steps. Reports
//! unknown names.

use std::collections::{BTreeMap, BTreeSet};

use super::axes::Grid;
use super::diagnostic::{File, Place};
use super::raw;
use crate::model::claim::{Claim, Ledger};
use crate::model::expect::Operand;
use crate::model::id::SectionId;
use crate::model::observation::Phase;
use crate::model::project::Project;
use crate::text::suggest::suggest;
use crate::text::template;
use crate::text::template::Template;

/// Size limit of a text after its placeholders are filled, in bytes.
pub(super) const LONGEST_TEXT: usize = 64 << 10;
/// Size limit of a pattern after its placeholders are filled, in bytes: it is compiled to a regular expression.
pub(super) const LONGEST_PATTERN: usize = 2 << 10;
/// Number of steps in one list beyond which no named list is inserted: a small file could make millions of steps.
const MOST_STEPS: usize = 1_000;

/// Minimum number of letters and digits in a pattern: a shorter one may match by chance.
const FEWEST_LETTERS: usize = 4;

/// `common.yaml`, if it exists, and its file.
pub(super) type Common<'a> = Option<&'a (&'a File, raw::Common)>;

/// The name of a step, and the lines of its input.
pub(super) type Inputs = (String, Vec<String>);

/// The names that the parts of a scenario may refer to.
#[derive(Clone)]
pub(super) struct Names<'a> {
    pub(super) common: Common<'a>,
    /// The maximum length of each axis or value that a template may refer to; `None` if the axes are unknown.
    pub(super) values: Option<BTreeMap<&'a str, usize>>,
    /// The scenario's own values, with everything except axes filled in.
    pub(super) texts: BTreeMap<String, String>,
    /// Steps whose input must not match a pattern.
    pub(super) inputs: Vec<Inputs>,
    pub(super) numbers: Numbers<'a>,
    pub(super) workarounds: Vec<&'a str>,
    pub(super) ledger: &'a Ledger,
    pub(super) section: SectionId,
    /// The claims that the scenario lists; `None` for all claims of the section.
    pub(super) claims: Option<&'a [String]>,
    pub(super) grid: &'a Grid,
    pub(super) project: &'a Project,
}

/// The numbers of a scenario, by name.
#[derive(Clone)]
pub(super) struct Numbers<'a> {
    /// Captured by a step.
    pub(super) taken: BTreeSet<&'a str>,
    /// Compared with another number by an expectation.
    pub(super) compared: BTreeSet<&'a str>,
}

impl Names<'_> {
    /// A template. Reports unknown names in it.
    pub(super) fn template(&self, text: &str, place: &Place<'_>) -> Template {
        self.bounded(text, LONGEST_TEXT, place)
    }

    /// A line pattern. Reports one that matches every line, or that may match by chance.
    pub(super) fn pattern(&self, text: &str, place: &Place<'_>) -> Template {
        if text.contains('\n') {
            place.note("a pattern matches one line, but this has several", "write a list of patterns, one for each line");
        }
        if self.filled(text, LONGEST_PATTERN).is_some_and(|text| blank(&text)) {
            place.note("this pattern matches every line", "write the expected text");
        } else if short(text) {
            let help = format!("use more text: at least {FEWEST_LETTERS} letters or digits");
            place.note("this pattern is too short", help);
        }
        self.bounded(text, LONGEST_PATTERN, place)
    }

    /// A template with a limit for its length after its placeholders are filled.
    pub(super) fn bounded(&self, text: &str, longest: usize, place: &Place<'_>) -> Template {
        let length = self.length(text, place);
        if length > longest {
            place.note(format!("is longer than {longest} bytes"), "make it shorter");
            return Template(String::new());
        }
        template::uniform(text).unwrap_or_else(|_| Template(String::new()))
    }

    /// The maximum length of a text after its placeholders are filled. Reports unknown names.
    pub(super) fn length(&self, text: &str, place: &Place<'_>) -> usize {
        let names = template::names(text).map_err(|error| place.note(error, "close it with `}}`"));
        let Some(values) = &self.values else { return text.len() };
        names.unwrap_or_default().into_iter().fold(text.len(), |length, name| {
            let Some(more) = values.get(name) else {
                place.note(format!("no axis or value is named `{name}`"), suggest(name, values.keys().copied()));
                return length;
            };
            length.saturating_add(*more)
        })
    }

    /// A claim that the scenario decides. Reports any other id.
    pub(super) fn claim(&self, id: &str, place: &Place<'_>) -> Option<&Claim> {
        let here = || self.ledger.of_section(&self.section).map(|claim| claim.id.as_str());
        match self.ledger.claim(&id.into()) {
            Some(claim) if claim.section == self.section => {
                if let Some(listed) = self.claims.filter(|listed| !listed.iter().any(|listed| listed == id)) {
                    let known = suggest(id, listed.iter().map(String::as_str));
                    place.note(format!("claim `{id}` is not among the `claims` of this scenario"), known);
                }
                return Some(claim);
            }
            // The claims of an unknown section are unknown. The section itself has been reported.
            Some(_) if here().next().is_none() => {}
            Some(claim) => {
                let message = format!("claim `{id}` belongs to section `{}`, not to `{}`", claim.section, self.section);
                place.note(message, suggest(id, here()));
            }
            None if self.ledger.draft(&id.into()).is_some() => {
                let help = "check its kind, words and quotes in the ledger, then remove `status: draft` there";
                place.note(format!("claim `{id}` is a draft, which no run judges"), help);
            }
            None => place.note(format!("no claim is named `{id}`"), suggest(id, here())),
        }
        None
    }

    /// Reports an operand with an unknown number or phase.
    pub(super) fn operand(&self, operand: &Operand, place: &Place<'_>) {
        let Operand::Captured { phase, name } = operand else { return };
        let (phase, name) = match name.rsplit_once('.') {
            Some((unknown, name)) => (Some(unknown.to_owned()), name),
            None => (phase.as_ref().map(Phase::to_string), name.as_str()),
        };
        if !self.numbers.taken.contains(name) {
            place.note(format!("no step captures a number `{name}`"), suggest(name, self.numbers.taken.iter().copied()));
        }
        let workarounds = self.workarounds.iter().map(|id| format!("workaround:{id}"));
        let phases: Vec<String> =
            ["prepare", "reproduce", "placebo", "control"].map(str::to_owned).into_iter().chain(workarounds).collect();
        if let Some(phase) = phase.as_ref().filter(|phase| !phases.contains(phase)) {
            place.note(format!("no phase is named `{phase}`"), suggest(phase, phases.iter().map(String::as_str)));
        }
    }
}

/// Whether a pattern has no text to look for.
pub(super) fn blank(pattern: &str) -> bool {
    pattern.replace("[..]", "").trim().is_empty()
}

/// Whether a pattern has too few letters and digits. A value that is filled in has enough.
fn short(pattern: &str) -> bool {
    let letters = pattern.replace("[..]", "").chars().filter(|c| c.is_alphanumeric()).count();
    letters < FEWEST_LETTERS && template::names(pattern).is_ok_and(|names| names.is_empty())
}

/// A list of steps with every `use` replaced by the steps of its list.
pub(super) fn spliced<'a>(common: Common<'a>, steps: &'a [raw::Step], place: &Place<'a>) -> Vec<(Place<'a>, &'a raw::Step)> {
    let mut all = Vec::new();
    for (at, step) in place.each(steps) {
        match &step.list {
            None => all.push((at, step)),
            Some(_) if all.len() > MOST_STEPS => {
                let help = "split it into several scenarios; a named list of steps counts each time it is used";
                place.note(format!("has more than {MOST_STEPS} steps"), help);
                return place.each(steps).filter(|(_, step)| step.list.is_none()).collect();
            }
            Some(name) => all.extend(listed(common, name, &at.key("use"))),
        }
    }
    all
}

/// The steps of a named list. A list cannot use another one, so there are no cycles.
fn listed<'a>(common: Common<'a>, name: &str, place: &Place<'a>) -> Vec<(Place<'a>, &'a raw::Step)> {
    let lists = || common.into_iter().flat_map(|(file, common)| common.steps.iter().map(move |list| (*file, list)));
    let Some((file, (_, steps))) = lists().find(|(_, (list, _))| list.0 == name) else {
        let known = lists().map(|(_, (list, _))| list.0.as_str());
        place.note(format!("no list of steps is named `{name}` in `common.yaml`"), suggest(name, known));
        return Vec::new();
    };
    let (nested, plain): (Vec<_>, Vec<_>) =
        file.root().key("steps").key(name).each(steps).partition(|(_, step)| step.list.is_some());
    for (at, _) in nested {
        at.note("a named list of steps cannot use another", "list its steps here");
    }
    plain
}
