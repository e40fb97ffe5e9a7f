//! Wrong versions of a text: a part of it, or one character changed.

use std::collections::BTreeMap;

use super::random::chance;

/// The beginning, the end and the rarest word of a text, each with its name. `{{ name }}` is one word. `common` counts
/// the occurrences of each word in the scenario.
pub(super) fn generalised(text: &str, common: &BTreeMap<String, usize>) -> Vec<(&'static str, String)> {
    let words = words(text);
    let mut found: Vec<(&'static str, String)> = Vec::new();
    match words.as_slice() {
        [] => {}
        [one] => {
            let letters: Vec<char> = one.chars().collect();
            if letters.len() > 1 && !one.contains("{{") {
                let half = letters.len().div_ceil(2);
                found.push(("its beginning", letters[..half].iter().collect()));
                found.push(("its end", letters[letters.len() - half..].iter().collect()));
            }
        }
        words => {
            let half = words.len() / 2;
            found.push(("its beginning", words[..half].join(" ")));
            found.push(("its end", words[half..].join(" ")));
            let letters = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).count();
            let rare = words
                .iter()
                .filter(|word| !word.contains("[..]") && letters(word) > 3)
                .max_by_key(|word| (std::cmp::Reverse(common.get(**word).copied().unwrap_or_default()), letters(word)));
            found.extend(rare.map(|word| ("its rarest word", (*word).to_owned())));
        }
    }
    found.retain(|(_, less)| less != text && !less.trim().is_empty());
    found.dedup_by(|a, b| a.1 == b.1);
    found
}

/// The text with one letter or digit changed, never within `{{ name }}`.
pub(super) fn altered(text: &str, seed: u64) -> Option<String> {
    let mut inside = false;
    let mut places = Vec::new();
    for (place, c) in text.char_indices() {
        inside = if text[place..].starts_with("{{") { true } else { inside && !text[..place].ends_with("}}") };
        if c.is_ascii_alphanumeric() && !inside {
            places.push((place, c));
        }
    }
    let (place, c) = *places.get(usize::try_from(chance(seed, text)).unwrap_or(0) % places.len().max(1))?;
    let other = match c {
        'z' => 'a',
        'Z' => 'A',
        '9' => '1',
        c => char::from(u8::try_from(c).unwrap_or(b'x') + 1),
    };
    Some(format!("{}{other}{}", &text[..place], &text[place + c.len_utf8()..]))
}

/// Words; `{{ name }}` is one word.
pub(super) fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut braces) = (None, false);
    for (place, c) in text.char_indices() {
        if text[place..].starts_with("{{") {
            braces = true;
        } else if text[..place].ends_with("}}") {
            braces = false;
        }
        match (c.is_whitespace() && !braces, start) {
            (true, Some(from)) => {
                words.push(&text[from..place]);
                start = None;
            }
            (false, None) => start = Some(place),
            _ => {}
        }
    }
    words.extend(start.map(|from| &text[from..]));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_one_word_and_is_never_altered() {
        assert_eq!(words("has {{ a b }}.x  y"), ["has", "{{ a b }}.x", "y"]);
        for seed in 0..50 {
            let altered = altered("{{ python }} ab", seed).unwrap();
            assert!(altered.starts_with("{{ python }} "), "{altered}");
            assert_ne!(altered, "{{ python }} ab");
        }
    }

    #[test]
    fn a_text_has_a_beginning_an_end_and_a_rarest_word() {
        let common = BTreeMap::from([("error:", 3), ("Python.h:", 1), ("such", 5)].map(|(word, count)| (word.to_owned(), count)));
        let all = generalised("error: Python.h: No such", &common);
        assert_eq!(all[0], ("its beginning", "error: Python.h:".to_owned()));
        assert_eq!(all[1], ("its end", "No such".to_owned()));
        assert_eq!(all[2], ("its rarest word", "Python.h:".to_owned()));
        assert_eq!(generalised("{{ package }}", &common), []);
    }
}
