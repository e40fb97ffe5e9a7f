//! The tokens of C and C++. Comments are no tokens; lines that end with a backslash are joined.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    /// A string literal; its text is what it stands for.
    Text,
    /// A character literal or punctuation.
    Other,
    /// The name of a preprocessor directive, which is followed by its tokens and an [`Kind::End`].
    Directive,
    /// `#error` or `#warning` with its text.
    Diagnostic,
    /// The end of a directive.
    End,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// From 1.
    pub(super) line: usize,
    /// Whether white space precedes it.
    pub(super) spaced: bool,
}

impl Token {
    pub(super) fn is(&self, text: &str) -> bool {
        self.kind == Kind::Other && self.text == text
    }

    pub(super) fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { source: joined(text), at: 0, tokens: Vec::new(), spaced: false, directive: None };
    while lexer.step() {}
    lexer.end_directive();
    lexer.tokens
}

/// The characters with their lines, without the ends of continued lines.
fn joined(text: &str) -> Vec<(char, usize)> {
    let mut line = 1;
    let mut characters = Vec::with_capacity(text.len());
    for character in text.chars().filter(|character| *character != '\r') {
        match (character, characters.last()) {
            ('\n', Some(('\\', _))) => {
                characters.pop();
            }
            _ => characters.push((character, line)),
        }
        line += usize::from(character == '\n');
    }
    characters
}

struct Lexer {
    source: Vec<(char, usize)>,
    at: usize,
    tokens: Vec<Token>,
    spaced: bool,
    /// The line of the directive that is being read.
    directive: Option<usize>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.source.get(self.at + ahead).map_or('\0', |(character, _)| *character)
    }

    fn line(&self) -> usize {
        self.source.get(self.at).or(self.source.last()).map_or(1, |(_, line)| *line)
    }

    fn push(&mut self, kind: Kind, text: impl Into<String>, line: usize) {
        let spaced = std::mem::take(&mut self.spaced);
        self.tokens.push(Token { kind, text: text.into(), line, spaced });
    }

    /// The characters while `is` holds.
    fn take(&mut self, is: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.at < self.source.len() && is(self.peek(0)) {
            self.at += 1;
        }
        self.source[start..self.at].iter().map(|(character, _)| *character).collect()
    }

    fn end_directive(&mut self) {
        if let Some(line) = self.directive.take() {
            self.push(Kind::End, "", line);
        }
    }

    /// Reads what comes next; `false` at the end.
    fn step(&mut self) -> bool {
        let line = self.line();
        match self.peek(0) {
            _ if self.at >= self.source.len() => return false,
            '\n' => {
                self.end_directive();
                (self.at, self.spaced) = (self.at + 1, true);
            }
            character if character.is_whitespace() => (self.at, self.spaced) = (self.at + 1, true),
            '/' if self.comment() => self.spaced = true,
            '#' if self.directive.is_none() && self.begins_line() => self.directive(line),
            '"' => self.string(line),
            '\'' => {
                self.quoted('\'');
                self.push(Kind::Other, "''", line);
            }
            character if is_letter(character) => self.word(line),
            character if character.is_ascii_digit() || (character == '.' && self.peek(1).is_ascii_digit()) => self.number(line),
            '#' if self.peek(1) == '#' => {
                self.at += 2;
                self.push(Kind::Other, "##", line);
            }
            character => {
                self.at += 1;
                self.push(Kind::Other, character, line);
            }
        }
        true
    }

    fn begins_line(&self) -> bool {
        let before = self.source[..self.at].iter().rev().map(|(character, _)| *character);
        before.take_while(|character| *character != '\n').all(char::is_whitespace)
    }

    /// Passes a comment, if one begins here.
    fn comment(&mut self) -> bool {
        match self.peek(1) {
            '/' => {
                self.take(|character| character != '\n');
            }
            '*' => {
                self.at += 2;
                while self.at < self.source.len() && (self.peek(0), self.peek(1)) != ('*', '/') {
                    self.at += 1;
                }
                self.at = (self.at + 2).min(self.source.len());
            }
            _ => return false,
        }
        true
    }

    fn directive(&mut self, line: usize) {
        self.at += 1;
        self.take(|character| character == ' ' || character == '\t');
        let name = self.take(is_in_word);
        if name == "error" || name == "warning" {
            let rest = self.rest();
            let text = rest.split_whitespace().collect::<Vec<_>>().join(" ");
            return self.push(Kind::Diagnostic, format!("#{name} {text}"), line);
        }
        self.push(Kind::Directive, name, line);
        self.directive = Some(line);
    }

    /// The rest of the line without comments.
    fn rest(&mut self) -> String {
        let mut text = String::new();
        let mut in_string = false;
        while self.at < self.source.len() && self.peek(0) != '\n' {
            if !in_string && self.peek(0) == '/' && self.comment() {
                text.push(' ');
                continue;
            }
            in_string ^= self.peek(0) == '"';
            text.push(self.peek(0));
            self.at += 1;
        }
        text
    }

    fn string(&mut self, line: usize) {
        let text = self.quoted('"');
        self.push(Kind::Text, text, line);
    }

    /// What a literal stands for. One that is not closed ends with its line.
    fn quoted(&mut self, quote: char) -> String {
        self.at += 1;
        let mut text = String::new();
        while self.at < self.source.len() && self.peek(0) != '\n' {
            let character = self.peek(0);
            self.at += 1;
            match character {
                _ if character == quote => break,
                '\\' => text.extend(self.escape()),
                _ => text.push(character),
            }
        }
        text
    }

    fn escape(&mut self) -> Option<char> {
        let character = self.peek(0);
        self.at += 1;
        let code = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        match character {
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'a' | 'b' | 'f' | 'v' | '\0' => None,
            'x' => code(&self.take(|digit| digit.is_ascii_hexdigit()), 16),
            '0'..='7' => {
                self.at -= 1;
                code(&self.take(|digit| digit.is_digit(8)), 8)
            }
            other => Some(other),
        }
    }

    fn word(&mut self, line: usize) {
        let word = self.take(is_in_word);
        match (word.as_str(), self.peek(0)) {
            ("L" | "u" | "U" | "u8", '"') => self.string(line),
            ("R" | "LR" | "uR" | "UR" | "u8R", '"') => self.raw_string(line),
            _ => self.push(Kind::Word, word, line),
        }
    }

    /// `R"delimiter(text)delimiter"`.
    fn raw_string(&mut self, line: usize) {
        self.at += 1;
        let end = format!("){}\"", self.take(|character| character != '(' && character != '\n'));
        self.at += 1;
        let rest: String = self.source[self.at.min(self.source.len())..].iter().map(|(character, _)| *character).collect();
        let text = rest.split(&end).next().unwrap_or("").to_owned();
        self.at = (self.at + text.chars().count() + end.chars().count()).min(self.source.len());
        self.push(Kind::Text, text, line);
    }

    fn number(&mut self, line: usize) {
        let mut text = String::new();
        loop {
            text += &self.take(|character| is_in_word(character) || character == '.');
            let after_exponent = text.ends_with(['e', 'E', 'p', 'P']) && matches!(self.peek(0), '+' | '-');
            let separates = self.peek(0) == '\'' && is_in_word(self.peek(1));
            if !after_exponent && !separates {
                break;
            }
            text.push(self.peek(0));
            self.at += 1;
        }
        self.push(Kind::Number, text, line);
    }
}

fn is_letter(character: char) -> bool {
    character.is_alphabetic() || character == '_' || character == '$'
}

fn is_in_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let shown = |token: &Token| match token.kind {
            Kind::Text => format!("«{}»", token.text.replace('\n', "\\n")),
            Kind::Directive => format!("<{}", token.text),
            Kind::End => ">".to_owned(),
            Kind::Diagnostic => format!("[{}]", token.text),
            _ => token.text.clone(),
        };
        tokens(text).iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_are_no_tokens_and_strings_keep_what_looks_like_one() {
        assert_eq!(shown("a /* \"no\" */ b // \"no\"\n\"/* yes */ // yes\" c"), "a b «/* yes */ // yes» c");
        assert_eq!(shown("a /* not closed"), "a");
    }

    #[test]
    fn strings_are_read_as_what_they_stand_for() {
        assert_eq!(shown(r#"L"a" u8"\"b\"\n" '"' "\x41\101\\" R"x(" // )x" LR"(c)""#), r#"«a» «"b"\n» '' «AA\» «" // » «c»"#);
        assert_eq!(shown("\"not closed\nint x;"), "«not closed» int x ;");
    }

    #[test]
    fn a_backslash_continues_a_line_even_of_a_comment_or_a_string() {
        assert_eq!(shown("// no \\\n \"no\"\n\"one \\\nline\"\n#define A \\\n  1\nb"), "«one line» <define A 1 > b");
    }

    #[test]
    fn a_diagnostic_has_its_text_whatever_quotes_are_in_it() {
        assert_eq!(shown("#error Sorry, that's \"it // here\" /* no */ ok\nx"), "[#error Sorry, that's \"it // here\" ok] x");
        assert_eq!(shown("  #  error a // no\n#errors\n"), "[#error a] <errors >");
    }

    #[test]
    fn tokens_know_their_lines_and_numbers_are_kept_as_written() {
        let lines: Vec<usize> = tokens("a\n\\\n b /*\n*/ c\n").iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 3, 4]);
        assert_eq!(shown("f(0099, 1e+5, 1'000, .5f) a ## b"), "f ( 0099 , 1e+5 , 1'000 , .5f ) a ## b");
    }
}
