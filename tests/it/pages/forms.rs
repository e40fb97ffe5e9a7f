//! One page in every supported format, generated from its plain text.

use std::path::Path;

use matrix::page::{Kind, Markup, Page};

/// Line width of wrapped text.
const WIDTH: usize = 60;

/// A page's text in some form.
pub(crate) struct Form {
    pub(crate) name: &'static str,
    pub(crate) text: String,
    pub(crate) markup: Markup,
}

impl Form {
    pub(crate) fn page(&self) -> Page {
        Page::parse(Path::new(self.name), self.text.clone(), self.markup).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// The plain text as it is, set narrow, and in each markup.
pub(crate) fn forms(text: &str) -> Vec<Form> {
    let page = Page::parse(Path::new("page.txt"), text.to_owned(), Markup::Plain).unwrap();
    let all = |block: fn(&Kind, &str) -> String| -> String {
        page.blocks.iter().map(|part| block(&part.kind, &part.text) + "\n\n").collect()
    };
    vec![
        Form { name: "as-it-is.txt", text: text.to_owned(), markup: Markup::Plain },
        Form { name: "narrow.txt", text: all(narrow), markup: Markup::Plain },
        Form { name: "page.rst", text: all(rst), markup: Markup::Rst },
        Form { name: "page.md", text: all(markdown), markup: Markup::Markdown },
        Form {
            name: "page.html",
            text: format!("<!doctype html>\n<title>x</title>\n<body>\n{}</body>", all(html)),
            markup: Markup::Html,
        },
        Form { name: "page.adoc", text: all(asciidoc), markup: Markup::AsciiDoc },
    ]
}

fn set(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        if lines.last().unwrap().len() + word.len() > WIDTH && !lines.last().unwrap().is_empty() {
            lines.push(String::new());
        }
        let line = lines.last_mut().unwrap();
        *line += if line.is_empty() { "" } else { " " };
        *line += word;
    }
    lines.join("\n")
}

fn narrow(kind: &Kind, text: &str) -> String {
    if *kind == Kind::Prose { set(text) } else { text.to_owned() }
}

/// Text with a backslash before each of some characters.
fn escaped(text: &str, special: &[char]) -> String {
    text.chars().flat_map(|c| special.contains(&c).then_some('\\').into_iter().chain([c])).collect()
}

/// Quoted names between the marks of code, the rest escaped.
fn with_code(text: &str, mark: &str, special: &[char]) -> String {
    let mut shown = String::new();
    for (index, part) in text.split('‘').enumerate() {
        let (name, rest) = if index == 0 { ("", part) } else { part.split_once('’').unwrap_or(("", part)) };
        if !name.is_empty() {
            shown += &format!("{mark}{name}{mark}");
        }
        shown += &escaped(rest, special);
    }
    shown
}

fn rst(kind: &Kind, text: &str) -> String {
    match kind {
        Kind::Heading(level) => {
            let line = if *level == 1 { "=" } else { "-" }.repeat(text.chars().count());
            format!("{text}\n{line}")
        }
        Kind::Prose => set(&with_code(text, "``", &['\\', '*', '`', '|'])),
        Kind::Literal => format!("::\n\n{}", text.lines().map(|line| format!("    {line}\n")).collect::<String>()),
    }
}

fn markdown(kind: &Kind, text: &str) -> String {
    match kind {
        Kind::Heading(level) => format!("{} {}", "#".repeat((*level).into()), escaped(text, &['_', '*'])),
        Kind::Prose => set(&with_code(text, "`", &['\\', '`', '*', '_', '<', '[', '#'])),
        Kind::Literal => format!("```\n{text}\n```"),
    }
}

fn asciidoc(kind: &Kind, text: &str) -> String {
    match kind {
        Kind::Heading(level) => format!("{} {text}", "=".repeat((*level).into())),
        Kind::Prose => set(&with_code(text, "`", &['*', '#'])),
        Kind::Literal => format!("----\n{text}\n----"),
    }
}

fn html(kind: &Kind, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    match kind {
        Kind::Heading(level) => format!("<h{level}>{text}<a class=\"headerlink\" href=\"#x\">¶</a></h{level}>"),
        Kind::Prose => format!("<p>{}</p>", set(&text.replace('‘', "<code>").replace('’', "</code>"))),
        Kind::Literal => format!("<div class=\"highlight\"><pre><span></span>{text}</pre></div>"),
    }
}
