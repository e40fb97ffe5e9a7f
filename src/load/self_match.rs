//! Compares the inputs of steps, such as their commands, with the patterns of expectations. A pattern that matches an
//! input proves nothing, because a step may print its input.

use crate::text::pattern;
use std::collections::BTreeMap;

use super::diagnostic::Place;
use super::raw;
use super::scope::{LONGEST_PATTERN, LONGEST_TEXT, Names, blank};
use crate::text::template::{self, Template};

const HELP: &str = "expect text that only the software itself can print";

impl Names<'_> {
    /// The input lines of a step, which it may print, with values filled in.
    pub(super) fn inputs(&self, step: &raw::Step) -> Vec<String> {
        let texts = step.actions.iter().flat_map(|action| action.kind().inputs()).map(|text| &text.0);
        self.lines(texts.chain(step.env.values()))
    }

    /// The lines of texts with values filled in.
    pub(super) fn lines<'a>(&self, texts: impl Iterator<Item = &'a String>) -> Vec<String> {
        let filled = texts.filter_map(|text| self.filled(text, LONGEST_TEXT));
        filled.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    /// Reports a pattern that matches the input of its own step (`own`) or of another step.
    pub(super) fn self_match(&self, pattern: &Template, own: &[String], place: &Place<'_>) {
        let text = self.filled(&pattern.0, LONGEST_PATTERN).filter(|text| !blank(text));
        let Some(pattern) = text.map(|text| pattern::pattern(&text)) else { return };
        let found = |lines: &[String]| lines.iter().any(|line| pattern.is_match(line));
        if found(own) {
            place.note("the step itself contains the expected text", HELP);
        } else if let Some((step, _)) = self.inputs.iter().find(|(_, lines)| found(lines)) {
            place.note(format!("step `{step}` contains the expected text and may print it"), HELP);
        }
    }

    /// Fills the values of the scenario into a text; placeholders of axes remain. `None` if the text is not a template
    /// or too long, which is reported elsewhere.
    pub(super) fn filled(&self, text: &str, longest: usize) -> Option<String> {
        let value = |name: &str| self.texts.get(name).cloned().unwrap_or_else(|| format!("{{{{ {name} }}}}"));
        let asked = template::names(text).ok()?;
        let more: usize = asked.iter().filter_map(|name| self.texts.get(*name)).map(String::len).sum();
        let names: BTreeMap<String, String> = asked.into_iter().map(|name| (name.to_owned(), value(name))).collect();
        (text.len() + more <= longest).then(|| template::uniform(text).ok().map(|template| template::fill(&template, &names)))?
    }
}
