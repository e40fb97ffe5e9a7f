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
    /// AsciiDoc.
    #[value(name = "asciidoc")]
    #[serde(rename = "asciidoc")]
    AsciiDoc,
    /// Plain text: paragraphs separated by empty lines.
    Plain,
}

/// How the markup of a page was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// `--markup` names it.
    Option,
    /// The file name.
    Name,
    /// The content.
    Content,
}

impl Markup {
    /// By the file's extension; `None` if that does not decide.
    pub fn of(path: &Path) -> Option<Self> {
        let name = |path: &Path| path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
        match name(path).as_deref() {
            Some("rst" | "rest") => Some(Markup::Rst),
            Some("md" | "markdown" | "mdown" | "mkd" | "mkdn" | "mdx" | "qmd" | "rmd") => Some(Markup::Markdown),
            Some("html" | "htm" | "xhtml" | "shtml") => Some(Markup::Html),
            Some("adoc" | "asciidoc" | "asciidoctor" | "asc" | "ad") => Some(Markup::AsciiDoc),
            // Sphinx publishes the sources of a page as `page.rst.txt`.
            Some("txt" | "in" | "inc" | "j2" | "tmpl") => path.file_stem().and_then(|stem| Markup::of(Path::new(stem))),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Markup::Rst => "reStructuredText",
            Markup::Markdown => "Markdown",
            Markup::Html => "HTML",
            Markup::AsciiDoc => "AsciiDoc",
            Markup::Plain => "plain text",
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
            // Inline code of these cannot be empty, nor begin or end with white space.
            Markup::Rst | Markup::Markdown | Markup::AsciiDoc if text.trim() != text || text.is_empty() => {
                self.escaped(&format!("‘{text}’"))
            }
            Markup::Rst => format!("``{text}``"),
            Markup::Markdown => format!("`{text}`"),
            Markup::Html => format!("<code>{}</code>", self.escaped(text)),
            Markup::AsciiDoc => format!("`+{text}+`"),
            Markup::Plain => format!("‘{text}’"),
        }
    }

    /// Text with special characters escaped.
    pub fn escaped(self, text: &str) -> String {
        let special: &[char] = match self {
            Markup::Rst => &['\\', '*', '`', '|'],
            Markup::Markdown => &['\\', '`', '*', '_', '[', ']', '<', '>', '#', '&'],
            Markup::Html => return text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
            Markup::AsciiDoc => return references(text),
            Markup::Plain => &[],
        };
        text.chars().flat_map(|character| special.contains(&character).then_some('\\').into_iter().chain([character])).collect()
    }

    pub fn literal(self, line: &str) -> String {
        if self == Markup::Html { self.escaped(line) } else { line.to_owned() }
    }
}

/// Text of AsciiDoc in which signs that could be markup are character references: a backslash is shown where it is not needed.
fn references(text: &str) -> String {
    let mut shown = String::new();
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(sign) = rest.next() {
        let inside = before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric());
        match sign {
            '&' | '<' | '{' | '[' | '\\' | '`' | '+' | '*' | '#' => shown += &format!("&#{};", u32::from(sign)),
            '_' if !inside => shown += &format!("&#{};", u32::from(sign)),
            _ => shown.push(sign),
        }
        before = sign;
    }
    shown
}
