//! The markup of a page, and how to write text in it.

use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Markup {
    /// reStructuredText.
    Rst,
    /// Markdown.
    Markdown,
    /// HTML.
    Html,
    /// Plain text: paragraphs separated by empty lines.
    Plain,
}

impl Markup {
    /// By the file's extension; plain text if it is unknown.
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase).as_deref() {
            Some("rst" | "rest") => Markup::Rst,
            Some("md" | "markdown") => Markup::Markdown,
            Some("html" | "htm" | "xhtml") => Markup::Html,
            _ => Markup::Plain,
        }
    }

    /// A sentence with names in backticks, in this markup. Unbalanced backticks are literal.
    pub fn prose(self, text: &str) -> String {
        let parts: Vec<&str> = text.split('`').collect();
        if parts.len().is_multiple_of(2) {
            return self.escaped(text);
        }
        let parts = parts.into_iter().enumerate();
        parts.map(|(index, part)| if index % 2 == 1 { self.code(part) } else { self.escaped(part) }).collect()
    }

    /// Inline code; the text contains no backtick.
    fn code(self, text: &str) -> String {
        match self {
            // Inline code of these two cannot be empty, nor begin or end with white space.
            Markup::Rst | Markup::Markdown if text.trim() != text || text.is_empty() => self.escaped(&format!("‘{text}’")),
            Markup::Rst => format!("``{text}``"),
            Markup::Markdown => format!("`{text}`"),
            Markup::Html => format!("<code>{}</code>", self.escaped(text)),
            Markup::Plain => format!("‘{text}’"),
        }
    }

    /// Text with special characters escaped.
    pub fn escaped(self, text: &str) -> String {
        let special: &[char] = match self {
            Markup::Rst => &['\\', '*', '`', '|'],
            Markup::Markdown => &['\\', '`', '*', '_', '[', ']', '<', '>', '#', '&'],
            Markup::Html => return text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
            Markup::Plain => &[],
        };
        text.chars().flat_map(|character| special.contains(&character).then_some('\\').into_iter().chain([character])).collect()
    }

    pub fn literal(self, line: &str) -> String {
        if self == Markup::Html { self.escaped(line) } else { line.to_owned() }
    }
}
