//! The messages of Python sources: string literals, adjacent ones as one. Documentation strings are none.

use std::sync::LazyLock;

use regex::Regex;

use super::message::{File, Message};
use crate::text::pattern::known;

pub(super) const EXTENSIONS: [&str; 2] = ["py", "pyi"];

/// A field of `str.format` or of an f-string, with doubled braces first.
static FIELD: LazyLock<Regex> = LazyLock::new(|| known(r"\{\{|\}\}|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"));

pub(super) fn messages(file: &File) -> Vec<Message> {
    let mut found: Vec<Message> = Vec::new();
    // Whether the statement begins here, and whether all of it so far is one text.
    let (mut begins, mut only_text) = (true, None);
    let mut joins = false;
    for token in (Reader { text: &file.text, at: 0, line: 1, depth: 0 }) {
        match token {
            Token::Text { text, line } => {
                match found.last_mut() {
                    Some(last) if joins => last.text += &text,
                    _ => found.push(Message { text, file: file.path.clone(), line, unused: None }),
                }
                only_text = if begins { Some(found.len() - 1) } else { only_text };
                (begins, joins) = (false, true);
            }
            Token::End => {
                if let Some(documentation) = only_text.take() {
                    found.remove(documentation);
                }
                (begins, joins) = (true, false);
            }
            Token::Other => (begins, joins, only_text) = (false, false, None),
        }
    }
    if let Some(documentation) = only_text {
        found.remove(documentation);
    }
    found
}

enum Token {
    Text {
        text: String,
        line: usize,
    },
    Other,
    /// The end of a statement.
    End,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    /// Number of open brackets.
    depth: usize,
}

impl Iterator for Reader<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            let rest = &self.text[self.at..];
            let first = rest.chars().next()?;
            match first {
                '\n' => {
                    self.pass(1);
                    if self.depth == 0 {
                        return Some(Token::End);
                    }
                }
                '\\' => self.pass(1 + rest[1..].chars().next().map_or(0, char::len_utf8)),
                '#' => self.pass(rest.find('\n').unwrap_or(rest.len())),
                _ if first.is_whitespace() => self.pass(first.len_utf8()),
                ';' => {
                    self.pass(1);
                    return Some(Token::End);
                }
                '"' | '\'' => return Some(self.string("")),
                _ if first.is_alphabetic() || first == '_' => {
                    let end = rest.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(rest.len());
                    let word = &rest[..end];
                    self.pass(end);
                    let is_prefix = word.len() <= 2 && word.chars().all(|letter| "rRbBuUfF".contains(letter));
                    if is_prefix && rest[end..].starts_with(['"', '\'']) {
                        return Some(self.string(word));
                    }
                    return Some(Token::Other);
                }
                _ => {
                    self.depth = match first {
                        '(' | '[' | '{' => self.depth + 1,
                        ')' | ']' | '}' => self.depth.saturating_sub(1),
                        _ => self.depth,
                    };
                    self.pass(first.len_utf8());
                    return Some(Token::Other);
                }
            }
        }
    }
}

impl Reader<'_> {
    fn pass(&mut self, bytes: usize) {
        self.line += self.text[self.at..self.at + bytes].matches('\n').count();
        self.at += bytes;
    }

    /// The string literal whose quotes begin here.
    fn string(&mut self, prefix: &str) -> Token {
        let line = self.line;
        let rest = &self.text[self.at..];
        let one = &rest[..1];
        let quotes = if rest.starts_with(&one.repeat(3)) { one.repeat(3) } else { one.to_owned() };
        let mut end = quotes.len();
        while end < rest.len() && !rest[end..].starts_with(&quotes) {
            let next = rest[end..].chars().next().map_or(1, char::len_utf8);
            if quotes.len() == 1 && rest[end..].starts_with('\n') {
                break;
            }
            let escaped =
                if rest[end..].starts_with('\\') { rest[end + 1..].chars().next().map_or(0, char::len_utf8) } else { 0 };
            end += next + escaped;
        }
        let content = &rest[quotes.len().min(end)..end];
        self.pass((end + quotes.len()).min(rest.len()).max(end));
        let is_raw = prefix.contains(['r', 'R']);
        let text = if is_raw { content.to_owned() } else { unescaped(content) };
        Token::Text { text: with_fields(&text), line }
    }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, if character == '\\' { characters.next() } else { None }) {
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some('t')) => plain.push('\t'),
            ('\\', Some('\n')) => {}
            ('\\', Some(other)) => plain.push(other),
            _ => plain.push(character),
        }
    }
    plain
}

/// A text in which each field is a placeholder.
fn with_fields(text: &str) -> String {
    let replaced = |found: &regex::Captures<'_>| match &found[0] {
        "{{" => "{".to_owned(),
        "}}" => "}".to_owned(),
        _ => "%s".to_owned(),
    };
    FIELD.replace_all(text, replaced).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let file = File { path: "x.py".to_owned(), text: text.to_owned() };
        messages(&file).into_iter().map(|message| format!("{} {}", message.line, message.text.replace('\n', "\\n"))).collect()
    }

    #[test]
    fn adjacent_literals_are_one_message_and_documentation_is_none() {
        assert_eq!(
            found("'''E1: no'''\n# 'E2: no'\ndef f():\n    \"E3: no\"\n    log('E4: one '\n        \"message\", 'x')\n"),
            ["5 E4: one message", "6 x"]
        );
        assert_eq!(found("x = 'a' \\\n  'b'\ny = ['c', # d\n 'e']\n'f'\n"), ["1 ab", "3 c", "4 e"]);
    }

    #[test]
    fn fields_are_placeholders_and_escapes_are_read() {
        assert_eq!(
            found(r#"f(f"E1: {x!r:>{w}} of {{y}}", 'E2: {} %d\n', rb'\d{2}', 'it\'s', """a "b" c""")"#),
            ["1 E1: %s of {y}", "1 E2: %s %d\\n", "1 \\d%s", "1 it's", "1 a \"b\" c"]
        );
    }

    #[test]
    fn a_string_that_is_not_closed_ends_with_its_line() {
        assert_eq!(found("x = 'a\ny = 'b'"), ["1 a", "2 b"]);
        assert_eq!(found("x = '''a"), ["1 a"]);
    }
}
