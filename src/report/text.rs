//! Output of steps made safe to show: bounded, and without characters that a terminal, a browser or an XML parser would
//! interpret.

use std::collections::BTreeSet;
use std::fmt;

pub(super) use crate::text::sanitize::visible;
use crate::text::sanitize::{plain, readings};

/// A piece of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Lines as printed, each ended by a newline.
    Text(String),
    /// One marked line and its index.
    Marked(usize, String),
    LeftOut {
        lines: usize,
        bytes: usize,
    },
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Piece::Text(text) => f.write_str(text),
            Piece::Marked(_, line) => writeln!(f, "{line}"),
            Piece::LeftOut { lines, bytes } => writeln!(f, "[… {lines} lines, {bytes} bytes left out …]"),
        }
    }
}

/// Several lines, each as [`visible`] shows it.
pub(super) fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// Index of the line that reads `observed`, possibly before a carriage return overwrites it.
pub(super) fn deciding(text: &str, observed: &str) -> Option<usize> {
    let observed = plain(observed);
    let observed = observed.trim();
    // A decorated line is never shorter than its text, and comparing lengths is cheap.
    let reads = |line: &str| line.len() >= observed.len() && readings(line).any(|reading| reading.trim() == observed);
    (!observed.is_empty()).then(|| text.lines().position(reads))?
}

/// Index of the first line that equals `observed` except for numbers, such as times and process ids.
pub(super) fn alike(text: &str, observed: &str) -> Option<usize> {
    let wanted: String = letters(&plain(observed)).collect();
    let alike = |reading: &str| letters(reading).eq(wanted.chars());
    let reads = |line: &str| line.len() >= wanted.len() && readings(line).any(|reading| alike(&reading));
    (!wanted.is_empty()).then(|| text.lines().position(reads))?
}

fn letters(line: &str) -> impl Iterator<Item = char> {
    line.trim().chars().filter(|character| !character.is_ascii_digit())
}

/// About `limit` bytes of `text`: its head, its tail, the marked lines and their surroundings. Marked lines are always
/// included. Pieces that are left out are replaced by their size.
pub(super) fn excerpt(text: &str, limit: usize, marked: &BTreeSet<usize>) -> Vec<Piece> {
    let lines: Vec<&str> = text.lines().collect();
    let keep = lines_to_show(&lines, limit, marked);
    let mut pieces = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let shown = || visible(&cut(line, limit / 4));
        match (keep[index], marked.contains(&index), pieces.last_mut()) {
            (false, _, Some(Piece::LeftOut { lines, bytes })) => (*lines, *bytes) = (*lines + 1, *bytes + line.len() + 1),
            (false, _, _) => pieces.push(Piece::LeftOut { lines: 1, bytes: line.len() + 1 }),
            (true, true, _) => pieces.push(Piece::Marked(index, shown())),
            (true, false, Some(Piece::Text(text))) => *text += &(shown() + "\n"),
            (true, false, _) => pieces.push(Piece::Text(shown() + "\n")),
        }
    }
    pieces
}

/// A quarter of the limit from each end, the rest around the marked lines.
fn lines_to_show(lines: &[&str], limit: usize, marked: &BTreeSet<usize>) -> Vec<bool> {
    let cost = |index: &usize| lines[*index].len().min(limit / 4) + 1;
    if (0..lines.len()).map(|index| cost(&index)).sum::<usize>() <= limit {
        return vec![true; lines.len()];
    }
    let mut keep = vec![false; lines.len()];
    let mut fill = |order: &mut dyn Iterator<Item = usize>, room: usize| {
        let mut used = 0;
        for index in order {
            used += cost(&index);
            if used > room {
                break;
            }
            keep[index] = true;
        }
    };
    fill(&mut (0..lines.len()), limit / 4);
    fill(&mut (0..lines.len()).rev(), limit / 4);
    for mark in marked.iter().filter(|mark| **mark < lines.len()) {
        let room = limit / 4 / marked.len();
        fill(&mut (0..=*mark).rev(), room);
        fill(&mut (*mark..lines.len()), room);
        fill(&mut std::iter::once(*mark), usize::MAX);
    }
    keep
}

/// A line of at most about `limit` bytes; the middle is replaced by its size.
pub(super) fn cut(line: &str, limit: usize) -> String {
    if line.len() <= limit {
        return line.to_owned();
    }
    let (mut head, mut tail) = (limit / 2, line.len() - limit / 2);
    while !line.is_char_boundary(head) {
        head -= 1;
    }
    while !line.is_char_boundary(tail) {
        tail += 1;
    }
    format!("{}[… {} bytes left out …]{}", &line[..head], tail - head, &line[tail..])
}

/// About `limit` bytes of `text`, head and tail.
pub(super) fn bounded(text: &str, limit: usize) -> String {
    excerpt(text, limit, &BTreeSet::new()).iter().map(Piece::to_string).collect()
}

/// A duration for people.
pub(super) fn duration(millis: u64) -> String {
    match millis {
        0..10_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        10_000..60_000 => format!("{} s", millis / 1000),
        _ => format!("{} min {:02} s", millis / 60_000, millis / 1000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_markup_is_left_in_the_text() {
        let hostile = "\u{1b}[31mred\u{1b}[0m\0\u{7}\u{7f}\u{fffe}\u{202e}\u{2028}\u{9b}4mx\u{8}z\ry\t\r";
        assert_eq!(visible(hostile), "red␀␇␡⟨U+FFFE⟩⟨U+202E⟩⟨U+2028⟩z␍y\t");
    }

    #[test]
    fn a_marked_line_in_the_middle_survives_with_its_neighbours() {
        let text: String = (0..10_000).map(|number| format!("line {number}\n")).collect();
        let shown: String = excerpt(&text, 400, &BTreeSet::from([5000])).iter().map(Piece::to_string).collect();
        for line in ["line 0\n", "line 4999\n", "line 5000\n", "line 5001\n", "line 9999\n", "left out"] {
            assert!(shown.contains(line), "{line} in {shown}");
        }
        assert!(shown.len() < 600, "{}", shown.len());
    }

    #[test]
    fn a_very_long_line_is_cut_between_characters() {
        let shown = bounded(&"é".repeat(1 << 20), 1000);
        assert!(shown.len() < 400 && shown.contains("bytes left out"), "{shown}");
    }

    #[test]
    fn a_short_text_is_shown_completely() {
        assert_eq!(
            excerpt("a\nb\nc", 100, &BTreeSet::from([1])),
            [Piece::Text("a\n".into()), Piece::Marked(1, "b".into()), Piece::Text("c\n".into())]
        );
    }

    #[test]
    fn omitted_and_shown_parts_add_up_to_the_whole() {
        let text: String = (0..1000).map(|number| format!("{number:07}\n")).collect();
        let bytes: usize = excerpt(&text, 800, &BTreeSet::from([500]))
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.len(),
                Piece::Marked(_, line) => line.len() + 1,
                Piece::LeftOut { bytes, .. } => *bytes,
            })
            .sum();
        assert_eq!(bytes, text.len());
    }

    #[test]
    fn the_deciding_line_is_found_despite_colour_sequences() {
        assert_eq!(deciding("a\n\u{1b}[1merror:\u{1b}[0m x\r\n", "error: x"), Some(1));
        assert_eq!(deciding("a\n 10%\r\u{1b}(Berrx\u{8}or: x\r20%\n", "error: x"), Some(1));
        assert_eq!(deciding("a\n", ""), None);
    }

    #[test]
    fn durations_are_readable() {
        assert_eq!([duration(0), duration(1250), duration(59_999), duration(61_000)], ["0.0 s", "1.2 s", "59 s", "1 min 01 s"]);
    }
}
