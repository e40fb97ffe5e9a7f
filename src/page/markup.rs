//! How a page is written, and how something is written into it.

use std::path::Path;

/// A format of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Markup {
    /// reStructuredText.
    Rst,
    /// Markdown.
    Markdown,
    /// HTML.
    Html,
    /// Plain text: paragraphs with empty lines between.
    Plain,
}

impl Markup {
    /// What a file's name says; without a known ending, plain text.
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase).as_deref() {
            Some("rst" | "rest") => Markup::Rst,
            Some("md" | "markdown") => Markup::Markdown,
            Some("html" | "htm" | "xhtml") => Markup::Html,
            _ => Markup::Plain,
        }
    }

    /// A sentence of ours with names in backticks, as this format has it. Backticks without a counterpart name nothing.
    pub fn prose(self, text: &str) -> String {
        let parts: Vec<&str> = text.split('`').collect();
        if parts.len().is_multiple_of(2) {
            return self.escaped(text);
        }
        let parts = parts.into_iter().enumerate();
        parts.map(|(index, part)| if index % 2 == 1 { self.code(part) } else { self.escaped(part) }).collect()
    }

    /// Something literal inside a sentence; it holds no backtick.
    fn code(self, text: &str) -> String {
        match self {
            // Between the marks of these two something has to stand, and at its ends nothing blank.
            Markup::Rst | Markup::Markdown if text.trim() != text || text.is_empty() => self.escaped(&format!("‘{text}’")),
            Markup::Rst => format!("``{text}``"),
            Markup::Markdown => format!("`{text}`"),
            Markup::Html => format!("<code>{}</code>", self.escaped(text)),
            Markup::Plain => format!("‘{text}’"),
        }
    }

    /// Text in which nothing is markup.
    pub fn escaped(self, text: &str) -> String {
        let special: &[char] = match self {
            Markup::Rst => &['\\', '*', '`', '|'],
            Markup::Markdown => &['\\', '`', '*', '_', '[', ']', '<', '>', '#', '&'],
            Markup::Html => return text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
            Markup::Plain => &[],
        };
        text.chars().flat_map(|character| special.contains(&character).then_some('\\').into_iter().chain([character])).collect()
    }

    /// A line of a literal block.
    pub fn literal(self, line: &str) -> String {
        if self == Markup::Html { self.escaped(line) } else { line.to_owned() }
    }
}
