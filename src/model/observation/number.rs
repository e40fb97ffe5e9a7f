//! Numbers in output. The first line that matches the pattern counts, and a match that is only a part of a number is rejected.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::text::pattern::known;

/// A complete number in any notation, to detect a match that is only a part of one: `0x1f`, `3.11.2`, `2,048`, `1.5e10`.
static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
    let parted = r"[0-9]+(?:[.,'\u{2019}\u{a0}\u{202f}][0-9]+)*";
    known(&format!(r"0[xX][0-9a-fA-F]+|{parted}(?:[eE][+-]?[0-9]+)?"))
});

/// The number in the group of `pattern`, in the first line that matches it, or the reason that it is not a number. `None` if no
/// line matches.
pub(super) fn taken(mut lines: impl Iterator<Item = String>, pattern: &str) -> Option<Result<f64, String>> {
    let pattern = Regex::new(pattern).ok()?;
    lines.find_map(|line| {
        let found = pattern.captures(&line)?;
        Some(match found.get(1) {
            Some(group) => read(&line, group.range()),
            None => Err(format!("there is none in `{}`", line.trim())),
        })
    })
}

fn read(line: &str, place: Range<usize>) -> Result<f64, String> {
    let text = &line[place.clone()];
    // JSON cannot represent an infinite number, and the record would be unreadable.
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    let number = number.ok_or_else(|| format!("`{text}` is not a number"))?;
    match longer(line, &place) {
        Some(whole) => Err(format!("`{text}` is only a part of `{whole}`")),
        None => Ok(number),
    }
}

/// The longer number that contains this range as a part.
fn longer<'a>(line: &'a str, place: &Range<usize>) -> Option<&'a str> {
    let wholes = WHOLE.find_iter(line).map(|found| signed(line, found.range()));
    let mut touching = wholes.filter(|whole| whole.start < place.end && place.start < whole.end);
    touching.find(|whole| whole.start < place.start || whole.end > place.end).map(|whole| &line[whole])
}

/// The range of a number, extended by a sign or a decimal point before it.
fn signed(line: &str, whole: Range<usize>) -> Range<usize> {
    let mut before = line[..whole.start].chars().rev();
    let sign = matches!(before.next(), Some('-' | '.'));
    let apart = before.next().is_none_or(|character| character.is_whitespace() || "=:(".contains(character));
    if sign && apart { whole.start - 1..whole.end } else { whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(lines: &str, pattern: &str) -> Option<Result<f64, String>> {
        taken(lines.lines().map(str::to_owned), pattern)
    }

    #[test]
    fn the_first_line_that_matches_the_pattern_counts() {
        let lines = "nothing\nsize: 2,048 bytes\nsize: 12 bytes";
        assert_eq!(take(lines, "^size: ([0-9,]+) bytes"), Some(Err("`2,048` is not a number".to_owned())));
        assert_eq!(take("size: 1 bytes\nsize: 2 bytes", "^size: ([0-9,]+) bytes"), Some(Ok(1.0)));
        assert_eq!(take(lines, "length: ([0-9]+)"), None);
        assert_eq!(take("size: nan", "size: (.*)"), Some(Err("`nan` is not a number".to_owned())));
        assert_eq!(take("size: 1e999", "size: (.*)"), Some(Err("`1e999` is not a number".to_owned())));
        assert_eq!(take("size: unknown", "size: (?:unknown|([0-9]+))"), Some(Err("there is none in `size: unknown`".to_owned())));
    }

    #[test]
    fn a_part_of_a_longer_number_is_not_a_number() {
        for (line, pattern, part, whole) in [
            ("size: 2,048 bytes", "size: ([0-9]+)", "2", "2,048"),
            ("size: 2,048 bytes", "([0-9]+) bytes", "048", "2,048"),
            ("size: 2,048 bytes", "size: ([0-9]+).* bytes", "2", "2,048"),
            ("size: 2048 bytes", "size: ([0-9]{2})", "20", "2048"),
            ("load 1.25", "load ([0-9]+)", "1", "1.25"),
            ("load 1.25", r"load [0-9]+\.([0-9]+)", "25", "1.25"),
            ("Python 3.11.2", r"Python ([0-9]+\.[0-9]+)", "3.11", "3.11.2"),
            ("took 1.5e10 s", "took ([0-9.]+)", "1.5", "1.5e10"),
            ("at 0x1f", "at ([0-9]+)", "0", "0x1f"),
            ("at 0x10", "at 0x([0-9]+)", "10", "0x10"),
            ("left: -5", "left: -?([0-9]+)", "5", "-5"),
            ("load .5", r"load \.?([0-9]+)", "5", ".5"),
            ("size 2\u{a0}048", "size ([0-9]+)", "2", "2\u{a0}048"),
        ] {
            assert_eq!(take(line, pattern), Some(Err(format!("`{part}` is only a part of `{whole}`"))), "{line} {pattern}");
        }
    }

    #[test]
    fn a_complete_number_is_read_in_any_context() {
        for (line, pattern, number) in [
            ("size: 2048 bytes.", "size: ([0-9]+)", 2048.0),
            ("size=2048kB", "size=([0-9]+)", 2048.0),
            ("(12)", "([0-9]+)", 12.0),
            ("that makes 12.", "makes ([0-9]+)", 12.0),
            ("1, 2, 3", "([0-9]+), 3", 2.0),
            ("left: -5", "left: (-?[0-9]+)", -5.0),
            ("mod-5 x86", "mod-([0-9]+)", 5.0),
            ("load 1.25, 2", "load ([0-9.]+)", 1.25),
            ("took 1.5e10 s", "took ([0-9.e]+)", 1.5e10),
            ("1 2 3", "1 ([0-9]+) 3", 2.0),
        ] {
            assert_eq!(take(line, pattern), Some(Ok(number)), "{line} {pattern}");
        }
    }
}
