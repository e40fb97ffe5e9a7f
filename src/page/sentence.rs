//! The sentences of a paragraph.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::text::pattern::known;

/// The ranges of the sentences. A sentence ends before a capital; a colon and an abbreviation do not end it.
pub(super) fn sentences(text: &str) -> Vec<Range<usize>> {
    static END: LazyLock<Regex> = LazyLock::new(|| known(r#"[.?!]["”’')]*\s+(?:["“‘'(]*\p{Lu})"#));
    static SHORT: LazyLock<Regex> = LazyLock::new(|| {
        let words = "e\\.?g|i\\.?e|cf|vs|viz|resp|incl|excl|approx|ca|esp|aka|a\\.k\\.a|fig|figs|sec|ch|vol|pp|dr|mr|mrs|ms|prof|st|ver|ed";
        known(&format!(r"(?i)(?:^|[^\w.])(?:{words})\.$"))
    });
    let ends = END.find_iter(text).filter(|end| !SHORT.is_match(&text[..end.start() + 1])).map(|end| {
        let ended = end.as_str().trim_end_matches(|c: char| !c.is_whitespace());
        end.start() + ended.len()
    });
    let mut start = 0;
    let mut found: Vec<Range<usize>> = Vec::new();
    for end in ends.chain([text.len()]) {
        let sentence = text[start..end].trim();
        let blank = text[start..end].len() - text[start..end].trim_start().len();
        if !sentence.is_empty() {
            found.push(start + blank..start + blank + sentence.len());
        }
        start = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|at| &text[at]).collect()
    }

    #[test]
    fn a_sentence_ends_before_a_capital() {
        let text = "\n Use python2.5, e.g. mod_wsgi 3.0. It is ‘so’. See:";
        assert_eq!(shown(text), ["Use python2.5, e.g. mod_wsgi 3.0.", "It is ‘so’.", "See:"]);
    }

    #[test]
    fn an_abbreviation_and_a_colon_are_inside_of_a_sentence() {
        assert_eq!(
            shown("A header is missing, e.g. Python.h. See below."),
            ["A header is missing, e.g. Python.h.", "See below."]
        );
        assert_eq!(shown("Headers (i.e. Python.h, cf. Fig. A) are needed"), ["Headers (i.e. Python.h, cf. Fig. A) are needed"]);
        assert_eq!(shown("error: Python.h: No such file. It ends:"), ["error: Python.h: No such file.", "It ends:"]);
        assert_eq!(shown("Install gcc, make, etc. Then build."), ["Install gcc, make, etc.", "Then build."]);
    }
}
