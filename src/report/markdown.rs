//! The view as Markdown for the summary of a CI job.

use serde::Serialize;
use tera::{Context, Kwargs, State, Tera};

use super::accuracy::Accuracy;
use super::error::unrendered;
use super::view::View;
use crate::text::advice::Advice;

const TEMPLATE: &str = include_str!("../../reports/templates/report.md");
const ACCURACY: &str = include_str!("../../reports/templates/accuracy.md");
/// Marks where the report may be cut: a character that the view never contains.
const CUT: char = '\u{1}';
/// A summary on GitHub holds at most one mebibyte, and other steps may write to it too.
const LIMIT: usize = 900 << 10;

pub fn render(view: &View) -> Result<String, Advice> {
    fill("report.md", TEMPLATE, view).map(|text| bounded(&text))
}

pub fn accuracy(accuracy: &Accuracy) -> Result<String, Advice> {
    fill("accuracy.md", ACCURACY, accuracy)
}

fn fill(name: &'static str, template: &str, value: &impl Serialize) -> Result<String, Advice> {
    let mut tera = Tera::new();
    tera.register_filter("code", |text: &str, _: Kwargs, _: &State<'_>| code(text));
    // Tables are split into cells before code spans are parsed, so a bar must be escaped even there.
    tera.register_filter("cell", |text: &str, _: Kwargs, _: &State<'_>| code(text).replace('|', "\\|"));
    tera.register_filter("block", |text: &str, _: Kwargs, _: &State<'_>| block(text));
    tera.register_filter("prose", |text: &str, _: Kwargs, _: &State<'_>| prose(text));
    let mut render = || {
        tera.add_raw_template(name, template)?;
        let mut context = Context::from_serialize(value)?;
        context.insert("cut", &CUT);
        tera.render(name, &context)
    };
    render().map_err(|error: tera::Error| unrendered(name, &error))
}

/// A code span on one line, fenced by more backticks than it contains in a row.
fn code(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fence = "`".repeat(longest_run(&line) + 1);
    match line.as_str() {
        "" => String::new(),
        _ if line.starts_with('`') || line.ends_with('`') => format!("{fence} {line} {fence}"),
        _ => format!("{fence}{line}{fence}"),
    }
}

/// A code block, fenced by more backticks than it contains in a row.
fn block(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}text\n{}\n{fence}", text.trim_end())
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

/// One line of prose, escaped except for names in backticks.
fn prose(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts: Vec<&str> = line.split('`').collect();
    match parts.len() % 2 {
        0 => escaped(&line),
        _ => parts.iter().enumerate().map(|(index, part)| if index % 2 == 0 { escaped(part) } else { code(part) }).collect(),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '>' | '$' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Whole sections up to the limit, then a note that there is more.
fn bounded(text: &str) -> String {
    let mut whole = String::new();
    for section in text.split(CUT) {
        if whole.len() + section.len() > LIMIT {
            return whole + "\n… the rest is in `report.html`.\n";
        }
        whole += section;
    }
    whole
}
