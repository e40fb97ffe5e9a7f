//! The macros of all files, and what their uses stand for.

use std::collections::{BTreeMap, BTreeSet};

use super::lex::{Kind, Token};

/// Maximum depth of macros within macros.
const DEEPEST: usize = 12;
/// Maximum number of tokens that the use of a macro stands for.
const LONGEST: usize = 4096;
/// Maximum number of definitions of a macro that are used, for example those of different systems.
const MOST: usize = 4;

/// A macro.
#[derive(Debug, Clone)]
pub(super) struct Macro {
    pub(super) name: String,
    /// `None` without parentheses.
    parameters: Option<Vec<String>>,
    /// Whether the last parameter stands for the rest of the arguments.
    takes_rest: bool,
    pub(super) body: Vec<Token>,
}

impl Macro {
    /// From the tokens after `#define`.
    pub(super) fn new(tokens: &[Token]) -> Option<Self> {
        let (name, rest) = tokens.split_first().filter(|(name, _)| name.is_word())?;
        let has_parameters = rest.first().is_some_and(|first| first.is("(") && !first.spaced);
        let name = name.text.clone();
        if !has_parameters {
            return Some(Macro { name, parameters: None, takes_rest: false, body: rest.to_vec() });
        }
        let close = rest.iter().position(|token| token.is(")"))?;
        let parameters = &rest[1..close];
        let mut names: Vec<String> = parameters.iter().filter(|token| token.is_word()).map(|token| token.text.clone()).collect();
        let dots = parameters.iter().position(|token| token.is("."));
        let rest_is_named = |dots: usize| dots.checked_sub(1).is_some_and(|before| parameters[before].is_word());
        if dots.is_some_and(|dots| !rest_is_named(dots)) {
            names.push("__VA_ARGS__".to_owned());
        }
        Some(Macro { name, parameters: Some(names), takes_rest: dots.is_some(), body: rest[close + 1..].to_vec() })
    }

    /// The body with these arguments.
    fn with(&self, arguments: &[Vec<Token>]) -> Vec<Token> {
        let names = self.parameters.as_deref().unwrap_or_default();
        let argument = |name: &Token| {
            let place = names.iter().position(|own| name.is_word() && *own == name.text)?;
            match self.takes_rest && place + 1 == names.len() {
                // Commas between the rest of the arguments were removed.
                true => Some(arguments.get(place..).unwrap_or_default().join(comma(name).as_slice())),
                false => arguments.get(place).cloned(),
            }
        };
        let mut tokens: Vec<Token> = Vec::new();
        let mut body = self.body.iter().peekable();
        while let Some(token) = body.next() {
            let named = body.peek().and_then(|next| argument(next)).filter(|_| token.is("#"));
            match (named, argument(token)) {
                (Some(argument), _) => {
                    body.next();
                    tokens.push(Token { kind: Kind::Text, text: written(&argument), ..token.clone() });
                }
                (None, Some(argument)) => tokens.extend(argument),
                (None, None) => tokens.push(token.clone()),
            }
        }
        pasted(tokens)
    }
}

fn comma(at: &Token) -> Vec<Token> {
    vec![Token { kind: Kind::Other, text: ",".to_owned(), ..at.clone() }]
}

/// Tokens as text, as `#` makes it.
fn written(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        if token.spaced && !text.is_empty() {
            text.push(' ');
        }
        text += &token.text;
    }
    text
}

/// Joins the tokens on both sides of each `##`.
fn pasted(tokens: Vec<Token>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::new();
    let mut joins = false;
    for token in tokens {
        match joined.last_mut() {
            _ if token.is("##") => joins = true,
            Some(last) if std::mem::take(&mut joins) && is_pastable(last) && is_pastable(&token) => last.text += &token.text,
            _ => joined.push(token),
        }
    }
    joined
}

/// Of others, such as the comma before `##__VA_ARGS__`, nothing is made.
fn is_pastable(token: &Token) -> bool {
    matches!(token.kind, Kind::Word | Kind::Number)
}

/// The macros of all files.
#[derive(Debug, Default)]
pub(super) struct Macros {
    all: BTreeMap<String, Vec<Macro>>,
}

/// What a use of a macro stands for.
pub(super) struct Use {
    /// One for each definition.
    pub(super) meanings: Vec<Vec<Token>>,
    /// The number of tokens of the use.
    pub(super) length: usize,
}

impl Macros {
    pub(super) fn add(&mut self, definition: Macro) {
        self.all.entry(definition.name.clone()).or_default().push(definition);
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.all.contains_key(name)
    }

    /// The meaning of the macro whose use begins at the first of these tokens.
    pub(super) fn used(&self, tokens: &[Token]) -> Option<Use> {
        let name = tokens.first().filter(|name| name.is_word())?;
        let definitions = self.all.get(&name.text)?;
        let call = arguments(&tokens[1..]);
        let fits = |definition: &&Macro| definition.parameters.is_none() || call.is_some();
        let fitting: Vec<&Macro> = definitions.iter().filter(fits).take(MOST).collect();
        let with_call = fitting.first()?.parameters.is_some();
        let length = if with_call { 1 + call.as_ref().map_or(0, |(_, length)| *length) } else { 1 };
        let mut expansion = Expansion { macros: self, active: BTreeSet::from([name.text.as_str()]), left: LONGEST };
        let arguments = call.map(|(arguments, _)| arguments).unwrap_or_default();
        let meaning = |definition: &&Macro| expansion.of(&definition.with(&arguments), 0);
        let meanings = fitting.iter().filter(|definition| definition.parameters.is_some() == with_call).map(meaning).collect();
        Some(Use { meanings, length })
    }

    /// Whether `##` may have made this name from others, `words` being all words of the sources.
    pub(super) fn may_paste(&self, name: &str, words: &BTreeSet<&str>) -> bool {
        let bodies = || self.all.values().flatten().map(|definition| (definition, &definition.body));
        bodies().any(|(definition, body)| {
            let parameters = definition.parameters.as_deref().unwrap_or_default();
            body.iter().enumerate().filter(|(_, token)| token.is("##")).any(|(at, _)| {
                let is_fixed = |token: &&Token| token.is_word() && !parameters.contains(&token.text);
                let before = at.checked_sub(1).and_then(|before| body.get(before)).filter(is_fixed);
                match (before, body.get(at + 1).filter(is_fixed)) {
                    (Some(before), _) => name.starts_with(&before.text),
                    (None, Some(after)) => name.ends_with(&after.text),
                    (None, None) => {
                        let cuts = name.char_indices().map(|(cut, _)| name.split_at(cut)).skip(1);
                        cuts.into_iter().any(|(one, other)| words.contains(one) && words.contains(other))
                    }
                }
            })
        })
    }
}

/// The arguments in parentheses that begin here, and the number of tokens.
fn arguments(tokens: &[Token]) -> Option<(Vec<Vec<Token>>, usize)> {
    tokens.first().filter(|first| first.is("("))?;
    let mut arguments = vec![Vec::new()];
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().take(LONGEST) {
        match token.text.as_str() {
            "(" if token.kind == Kind::Other => depth += 1,
            ")" if token.kind == Kind::Other => depth -= 1,
            "," if token.kind == Kind::Other && depth == 1 => {
                arguments.push(Vec::new());
                continue;
            }
            _ => {}
        }
        match (depth, at) {
            (0, _) => return Some((arguments, at + 1)),
            (_, 0) => {}
            // Directives within arguments are left out.
            _ if matches!(token.kind, Kind::Directive | Kind::End | Kind::Diagnostic) => {}
            _ => arguments.last_mut().expect("there is one").push(token.clone()),
        }
    }
    None
}

struct Expansion<'a> {
    macros: &'a Macros,
    /// Macros that are being expanded, which are not expanded within themselves.
    active: BTreeSet<&'a str>,
    left: usize,
}

impl<'a> Expansion<'a> {
    fn of(&mut self, tokens: &[Token], depth: usize) -> Vec<Token> {
        let mut expanded = Vec::new();
        let mut at = 0;
        while at < tokens.len() && self.left > 0 {
            let token = &tokens[at];
            let known = self.macros.all.get_key_value(&token.text).filter(|_| token.is_word() && depth < DEEPEST);
            let known = known.filter(|(name, _)| !self.active.contains(name.as_str()));
            let call = known.and_then(|_| arguments(&tokens[at + 1..]));
            // Within another macro, the first definition that fits stands for all.
            let fitting = known.and_then(|(name, definitions)| {
                let fits = |definition: &&Macro| definition.parameters.is_none() || call.is_some();
                Some((name.as_str(), definitions.iter().find(fits)?))
            });
            match fitting {
                Some((name, definition)) => {
                    let (arguments, length) = match (&definition.parameters, call) {
                        (Some(_), Some(call)) => call,
                        _ => (Vec::new(), 0),
                    };
                    self.active.insert(name);
                    expanded.extend(self.of(&definition.with(&arguments), depth + 1));
                    self.active.remove(name);
                    at += 1 + length;
                }
                None => {
                    expanded.push(token.clone());
                    self.left -= 1;
                    at += 1;
                }
            }
        }
        expanded
    }
}

#[cfg(test)]
mod tests {
    use super::super::lex::tokens;
    use super::*;

    /// What the use of a macro stands for in each of its definitions.
    fn meanings(definitions: &[&str], text: &str) -> Vec<String> {
        let mut macros = Macros::default();
        definitions.iter().for_each(|definition| macros.add(Macro::new(&tokens(definition)).unwrap()));
        let used = macros.used(&tokens(text)).unwrap();
        let shown = |token: &Token| if token.kind == Kind::Text { format!("«{}»", token.text) } else { token.text.clone() };
        used.meanings.iter().map(|tokens| tokens.iter().map(shown).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn a_number_is_made_text_as_it_is_written() {
        let code = "CODE(n) \"E\" #n \": \"";
        assert_eq!(meanings(&[code], "CODE(0099) \"x\""), ["«E» «0099» «: »"]);
        assert_eq!(
            meanings(&[code, "FAIL(n, text) fail(CODE(n) text)"], "FAIL(7, \"bad\" \"ly\")"),
            ["fail ( «E» «7» «: » «bad» «ly» )"]
        );
    }

    #[test]
    fn every_definition_has_its_meaning() {
        assert_eq!(meanings(&["NAME \"one\"", "NAME \"two\""], "NAME;"), ["«one»", "«two»"]);
    }

    #[test]
    fn the_rest_of_the_arguments_is_passed_on() {
        let log = "log(level, ...) do_log(level, __VA_ARGS__)";
        assert_eq!(meanings(&[log], "log(1, \"a %s\", f(x, y))"), ["do_log ( 1 , «a %s» , f ( x , y ) )"]);
    }

    #[test]
    fn a_macro_is_not_expanded_within_itself() {
        assert_eq!(meanings(&["f(x) f(x + 1)"], "f(2)"), ["f ( 2 + 1 )"]);
        assert_eq!(meanings(&["a b", "b a a"], "a"), ["a a"]);
    }

    #[test]
    fn names_that_may_be_pasted_are_known() {
        let mut macros = Macros::default();
        macros.add(Macro::new(&tokens("id(x) wsgi_id_##x")).unwrap());
        assert!(macros.may_paste("wsgi_id_name", &BTreeSet::new()) && !macros.may_paste("wsgi_name", &BTreeSet::new()));
        macros.add(Macro::new(&tokens("cat(x, y) x##y")).unwrap());
        assert!(macros.may_paste("ab", &BTreeSet::from(["a", "b"])) && !macros.may_paste("ab", &BTreeSet::from(["a", "c"])));
    }
}
