//! AsciiDoc: sections, paragraphs, lists, admonitions, listings, literal blocks and tables. Comments and attributes are left out;
//! files that are included, and blocks in another notation, are listed as not read.

mod delimited;
mod inline;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::block::{Builder, Content, Kind};
use crate::text::pattern::known;
use inline::{Source, inline};

/// Styles of blocks that contain another notation.
const NOTATIONS: [&str; 10] =
    ["stem", "latexmath", "asciimath", "plantuml", "mermaid", "graphviz", "ditaa", "pass", "comment", "vega"];

static HEADING: LazyLock<Regex> = LazyLock::new(|| known(r"^(?<level>={1,6}|#{1,6})\s+(?<title>\S.*?)(?:\s+=+)?$"));
static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| known(r"^:(?<name>!?\w[\w-]*!?):(?:\s+(?<value>.*))?$"));
static STYLE: LazyLock<Regex> = LazyLock::new(|| known(r"^\[(?<style>[^\]]*)\]$|^\[\[[^\]]*\]\]$"));
static MACRO: LazyLock<Regex> = LazyLock::new(|| known(r"^(?<name>[A-Za-z][\w-]*)::(?<target>\S*?)\[(?<text>.*)\]$"));
static TITLE: LazyLock<Regex> = LazyLock::new(|| known(r"^\.[^\s.]"));
static ITEM: LazyLock<Regex> =
    LazyLock::new(|| known(r"^(?:[-*•]|\*{2,6}|\.{1,6}|\d+\.|[A-Za-z]\.|<(?:\d+|\.)>)\s+(?:\[[ x*]\]\s+)?"));
static TERM: LazyLock<Regex> = LazyLock::new(|| known(r"^(?<term>\S.*?)(?::{2,4}|;;)(?:\s+|$)"));
static LABEL: LazyLock<Regex> = LazyLock::new(|| known(r"^(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION):\s+"));
static BREAK: LazyLock<Regex> = LazyLock::new(|| known(r"^(?:'{3,}|<{3,}|-{3}|\*{3}|\+)$"));

pub(super) fn content(text: &str) -> Content {
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let at = start..start + line.trim_end().len();
        start += line.len();
        at
    });
    let lines: Vec<Range<usize>> = lines.collect();
    let mut reader = Reader { text, lines, ..Reader::default() };
    reader.define();
    while reader.at < reader.lines.len() {
        reader.next();
    }
    reader.content
}

/// The attributes in brackets above a block.
#[derive(Default)]
struct Style {
    name: String,
    language: String,
}

#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    /// The lines without trailing white space.
    lines: Vec<Range<usize>>,
    at: usize,
    style: Style,
    /// The delimiter of the open quote.
    quote: Option<&'a str>,
    attributes: BTreeMap<String, String>,
    content: Content,
}

impl<'a> Reader<'a> {
    fn line(&self, at: usize) -> Option<&'a str> {
        self.lines.get(at).map(|line| &self.text[line.clone()])
    }

    /// Reads the attributes that the page defines.
    fn define(&mut self) {
        for line in self.text.lines() {
            if let Some(found) = ATTRIBUTE.captures(line.trim_end()) {
                let value = found.name("value").map_or("", |value| value.as_str());
                self.attributes.insert(found["name"].to_owned(), value.to_owned());
            }
        }
    }

    fn next(&mut self) {
        let line = self.line(self.at).expect("the caller checks").trim_start_matches('\u{feff}');
        if line.is_empty() || BREAK.is_match(line) || ATTRIBUTE.is_match(line) || is_comment(line) {
            self.at += 1;
        } else if let Some(found) = STYLE.captures(line) {
            if let Some(style) = found.name("style") {
                self.style = self.style.then(style.as_str());
            }
            self.at += 1;
        } else if !(self.heading(line) || self.block(line) || self.block_macro(line)) {
            self.text_line(line);
        }
    }

    /// A heading after signs or above a line.
    fn heading(&mut self, line: &'a str) -> bool {
        let offset = self.lines[self.at].end - line.len();
        let (level, title, lines) = match HEADING.captures(line) {
            Some(found) => (found["level"].len(), found.name("title").expect("it has one").range(), 1),
            None => match self.underlined(line) {
                Some(level) => (level, 0..line.len(), 2),
                None => return false,
            },
        };
        self.style = Style::default();
        let element = self.lines[self.at].start..self.lines[self.at + lines - 1].end;
        self.push(Kind::Heading(u8::try_from(level).unwrap_or(u8::MAX)), offset + title.start..offset + title.end, element);
        self.at += lines;
        if level == 1 {
            self.pass_over_authors();
        }
        true
    }

    /// The level of a title with a line under it, whose length may differ by one.
    fn underlined(&self, line: &str) -> Option<usize> {
        let under = self.line(self.at + 1)?;
        let level = "=-~^+".find(under.chars().next()?)? + 1;
        let alone = self.at == 0 || self.line(self.at - 1).is_some_and(|before| before.is_empty() || STYLE.is_match(before));
        let same = under.chars().all(|sign| under.starts_with(sign)) && under.len() > 2;
        let long = line.chars().count().abs_diff(under.len()) <= 1 && line.contains(char::is_alphanumeric);
        (alone && same && long && !line.starts_with(['.', '|', ' '])).then_some(level)
    }

    /// The lines with authors and revision under the title of the page.
    fn pass_over_authors(&mut self) {
        let short = |line: &str| line.split(' ').count() <= 4 && !line.contains(|c: char| c.is_ascii_digit());
        let is_author = |line: &str| line.starts_with(char::is_alphabetic) && (line.contains('<') || short(line));
        if self.line(self.at).is_some_and(|line| is_author(line) && !line.ends_with(['.', ':'])) && self.attribute_ends_header() {
            self.at += 1;
            let revision = |line: &str| line.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
            self.at += usize::from(self.line(self.at).is_some_and(revision));
        }
    }

    /// Whether the lines up to the next empty one look like the header of a page: they end with attributes, or are few.
    fn attribute_ends_header(&self) -> bool {
        let header = self.lines[self.at..].iter().map(|line| &self.text[line.clone()]).take_while(|line| !line.is_empty());
        header.skip(2).all(|line| ATTRIBUTE.is_match(line) || is_comment(line))
    }

    /// A macro on a line of its own: a file to include, a condition, an image.
    fn block_macro(&mut self, line: &'a str) -> bool {
        let Some(found) = MACRO.captures(line) else { return false };
        let at = self.lines[self.at].clone();
        match &found["name"] {
            "endif" | "ifeval" | "toc" | "image" => {}
            "ifdef" | "ifndef" if found["text"].is_empty() => {}
            "ifdef" | "ifndef" => {
                let text = found.name("text").expect("it has one").range();
                self.push(Kind::Prose, at.start + text.start..at.start + text.end, at);
            }
            name => self.content.leave(name, at),
        }
        self.at += 1;
        true
    }

    /// A title, an item, an indented literal block or a paragraph.
    fn text_line(&mut self, line: &'a str) {
        let shown = line.trim_start();
        let start = self.lines[self.at].end - shown.len();
        if let Some(found) = LABEL.find(shown) {
            self.paragraph(start + found.end());
        } else if let Some(found) = ITEM.find(shown) {
            self.paragraph(start + found.end());
        } else if let Some(found) = TERM.captures(shown) {
            let term = found.name("term").expect("it has one").range();
            self.push(Kind::Prose, start + term.start..start + term.end, start..start + found[0].len());
            match found[0].len() < shown.len() {
                true => self.paragraph(start + found[0].len()),
                false => self.definition(),
            }
        } else if TITLE.is_match(shown) && line == shown {
            let at = start + 1..self.lines[self.at].end;
            self.push(Kind::Prose, at, start..self.lines[self.at].end);
            self.at += 1;
        } else if NOTATIONS.contains(&self.style.name.as_str()) {
            let end = self.blank();
            let name = std::mem::take(&mut self.style).name;
            self.content.leave(&name, self.lines[self.at].start..self.lines[end - 1].end);
            self.at = end;
        } else if line != shown || ["source", "listing", "literal"].contains(&self.style.name.as_str()) {
            let end = self.blank();
            self.literal(self.at..end);
            self.at = end;
        } else {
            self.paragraph(start);
        }
    }

    /// The line after this paragraph.
    fn blank(&self) -> usize {
        let rest = self.at + 1..self.lines.len();
        rest.into_iter().find(|at| self.lines[*at].is_empty() || self.line(*at) == Some("+")).unwrap_or(self.lines.len())
    }

    /// The text of a term that begins on a later line.
    fn definition(&mut self) {
        self.at += 1;
        while self.line(self.at).is_some_and(|line| line.is_empty()) {
            self.at += 1;
        }
        let Some(line) = self.line(self.at) else { return };
        if line.starts_with([' ', '\t']) && !ITEM.is_match(line.trim_start()) {
            self.paragraph(self.lines[self.at].end - line.trim_start().len());
        }
    }

    /// A paragraph that begins at a place of this line.
    fn paragraph(&mut self, start: usize) {
        let ends = |at: &usize| {
            let line = self.line(*at).unwrap_or("");
            let item = ITEM.is_match(line.trim_start()) || TERM.is_match(line.trim_start());
            let delimiter = line.len() >= 4
                && line.starts_with(['-', '.', '=', '*', '_', '/', '+'])
                && line.chars().all(|sign| line.starts_with(sign));
            let other = line == "+" || line == "--" || line.starts_with("|===") || line.starts_with("```");
            line.is_empty() || item || delimiter || other || STYLE.is_match(line) || is_comment(line) || MACRO.is_match(line)
        };
        let next = (self.at + 1..self.lines.len()).find(ends).unwrap_or(self.lines.len());
        let end = self.lines[next - 1].end.max(start);
        let quoted = ["quote", "verse"].contains(&self.style.name.as_str());
        self.style = Style::default();
        self.at = next;
        let mut builder = Builder::of_prose(quoted || self.quote.is_some());
        inline(&mut builder, &Source { text: self.text, attributes: &self.attributes }, start..end);
        self.content.blocks.extend(builder.finish(Kind::Prose, start..end));
    }

    fn push(&mut self, kind: Kind, at: Range<usize>, element: Range<usize>) {
        let mut builder = Builder::of_prose(self.quote.is_some());
        inline(&mut builder, &Source { text: self.text, attributes: &self.attributes }, at);
        self.content.blocks.extend(builder.finish(kind, element));
    }
}

impl Style {
    /// The attributes of one more line in brackets: `source,console`, `,console`, `NOTE`, `#anchor.role`.
    fn then(&self, text: &str) -> Style {
        let mut parts = text.split(',').map(|part| part.trim().trim_matches('"'));
        let name = parts.next().unwrap_or("").split(['#', '.', '%']).next().unwrap_or("").to_lowercase();
        let language = parts.next().filter(|part| !part.contains('=')).unwrap_or("").split('%').next().unwrap_or("");
        let (name, language) = match (name.as_str(), language) {
            ("" | "source", language) if !language.is_empty() => ("source".to_owned(), language.to_lowercase()),
            _ => (name, String::new()),
        };
        let known = |new: String, old: &String| if new.is_empty() { old.clone() } else { new };
        Style { name: known(name, &self.name), language: known(language, &self.language) }
    }
}

fn is_comment(line: &str) -> bool {
    line.starts_with("//") && !line.starts_with("///")
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
    fn titles_are_read_in_both_forms() {
        let text = "= Page\nJane Doe <jane@example.org>\nv1.0, 2020-01-01\n:toc:\n\n== One\n\nTwo\n~~~\n\n=== Three ===\n";
        let heading = |level, text: &str| (Kind::Heading(level), text.to_owned());
        assert_eq!(shown(text), [heading(1, "Page"), heading(2, "One"), heading(3, "Two"), heading(3, "Three")]);
    }

    #[test]
    fn listings_and_indented_lines_are_literal() {
        let text = "It says:\n\n[source,console]\n----\n$ make <1>\n\nmake: no\n----\n<1> Build it.\n\n....\na\n....\n\n[source,c]\nint x;\n\n b\n\n```sh\nc\n```\nend\n";
        let found = blocks(text);
        assert_eq!(
            shown(text),
            [
                prose("It says:"),
                literal("$ make\n\nmake: no"),
                prose("Build it."),
                literal("a"),
                literal("int x;"),
                literal("b"),
                literal("c"),
                prose("end"),
            ]
        );
        let languages: Vec<&str> = found.iter().map(|block| block.language.as_str()).collect();
        assert_eq!(languages, ["", "console", "", "", "c", "", "sh", ""]);
    }

    #[test]
    fn lists_admonitions_tables_and_quotes_are_prose_and_comments_are_left_out() {
        let text = "* one\n  more\n* two\n+\n--\nthree\n--\n\nterm:: its meaning\n\nNOTE: Mind this.\n\n[WARNING]\n====\nThat.\n====\n\n.A title\n|===\n|a |b\n\n|c c\n|d\n|===\n\n____\nquoted\n____\n\n// a comment\n\n////\nanother\n////\n\n:name: value\n";
        let texts: Vec<String> = shown(text).into_iter().map(|(_, text)| text).collect();
        assert_eq!(
            texts,
            [
                "one\n  more",
                "two",
                "three",
                "term",
                "its meaning",
                "Mind this.",
                "That.",
                "A title",
                "a",
                "b",
                "c c",
                "d",
                "quoted"
            ]
        );
        let quoted: Vec<bool> = blocks(text).iter().map(|block| block.quoted).collect();
        assert_eq!(quoted.iter().filter(|quoted| **quoted).count(), 1);
    }

    #[test]
    fn inline_markup_is_removed() {
        let text = ":version: 3.9\n\nUse `-lutil`, `+a+b+`, *not* _so_, <<x,here>>, https://x.example[there], mod_wsgi_x {version} &#42; &lt;.\n";
        let found = blocks(text);
        assert_eq!(found[0].text, "Use -lutil, a+b, not so, here, there, mod_wsgi_x 3.9 * <.");
        let code: Vec<&str> = found[0].code.iter().map(|at| &found[0].text[at.clone()]).collect();
        assert_eq!(code, ["-lutil", "a+b"]);
        let emphasis: Vec<&str> = found[0].emphasis.iter().map(|at| &found[0].text[at.clone()]).collect();
        assert_eq!(emphasis, ["not", "so"]);
        let word = |word: usize| &text[found[0].source(found[0].words[word].at.clone())];
        assert_eq!([word(1), word(3), word(4)], ["lutil", "b", "not"]);
    }

    #[test]
    fn what_is_elsewhere_is_listed() {
        let text = "include::other.adoc[]\n\n----\ninclude::code.c[]\nkept\n----\n\n[mermaid]\n----\na -> b\n----\n\n++++\n<b>x</b>\n++++\n";
        let found = content(text);
        let unread: Vec<(&str, &str)> =
            found.unread.iter().map(|unread| (unread.what.as_str(), text[unread.at.clone()].lines().next().unwrap())).collect();
        let wanted = [
            ("include", "include::other.adoc[]"),
            ("include", "include::code.c[]"),
            ("mermaid", "----"),
            ("passthrough", "++++"),
        ];
        assert_eq!(unread, wanted);
        assert_eq!(shown(text), [literal("kept")]);
    }
}
