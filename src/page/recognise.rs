//! The markup of a text whose file name does not decide it.

use std::sync::LazyLock;

use regex::Regex;

use super::Markup;
use crate::text::pattern::known;

/// Weight from which on a text is not plain.
const ENOUGH: usize = 4;
/// How often one sign counts.
const MOST: usize = 4;

/// Signs of a markup: a pattern and its weight.
type Signs = LazyLock<Vec<(Regex, usize)>>;

fn signs(patterns: &[(&str, usize)]) -> Vec<(Regex, usize)> {
    patterns.iter().map(|(pattern, weight)| (known(&format!("(?m){pattern}")), *weight)).collect()
}

static HTML: Signs = LazyLock::new(|| {
    signs(&[
        (r"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*-->\s*)?(?i:<!doctype html|<html)", 100),
        (r"(?i)</(?:p|h[1-6]|pre|ul|li|div|table)>", 2),
    ])
});
static RST: Signs = LazyLock::new(|| {
    signs(&[
        (r"^[ \t]*\.\. (?:\|[^|\n]+\| )?[\w:.+-]+::(?:[ \t]|\r?$)", 4),
        (r"^\.\. _[^:\n]+:", 4),
        (r"(?:^|[^:\w])::[ \t]*\r?\n[ \t]*\r?\n[ \t]+\S|\w::[ \t]*\r?\n[ \t]*\r?\n[ \t]+\S", 3),
        (r"(?:^|[\s(])``[^`\n]+``(?:[\s.,:;)]|$)", 2),
        (r":[\w-]+:`[^`\n]+`", 3),
        (r"`[^`\n]+ <[^`>\n]+>`_", 4),
        (r"^\S[^\n]*\n(?:~{4,}|\^{4,}|#{4,}|\*{4,}|\+{4,}|={4,}|-{4,})\r?$", 1),
        (r"^(?:~{4,}|\^{4,}|#{4,}|\*{4,}|\+{4,})\r?$", 1),
        (r"^[ \t]+:(?:maxdepth|caption|linenos|language|name):", 2),
    ])
});
static MARKDOWN: Signs = LazyLock::new(|| {
    signs(&[
        (r"^#{2,6} \S", 3),
        (r"\A\s*# \S[^\n]*\n\s*\n", 2),
        (r"^[ \t]*(?:```|~~~)[\w+-]*[ \t]*\r?$", 2),
        (r"\]\((?:https?://|[\w./#-]+\))", 3),
        (r"(?:^|[\s(])`[^`\s](?:[^`\n]*[^`\s])?`(?:[\s.,:;)]|$)", 1),
        (r"\*\*[^*\s][^*\n]*\*\*", 1),
        (r"^\S[^\n]*\n(?:={4,}|-{4,})\r?$", 1),
        (r"^\|?[ \t]*:?-{3,}:?[ \t]*\|", 2),
    ])
});
static ASCIIDOC: Signs = LazyLock::new(|| {
    signs(&[
        (r"^={2,6} \S", 4),
        (r"\A\s*= \S", 4),
        (r"^\[(?:source|listing|NOTE|TIP|WARNING|IMPORTANT|CAUTION|quote|\[|#)[^\n]*\][ \t]*\r?$", 4),
        (r"^(?:include|image|xref|ifdef|ifndef)::[^\n]*\[[^\n]*\]", 4),
        (r"^(?:NOTE|TIP|WARNING|IMPORTANT|CAUTION): ", 1),
        (r"^:[\w-]+:(?: [^\n]*)?\r?$", 1),
        (r"(?:link:|https?://)[^\s\[\]]+\[[^\]\n]+\]|<<[\w-]+(?:,[^>\n]+)?>>", 2),
        (r"^\|===[ \t]*\r?$", 4),
        (r"^(?:-{4,}|\.{4,})\r?$", 1),
    ])
});

impl Markup {
    /// By the signs in a text; plain text if they are few.
    pub fn recognise(text: &str) -> Self {
        let weigh = |signs: &[(Regex, usize)]| -> usize {
            signs.iter().map(|(sign, weight)| sign.find_iter(text).take(MOST).count() * weight).sum()
        };
        let markups = [
            (Markup::Html, weigh(&HTML)),
            (Markup::AsciiDoc, weigh(&ASCIIDOC)),
            (Markup::Markdown, weigh(&MARKDOWN)),
            (Markup::Rst, weigh(&RST)),
        ];
        let (markup, weight) = markups.into_iter().max_by_key(|(_, weight)| *weight).expect("there are four");
        if weight < ENOUGH { Markup::Plain } else { markup }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_recognised_by_its_signs() {
        let cases = [
            ("Page\n====\n\nUse ``x`` so::\n\n    $ ls\n", Markup::Rst),
            (".. note::\n\n   Mind this.\n", Markup::Rst),
            ("Page\n****\n\nPart\n~~~~\n\nSee :ref:`that`.\n", Markup::Rst),
            ("# Page\n\nUse `x`, see [that](https://x.example).\n", Markup::Markdown),
            ("Page\n====\n\n## Error: x\n\n```console\n$ ls\n```\n", Markup::Markdown),
            ("<p>One</p>\n<p>Two</p>\n", Markup::Html),
            ("<!DOCTYPE html>\n<title>x</title>", Markup::Html),
            ("= Page\n\n== One\n\n[source,console]\n----\n$ ls\n----\n", Markup::AsciiDoc),
            ("Page\n\nIt is *so*, or `not'.\n\n# make install\n\n$ ls -l\n----\n", Markup::Plain),
            ("a < b > c, x::y, [1] (2) and **kwargs\n", Markup::Plain),
        ];
        for (text, markup) in cases {
            assert_eq!(Markup::recognise(text), markup, "{text}");
        }
    }
}
