//! Names that a misspelt one may stand for.

/// Longest word that is compared with others, in bytes: the cost grows with the product of both lengths.
const LONGEST_ALIKE: usize = 60;

/// How much of a word must be right for another to be suggested.
const LEAST_ALIKE: f64 = 0.6;

/// How much less alike than the best a word may be and still be suggested.
const ABOUT_AS_ALIKE: f64 = 0.15;

/// A help line for a name that does not exist: the nearest ones, or all of them when none is near.
pub(crate) struct Suggestion<'a> {
    word: &'a str,
    known: Vec<&'a str>,
}

/// What to suggest in place of a word.
pub(crate) fn suggest<'a>(word: &'a str, known: impl IntoIterator<Item = &'a str>) -> Suggestion<'a> {
    Suggestion { word, known: known.into_iter().collect() }
}

impl From<Suggestion<'_>> for String {
    fn from(Suggestion { word, known }: Suggestion<'_>) -> Self {
        let near = nearest(word, known.iter().copied());
        match known.as_slice() {
            _ if !near.is_empty() => format!("did you mean {}?", quoted(near, " or ")),
            [] => "none is known here".to_owned(),
            known => format!("known here: {}", quoted(known.iter().copied(), ", ")),
        }
    }
}

/// Up to three known words that resemble `word`, the most alike first.
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

/// Whether only the part after the dot of an id was written.
fn part_of(word: &str, candidate: &str) -> f64 {
    candidate.rsplit_once('.').map_or(0.0, |(_, last)| strsim::normalized_damerau_levenshtein(word, last) * 0.9)
}

/// Names in backticks.
pub(crate) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>, between: &str) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between)
}
