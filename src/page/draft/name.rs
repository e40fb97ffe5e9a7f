//! Ids of drafts: a few words of the page, in kebab-case, each id once.

use std::collections::{BTreeMap, BTreeSet};

use crate::page::words;

/// Maximum number of words in an id of a section, and in the part of a claim's id after the dot.
const WORDS: usize = 4;
/// Maximum length of a word in an id, in bytes.
const LONGEST: usize = 16;
/// Words that say little.
const SMALL: &str = "a an and are as at be by can do does error fatal for from have if in is it its may of on or s see sudo that the then there \
                     these this to t use using was when which will with you your";

#[derive(Default)]
pub(super) struct Names {
    /// Id of each section by the words of its heading.
    sections: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Names {
    /// The id of the section with this key.
    pub(super) fn section(&mut self, key: &str, heading: &str) -> String {
        if let Some(id) = self.sections.get(key) {
            return id.clone();
        }
        let id = self.free(&kebab(heading, "section"));
        self.sections.insert(key.to_owned(), id.clone());
        id
    }

    pub(super) fn claim(&mut self, section: &str, text: &str) -> String {
        self.free(&format!("{section}.{}", kebab(text, "claim")))
    }

    /// The id, or with the lowest number from 2 on that makes it new.
    fn free(&mut self, id: &str) -> String {
        let numbered = (2..).map(|number| format!("{id}-{number}"));
        let free =
            std::iter::once(id.to_owned()).chain(numbered).find(|id| !self.taken.contains(id)).expect("numbers do not end");
        self.taken.insert(free.clone());
        free
    }
}

/// The first words that say something, or `other`.
fn kebab(text: &str, other: &str) -> String {
    let all: Vec<String> = words(text).into_iter().map(|word| word.text.replace('_', "-")).collect();
    let is_fit = |word: &&String| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && !word.contains("--");
    let fit: Vec<&String> = all.iter().filter(is_fit).collect();
    let telling: Vec<&String> =
        fit.iter().copied().filter(|word| !SMALL.split_whitespace().any(|small| small == *word)).collect();
    let chosen = if telling.is_empty() { fit } else { telling };
    let short = |word: &String| word[..word.len().min(LONGEST)].trim_matches('-').to_owned();
    let name = chosen.into_iter().take(WORDS).map(short).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    if name.is_empty() { other.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_the_words_that_say_something_and_is_new() {
        let mut names = Names::default();
        let section = names.section("a", "If pg_config is not found");
        assert_eq!(section, "pg-config-not-found");
        assert_eq!(names.section("a", "anything"), section);
        assert_eq!(names.section("b", "pg config not found"), "pg-config-not-found-2");
        assert_eq!(names.claim(&section, "$ sudo apt-get install libpq-dev"), "pg-config-not-found.apt-get-install-libpq");
        assert_eq!(names.claim(&section, "sudo apt-get install libpq5"), "pg-config-not-found.apt-get-install-libpq-2");
        assert_eq!(names.claim(&section, "错误"), "pg-config-not-found.claim");
        assert_eq!(names.claim(&section, "is it"), "pg-config-not-found.is-it");
    }
}
