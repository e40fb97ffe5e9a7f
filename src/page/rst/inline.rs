//! Inline markup of reStructuredText.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::page::block::Builder;
use crate::text::pattern::known;

/// Roles whose text is code.
const CODE: [&str; 10] = ["bash", "code", "command", "console", "file", "kbd", "literal", "option", "samp", "shell"];

static INLINE: LazyLock<Regex> = LazyLock::new(|| {
    known(
        r"(?s)\\(?<escaped>.?)|``(?<literal>.+?)``|(?::(?<role>[\w:.-]+):)?`(?<named>[^`\s](?:[^`]*[^`\s])?)`(?<link>_{0,2})|\*\*(?<strong>[^\s*].*?)\*\*|\*(?<emphasis>[^\s*][^*]*)\*|\|(?<substitution>[^|\s](?:[^|\n]*[^|\s])?)\|_{0,2}",
    )
});

/// The `replace` directives of a page, and which of them its text uses.
#[derive(Default)]
pub(super) struct Substitutions(pub(super) BTreeMap<String, Substitution>);

pub(super) struct Substitution {
    pub(super) text: String,
    /// The directive in the file.
    pub(super) at: Range<usize>,
    pub(super) used: bool,
}

impl Substitutions {
    fn by(&mut self, name: &str) -> Option<&str> {
        let found = self.0.get_mut(name)?;
        found.used = true;
        Some(&found.text)
    }
}

/// Adds text without its inline markup.
pub(super) fn inline(builder: &mut Builder, text: &str, at: Range<usize>, substitutions: &mut Substitutions) {
    let mut plain = at.start;
    for found in INLINE.captures_iter(&text[at.clone()]) {
        let whole = found.get(0).expect("it is the whole match").range();
        let (start, end) = (at.start + whole.start, at.start + whole.end);
        builder.push(&text[plain..start], plain..start);
        match found.name("substitution") {
            Some(name) => match substitutions.by(name.as_str()) {
                Some(by) => builder.push(by, start..end),
                None => builder.push(&text[start..end], start..end),
            },
            None => marked(builder, &found, at.start),
        }
        plain = end;
    }
    builder.push(&text[plain..at.end], plain..at.end);
}

fn marked(builder: &mut Builder, found: &Captures<'_>, offset: usize) {
    let group = |name| found.name(name).map(|part| (part.as_str(), offset + part.start()..offset + part.end()));
    if let Some((text, at)) = group("literal") {
        builder.push_code(text, at);
    } else if let Some((text, at)) = group("named") {
        // The visible text precedes the target in angle brackets.
        let shown = text.rfind('<').filter(|open| text.ends_with('>') && *open > 0).map_or(text, |open| text[..open].trim_end());
        let at = at.start..at.start + shown.len();
        match found.name("role").is_some_and(|role| CODE.contains(&role.as_str())) {
            true => builder.push_code(shown, at),
            false => builder.push(shown, at),
        }
    } else if let Some((text, at)) = group("strong").or_else(|| group("emphasis")) {
        builder.push_emphasis(text, at);
    } else if let Some((text, at)) = group("escaped") {
        builder.push(text, at);
    }
}
