//! Blocks between two delimiters: listings, literal blocks, tables, quotes and comments.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{MACRO, NOTATIONS, Reader, Style};
use crate::page::block::{Builder, Kind};
use crate::text::pattern::known;

static CALLOUT: LazyLock<Regex> = LazyLock::new(|| known(r"(?:\s*(?:#|//|;;|--|<!--)?\s*<(?:\d+|\.)>(?:\s*-->)?)+$"));
static CELL: LazyLock<Regex> = LazyLock::new(|| known(r"(?:^|[ \t\n])(?:\d+(?:\.\d+)?[+*])?[<^>.]{0,4}[a-z]?\|"));

impl<'a> Reader<'a> {
    /// A block between two delimiters.
    pub(super) fn block(&mut self, line: &'a str) -> bool {
        let sign = line.chars().next().unwrap_or(' ');
        let same = line.len() >= 4 && line.chars().all(|other| other == sign);
        let fence = line.starts_with("```");
        let open = line == "--";
        let literal = ["source", "listing", "literal"].contains(&self.style.name.as_str());
        let notation = NOTATIONS.contains(&self.style.name.as_str());
        match sign {
            '/' if same => self.passed_over(line, None),
            _ if notation && (same || open) => {
                let name = self.style.name.clone();
                self.passed_over(line, Some(&name));
            }
            '+' if same => self.passed_over(line, Some("passthrough")),
            '-' | '.' if same => self.listing(line),
            '-' if open && literal => self.listing(line),
            '`' if fence => {
                self.style.language = line.trim_start_matches('`').trim().to_lowercase();
                self.listing("```");
            }
            '_' if same => {
                self.quote = if self.quote == Some(line) { None } else { Some(line) };
                self.end_style();
            }
            '=' | '*' if same => self.end_style(),
            '-' if open => self.end_style(),
            '|' if line.starts_with("|===") => self.table(line),
            ',' | ':' if line.ends_with("===") && line.len() >= 4 => self.passed_over(line, Some("table")),
            _ => return false,
        }
        true
    }

    fn end_style(&mut self) {
        self.style = Style::default();
        self.at += 1;
    }

    /// The line that ends the block that begins on this line; the end of the page if there is none.
    fn closing(&self, delimiter: &str) -> usize {
        let rest = self.at + 1..self.lines.len();
        rest.into_iter().find(|at| self.line(*at) == Some(delimiter)).unwrap_or(self.lines.len())
    }

    fn passed_over(&mut self, delimiter: &str, what: Option<&str>) {
        let end = self.closing(delimiter);
        if let Some(what) = what {
            self.content.leave(what, self.lines[self.at].start..self.lines[end.min(self.lines.len() - 1)].end);
        }
        self.style = Style::default();
        self.at = end + 1;
    }

    fn listing(&mut self, delimiter: &str) {
        let end = self.closing(delimiter);
        let blocks = self.content.blocks.len();
        self.literal(self.at + 1..end);
        // The delimiters belong to it: what is added after it comes after them.
        let whole = self.lines[self.at].start..self.lines[end.min(self.lines.len() - 1)].end;
        if let Some(block) = self.content.blocks.get_mut(blocks) {
            block.element = whole;
        }
        self.at = end + 1;
    }

    /// A literal block of whole lines.
    pub(super) fn literal(&mut self, lines: Range<usize>) {
        let style = std::mem::take(&mut self.style);
        let mut builder = Builder::of_language(style.language);
        let indent = |line: &Range<usize>| self.text[line.clone()].len() - self.text[line.clone()].trim_start().len();
        let least = self.lines[lines.clone()].iter().filter(|line| !line.is_empty()).map(indent).min().unwrap_or(0);
        for at in lines.clone() {
            let line = self.lines[at].clone();
            let text = &self.text[line.clone()];
            if MACRO.captures(text).is_some_and(|found| &found["name"] == "include") {
                self.content.leave("include", line);
                continue;
            }
            let from = line.start + if line.is_empty() { 0 } else { least };
            let to = CALLOUT.find(text).map_or(line.end, |found| line.start + found.start()).max(from);
            builder.push(&self.text[from..to], from..to);
            let next = self.lines.get(at + 1).map_or(self.text.len(), |next| next.start);
            builder.push("\n", line.end..next);
        }
        let element = match (self.lines.get(lines.start), lines.end.checked_sub(1).and_then(|last| self.lines.get(last))) {
            (Some(first), Some(last)) if !lines.is_empty() => first.start..last.end,
            _ => return,
        };
        self.content.blocks.extend(builder.finish(Kind::Literal, element));
    }

    /// The cells of a table.
    fn table(&mut self, delimiter: &str) {
        let end = self.closing(delimiter);
        let (Some(first), Some(last)) = (self.lines.get(self.at + 1), self.lines.get(end - 1)) else { return self.end_style() };
        let (start, stop) = (first.start, last.end.max(first.start));
        let marks: Vec<Range<usize>> = CELL.find_iter(&self.text[start..stop]).map(|mark| mark.range()).collect();
        let ends = marks.iter().skip(1).map(|mark| start + mark.start).chain([stop]);
        let cells: Vec<Range<usize>> = marks.iter().zip(ends).map(|(mark, end)| start + mark.end..end).collect();
        let before = start..marks.first().map_or(stop, |mark| start + mark.start);
        for cell in [before].into_iter().chain(cells) {
            self.push(Kind::Prose, cell.clone(), cell);
        }
        self.style = Style::default();
        self.at = end + 1;
    }
}
