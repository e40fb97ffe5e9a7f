//! Substitutes for steps: what a workaround executes instead of a step of `reproduce`, and what the control executes
//! correctly.

use crate::model::step::Substitute;
use std::collections::BTreeMap;

use super::diagnostic::Place;
use super::raw;
use super::scope::{Inputs, Names};
use super::steps::time;
use crate::model::action::Action;
use crate::model::keys::{Name, Variable};
use crate::model::step::Step;
use crate::model::when::When;
use crate::model::workaround::Workaround;
use crate::text::suggest::{quoted, suggest};
use crate::text::template::Template;
use crate::text::variables;

/// The parts of a scenario whose steps may be replaced, by name.
pub(super) type Among<'a> = [(&'static str, &'a [Step<Template>])];

impl Names<'_> {
    /// Environment variables with templates as values, in which every `$` begins a variable name.
    pub(super) fn environment(&self, raw: &BTreeMap<Variable, String>, place: &Place<'_>) -> BTreeMap<String, Template> {
        let valid = |(name, text): (&Variable, &String)| {
            let at = place.key(&name.0);
            if let Some(Err(error)) = self.filled(text, super::scope::LONGEST_TEXT).map(|text| variables::check(&text)) {
                at.note(error, "`$NAME` is a variable of the image; write `$$` for a literal dollar");
            }
            (name.0.clone(), self.template(text, &at))
        };
        raw.iter().map(valid).collect()
    }

    /// Substitutes for steps. Reports a substitute whose step does not exist, is ambiguous, or would not change.
    pub(super) fn substitutes(
        &self,
        raw: &BTreeMap<Name, raw::Substitute>,
        among: &Among<'_>,
        place: &Place<'_>,
    ) -> BTreeMap<String, Substitute<Template>> {
        let valid = |(name, raw): (&Name, &raw::Substitute)| {
            let at = place.key(&name.0);
            let substitute = self.substitute(raw, &at);
            let named = among.iter().flat_map(|(part, steps)| steps.iter().map(move |step| (*part, step)));
            let found: Vec<(&str, &Step<Template>)> = named.clone().filter(|(_, step)| step.name == name.0).collect();
            match found.as_slice() {
                [] => {
                    let parts = quoted(among.iter().map(|(part, _)| *part), " or ");
                    let known = suggest(&name.0, named.map(|(_, step)| step.name.as_str()));
                    at.note(format!("no step of {parts} is named `{}`", name.0), known);
                }
                [(_, step)] => replaceable(step, &substitute, &at),
                [(first, _), (second, _), ..] => {
                    let message = format!("`{first}` and `{second}` both have a step `{}`", name.0);
                    at.note(message, "rename one of the two");
                }
            }
            (name.0.clone(), substitute)
        };
        raw.iter().map(valid).collect()
    }

    fn substitute(&self, raw: &raw::Substitute, place: &Place<'_>) -> Substitute<Template> {
        let run = raw.run.as_ref().map(|text| &text.0);
        run.into_iter().for_each(|text| self.outlived(text, &place.key("run")));
        Substitute {
            run: run.map(|text| self.template(text, &place.key("run"))),
            directory: raw.directory.as_ref().map(|text| self.template(&text.0, &place.key("directory"))),
            env: self.environment(&raw.env, &place.key("env")),
            user: raw.user.as_ref().map(|user| user.0.clone()),
            timeout: raw.timeout.as_ref().and_then(time),
        }
    }

    /// Reports a workaround that has no effect in some cell.
    pub(super) fn idle(&self, workaround: &Workaround<Template>, among: &Among<'_>, place: &Place<'_>) {
        let steps = || workaround.steps.iter().map(|step| &step.when);
        let whens: Vec<&When> = steps().chain(replaced(&workaround.replace, among)).collect();
        let always = workaround.directory.is_some() || !workaround.env.is_empty();
        let help = "add `steps`, `replace` for steps of `reproduce`, or an `env` or a `directory` for the rest of the phase";
        if !always && whens.is_empty() && workaround.replace.is_empty() {
            place.note("the workaround does nothing", help);
        } else if !always && let Some(cell) = self.grid.cell(|cell| workaround.when.holds(cell) && !any(&whens, cell)) {
            place.note(format!("the workaround does nothing in {}", super::axes::described(cell)), help);
        }
        self.unused(&workaround.replace, among, &workaround.when, &place.key("replace"));
    }

    /// Reports a substitute for a step that is not executed in any cell in which the substitute applies.
    fn unused(&self, replace: &BTreeMap<String, Substitute<Template>>, among: &Among<'_>, within: &When, place: &Place<'_>) {
        for (name, substitute) in replace {
            let one = BTreeMap::from([(name.clone(), substitute.clone())]);
            let whens: Vec<&When> = replaced(&one, among).collect();
            if !whens.is_empty()
                && self.grid.size() > 0
                && self.grid.cell(|cell| within.holds(cell) && any(&whens, cell)).is_none()
            {
                place.key(name).note(
                    "the step is never executed in a cell of the workaround",
                    "correct the `when` of the step or of the workaround",
                );
            }
        }
    }

    /// Reports a control without an image of its own that in some cell has the same procedure as the defect.
    pub(super) fn same(
        &self,
        scenario: &raw::Scenario,
        replace: &BTreeMap<String, Substitute<Template>>,
        among: &Among<'_>,
        place: &Place<'_>,
    ) {
        let raw = &scenario.control;
        if raw.image.is_some() {
            return;
        }
        let whens: Vec<&When> = replaced(replace, among).collect();
        let help = "add `image`: dockerfiles stacked on the base, bottom first; it is optional if `replace` corrects the mistake";
        if raw.replace.is_empty() {
            place.note("`image` is missing", help);
        } else if !whens.is_empty()
            && let Some(cell) = self.grid.cell(|cell| !any(&whens, cell))
        {
            place.note(
                format!("the control does not differ from the environment with the defect in {}", super::axes::described(cell)),
                help,
            );
        }
    }

    /// The input lines of substitutes, which they may print, each with the name of its step for messages.
    pub(super) fn inputs_instead(&self, replace: &BTreeMap<Name, raw::Substitute>, by: &str) -> Vec<Inputs> {
        let inputs = |(name, raw): (&Name, &raw::Substitute)| {
            let texts = raw.run.iter().map(|run| &run.0).chain(raw.env.values());
            (format!("{}` of `{by}", name.0), self.lines(texts))
        };
        replace.iter().map(inputs).collect()
    }
}

/// Reports a substitute that cannot replace a step or does not change it.
fn replaceable(step: &Step<Template>, substitute: &Substitute<Template>, place: &Place<'_>) {
    if *substitute == Substitute::default() {
        place.note("replaces nothing", "add `run`, `env`, `directory` or `user`");
        return;
    }
    if substitute.run.is_some() && !matches!(step.action, Action::Run(_) | Action::Look(_)) {
        let message = format!("step `{}` has no command to replace", step.name);
        return place.key("run").note(message, "replace a step that has a `run`");
    }
    if substitute.user.is_some() && step.action.kind().is_request() {
        return place.key("user").note("a request has no `user`", "remove it, because `matrix` makes the request itself");
    }
    if step.done_by(substitute) == *step {
        place.note(format!("step `{}` already does that", step.name), "remove it, or write what to change");
    }
}

/// The conditions of the steps that are replaced.
fn replaced<'a>(replace: &BTreeMap<String, Substitute<Template>>, among: &'a Among<'a>) -> impl Iterator<Item = &'a When> {
    let steps = among.iter().flat_map(|(_, steps)| steps.iter());
    steps.filter(|step| replace.contains_key(&step.name)).map(|step| &step.when)
}

fn any(whens: &[&When], cell: &BTreeMap<String, String>) -> bool {
    whens.iter().any(|when| when.holds(cell))
}
