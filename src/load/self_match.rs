//! What steps are given, such as their commands, compared with what is looked for: that a text given to a step is
//! found later shows nothing. It must not know which part of the scenario it is looking at.

use crate::text::pattern;
use std::collections::BTreeMap;

use super::diagnostic::Place;
use super::raw;
use super::scope::{LONGEST_PATTERN, LONGEST_TEXT, Names, blank};
use crate::model::expect::Pattern;
use crate::text::template;

/// A step by name, and the lines it is given.
pub(super) type Told = (String, Vec<String>);

const HELP: &str = "look for text that only the thing itself can produce";

impl Names<'_> {
    /// The lines a step is given and may print, values filled in.
    pub(super) fn told(&self, step: &raw::Step) -> Vec<String> {
        let http = step.http.as_ref();
        let body = http.and_then(|http| http.body.as_ref());
        let texts = [step.command().map(|run| &run.0), http.map(|http| &http.path.0), body];
        self.lines(texts.into_iter().flatten().chain(step.env.values()))
    }

    /// Texts line by line, values filled in.
    pub(super) fn lines<'a>(&self, texts: impl Iterator<Item = &'a String>) -> Vec<String> {
        let filled = texts.filter_map(|text| self.filled(text, LONGEST_TEXT));
        filled.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    /// Notes a pattern found in `own`, what its own step is given, or in what another step told of is.
    pub(super) fn echo(&self, pattern: &Pattern, own: &[String], place: &Place<'_>) {
        let text = self.filled(&pattern.0.0, LONGEST_PATTERN).filter(|text| !blank(text));
        let Some(pattern) = text.map(|text| pattern::pattern(&text)) else { return };
        let found = |lines: &[String]| lines.iter().any(|line| pattern.is_match(line));
        if found(own) {
            place.note("the step prints what it then looks for", HELP);
        } else if let Some((step, _)) = self.told.iter().find(|(_, lines)| found(lines)) {
            place.note(format!("step `{step}` is given what is looked for here, and may print it"), HELP);
        }
    }

    /// A text with the scenario's own values in their places; axes stay places. `None` when it is no template, or
    /// too long, which is noted where it stands.
    pub(super) fn filled(&self, text: &str, longest: usize) -> Option<String> {
        let value = |name: &str| self.texts.get(name).cloned().unwrap_or_else(|| format!("{{{{ {name} }}}}"));
        let asked = template::names(text).ok()?;
        let more: usize = asked.iter().filter_map(|name| self.texts.get(*name)).map(String::len).sum();
        let names: BTreeMap<String, String> = asked.into_iter().map(|name| (name.to_owned(), value(name))).collect();
        (text.len() + more <= longest).then(|| template::uniform(text).ok().map(|template| template::fill(&template, &names)))?
    }
}
