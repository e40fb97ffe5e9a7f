//! Text made comparable and fit to show: terminal decoration off, nothing left that a terminal would act on. Used to find,
//! compare and show lines, never to change what the record keeps.

use std::borrow::Cow;
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

/// [`plain`], without its price for a line that is.
pub(crate) fn bare(line: &str) -> Cow<'_, str> {
    match line.contains(['\u{1b}', '\r']) {
        true => plain(line).into(),
        false => line.into(),
    }
}

/// One line without terminal decoration, its control characters made visible.
pub(crate) fn visible(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for character in bare(line).chars() {
        match character {
            '\t' => shown.push('\t'),
            // The pictures of control characters stand in the same order as the characters.
            '\0'..='\x1f' => {
                shown.push(char::from_u32(0x2400 + u32::from(character)).expect("every control character has a picture"))
            }
            '\x7f' => shown.push('␡'),
            _ if is_unfit(character) => shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(character))),
            _ => shown.push(character),
        }
    }
    shown
}

/// A text as one line of a file that people read or a shell executes: what would end the line, or cannot be seen, is shown.
pub(crate) fn one_line(text: &str) -> String {
    text.trim().lines().map(visible).collect::<Vec<_>>().join(" ")
}

/// A character no XML file may hold, or one that reorders or hides the text around it.
pub(crate) fn is_unfit(character: char) -> bool {
    let code = u32::from(character);
    let not_a_character = code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code);
    let reorders = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hides = matches!(character, '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    not_a_character || reorders || hides
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
