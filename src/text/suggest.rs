//! Suggestions for a misspelt name.

use std::collections::BTreeSet;

/// Maximum length of a word to compare, in bytes; the cost grows with the product of both lengths.
const LONGEST_ALIKE: usize = 100;

/// Minimum similarity of a suggestion.
const LEAST_ALIKE: f64 = 0.6;

/// Shortest word that is searched for within others.
const SHORTEST_PIECE: usize = 3;
/// Maximum difference in similarity from the best suggestion.
const ABOUT_AS_ALIKE: f64 = 0.15;

/// A help line for an unknown name: the nearest names, or all names if none is near.
pub(crate) struct Suggestion<'a> {
    word: &'a str,
    known: Vec<&'a str>,
}

/// The suggestion for an unknown word.
pub(crate) fn suggest<'a>(word: &'a str, known: impl IntoIterator<Item = &'a str>) -> Suggestion<'a> {
    Suggestion { word, known: known.into_iter().collect() }
}

/// The help line for a name that is not among these.
pub(crate) fn among(word: &str, known: impl Iterator<Item = String>) -> String {
    let known: BTreeSet<String> = known.collect();
    suggest(word, known.iter().map(String::as_str)).into()
}

impl From<Suggestion<'_>> for String {
    fn from(Suggestion { word, known }: Suggestion<'_>) -> Self {
        let near = nearest(word, known.iter().copied());
        match known.as_slice() {
            _ if !near.is_empty() => format!("did you mean {}?", quoted(near, " or ")),
            [] => "there are none".to_owned(),
            known => format!("known here: {}", quoted(known.iter().copied(), ", ")),
        }
    }
}

/// Up to three known words that resemble `word`, the most similar first.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if word.len() > LONGEST_ALIKE {
        return Vec::new();
    }
    let known = known.into_iter().filter(|known| known.len() <= LONGEST_ALIKE);
    let alike = |known: &str| strsim::normalized_damerau_levenshtein(word, known).max(part_of(word, known));
    let mut near: Vec<(f64, &str)> = known.map(|known| (alike(known), known)).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let best = near.first().map_or(1.0, |(score, _)| *score);
    near.retain(|(score, _)| *score >= LEAST_ALIKE && *score >= best - ABOUT_AS_ALIKE);
    near.into_iter().take(3).map(|(_, known)| known).collect()
}

/// The similarity with the part after the last dot of an id, or with a piece of the candidate that equals the word.
fn part_of(word: &str, candidate: &str) -> f64 {
    let last = candidate.rsplit_once('.').map_or(0.0, |(_, last)| strsim::normalized_damerau_levenshtein(word, last) * 0.9);
    let is_piece = word.len() >= SHORTEST_PIECE && candidate.contains(word);
    if is_piece { last.max(LEAST_ALIKE) } else { last }
}

pub(crate) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>, between: &str) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between)
}
