//! The view as Markdown for the summary of a CI job: what needs a look, and nothing that needs a click. It must not
//! know the record.

use tera::{Context, Kwargs, State, Tera};

use super::ReportError;
use super::view::View;

const TEMPLATE: &str = include_str!("../../reports/templates/report.md");
/// Where the template may be cut: a character that nothing the view shows can hold.
const CUT: char = '\u{1}';
/// What a summary may hold on GitHub is a mebibyte; there must be room for what others write into it.
const LIMIT: usize = 900 << 10;

/// The view as `report.md` holds it.
pub fn render(view: &View) -> Result<String, ReportError> {
    let text = fill(view).map_err(|error| ReportError::Render { report: "report.md", cause: error.into() })?;
    Ok(bounded(&text))
}

fn fill(view: &View) -> Result<String, tera::Error> {
    let mut tera = Tera::new();
    tera.register_filter("code", |text: &str, _: Kwargs, _: &State<'_>| code(text));
    // Tables are cut into cells before code spans are found, so a bar must be escaped even there.
    tera.register_filter("cell", |text: &str, _: Kwargs, _: &State<'_>| code(text).replace('|', "\\|"));
    tera.register_filter("block", |text: &str, _: Kwargs, _: &State<'_>| block(text));
    tera.register_filter("prose", |text: &str, _: Kwargs, _: &State<'_>| prose(text));
    tera.add_raw_template("report.md", TEMPLATE)?;
    let mut context = Context::from_serialize(view)?;
    context.insert("cut", &CUT);
    tera.render("report.md", &context)
}

/// A code span: fenced by more backticks than it holds in a row, on one line.
fn code(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fence = "`".repeat(longest_run(&line) + 1);
    match line.as_str() {
        "" => String::new(),
        _ if line.starts_with('`') || line.ends_with('`') => format!("{fence} {line} {fence}"),
        _ => format!("{fence}{line}{fence}"),
    }
}

/// A code block, fenced by more backticks than it holds in a row.
fn block(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}text\n{}\n{fence}", text.trim_end())
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

/// One line of prose in which nothing is markup but names in backticks.
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

/// Whole sections up to the limit, then a word that there is more.
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
