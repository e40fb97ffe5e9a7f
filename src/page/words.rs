//! Words for comparing pages: runs of letters and runs of digits, in lower case. Markup, quotes, dashes, line breaks and
//! white space separate words and make no difference.

use std::ops::Range;

/// A word and its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word, in lower case.
    pub text: String,
    pub at: Range<usize>,
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Class {
    Letter,
    Digit,
    Between,
}

fn class(character: char) -> Class {
    match character {
        _ if character.is_numeric() => Class::Digit,
        '_' => Class::Letter,
        _ if character.is_alphabetic() => Class::Letter,
        _ => Class::Between,
    }
}

/// The words of a text. Underscores at the ends of a word may be markup and do not belong to it.
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let mut end = start + first.len_utf8();
        while let Some((at, next)) = rest.next_if(|(_, next)| class(*next) == class(first)) {
            end = at + next.len_utf8();
        }
        let run = &text[start..end];
        let word = run.trim_matches('_');
        if class(first) != Class::Between && !word.is_empty() {
            let start = start + run.find(word).expect("a part of it");
            words.push(Word { text: word.to_lowercase(), at: start..start + word.len() });
        }
    }
    words
}

/// Text on one line, without control characters.
pub(super) fn one_line(text: &str) -> String {
    let shown: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn markup_and_white_space_make_no_difference() {
        let plain = texts("add -lutil to the ‘LDLIBS’ variable, 1MB");
        assert_eq!(plain, ["add", "lutil", "to", "the", "ldlibs", "variable", "1", "mb"]);
        assert_eq!(plain, texts("add ``-lutil`` to\n  the *LDLIBS* variable, 1 MB"));
    }

    #[test]
    fn underscores_belong_to_a_word_only_inside_it() {
        assert_eq!(texts("__stack_chk_fail_local and Name_"), ["stack_chk_fail_local", "and", "name"]);
    }

    #[test]
    fn a_place_points_to_the_word() {
        let text = "é: __ß_1__";
        assert_eq!(words(text).iter().map(|word| &text[word.at.clone()]).collect::<Vec<_>>(), ["é", "ß", "1"]);
    }
}
