//! reStructuredText: sections, paragraphs at any indentation, literal blocks by `::`, by directives and by `>>>`. Comments,
//! targets and other invisible elements are left out; text that is elsewhere is listed as not read.

mod directive;
mod inline;
mod line;

use std::sync::LazyLock;

use regex::Regex;

use super::block::{Builder, Content, Kind};
use crate::text::pattern::known;
use directive::Directive;
use inline::{Substitution, Substitutions, inline};
use line::Line;

static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| known(r"^\.\. (?:\|[^|]+\| )?([A-Za-z][\w:.+-]*)::(?:\s+|$)"));
static REPLACE: LazyLock<Regex> = LazyLock::new(|| known(r"^\.\. \|(?<name>[^|]+)\| replace::(?:\s+|$)"));
static FOOTNOTE: LazyLock<Regex> = LazyLock::new(|| known(r"^\.\. \[[^\]]+\] "));
static ITEM: LazyLock<Regex> = LazyLock::new(|| known(r"^(?:[-*+•]|\(?(?:\d+|#|[A-Za-z])[.)])\s+"));
static FIELD: LazyLock<Regex> = LazyLock::new(|| known(r"^:[^:\s][^:]*:(?:\s|$)"));
/// Options of a directive that the page shows.
static SHOWN: LazyLock<Regex> = LazyLock::new(|| known(r"^:(?:caption|title|alt):\s+"));
static BORDER: LazyLock<Regex> = LazyLock::new(|| known(r"^[=+|\s-]*(?:==|--)[=+|\s-]*$"));

pub(super) fn content(text: &str) -> Content {
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let from = start;
        start += line.len();
        Line::new(text, from..start)
    });
    let mut reader = Reader::new(text, lines.collect());
    while reader.at < reader.lines.len() {
        reader.next();
    }
    let unused = reader.substitutions.0.into_values().filter(|substitution| !substitution.used);
    unused.for_each(|unused| reader.content.leave("replace", unused.at));
    reader.content
}

struct Reader<'a> {
    text: &'a str,
    lines: Vec<Line<'a>>,
    at: usize,
    /// The adornments of titles in order of appearance, which define the levels.
    levels: Vec<(char, bool)>,
    /// The indentations that the lines so far opened, from the outermost.
    containers: Vec<Container>,
    /// Indentation of the directive whose content may follow.
    directive: Option<usize>,
    /// Language of literal blocks that do not state theirs.
    highlight: String,
    substitutions: Substitutions,
    content: Content,
}

/// A range of lines with the same indentation.
struct Container {
    indent: usize,
    quoted: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, lines: Vec<Line<'a>>) -> Self {
        let mut reader = Reader {
            text,
            lines,
            at: 0,
            levels: Vec::new(),
            containers: Vec::new(),
            directive: None,
            highlight: String::new(),
            substitutions: Substitutions::default(),
            content: Content::default(),
        };
        reader.define();
        reader
    }

    /// Reads the substitutions, which may follow the text that uses them.
    fn define(&mut self) {
        for (at, line) in self.lines.iter().enumerate() {
            let Some(found) = REPLACE.captures(line.text) else { continue };
            let rest = self.lines[at + 1..].iter().take_while(|next| !next.is_blank() && next.indent > line.indent);
            let texts = [&line.text[found[0].len()..]].into_iter().chain(rest.clone().map(|line| line.text));
            let text = texts.collect::<Vec<_>>().join(" ").trim().replace("``", "");
            let at = line.place().start..rest.last().unwrap_or(line).place().end;
            self.substitutions.0.insert(found["name"].to_owned(), Substitution { text, at, used: false });
        }
    }
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
        inline(&mut builder, self.text, self.lines[at].place(), &mut self.substitutions);
        self.content.blocks.extend(builder.finish(Kind::Heading(u8::try_from(level + 1).unwrap_or(u8::MAX)), element));
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
        let (name, indent, argument) = (&directive[1], line.indent, line.text[directive[0].len()..].trim());
        match Directive::of(name) {
            _ if name == "replace" => self.pass_over(self.at),
            Directive::Unread => self.unread(name),
            Directive::Invisible => {
                if name == "highlight" {
                    self.highlight = argument.to_lowercase();
                }
                self.pass_over(self.at);
            }
            Directive::Literal => {
                let language = argument.split_whitespace().next().unwrap_or("").to_lowercase();
                self.at += 1;
                self.options(indent);
                self.literal_under(indent, if language.is_empty() { self.highlight.clone() } else { language });
            }
            Directive::Text if !argument.is_empty() => {
                self.paragraph(directive[0].len());
                self.options(indent);
                self.directive = Some(indent);
            }
            Directive::Text | Directive::Container => {
                self.at += 1;
                self.options(indent);
                self.directive = Some(indent);
            }
        }
    }

    /// Lists the directive as not read, and skips it.
    fn unread(&mut self, name: &str) {
        let start = self.lines[self.at].place().start;
        let name = name.to_owned();
        self.pass_over(self.at);
        let end = self.lines[..self.at].iter().rev().find(|line| !line.is_blank()).map_or(start, |line| line.place().end);
        self.content.leave(&name, start..end);
    }

    /// Skips the options directly under a directive, except those that the page shows.
    fn options(&mut self, outer: usize) {
        while let Some(line) = self.lines.get(self.at).filter(|line| line.indent > outer && FIELD.is_match(line.text)) {
            match SHOWN.find(line.text) {
                Some(name) => self.paragraph(name.end()),
                None => {
                    let indent = line.indent;
                    let rest = self.lines[self.at + 1..].iter();
                    self.at += 1 + rest.take_while(|line| !line.is_blank() && line.indent > indent).count();
                }
            }
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
        let item = skip == 0 && marker > 0;
        let quoted = self.is_quoted(outer) && marker == 0;
        if item {
            self.containers.push(Container { indent: inner, quoted: false });
        }
        let first = &self.lines[self.at];
        let start = first.place().start + marker;
        let mut end = first.place().end;
        let mut next = self.at + 1;
        // Under a marker, and under the first line of a directive, text is indented further.
        let indent = self.lines.get(next).filter(|line| skip > 0 && line.indent > outer).map_or(inner, |line| line.indent);
        while let Some(line) = self.lines.get(next) {
            let item = ITEM.is_match(line.text) && (marker > 0 || line.indent != outer);
            let option = skip > 0 && FIELD.is_match(line.text);
            if line.is_blank() || line.indent != indent || item || option || BORDER.is_match(line.text) {
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
        let mut builder = Builder::of_prose(quoted);
        inline(&mut builder, self.text, start..shown, &mut self.substitutions);
        self.content.blocks.extend(builder.finish(Kind::Prose, start..end));
        if introduces {
            self.literal(if marker > 0 { inner } else { outer });
        }
    }

    /// Whether a paragraph with this indentation is in a block quote: in what is indented under no item, directive or term.
    fn is_quoted(&mut self, indent: usize) -> bool {
        let directive = self.directive.take();
        self.containers.retain(|container| container.indent <= indent);
        if let Some(same) = self.containers.last().filter(|container| container.indent == indent) {
            return same.quoted;
        }
        let term = self.at > 0 && !self.lines[self.at - 1].is_blank();
        let quoted = indent > 0 && !term && directive.is_none_or(|outer| outer >= indent);
        self.containers.push(Container { indent, quoted });
        quoted
    }

    /// A literal block after `::`: indented further than its introduction, or quoted lines that begin with the same character.
    fn literal(&mut self, outer: usize) {
        self.pass_over_blank();
        match self.lines.get(self.at) {
            Some(first) if first.indent > outer => self.literal_under(outer, self.highlight.clone()),
            Some(first) if first.text.starts_with(|sign: char| sign.is_ascii_punctuation()) => self.literal_until_blank(),
            _ => {}
        }
    }

    fn pass_over_blank(&mut self) {
        self.at += self.lines[self.at..].iter().take_while(|line| line.is_blank()).count();
    }

    /// The lines that are indented further than a directive or an introduction.
    fn literal_under(&mut self, outer: usize, language: String) {
        self.pass_over_blank();
        let rest = &self.lines[self.at..];
        let length = rest.iter().take_while(|line| line.is_blank() || line.indent > outer).count();
        let blank = rest[..length].iter().rev().take_while(|line| line.is_blank()).count();
        if length > blank {
            self.literal_lines(self.at + length - blank, language);
            self.at += blank;
        }
    }

    fn literal_until_blank(&mut self) {
        let length = self.lines[self.at..].iter().take_while(|line| !line.is_blank()).count();
        self.literal_lines(self.at + length, String::new());
    }

    /// The lines up to `end`, without their common indentation.
    fn literal_lines(&mut self, end: usize, language: String) {
        let lines = &self.lines[self.at..end];
        let indent = lines.iter().filter(|line| !line.is_blank()).map(|line| line.indent).min().unwrap_or(0);
        let element = self.lines[self.at].start + indent..lines.last().map_or(0, |line| line.place().end);
        let mut builder = Builder::of_language(language);
        for line in lines {
            let from = if line.is_blank() { line.start } else { line.start + indent };
            let to = self.text[line.start..].find('\n').map_or(self.text.len(), |at| line.start + at + 1);
            builder.push(&self.text[from..to], from..to);
        }
        self.content.blocks.extend(builder.finish(Kind::Literal, element));
        self.at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Block;

    fn blocks(text: &str) -> Vec<Block> {
        content(text).blocks
    }

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
