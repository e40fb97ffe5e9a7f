//! reStructuredText: sections, paragraphs at any indentation, literal blocks by `::`, by directives and by `>>>`. Comments,
//! targets and other invisible elements are left out.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::block::{Block, Builder, Kind};
use crate::text::pattern::known;

/// Directives whose content is literal.
const LITERAL: [&str; 6] = ["code", "code-block", "sourcecode", "parsed-literal", "prompt", "console"];
/// Directives that are invisible or contain no prose.
const LEFT_OUT: [&str; 12] = [
    "toctree",
    "contents",
    "image",
    "raw",
    "include",
    "literalinclude",
    "index",
    "highlight",
    "meta",
    "math",
    "csv-table",
    "module",
];

static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| known(r"^\.\. (?:\|[^|]+\| )?([A-Za-z][\w:.+-]*)::(?:\s+|$)"));
static FOOTNOTE: LazyLock<Regex> = LazyLock::new(|| known(r"^\.\. \[[^\]]+\] "));
static ITEM: LazyLock<Regex> = LazyLock::new(|| known(r"^(?:[-*+•]|\(?(?:\d+|#|[A-Za-z])[.)])\s+"));
static FIELD: LazyLock<Regex> = LazyLock::new(|| known(r"^:[^:\s][^:]*:(?:\s|$)"));
static BORDER: LazyLock<Regex> = LazyLock::new(|| known(r"^[=+|\s-]*(?:==|--)[=+|\s-]*$"));
static INLINE: LazyLock<Regex> = LazyLock::new(|| {
    known(
        r"(?s)\\(?<escaped>.?)|``(?<literal>.+?)``|(?::[\w:.-]+:)?`(?<named>[^`\s](?:[^`]*[^`\s])?)`(?<link>_{0,2})|\*\*(?<strong>[^\s*].*?)\*\*|\*(?<emphasis>[^\s*][^*]*)\*",
    )
});

pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let from = start;
        start += line.len();
        Line::new(text, from..start)
    });
    let mut reader = Reader { text, lines: lines.collect(), at: 0, levels: Vec::new(), blocks: Vec::new() };
    while reader.at < reader.lines.len() {
        reader.next();
    }
    reader.blocks
}

/// A line with its text without indentation and trailing white space.
struct Line<'a> {
    start: usize,
    indent: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn new(text: &'a str, at: Range<usize>) -> Self {
        let whole = text[at.clone()].trim_end();
        let shown = whole.trim_start_matches([' ', '\t', '\u{feff}']);
        Line { start: at.start, indent: whole.len() - shown.len(), text: shown }
    }

    fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// Range of its text in the file.
    fn place(&self) -> Range<usize> {
        self.start + self.indent..self.start + self.indent + self.text.len()
    }

    /// The character of an adornment, the line under or over a title.
    fn adornment(&self) -> Option<char> {
        let sign = self.text.chars().next().filter(char::is_ascii_punctuation)?;
        (self.indent == 0 && self.text.chars().all(|other| other == sign)).then_some(sign)
    }
}

struct Reader<'a> {
    text: &'a str,
    lines: Vec<Line<'a>>,
    at: usize,
    /// The adornments of titles in order of appearance, which define the levels.
    levels: Vec<(char, bool)>,
    blocks: Vec<Block>,
}

impl Reader<'_> {
    fn next(&mut self) {
        if self.title() {
            return;
        }
        let line = &self.lines[self.at];
        match line.text {
            "" => self.at += 1,
            text if line.adornment().is_some_and(|_| text.len() >= 4) || BORDER.is_match(text) => self.at += 1,
            ".." => self.pass_over(self.at),
            text if text.starts_with(".. ") => self.explicit(),
            text if text.starts_with(">>> ") => self.literal_until_blank(),
            _ => self.paragraph(0),
        }
    }

    /// A title with an adornment under it, and possibly one over it.
    fn title(&mut self) -> bool {
        let sign = |at: usize| self.lines.get(at).and_then(Line::adornment);
        let over = sign(self.at).filter(|over| sign(self.at + 2) == Some(*over));
        let at = self.at + usize::from(over.is_some());
        let (Some(title), Some(under)) = (self.lines.get(at), sign(at + 1)) else {
            return false;
        };
        let drawn = self.lines[at + 1].text.len() >= title.text.chars().count().min(4);
        if title.is_blank() || title.adornment().is_some() || !drawn || (title.indent > 0 && over.is_none()) {
            return false;
        }
        let style = (under, over.is_some());
        let level = self.levels.iter().position(|other| *other == style).unwrap_or_else(|| {
            self.levels.push(style);
            self.levels.len() - 1
        });
        let element = self.lines[self.at].start..self.lines[at + 1].place().end;
        let mut builder = Builder::default();
        inline(&mut builder, self.text, title.place());
        self.blocks.extend(builder.finish(Kind::Heading(u8::try_from(level + 1).unwrap_or(u8::MAX)), element));
        self.at = at + 2;
        true
    }

    /// Explicit markup, which begins with `..`: a directive, a footnote, or an invisible element.
    fn explicit(&mut self) {
        let line = &self.lines[self.at];
        let begins = |found: Option<regex::Match<'_>>| found.map_or(0, |found| found.end());
        let Some(directive) = DIRECTIVE.captures(line.text) else {
            return match begins(FOOTNOTE.find(line.text)) {
                0 => self.pass_over(self.at),
                end => self.paragraph(end),
            };
        };
        let (name, end) = (&directive[1], directive[0].len());
        if LEFT_OUT.contains(&name) {
            self.pass_over(self.at);
        } else if LITERAL.contains(&name) {
            let indent = line.indent;
            self.at += 1;
            self.pass_over_fields();
            self.literal(indent);
        } else if end < line.text.len() {
            self.paragraph(end);
        } else {
            self.at += 1;
            self.pass_over_fields();
        }
    }

    /// Skips the options directly under a directive.
    fn pass_over_fields(&mut self) {
        while self.lines.get(self.at).is_some_and(|line| line.indent > 0 && FIELD.is_match(line.text)) {
            self.at += 1;
        }
    }

    /// Skips a line and the lines indented under it.
    fn pass_over(&mut self, from: usize) {
        let indent = self.lines[from].indent;
        let rest = self.lines[from + 1..].iter();
        self.at = from + 1 + rest.take_while(|line| line.is_blank() || line.indent > indent).count();
    }

    /// Lines with the same indentation. The first may begin after a marker of `skip` bytes.
    fn paragraph(&mut self, skip: usize) {
        let first = &self.lines[self.at];
        let marker = if skip > 0 { skip } else { ITEM.find(first.text).map_or(0, |item| item.end()) };
        let (outer, inner) = (first.indent, first.indent + marker);
        let start = first.place().start + marker;
        let mut end = first.place().end;
        let mut next = self.at + 1;
        // Under a marker, and under the first line of a directive, text is indented further.
        let indent = self.lines.get(next).filter(|line| skip > 0 && line.indent > outer).map_or(inner, |line| line.indent);
        while let Some(line) = self.lines.get(next) {
            let item = ITEM.is_match(line.text) && (marker > 0 || line.indent != outer);
            if line.is_blank() || line.indent != indent || item || BORDER.is_match(line.text) {
                break;
            }
            end = line.place().end;
            next += 1;
        }
        self.at = next;
        let introduces = self.text[start..end].ends_with("::");
        let shown =
            self.text[start..end].strip_suffix("::").map_or(end, |text| match text.ends_with([' ', '\n']) || text.is_empty() {
                true => start + text.trim_end().len(),
                false => start + text.len() + 1,
            });
        let mut builder = Builder::default();
        inline(&mut builder, self.text, start..shown);
        self.blocks.extend(builder.finish(Kind::Prose, start..end));
        if introduces {
            self.literal(if marker > 0 { inner } else { outer });
        }
    }

    /// A literal block: indented further than its introduction, or quoted lines that begin with the same character.
    fn literal(&mut self, outer: usize) {
        while self.lines.get(self.at).is_some_and(Line::is_blank) {
            self.at += 1;
        }
        let Some(first) = self.lines.get(self.at) else {
            return;
        };
        if first.indent <= outer {
            return if first.text.starts_with(|sign: char| sign.is_ascii_punctuation()) {
                self.literal_until_blank()
            };
        }
        let rest = &self.lines[self.at..];
        let length = rest.iter().take_while(|line| line.is_blank() || line.indent > outer).count();
        let blank = rest[..length].iter().rev().take_while(|line| line.is_blank()).count();
        let end = self.at + length - blank;
        self.literal_lines(end);
        self.at += blank;
    }

    fn literal_until_blank(&mut self) {
        let length = self.lines[self.at..].iter().take_while(|line| !line.is_blank()).count();
        self.literal_lines(self.at + length);
    }

    /// The lines up to `end`, without their common indentation.
    fn literal_lines(&mut self, end: usize) {
        let lines = &self.lines[self.at..end];
        let indent = lines.iter().filter(|line| !line.is_blank()).map(|line| line.indent).min().unwrap_or(0);
        let element = self.lines[self.at].start + indent..lines.last().map_or(0, |line| line.place().end);
        let mut builder = Builder::default();
        for line in lines {
            let from = if line.is_blank() { line.start } else { line.start + indent };
            let to = self.text[line.start..].find('\n').map_or(self.text.len(), |at| line.start + at + 1);
            builder.push(&self.text[from..to], from..to);
        }
        self.blocks.extend(builder.finish(Kind::Literal, element));
        self.at = end;
    }
}

/// Adds text without its inline markup.
fn inline(builder: &mut Builder, text: &str, at: Range<usize>) {
    let mut plain = at.start;
    for found in INLINE.captures_iter(&text[at.clone()]) {
        let whole = found.get(0).expect("it is the whole match").range();
        let (start, end) = (at.start + whole.start, at.start + whole.end);
        builder.push(&text[plain..start], plain..start);
        marked(builder, &found, at.start);
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
        builder.push(shown, at.start..at.start + shown.len());
    } else if let Some((text, at)) = group("strong").or_else(|| group("emphasis")).or_else(|| group("escaped")) {
        builder.push(text, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(Kind, String)> {
        blocks(text).into_iter().map(|block| (block.kind, block.text.trim_end().to_owned())).collect()
    }

    fn prose(text: &str) -> (Kind, String) {
        (Kind::Prose, text.to_owned())
    }

    fn literal(text: &str) -> (Kind, String) {
        (Kind::Literal, text.to_owned())
    }

    #[test]
    fn titles_have_the_level_of_their_adornment() {
        let text = "====\nPage\n====\n\nOne\n---\n\nTwo\n~~~\n\nThree\n-----\n";
        let levels: Vec<Kind> = blocks(text).iter().map(|block| block.kind).collect();
        assert_eq!(levels, [1, 2, 3, 2].map(Kind::Heading));
    }

    #[test]
    fn literal_blocks_are_introduced_in_four_ways() {
        let text = "It says::\n\n    a\n\n     b\n\nAnd:\n\n.. code-block:: console\n   :linenos:\n\n   $ c\n\nThen ::\n\n> d\n> e\n\n>>> f\n1\n\nend\n";
        assert_eq!(
            shown(text),
            [
                prose("It says:"),
                literal("a\n\n b"),
                prose("And:"),
                literal("$ c"),
                prose("Then"),
                literal("> d\n> e"),
                literal(">>> f\n1"),
                prose("end")
            ]
        );
    }

    #[test]
    fn lists_notes_and_definitions_are_prose_and_comments_are_left_out() {
        let text = "- one\n  more\n- two::\n\n     x\n\n.. note:: Mind\n   this.\n\n.. warning::\n\n   That.\n\nterm\n  its meaning\n\n.. a comment\n   of two lines\n\n.. _target:\n\n.. |sub| image:: x.png\n";
        assert_eq!(
            shown(text),
            [
                prose("one\n  more"),
                prose("two:"),
                literal("x"),
                prose("Mind\n   this."),
                prose("That."),
                prose("term"),
                prose("its meaning"),
            ]
        );
    }

    #[test]
    fn inline_markup_is_removed() {
        let text = "Use ``-lutil``, :doc:`the *guide* <../guide>`, `here <x>`__, **not** *so* and \\*that\\*.\n";
        let blocks = blocks(text);
        assert_eq!(blocks[0].text, "Use -lutil, the *guide*, here, not so and *that*.");
        assert_eq!(&blocks[0].text[blocks[0].code[0].clone()], "-lutil");
        let word = |word: usize| &text[blocks[0].source(blocks[0].words[word].at.clone())];
        assert_eq!([word(1), word(4), word(8)], ["lutil", "here", "that"]);
    }
}
