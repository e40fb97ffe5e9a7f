//! A line as a terminal shows it: escape sequences are removed, a backspace moves back so that later characters overwrite
//! earlier ones, and a carriage return restarts the line. ECMA-48 defines the sequences.

use std::borrow::Cow;

/// The texts of one line, in order; one empty text if there is none. With `shown`, control characters without an effect on
/// the text are included.
pub(super) fn resolved(line: &str, shown: bool) -> impl Iterator<Item = Cow<'_, str>> {
    let texts = if is_plain(line) { vec![Cow::Borrowed(line)] } else { Texts::of(line, shown) };
    texts.into_iter()
}

fn is_plain(line: &str) -> bool {
    // One loop over bytes, because all output of a run goes through here, and `make run` does not optimise.
    let mut before = 0;
    for &byte in line.as_bytes() {
        // The C1 controls are the characters from U+0080 to U+009F, whose first byte is C2.
        let is_c1 = before == 0xc2 && byte < 0xa0;
        if is_c1 || byte == 0x7f || (byte < b' ' && byte != b'\t') {
            return false;
        }
        before = byte;
    }
    true
}

/// A character, a control character or a whole sequence.
enum Token {
    Print(char),
    /// A control character without an effect on the text, such as a bell.
    Idle(char),
    /// A sequence, or the introducer of a broken one.
    Nothing,
    Back,
    Restart,
}

#[derive(Default)]
struct Texts {
    done: Vec<Cow<'static, str>>,
    line: Vec<char>,
    at: usize,
}

impl Texts {
    fn of(line: &str, shown: bool) -> Vec<Cow<'_, str>> {
        let mut texts = Texts::default();
        let mut rest = line;
        while let Some((token, length)) = token(rest) {
            match token {
                Token::Print(character) => texts.print(character),
                Token::Idle(character) if shown => texts.print(character),
                Token::Idle(_) | Token::Nothing => {}
                Token::Back => texts.at = texts.at.saturating_sub(1),
                Token::Restart => texts.restart(),
            }
            rest = &rest[length..];
        }
        texts.restart();
        if texts.done.is_empty() {
            texts.done.push(Cow::Borrowed(""));
        }
        texts.done
    }

    fn print(&mut self, character: char) {
        match self.line.get_mut(self.at) {
            // An underlined character remains readable, whichever of the two characters came first.
            Some(there) if character == '_' && *there != ' ' => {}
            Some(there) => *there = character,
            None => self.line.push(character),
        }
        self.at += 1;
    }

    fn restart(&mut self) {
        self.at = 0;
        if !self.line.is_empty() {
            self.done.push(self.line.drain(..).collect::<String>().into());
        }
    }
}

fn token(text: &str) -> Option<(Token, usize)> {
    let first = text.chars().next()?;
    let length = first.len_utf8();
    let token = match first {
        '\x1b' => return Some(escape(&text[1..]).map_or((Token::Nothing, 1), |(token, rest)| (token, 1 + rest))),
        '\u{80}'..='\u{9f}' => {
            // Each is equivalent to an escape and the character 64 positions before it.
            let name = char::from_u32(u32::from(first) - 0x40).expect("a letter");
            let (token, rest) = control(name, &text[length..]);
            return Some((token, length + rest));
        }
        '\x08' => Token::Back,
        '\r' | '\x0b' | '\x0c' => Token::Restart,
        '\t' => Token::Print(first),
        '\0'..='\x1f' | '\x7f' => Token::Idle(first),
        _ => Token::Print(first),
    };
    Some((token, length))
}

/// The sequence after an escape character, and its length; `None` if it is not a sequence.
fn escape(text: &str) -> Option<(Token, usize)> {
    let between = text.bytes().take_while(|byte| (0x20..0x30).contains(byte)).count();
    match text.as_bytes().get(between)? {
        name @ b'@'..=b'_' if between == 0 => {
            let (token, rest) = control(char::from(*name), &text[1..]);
            Some((token, 1 + rest))
        }
        // Character sets, keypads, resets.
        b'0'..=b'~' => Some((Token::Nothing, between + 1)),
        _ => None,
    }
}

/// A control function by its letter, and its length in bytes. An unterminated sequence has length 0, so that it hides no
/// text.
fn control(name: char, text: &str) -> (Token, usize) {
    match name {
        '[' => (Token::Nothing, parameters(text).unwrap_or(0)),
        ']' | 'P' | 'X' | '^' | '_' => (Token::Nothing, string(text).unwrap_or(0)),
        // Both move to the next line, `E` to its start.
        'D' | 'E' => (Token::Restart, 0),
        _ => (Token::Nothing, 0),
    }
}

fn parameters(text: &str) -> Option<usize> {
    let of = |from: usize, range: std::ops::Range<u8>| text.bytes().skip(from).take_while(|byte| range.contains(byte)).count();
    let parameters = of(0, 0x30..0x40);
    let end = parameters + of(parameters, 0x20..0x30);
    text.as_bytes().get(end).filter(|byte| (b'@'..=b'~').contains(byte)).map(|_| end + 1)
}

/// A string ends with a bell or a string terminator.
fn string(text: &str) -> Option<usize> {
    let end = text.find(['\x07', '\x1b', '\u{9c}', '\x18', '\x1a'])?;
    match text.as_bytes()[end] {
        0x07 => Some(end + 1),
        0xc2 => Some(end + 2),
        0x1b if text[end..].starts_with("\x1b\\") => Some(end + 2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::text::sanitize::{lines, plain};

    #[test]
    fn all_escape_sequences_are_removed() {
        let sequences = [
            "\x1b[01;31m",
            "\x1b[0m",
            "\x1b[?25l",
            "\x1b[2K",
            "\x1b[38:2::1:2:3m",
            "\x1b[ q",
            "\x1b(B",
            "\x1b)0",
            "\x1b%G",
            "\x1b#8",
            "\x1b=",
            "\x1b>",
            "\x1b7",
            "\x1b8",
            "\x1bc",
            "\x1bM",
            "\x1bN",
            "\x1bO",
            "\x1b]0;a title\x07",
            "\x1b]8;;http://a/b\x1b\\",
            "\x1bPq#0\x1b\\",
            "\x1bXstart\x1b\\",
            "\x1b^private\x1b\\",
            "\x1b_application\x1b\\",
            "\u{9b}1m",
            "\u{9d}0;title\u{9c}",
            "\u{90}q\u{9c}",
            "\u{8e}",
            "\u{8f}",
            "\u{9c}",
            "\x07",
            "\0",
            "\x0e",
            "\x0f",
            "\x7f",
        ];
        for sequence in sequences {
            assert_eq!(plain(&format!("cannot {sequence}find")), "cannot find", "{sequence:?}");
        }
    }

    #[test]
    fn overwritten_text_shows_its_last_character() {
        assert_eq!(plain("e\x08er\x08rr_\x08o_\x08r: _\x08x"), "error: x");
        assert_eq!(plain("x\x08_y\x08_"), "xy", "underlined afterwards");
        assert_eq!(plain("|\x08/\x08-\x08done"), "done");
        assert_eq!(plain("\x08\x08abc\x08"), "abc");
    }

    #[test]
    fn an_unterminated_sequence_hides_no_text() {
        for broken in ["\x1b", "\x1b[", "\x1b]", "\x1bP", "\u{9d}", "\x1b\x1b[0m", "\x1b(\x1b[0m"] {
            assert!(plain(&format!("a{broken}\u{e9}rror: x")).ends_with("\u{e9}rror: x"), "{broken:?}");
        }
        assert_eq!(plain("\x1b]0;no end, error: x"), "0;no end, error: x");
    }

    /// Lines of characters that matter here.
    fn hostile() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop::sample::select(
                "\x1b\x1b\x1b[]()P_^XNOcBm0;?\x07\x08\r\t\0\x7f\u{9b}\u{9c}\u{9d}\u{85}é€ a\\\x18".chars().collect::<Vec<_>>(),
            ),
            0..40,
        )
        .prop_map(|characters| characters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn a_plain_line_stays_as_it_is_and_never_grows(line in hostile()) {
            let read = plain(&line);
            prop_assert!(read.len() <= line.len());
            prop_assert!(!read.contains(|c: char| c.is_control() && c != '\t'), "{read:?}");
            prop_assert_eq!(plain(&read), read);
        }

        #[test]
        fn a_line_without_control_characters_is_unchanged(line in "[^\\p{Cc}]{0,40}") {
            prop_assert_eq!(lines(&line).collect::<String>(), line);
        }

        #[test]
        fn text_around_an_escape_sequence_is_kept(parameters in "[0-?]{0,6}[ -/]{0,2}", end in "[@-~]") {
            prop_assert_eq!(plain(&format!("a\x1b[{parameters}{end}b")), "ab");
            prop_assert_eq!(plain(&format!("a\u{9b}{parameters}{end}b")), "ab");
        }
    }
}
