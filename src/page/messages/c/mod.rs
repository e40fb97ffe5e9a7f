//! The messages of C and C++ sources: string literals, adjacent ones as one, with macros expanded, and `#error` directives.
//! Nothing is compiled: all alternatives of a condition count, except those of `#if 0`, which are never used.

mod lex;
mod macros;
mod statement;

use std::collections::{BTreeMap, BTreeSet};

use super::message::{File, Message, Owner, Unused};
use lex::{Kind, Token, tokens};
use macros::{Macro, Macros};
use statement::{Name, directive, statements};

/// Extensions of files in C and C++.
pub(super) const EXTENSIONS: [&str; 11] = ["c", "h", "cc", "cpp", "cxx", "c++", "hh", "hpp", "hxx", "inl", "ipp"];

/// Functions that the system calls.
const ENTRIES: [&str; 5] = ["main", "wmain", "WinMain", "wWinMain", "DllMain"];
/// Maximum number of readings of one text, when macros in it have several definitions.
const READINGS: usize = 4;

/// The messages of some files, each with the definition that nothing mentions, if it is in one. `others` are words of files in
/// other languages.
pub(super) fn messages(files: &[&File], others: &BTreeSet<String>) -> Vec<Message> {
    let units: Vec<(&File, Code)> = files.iter().map(|file| (*file, Code::of(tokens(&file.text)))).collect();
    let mut macros = Macros::default();
    for (_, code) in &units {
        defined(&code.enabled).for_each(|(_, definition)| macros.add(definition));
    }
    let (mut found, mut disabled) = (Found::default(), Found::default());
    for (file, code) in &units {
        Scan { file, tokens: &code.enabled, macros: &macros, found: &mut found }.all();
        Scan { file, tokens: &code.disabled, macros: &macros, found: &mut disabled }.all();
        found.note_disabled(file, &code.disabled);
    }
    let words: BTreeSet<&str> = units
        .iter()
        .flat_map(|(_, code)| &code.enabled)
        .filter(|token| token.is_word())
        .map(|token| token.text.as_str())
        .collect();
    let disabled = disabled.messages.into_iter().map(|(message, _)| Message { unused: Some(Unused::Disabled), ..message });
    let enabled = found.finished(|name| others.contains(name) || ENTRIES.contains(&name) || macros.may_paste(name, &words));
    enabled.into_iter().chain(disabled).collect()
}

/// The tokens of a file.
#[derive(Default)]
struct Code {
    enabled: Vec<Token>,
    /// What `#if 0` disables.
    disabled: Vec<Token>,
}

impl Code {
    fn of(tokens: Vec<Token>) -> Self {
        // For each open condition, whether the current branch is disabled.
        let mut conditions: Vec<bool> = Vec::new();
        let mut code = Code::default();
        let mut at = 0;
        while at < tokens.len() {
            let token = &tokens[at];
            let end = if token.kind == Kind::Directive { directive(&tokens, at).end } else { at + 1 };
            let value = || tokens[at + 1..end].iter().filter(|token| token.kind != Kind::End).map(|token| token.text.as_str());
            match token.text.as_str() {
                _ if token.kind != Kind::Directive => {}
                "if" => conditions.push(value().filter(|text| !["(", ")"].contains(text)).eq(["0"])),
                "ifdef" | "ifndef" => conditions.push(false),
                "elif" | "elifdef" | "elifndef" | "else" => {
                    if let Some(last) = conditions.last_mut() {
                        *last = false;
                    }
                }
                "endif" => {
                    conditions.pop();
                }
                _ => {}
            }
            let is_condition = token.kind == Kind::Directive && token.text != "define";
            match conditions.contains(&true) {
                true if !is_condition => code.disabled.extend_from_slice(&tokens[at..end]),
                _ => code.enabled.extend_from_slice(&tokens[at..end]),
            }
            at = end;
        }
        code
    }
}

/// The macros of a file, each with the place of its name.
fn defined(tokens: &[Token]) -> impl Iterator<Item = (usize, Macro)> {
    let starts = tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Directive && token.text == "define");
    starts.filter_map(|(at, _)| {
        let own = directive(tokens, at);
        let body = tokens[own.start + 1..own.end].split_last().filter(|(last, _)| last.kind == Kind::End);
        Some((own.start + 1, Macro::new(body.map_or(&tokens[own.start + 1..own.end], |(_, body)| body))?))
    })
}

/// The messages and mentions of all files.
#[derive(Default)]
struct Found {
    owners: Vec<Owner>,
    /// Each with the index of its owner.
    messages: Vec<(Message, Option<usize>)>,
    /// For each word, the owners that mention it; `None` is code without an owner.
    mentions: BTreeMap<String, BTreeSet<Option<usize>>>,
    /// Where disabled code mentions a word first.
    disabled: BTreeMap<String, String>,
}

impl Found {
    fn note_disabled(&mut self, file: &File, tokens: &[Token]) {
        for token in tokens.iter().filter(|token| token.is_word()) {
            self.disabled.entry(token.text.clone()).or_insert_with(|| format!("{}:{}", file.path, token.line));
        }
    }

    /// The messages. Those of an owner that only itself and unused owners mention are unused.
    fn finished(self, is_used_elsewhere: impl Fn(&str) -> bool) -> Vec<Message> {
        let Found { owners, messages, mentions, disabled } = self;
        let mut unused: BTreeSet<usize> = BTreeSet::new();
        let exempt: Vec<bool> = owners.iter().map(|owner| is_used_elsewhere(&owner.name)).collect();
        loop {
            let is_unused = |owner: &usize| {
                let name = &owners[*owner].name;
                let mentioned = mentions.get(name).into_iter().flatten();
                let by_used = |by: &Option<usize>| by.is_none_or(|by| owners[by].name != *name && !unused.contains(&by));
                !exempt[*owner] && !mentioned.into_iter().any(by_used)
            };
            let more: Vec<usize> = (0..owners.len()).filter(|owner| !unused.contains(owner)).filter(is_unused).collect();
            if more.is_empty() {
                break;
            }
            unused.extend(more);
        }
        let finished = |(message, owner): (Message, Option<usize>)| {
            let owner = owner.filter(|owner| unused.contains(owner)).map(|owner| owners[owner].clone());
            let unmentioned = |owner: Owner| Unused::Unmentioned(Owner { disabled: disabled.get(&owner.name).cloned(), ..owner });
            Message { unused: owner.map(unmentioned), ..message }
        };
        messages.into_iter().map(finished).collect()
    }
}

fn is_variable(tokens: &[Token], name: &Name) -> bool {
    !tokens.get(name.at + 1).is_some_and(|next| next.is("("))
}

/// Whether a value is computed by a call, which may do more than make the value.
fn calls(tokens: &[Token]) -> bool {
    let value = tokens.iter().skip_while(|token| !token.is("=")).collect::<Vec<_>>();
    value.windows(2).any(|pair| pair[0].is_word() && pair[1].is("("))
}

struct Scan<'a> {
    file: &'a File,
    tokens: &'a [Token],
    macros: &'a Macros,
    found: &'a mut Found,
}

impl Scan<'_> {
    fn all(&mut self) {
        for (at, definition) in defined(self.tokens) {
            let owner = self.own(at);
            self.code(&definition.body, Some(owner), None);
        }
        for statement in statements(self.tokens, self.macros) {
            let code = &self.tokens[statement.tokens.clone()];
            let is_owner = |name: &Name| name.is_defined && !(is_variable(self.tokens, name) && calls(code));
            let owner = statement.name.filter(is_owner).map(|name| self.own(name.at));
            let start = statement.tokens.start;
            let name = statement.name.map(|name| name.at - start);
            self.code(&self.tokens[statement.tokens], owner, name);
        }
    }

    /// A new owner, whose name is this token.
    fn own(&mut self, at: usize) -> usize {
        let Token { text, line, .. } = &self.tokens[at];
        self.found.owners.push(Owner { name: text.clone(), file: self.file.path.clone(), line: *line, disabled: None });
        self.found.owners.len() - 1
    }

    /// The mentions and messages of some tokens. The token at `name` is no mention.
    fn code(&mut self, tokens: &[Token], owner: Option<usize>, name: Option<usize>) {
        let mut at = 0;
        let mut text = Reading::default();
        while at < tokens.len() {
            let token = &tokens[at];
            if token.kind == Kind::Directive {
                self.condition(&tokens[directive(tokens, at)], owner);
                at = directive(tokens, at).end;
                continue;
            }
            if token.is_word() && name != Some(at) {
                self.mention(token, owner);
            }
            let used = self.macros.used(&tokens[at..]);
            let is_text = |meaning: &Vec<Token>| !meaning.is_empty() && meaning.iter().all(|token| token.kind == Kind::Text);
            match (token.kind, used) {
                (Kind::Text, _) => text.push(&[token.text.as_str()], token.line),
                (Kind::Diagnostic, _) => self.message(&token.text, token.line, owner),
                (_, Some(used)) if used.meanings.iter().any(is_text) => {
                    let meanings: Vec<String> =
                        used.meanings.iter().filter(|meaning| is_text(meaning)).map(|meaning| joined(meaning)).collect();
                    text.push(&meanings.iter().map(String::as_str).collect::<Vec<_>>(), token.line);
                    at += used.length;
                    continue;
                }
                // A macro of another package, such as `PRId64`, between two literals.
                (Kind::Word, None) if !text.is_empty() && tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Text) => {
                    text.push(&[if token.text.starts_with("PRI") { "d" } else { "%s" }], token.line);
                }
                (_, used) => {
                    self.end(&mut text, owner);
                    used.into_iter().flat_map(|used| used.meanings).for_each(|meaning| self.meaning(&meaning, token.line, owner));
                }
            }
            at += 1;
        }
        self.end(&mut text, owner);
    }

    /// The messages of what the use of a macro stands for.
    fn meaning(&mut self, tokens: &[Token], line: usize, owner: Option<usize>) {
        for texts in tokens.chunk_by(|one, other| one.kind == Kind::Text && other.kind == Kind::Text) {
            if texts[0].kind == Kind::Text {
                self.message(&joined(texts), line, owner);
            }
        }
    }

    /// The mentions in a directive. Asking whether a name is defined uses nothing of it; bodies of macros are read on their own.
    fn condition(&mut self, tokens: &[Token], owner: Option<usize>) {
        if ["define", "undef", "ifdef", "ifndef", "include"].contains(&tokens[0].text.as_str()) {
            return;
        }
        let is_asked = |at: usize| {
            let before = |by: usize| at.checked_sub(by).is_some_and(|before| tokens[before].text == "defined");
            before(1) || (before(2) && tokens[at - 1].is("("))
        };
        let mentioned = tokens.iter().enumerate().filter(|(at, token)| token.is_word() && !is_asked(*at));
        for (_, token) in mentioned {
            self.mention(token, owner);
        }
    }

    fn mention(&mut self, token: &Token, owner: Option<usize>) {
        self.found.mentions.entry(token.text.clone()).or_default().insert(owner);
    }

    fn end(&mut self, text: &mut Reading, owner: Option<usize>) {
        let Reading { texts, line } = std::mem::take(text);
        texts.iter().for_each(|text| self.message(text, line, owner));
    }

    fn message(&mut self, text: &str, line: usize, owner: Option<usize>) {
        let message = Message { text: text.to_owned(), file: self.file.path.clone(), line, unused: None };
        self.found.messages.push((message, owner));
    }
}

fn joined(texts: &[Token]) -> String {
    texts.iter().map(|token| token.text.as_str()).collect()
}

/// Adjacent literals, in as many readings as the macros among them have definitions.
#[derive(Default)]
struct Reading {
    texts: Vec<String>,
    line: usize,
}

impl Reading {
    fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    fn push(&mut self, more: &[&str], line: usize) {
        if self.texts.is_empty() {
            self.texts.push(String::new());
            self.line = line;
        }
        let longer = self.texts.iter().flat_map(|text| more.iter().map(move |more| format!("{text}{more}")));
        self.texts = longer.take(READINGS).collect();
    }
}

#[cfg(test)]
mod tests;
