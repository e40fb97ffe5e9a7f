//! The statements at the top level of a file: which name each defines or declares.

use std::ops::Range;

use super::lex::{Kind, Token};
use super::macros::Macros;

/// A statement outside of all braces, with the braces that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) tokens: Range<usize>,
    pub(super) name: Option<Name>,
}

/// The name that a statement defines or declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    /// Its token.
    pub(super) at: usize,
    /// Whether it is a function or a variable with a value; otherwise it is declared only.
    pub(super) is_defined: bool,
}

/// Words before parentheses or braces that are no names.
const KEYWORDS: [&str; 16] = [
    "if",
    "else",
    "for",
    "while",
    "do",
    "switch",
    "return",
    "sizeof",
    "case",
    "struct",
    "union",
    "enum",
    "class",
    "typedef",
    "__attribute__",
    "__declspec",
];

pub(super) fn statements(tokens: &[Token], macros: &Macros) -> Vec<Statement> {
    let mut reader = Reader {
        tokens,
        macros,
        depth: 0,
        start: 0,
        name: None,
        ends_with_brace: false,
        conditions: Vec::new(),
        found: Vec::new(),
    };
    let mut at = 0;
    while at < tokens.len() {
        at = reader.read(at);
    }
    reader.end(tokens.len());
    reader.found
}

struct Reader<'a> {
    tokens: &'a [Token],
    macros: &'a Macros,
    /// Number of open braces.
    depth: usize,
    /// Where the statement begins.
    start: usize,
    /// The name, once a brace is open.
    name: Option<Option<Name>>,
    /// Whether the closing brace ends the statement, as that of a function.
    ends_with_brace: bool,
    /// The number of open braces at the `#if` of each condition.
    conditions: Vec<usize>,
    found: Vec<Statement>,
}

impl Reader<'_> {
    /// Reads a token or a directive; returns the place of the next.
    fn read(&mut self, at: usize) -> usize {
        let token = &self.tokens[at];
        match (token.kind, token.text.as_str()) {
            (Kind::Directive, name) => {
                self.condition(name);
                return directive(self.tokens, at).end;
            }
            (Kind::Other, "{") => self.open(at),
            (Kind::Other, "}") => self.close(at),
            (Kind::Other, ";") if self.depth == 0 => self.end(at + 1),
            _ => {}
        }
        at + 1
    }

    /// The alternatives of a condition open the same braces.
    fn condition(&mut self, name: &str) {
        match name {
            "if" | "ifdef" | "ifndef" => self.conditions.push(self.depth),
            "else" | "elif" | "elifdef" | "elifndef" => self.depth = self.conditions.last().copied().unwrap_or(self.depth),
            "endif" => {
                self.conditions.pop();
            }
            _ => {}
        }
    }

    fn open(&mut self, at: usize) {
        let head = self.head(at);
        let is_outer = self.depth == 0 && self.name.is_none();
        // Names within these braces are at the top level too.
        let is_namespace = head.first().is_some_and(|first| {
            let first = &self.tokens[*first];
            first.text == "namespace" || (first.text == "extern" && head.len() == 2 && self.tokens[head[1]].kind == Kind::Text)
        });
        if is_outer && is_namespace {
            return self.end(at + 1);
        }
        if is_outer {
            self.name = Some(self.named(&head, true));
            let outer = outside_parentheses(self.tokens, &head);
            let has = |text: &str| outer.iter().any(|place| self.tokens[head[*place]].is(text));
            self.ends_with_brace = has("(") && !has("=");
        }
        self.depth += 1;
    }

    fn close(&mut self, at: usize) {
        match self.depth {
            0 => self.end(at + 1),
            1 => {
                self.depth = 0;
                if std::mem::take(&mut self.ends_with_brace) {
                    self.end(at + 1);
                }
            }
            _ => self.depth -= 1,
        }
    }

    /// Ends a statement.
    fn end(&mut self, end: usize) {
        let name = self.name.take().unwrap_or_else(|| self.named(&self.head(end), false));
        if end > self.start {
            self.found.push(Statement { tokens: self.start..end, name });
        }
        (self.start, self.depth) = (end, 0);
    }

    /// The tokens of the statement up to a place, without directives.
    fn head(&self, end: usize) -> Vec<usize> {
        let mut head = Vec::new();
        let mut at = self.start;
        while at < end.min(self.tokens.len()) {
            match self.tokens[at].kind {
                Kind::Directive => at = directive(self.tokens, at).end,
                _ => {
                    head.push(at);
                    at += 1;
                }
            }
        }
        head
    }

    /// The name that a statement defines, or declares if it has no braces.
    fn named(&self, head: &[usize], has_braces: bool) -> Option<Name> {
        let token = |place: usize| head.get(place).map(|at| &self.tokens[*at]);
        let outer = outside_parentheses(self.tokens, head);
        let name = |place: usize, is_defined: bool| {
            let name = token(place).filter(|name| name.is_word() && !KEYWORDS.contains(&name.text.as_str()))?;
            (!self.macros.has(&name.text)).then_some(Name { at: head[place], is_defined })
        };
        // A variable with a value: the word before `=` and the brackets of an array.
        if let Some(equals) = outer.iter().position(|place| token(*place).is_some_and(|token| token.is("="))) {
            let before = outer[..equals].iter().take_while(|place| !token(**place).is_some_and(|token| token.is("[")));
            return before.last().and_then(|place| name(*place, true));
        }
        // A function: the word before the last parentheses, but those of attributes.
        let opens = outer.iter().copied().filter(|place| token(*place).is_some_and(|token| token.is("(")));
        let mut before = opens.filter_map(|open| open.checked_sub(1));
        let is_name =
            |place: &usize| token(*place).is_some_and(|token| token.is_word() && !KEYWORDS.contains(&token.text.as_str()));
        if let Some(place) = before.rfind(is_name) {
            // Without a type it is the use of a macro.
            let typed = place.checked_sub(1).and_then(token).is_some_and(|type_of| {
                type_of.is_word() || type_of.is("*") || type_of.is("&") || type_of.is(")") || type_of.is(">")
            });
            return name(place, has_braces).filter(|_| typed);
        }
        let is_type = outer.iter().any(|place| token(*place).is_some_and(|token| token.text == "typedef"));
        if has_braces || is_type {
            return None;
        }
        // A variable that is declared.
        let words = outer.iter().take_while(|place| !token(**place).is_some_and(|token| token.is("[") || token.is(";")));
        let words: Vec<usize> = words.copied().collect();
        words.last().filter(|_| words.len() > 1).and_then(|place| name(*place, false))
    }
}

/// The tokens of the directive that begins here.
pub(super) fn directive(tokens: &[Token], at: usize) -> Range<usize> {
    let length = tokens[at..].iter().position(|token| token.kind == Kind::End).map_or(tokens.len() - at, |end| end + 1);
    at..at + length
}

/// The places in `head` outside of parentheses, with the parentheses themselves that open.
fn outside_parentheses(tokens: &[Token], head: &[usize]) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut outside = Vec::new();
    for (place, at) in head.iter().enumerate() {
        let token = &tokens[*at];
        if token.is(")") {
            depth = depth.saturating_sub(1);
            continue;
        }
        if depth == 0 {
            outside.push(place);
        }
        depth += usize::from(token.is("("));
    }
    outside
}

#[cfg(test)]
mod tests {
    use super::super::lex::tokens;
    use super::super::macros::Macro;
    use super::*;

    /// The names of the statements; defined ones are marked.
    fn names(text: &str) -> Vec<String> {
        let tokens = tokens(text);
        let mut macros = Macros::default();
        macros.add(Macro::new(&super::super::lex::tokens("DECLARE(x) x")).unwrap());
        let name = |statement: Statement| match statement.name {
            Some(Name { at, is_defined }) => format!("{}{}", tokens[at].text, if is_defined { "!" } else { "" }),
            None => "-".to_owned(),
        };
        statements(&tokens, &macros).into_iter().map(name).collect()
    }

    #[test]
    fn functions_and_variables_are_defined_or_declared() {
        assert_eq!(names("int f(int a) { if (a) { g(); } return 1; } static void *h(void) { }"), ["f!", "h!"]);
        assert_eq!(
            names("extern int f(int); DECLARE(int) g(void); void p(char *, ...) __attribute__((format(printf, 1, 2)));"),
            ["f", "g", "p"]
        );
        assert_eq!(
            names("static const char *m = \"x\"; int t[] = {1, 2}; struct s v = { .f = f(1) }; extern int e[4];"),
            ["m!", "t!", "v!", "e"]
        );
    }

    #[test]
    fn types_and_uses_of_macros_define_no_name() {
        assert_eq!(
            names("struct s { int a; }; enum e { A = 1 }; typedef int (*fn)(void); DECLARE(f); static DECLARE(f);")[..2],
            ["-", "-"]
        );
        assert_eq!(names("DECLARE(f); static DECLARE(g);"), ["-", "-"]);
    }

    #[test]
    fn braces_of_a_language_or_a_namespace_hold_statements() {
        assert_eq!(
            names("extern \"C\" { int f(int a) { return a; } int g(int); } int h(int b) { }"),
            ["-", "f!", "g", "-", "h!"]
        );
        assert_eq!(names("namespace n { int f() { } }"), ["-", "f!", "-"]);
    }

    #[test]
    fn alternatives_of_a_condition_open_the_same_brace() {
        let text = "int f(int a)\n{\n#ifdef A\n  if (a) {\n#else\n  if (!a) {\n#endif\n  g();\n  }\n}\nint h(void) { }";
        assert_eq!(names(text), ["f!", "h!"]);
    }
}
