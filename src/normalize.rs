//! Text made comparable: terminal decoration off, what differs between runs of the same thing replaced. Used to
//! find and compare lines, never to change what the record keeps.

use std::sync::LazyLock;

use regex::Regex;

/// A regular expression that is known to compile.
pub(crate) fn known(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a literal pattern compiles")
}

static DECORATION: LazyLock<Regex> = LazyLock::new(|| known(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\r"));

/// A line without colour codes and carriage returns.
pub fn plain(line: &str) -> String {
    DECORATION.replace_all(line, "").into_owned()
}

/// The line pattern `text` as a regular expression: literal, but for `[..]`, which stands for any text.
pub fn pattern(text: &str) -> Regex {
    let literal = text.split("[..]").map(regex::escape).collect::<Vec<_>>().join(".*");
    known(&literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_codes_titles_and_carriage_returns_are_removed() {
        assert_eq!(plain("\u{1b}[01;31merror:\u{1b}[0m\u{1b}]0;title\u{7} x\r"), "error: x");
    }

    #[test]
    fn a_pattern_is_literal_but_for_the_elision() {
        assert!(pattern("a.h: [..] (1)").is_match("x a.h: No such (1) y"));
        assert!(!pattern("a.h").is_match("axh"));
    }
}
