//! Values of environment variables in scenarios: `$NAME` and `${NAME}` refer to the image's environment, `$$` is a literal
//! dollar. The container's shell expands them; this module parses them and writes them as shell words.

use std::collections::BTreeMap;

use crate::text::shell::quoted;

/// One shell command that sets variables, or nothing. All values refer to the environment before the command, whatever
/// their order.
pub fn exported(env: &BTreeMap<String, String>) -> String {
    let words: String = env.iter().map(|(name, value)| format!(" {name}={}", word(value))).collect();
    if words.is_empty() { String::new() } else { format!("export{words}\n") }
}

/// Checks that every `$` of a value begins a name.
pub fn check(value: &str) -> Result<(), String> {
    let stray = pieces(value).into_iter().find_map(|piece| if let Piece::Stray(rest) = piece { Some(rest) } else { None });
    let Some(rest) = stray else { return Ok(()) };
    let shown: String = rest.lines().next().unwrap_or_default().chars().take(40).collect();
    Err(format!("`{shown}` has a `$` without the name of a variable"))
}

/// A literal text as a value, with `$` escaped.
pub fn plain(text: &str) -> String {
    text.replace('$', "$$")
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
    /// A `$` without a name, and the text after it.
    Stray(&'a str),
}

/// A value as one shell word: literal text is quoted, references are not.
fn word(value: &str) -> String {
    let written = |piece: Piece<'_>| match piece {
        Piece::Text(text) => quoted(text),
        Piece::Name(name) => format!("\"${{{name}}}\""),
        Piece::Stray(_) => "'$'".to_owned(),
    };
    let word: String = pieces(value).into_iter().map(written).collect();
    if word.is_empty() { "''".to_owned() } else { word }
}

fn pieces(value: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        if at > 0 {
            found.push(Piece::Text(&rest[..at]));
        }
        let after = &rest[at + 1..];
        let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let bare = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
        (rest, _) = match (after.strip_prefix('$'), braced) {
            (Some(later), _) => (later, found.push(Piece::Text("$"))),
            (None, Some((name, later))) if is_name(name) => (later, found.push(Piece::Name(name))),
            (None, _) if is_name(&after[..bare]) => (&after[bare..], found.push(Piece::Name(&after[..bare]))),
            (None, _) => (after, found.push(Piece::Stray(&rest[at..]))),
        };
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    found
}

fn is_name(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !text.is_empty() && text.chars().all(word) && !text.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn env(values: &[(&str, &str)]) -> BTreeMap<String, String> {
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_value_may_use_a_variable_of_the_image() {
        assert_eq!(exported(&env(&[("PATH", "/opt/pg/bin:$PATH")])), "export PATH=/opt/pg/bin:\"${PATH}\"\n");
        assert_eq!(exported(&env(&[("A", ""), ("B", "it's ${HOME}x")])), "export A='' B='it'\\''s '\"${HOME}\"x\n");
        assert_eq!(exported(&env(&[])), "");
    }

    #[test]
    fn values_are_those_of_the_image_and_not_of_each_other_in_a_real_shell() {
        let values = [("A", "new $A"), ("B", "$A:${A}b"), ("C", "5 $$ `x` $(y) \"\\ 'z'\n*"), ("D", "$UNKNOWN_HERE")];
        let script = format!("{}printf '%s|' \"$A\" \"$B\" \"$C\" \"$D\"", exported(&env(&values)));
        let output = Command::new("/bin/sh").args(["-c", &script]).env("A", "old  *").output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed, "new old  *|old  *:old  *b|5 $ `x` $(y) \"\\ 'z'\n*||");
    }

    #[test]
    fn a_dollar_without_a_name_is_an_error() {
        for right in ["", "a", "$A", "${A_1}", "$$", "a$$b$C"] {
            assert_eq!(check(right), Ok(()), "{right}");
        }
        for (wrong, rest) in [("a$(b)", "$(b)"), ("$", "$"), ("x $1", "$1"), ("${}", "${}"), ("${A:-b}", "${A:-b}")] {
            assert_eq!(check(wrong), Err(format!("`{rest}` has a `$` without the name of a variable")), "{wrong}");
        }
        assert_eq!(check(&plain("a$(b) $c")), Ok(()));
    }
}
