//! Output without terminal decoration and control characters, for finding, comparing and showing lines. The record keeps the
//! raw output.

use std::borrow::Cow;

pub(crate) use crate::text::decode::decoded;
use crate::text::terminal::resolved;

/// The readings of one line. A bare carriage return restarts the line, so each text between carriage returns is a reading of
/// its own, including overwritten ones.
pub(crate) fn readings(line: &str) -> impl Iterator<Item = Cow<'_, str>> {
    resolved(line, false)
}

pub fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().flat_map(|line| readings(line).map(Cow::into_owned))
}

/// A line without escape sequences and other control characters; its readings are joined.
pub fn plain(line: &str) -> String {
    readings(line).collect::<Vec<_>>().join(" ")
}

/// One line without terminal decoration, with visible control characters.
pub(crate) fn visible(line: &(impl AsRef<str> + ?Sized)) -> String {
    let line = line.as_ref();
    let mut shown = String::with_capacity(line.len());
    let read = resolved(line, true).collect::<Vec<_>>().join("\r");
    for character in read.chars() {
        match character {
            '\t' => shown.push('\t'),
            // The control pictures have the same order as the control characters.
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

/// A text as one line of a file for people or a shell: line breaks and invisible characters are made visible.
pub(crate) fn one_line(text: &(impl AsRef<str> + ?Sized)) -> String {
    text.as_ref().trim().lines().map(visible).collect::<Vec<_>>().join(" ")
}

/// Whether a character is invalid in XML, or reorders or hides the text around it.
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
    fn a_carriage_return_separates_readings() {
        let progress = " 10%\r 20%\rerror: x\r\nnext\r\r\n\r\n";
        assert_eq!(lines(progress).collect::<Vec<_>>(), [" 10%", " 20%", "error: x", "next", ""]);
        assert_eq!((plain(" 10%\rx\r"), visible(" 10%\rx\r")), (" 10% x".to_owned(), " 10%␍x".to_owned()));
    }
}
