//! Patterns.

use regex::Regex;

/// A regular expression that is known to compile.
pub(crate) fn known(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a literal pattern compiles")
}

/// The text as a regular expression that is found within a line: literal, but for `[..]`, which stands for any text.
pub fn pattern(text: &str) -> Regex {
    known(&literal(text))
}

/// The same for a whole line, but for white space around it.
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
