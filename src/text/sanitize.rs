//! Text made comparable and fit to show: terminal decoration off, nothing left that a terminal would act on. Used to find,
//! compare and show lines, never to change what the record keeps.

use std::borrow::Cow;

pub(crate) use crate::text::decode::decoded;
use crate::text::terminal::resolved;

/// What one line reads. A bare carriage return begins the line anew, so such a line reads several times, as if each text
/// stood on a line of its own: what is written over counts as much as what is written over it.
pub(crate) fn readings(line: &str) -> impl Iterator<Item = Cow<'_, str>> {
    resolved(line, false)
}

/// Every line of a text, as a terminal would show it.
pub fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().flat_map(|line| readings(line).map(Cow::into_owned))
}

/// What a line reads, without escape sequences and other control characters; what a carriage return parts, one after the
/// other.
pub fn plain(line: &str) -> String {
    readings(line).collect::<Vec<_>>().join(" ")
}

/// One line without terminal decoration, its control characters made visible.
pub(crate) fn visible(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let read = resolved(line, true).collect::<Vec<_>>().join("\r");
    for character in read.chars() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_of_a_line_that_begins_anew_is_a_line() {
        let progress = " 10%\r 20%\rerror: x\r\nnext\r\r\n\r\n";
        assert_eq!(lines(progress).collect::<Vec<_>>(), [" 10%", " 20%", "error: x", "next", ""]);
        assert_eq!((plain(" 10%\rx\r"), visible(" 10%\rx\r")), (" 10% x".to_owned(), " 10%␍x".to_owned()));
    }
}
