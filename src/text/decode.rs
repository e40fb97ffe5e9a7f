//! Decoding of bytes with an unknown encoding.

/// The characters of Windows-1252 at the control characters of Latin-1; unassigned ones are U+FFFD.
const FROM_80: &str = "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ";

/// Decodes a stream as UTF-8. Invalid bytes are decoded as Windows-1252, so that a line in that encoding stays readable.
pub(crate) fn decoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| character(*byte)));
    }
    text
}

fn character(byte: u8) -> char {
    match byte {
        0x80..=0x9f => FROM_80.chars().nth(usize::from(byte - 0x80)).unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_1_and_utf_8_in_one_output_are_both_readable() {
        assert_eq!(
            decoded(b"Datei f\xfcr \x80 5 nicht gefunden\nna\xc3\xafve \xe9t\xe9\n"),
            "Datei für € 5 nicht gefunden\nnaïve été\n"
        );
    }

    #[test]
    fn every_byte_is_one_character_and_none_controls() {
        for byte in 0x80..=0xff {
            let read = decoded(&[b'a', byte, b'b']);
            assert!(read.chars().count() == 3 && !read.contains(char::is_control), "{byte:#x}: {read:?}");
        }
        assert_eq!(FROM_80.chars().count(), 0x20);
    }
}
