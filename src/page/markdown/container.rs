//! Containers that CommonMark does not know: tabs and admonitions of MkDocs, whose content is indented, and directives of MyST,
//! whose content is in a fence. They are written as CommonMark of the same length, so that places stay what they are.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::page::block::Content;
use crate::text::pattern::known;

/// Directives of MyST that show text of another file or in another notation.
const UNREAD: [&str; 9] =
    ["include", "literalinclude", "csv-table", "math", "mermaid", "graphviz", "raw", "eval-rst", "bibliography"];
/// Directives of MyST whose content is literal, by the end of their names.
const LITERAL: [&str; 6] = ["code", "code-block", "code-cell", "sourcecode", "parsed-literal", "prompt"];

static INDENTED: LazyLock<Regex> = LazyLock::new(|| known(r#"^[ \t]*(?<mark>===[!+]?|!!!|\?\?\?\+?) +(?:"|\w)"#));
/// An admonition without a title of its own.
static UNTITLED: LazyLock<Regex> = LazyLock::new(|| known(r"^[ \t]*(?:!!!|\?\?\?\+?) +[\w-]+$"));
static FENCE: LazyLock<Regex> =
    LazyLock::new(|| known(r"^[ \t]*(?:(?:[-*+>]|\d+[.)])[ \t]+)*(?<mark>`{3,}|~{3,}|:{3,})[ \t]*(?<info>.*)$"));
static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| known(r"^\{(?<name>[\w:.-]+)\}"));
static OPTION: LazyLock<Regex> = LazyLock::new(|| known(r"^[ \t]*:[\w-]+:(?:[ \t]|$)"));
/// Lines in whose place MkDocs, Jekyll, Hugo or DocFX shows another file.
static INCLUDE: LazyLock<Regex> = LazyLock::new(|| {
    let forms = [r"-{1,2}8<-{1,2}", r"\{%-?[ \t]*(?:include|render)", r"\{\{[<%]?[ \t]*(?:include|readfile)", r"\[!INCLUDE"];
    known(&format!(r"^[ \t]*(?:{})", forms.join("|")))
});

/// How the lines of an open fence are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Literal,
    Markdown,
    Not,
}

struct Fence {
    mark: char,
    length: usize,
    reading: Reading,
}

struct Containers<'a> {
    text: &'a str,
    open: Vec<Fence>,
    /// Whether the line before opened a directive, so that its options may follow.
    options: bool,
    content: &'a mut Content,
}

/// The text as CommonMark. What includes a file is listed as not read, and blank in the result.
pub(super) fn commonmark(text: &str, content: &mut Content) -> String {
    let mut containers = Containers { text, open: Vec::new(), options: false, content };
    let mut shown = String::with_capacity(text.len());
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let length = line.trim_end().len();
        shown += &containers.line(start..start + length);
        shown += &line[length..];
        start += line.len();
    }
    shown
}

impl Containers<'_> {
    fn line(&mut self, at: Range<usize>) -> String {
        let line = &self.text[at.clone()];
        let options = std::mem::take(&mut self.options);
        let reading = self.open.last().map_or(Reading::Markdown, |fence| fence.reading);
        if let Some(found) = FENCE.captures(line) {
            return self.fence(&found, &at, reading);
        }
        match reading {
            Reading::Literal => line.to_owned(),
            Reading::Not => blank(line),
            Reading::Markdown if options && OPTION.is_match(line) => {
                self.options = true;
                blank(line)
            }
            Reading::Markdown if INCLUDE.is_match(line) => {
                self.content.leave("include", at);
                blank(line)
            }
            Reading::Markdown if UNTITLED.is_match(line) && !self.is_blank_after(&at) => blank_item(line),
            Reading::Markdown => indented(line),
        }
    }

    fn is_blank_after(&self, at: &Range<usize>) -> bool {
        self.text[at.end..].lines().nth(1).is_none_or(|next| next.trim().is_empty())
    }

    /// A line that may open or close a fence.
    fn fence(&mut self, found: &Captures<'_>, at: &Range<usize>, reading: Reading) -> String {
        let line = &self.text[at.clone()];
        let (marks, info) = (&found["mark"], found["info"].trim());
        let mark = marks.chars().next().expect("there are three");
        if self.open.last().is_some_and(|last| last.mark == mark && last.length <= marks.len() && info.is_empty()) {
            self.open.pop();
            return if reading == Reading::Literal { line.replace(':', "~") } else { blank(line) };
        }
        if reading != Reading::Markdown || (mark == '`' && info.contains('`')) {
            return if reading == Reading::Not { blank(line) } else { line.to_owned() };
        }
        let name = DIRECTIVE.captures(info).map_or(String::new(), |directive| directive["name"].to_lowercase());
        let reading = match name.as_str() {
            "" if mark == ':' => Reading::Markdown,
            "" => Reading::Literal,
            name if UNREAD.contains(&name) => Reading::Not,
            name if LITERAL.iter().any(|end| name.ends_with(end)) => Reading::Literal,
            _ => Reading::Markdown,
        };
        if mark != ':' || !info.is_empty() {
            self.open.push(Fence { mark, length: marks.len(), reading });
        }
        let titled = info.trim_start_matches(|c: char| !c.is_whitespace()).trim();
        self.options = reading == Reading::Markdown;
        match reading {
            Reading::Literal => line.replacen(marks, &marks.replace(':', "~"), 1),
            Reading::Not => {
                self.content.leave(&name, at.clone());
                blank(line)
            }
            Reading::Markdown if titled.is_empty() => blank(line),
            Reading::Markdown => line.replacen(marks, &format!("{:.<1$}", "   ", marks.len()), 1),
        }
    }
}

fn blank(line: &str) -> String {
    " ".repeat(line.len())
}

/// The line that opens an admonition as an item whose text begins on the next line.
fn blank_item(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    format!("{}-{}", &line[..indent], " ".repeat(line.len() - indent - 1))
}

/// The line that opens a tab or an admonition as an item of a list, whose content is indented as far.
fn indented(line: &str) -> String {
    match INDENTED.captures(line) {
        Some(found) => {
            let mark = &found["mark"];
            // After more than three spaces, the content would have to be indented further.
            line.replacen(mark, if mark.len() == 3 { "-  " } else { "-   " }, 1).replacen("-    ", "-   :", 1)
        }
        None => line.to_owned(),
    }
}
