//! Splits and unquotes the words of an `ARG` in the same way as the engine.

/// The problem and the help.
type Problem = (String, &'static str);

/// The declarations of an `ARG`: each name, with its default if it has one.
///
/// # Errors
/// If the engine would reject it, or if a default depends on another value.
pub(crate) fn args(rest: &str) -> Result<Vec<(String, Option<String>)>, Problem> {
    let words = divided(rest);
    if words.is_empty() {
        return Err(("`ARG` has no name".to_owned(), "write `ARG NAME` or `ARG NAME=default`"));
    }
    let arg = |word: &String| {
        let (name, default) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(letter) {
            return Err((format!("`ARG {name}` is not a valid name"), "use letters, digits and `_`, and quote only the value"));
        }
        Ok((name.to_owned(), default.map(|default| unquoted(name, default)).transpose()?))
    };
    words.iter().map(arg).collect()
}

/// Words separated by blanks. Quotes and escape characters remain; a blank after an escape character or within quotes is no
/// separator.
fn divided(rest: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut characters = rest.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (None, c) if c.is_whitespace() => {
                words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
                continue;
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        word.push(c);
        if c == '\\' && quote != Some('\'') {
            word.extend(characters.next());
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// The value of a word.
fn unquoted(name: &str, word: &str) -> Result<String, Problem> {
    let mut value = String::new();
    let mut quote = None;
    let mut characters = word.chars().peekable();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '$') => {
                let problem = format!("the default of `ARG {name}` refers to another value");
                return Err((problem, "write the value itself, or remove it and add a value of that name to the scenario"));
            }
            (None, '\\') => value.extend(characters.next()),
            // In double quotes the backslash escapes only these characters; before any other character it is literal.
            (Some('"'), '\\') => match characters.next_if(|c| "\"$\\".contains(*c)) {
                Some(literal) => value.push(literal),
                None => value.push('\\'),
            },
            (_, c) => value.push(c),
        }
    }
    match quote {
        Some(_) => Err((format!("the default of `ARG {name}` has an unclosed quote"), END)),
        None => Ok(value),
    }
}

const END: &str = "close it, on the same line or after a `\\` at the end of the line";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rest: &str) -> Vec<(String, Option<String>)> {
        args(rest).unwrap()
    }

    fn pairs(pairs: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect()
    }

    #[test]
    fn a_default_is_what_the_engine_reads() {
        for (word, value) in [
            (r#"F="-O2 -g""#, "-O2 -g"),
            ("F='-O2 -g'", "-O2 -g"),
            (r"F=-O2\ -g", "-O2 -g"),
            (r#"F=-O2" "-g"#, "-O2 -g"),
            (r#"F="a \"b\" \$c \\ \n""#, r#"a "b" $c \ \n"#),
            (r"F='a \ $b'", r"a \ $b"),
            (r"F=\$HOME\\", r"$HOME\"),
            (r#"F="it's""#, "it's"),
            ("F=", ""),
            (r#"F="""#, ""),
            ("F=a=b", "a=b"),
        ] {
            assert_eq!(read(word), pairs(&[("F", Some(value))]), "{word}");
        }
    }

    #[test]
    fn an_arg_may_declare_several_names() {
        assert_eq!(read("a=1 b=2"), pairs(&[("a", Some("1")), ("b", Some("2"))]));
        assert_eq!(read(" A  B='x y'\tC "), pairs(&[("A", None), ("B", Some("x y")), ("C", None)]));
    }

    #[test]
    fn dockerfile_syntax_that_engines_parse_differently_is_refused() {
        for (rest, expected) in [
            ("F=$HOME", "refers to another value"),
            (r#"F="${A:-1}""#, "refers to another value"),
            (r#"F="-O2 -g"#, "has an unclosed quote"),
            ("-g", "is not a valid name"),
            (r#""F=1""#, "is not a valid name"),
            ("=1", "is not a valid name"),
            ("", "has no name"),
        ] {
            let (problem, help) = args(rest).unwrap_err();
            assert!(problem.contains(expected) && !help.is_empty(), "{rest}: {problem}");
        }
    }
}
