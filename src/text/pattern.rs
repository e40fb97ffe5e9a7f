//! Text patterns with `[..]`.

use regex::Regex;

/// Compiles a literal regular expression.
///
/// # Panics
/// If it is invalid.
pub(crate) fn known(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a literal pattern compiles")
}

/// A regular expression that finds the text within a line: literal, except that `[..]` matches any text.
pub fn pattern(text: &str) -> Regex {
    known(&literal(text))
}

/// The same for a whole line, ignoring surrounding white space.
pub fn line(text: &str) -> Regex {
    known(&format!(r"^\s*{}\s*$", literal(text.trim())))
}

fn literal(text: &str) -> String {
    text.split("[..]").map(regex::escape).collect::<Vec<_>>().join(".*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_literal_but_for_the_elision() {
        assert!(pattern("a.h: [..] (1)").is_match("x a.h: No such (1) y"));
        assert!(!pattern("a.h").is_match("axh"));
    }
}
