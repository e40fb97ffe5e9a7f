//! Messages of the sources compared with those of a page.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::message::{Message, Unused};
use super::sources::Sources;
use crate::page::Page;
use crate::page::coverage::units;
use crate::page::words::one_line;
use crate::text::pattern::known;

/// Minimum similarity of a message of the sources that is shown beside one that only the page has.
const NEAR: f64 = 0.6;
/// Maximum number of characters of a text that is shown.
const LONGEST: usize = 200;

/// A conversion of a format.
static CONVERSION: LazyLock<Regex> =
    LazyLock::new(|| known(r"%(?:%|[-+ #0']*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j|t|L|q)?(?:\([\w.]+\))?[A-Za-z])"));

/// What sources and a page have and lack.
#[derive(Debug, Serialize)]
pub struct Comparison {
    pub page: String,
    pub patterns: Vec<PatternSummary>,
    /// Messages that the page documents and the sources lack.
    pub not_in_sources: Vec<Documented>,
    /// Messages that the page documents and only unused code of the sources has.
    pub not_used: Vec<Documented>,
    /// Messages that the sources have and the page lacks, without unused ones.
    pub not_on_page: Vec<InSources>,
    /// Messages of unused code.
    pub unused: Vec<InSources>,
}

/// How many messages a pattern finds.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct PatternSummary {
    pub pattern: String,
    /// Number of different messages in the sources.
    pub in_sources: usize,
    /// Number of different messages on the page.
    pub on_page: usize,
    /// The text that it matches everywhere, if the literals around it differ: then it does not tell messages apart.
    pub same: Option<String>,
}

/// A message on the page.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Documented {
    pub message: String,
    pub pattern: String,
    /// Lines of the page, from 1.
    pub lines: Vec<usize>,
    /// The most similar message of the sources, or the same one if it is unused.
    pub nearest: Option<InSources>,
}

/// A message in the sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InSources {
    pub message: String,
    /// The whole literal.
    pub text: String,
    pub file: String,
    pub line: usize,
    /// Number of places that have it.
    pub places: usize,
    /// Why it is never used, if that is so in all places.
    pub unused: Option<Unused>,
}

/// Compares a page with sources.
pub fn compare(page: &Page, sources: &Sources, patterns: &[Regex]) -> Comparison {
    let mut comparison = Comparison {
        page: page.path.display().to_string(),
        patterns: Vec::new(),
        not_in_sources: Vec::new(),
        not_used: Vec::new(),
        not_on_page: Vec::new(),
        unused: Vec::new(),
    };
    for pattern in patterns {
        let known = in_sources(sources, pattern);
        let documented = on_page(page, pattern);
        comparison.patterns.push(PatternSummary {
            pattern: pattern.to_string(),
            in_sources: known.len(),
            on_page: documented.len(),
            same: same(&known, sources, pattern),
        });
        let readings: Vec<(Regex, &InSources)> = known.iter().map(|known| (reading(&known.message), known)).collect();
        let fitting = |message: &str| {
            readings.iter().filter(|(reading, _)| reading.is_match(&plain(message))).map(|(_, known)| *known).collect::<Vec<_>>()
        };
        for (message, lines) in &documented {
            let fitting = fitting(message);
            let documented = |nearest: Option<&InSources>| Documented {
                message: message.clone(),
                pattern: pattern.to_string(),
                lines: lines.clone(),
                nearest: nearest.cloned(),
            };
            match fitting.as_slice() {
                [] => comparison.not_in_sources.push(documented(nearest(message, &known))),
                [first, ..] if fitting.iter().all(|known| known.unused.is_some()) => {
                    comparison.not_used.push(documented(Some(first)))
                }
                _ => {}
            }
        }
        let is_documented =
            |known: &InSources| documented.keys().any(|message| reading(&known.message).is_match(&plain(message)));
        let (used, unused): (Vec<InSources>, Vec<InSources>) = known.iter().cloned().partition(|known| known.unused.is_none());
        comparison.not_on_page.extend(used.into_iter().filter(|known| !is_documented(known)));
        comparison.unused.extend(unused);
    }
    comparison
}

/// The messages of the sources that a pattern finds.
fn in_sources(sources: &Sources, pattern: &Regex) -> Vec<InSources> {
    let mut all: BTreeMap<String, InSources> = BTreeMap::new();
    for Message { text, file, line, unused } in &sources.messages {
        for found in pattern.find_iter(text).filter(|found| !plain(found.as_str()).is_empty()) {
            let message = one_line(found.as_str());
            let known = all.entry(message.clone()).or_insert_with(|| InSources {
                message,
                text: shortened(&one_line(text)),
                file: file.clone(),
                line: *line,
                places: 0,
                unused: unused.clone(),
            });
            known.places += 1;
            if unused.is_none() && known.unused.is_some() {
                // The place that is shown is one that is used.
                (known.file, known.line, known.text, known.unused) = (file.clone(), *line, shortened(&one_line(text)), None);
            }
        }
    }
    all.into_values().collect()
}

/// The messages of the page that a pattern finds, each with its lines.
fn on_page(page: &Page, pattern: &Regex) -> BTreeMap<String, Vec<usize>> {
    let mut all: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for block in &page.blocks {
        for unit in units(block) {
            let (text, places) = collapsed(&block.text[unit.clone()]);
            for found in pattern.find_iter(&text).filter(|found| !plain(found.as_str()).is_empty()) {
                let at = unit.start + places[found.start()];
                let line = page.line(block.source(at..at + 1).start);
                let lines = all.entry(found.as_str().trim().to_owned()).or_default();
                if lines.last() != Some(&line) {
                    lines.push(line);
                }
            }
        }
    }
    all
}

/// A text on one line, with the place in the text of each of its bytes.
fn collapsed(text: &str) -> (String, Vec<usize>) {
    let (mut line, mut places) = (String::new(), Vec::new());
    for (at, character) in text.char_indices() {
        let is_blank = character.is_whitespace() || character.is_control() || text[at..].starts_with("\\\n");
        match is_blank {
            true if line.ends_with(' ') => continue,
            true => line.push(' '),
            false => line.push(character),
        }
        places.resize(line.len(), at);
    }
    (line, places)
}

/// The only message of a pattern, if the texts around it differ.
fn same(known: &[InSources], sources: &Sources, pattern: &Regex) -> Option<String> {
    let [only] = known else { return None };
    let mut texts = sources.messages.iter().filter(|message| pattern.is_match(&message.text)).map(|message| &message.text);
    let first = texts.next()?;
    texts.any(|text| text != first).then(|| only.message.clone())
}

/// What fits a message whose conversions stand for any text.
fn reading(message: &str) -> Regex {
    let message = plain(message);
    let mut pattern = String::from("^");
    let mut end = 0;
    for found in CONVERSION.find_iter(&message) {
        pattern += &regex::escape(&message[end..found.start()]);
        pattern += if found.as_str() == "%%" { "%" } else { ".*" };
        end = found.end();
    }
    known(&(pattern + &regex::escape(&message[end..]) + "$"))
}

/// A message without quotation marks and without a full stop at its end.
fn plain(message: &str) -> String {
    let quotes = ['"', '\'', '`', '‘', '’', '“', '”', '´'];
    let text: String = message.chars().filter(|character| !quotes.contains(character)).collect();
    one_line(&text).trim_end_matches(['.', ' ']).to_owned()
}

fn nearest<'a>(message: &str, known: &'a [InSources]) -> Option<&'a InSources> {
    let message = shortened(message);
    let similar = |known: &'a InSources| (strsim::normalized_levenshtein(&message, &shortened(&known.message)), known);
    let mut all: Vec<(f64, &InSources)> = known.iter().map(similar).filter(|(score, _)| *score >= NEAR).collect();
    all.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    // Codes are all alike, so none is the nearest.
    let is_alone = all.get(1).is_none_or(|(second, _)| *second < all[0].0);
    all.first().filter(|_| is_alone).map(|(_, nearest)| *nearest)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} [...]", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::message::{File, Owner};
    use super::*;
    use crate::page::Markup;

    const SOURCE: &str = r#"
#error Sorry, at least Frob 3.10.0.
#define CODE(n) "FROB" #n ": "
int main(void) {
    log(CODE(0001) "cannot open '%s'");
    log(CODE(0002) "%d of %d left");
    return 0;
}
static void old(void) { log(CODE(0003) "gone"); }
/* FROB0004: only in a comment */
"#;

    fn compared(patterns: &[&str], page: &str) -> Comparison {
        let file = File { path: "src/frob.c".to_owned(), text: SOURCE.to_owned() };
        let page = Page::parse(Path::new("page.rst"), page.to_owned(), Markup::Rst).unwrap();
        let patterns: Vec<Regex> = patterns.iter().map(|pattern| Regex::new(pattern).unwrap()).collect();
        compare(&page, &Sources::read(&[file]), &patterns)
    }

    fn documented(list: &[Documented]) -> Vec<String> {
        let near = |documented: &Documented| documented.nearest.as_ref().map_or("-".to_owned(), |near| near.message.clone());
        list.iter().map(|documented| format!("{} {:?} {}", documented.message, documented.lines, near(documented))).collect()
    }

    #[test]
    fn codes_are_compared_on_both_sides() {
        let page = "Look for FROB0002 and FROB0003.\nOld releases say\nFROB0004.\n\n::\n\n    [warn] FROB0002: 1 of 2 left\n    FROB0004: x\n";
        let found = compared(&["FROB[0-9]{4}"], page);
        assert_eq!(found.patterns, [PatternSummary { pattern: "FROB[0-9]{4}".into(), in_sources: 3, on_page: 3, same: None }]);
        assert_eq!(documented(&found.not_in_sources), ["FROB0004 [3, 8] -"]);
        assert_eq!(documented(&found.not_used), ["FROB0003 [1] FROB0003"]);
        let missing: Vec<_> =
            found.not_on_page.iter().map(|known| (known.message.as_str(), known.text.as_str(), known.line)).collect();
        assert_eq!(missing, [("FROB0001", "FROB0001: cannot open '%s'", 5)]);
        let unused: Vec<_> = found.unused.iter().map(|known| (known.message.as_str(), known.unused.clone())).collect();
        let owner = Owner { name: "old".to_owned(), file: "src/frob.c".to_owned(), line: 9, disabled: None };
        assert_eq!(unused, [("FROB0003", Some(Unused::Unmentioned(owner)))]);
    }

    #[test]
    fn whole_texts_are_compared_with_what_their_conversions_stand_for() {
        let page = "::\n\n    FROB0001: cannot open ‘/etc/frob’\n    FROB0002: 1 of 2 left over\n    x.c:1: error: #error Sorry, at least Frob 2.3.0.\n    x.c:1: error: #error Sorry, at least Frob 3.10.0\n";
        let found = compared(&["FROB[0-9]{4}: .*", "#error .*"], page);
        assert_eq!(
            documented(&found.not_in_sources),
            [
                "FROB0002: 1 of 2 left over [4] FROB0002: %d of %d left",
                "#error Sorry, at least Frob 2.3.0. [5] #error Sorry, at least Frob 3.10.0."
            ]
        );
        assert_eq!(found.not_on_page.len(), 1, "{found:?}");
    }

    #[test]
    fn a_pattern_that_does_not_tell_messages_apart_is_noticed() {
        let found = compared(&["FROB", "no such"], "Some text.\n");
        assert_eq!(found.patterns[0].same.as_deref(), Some("FROB"));
        assert_eq!((found.patterns[1].in_sources, found.patterns[1].on_page, &found.patterns[1].same), (0, 0, &None));
    }
}
