//! Text that reads like an error message. A reader searches a troubleshooting page for it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Block, Kind};
use crate::text::pattern::known;

/// A message as programs print it. It is one in any sentence.
static MESSAGE: LazyLock<Regex> = LazyLock::new(|| {
    known(
        r"\b(?i:error|fatal|panic|failed): \S|\b[A-Z]\w*(?:Error|Exception): \S|Traceback \(most recent call last\)|(?i)\bno such file or directory\b|\bcannot open shared object\b|\bcommand not found\b|\bundefined (?:symbol|reference)\b|\bsegmentation fault\b|\bexit(?:ed with)? (?:status|code) \d",
    )
});

/// Words of a message. What has them is a message if it is set apart from the sentences around it.
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    let words = [
        r"error|\w+error|\w*exception|fatal|panic|traceback|abort(?:ed|ing)?|segfault|segmentation fault|core dumped",
        r"cannot|can['’]t|can not|could ?n['’]t|could not|unable to|not found|no such|not permitted|not supported|not recogni[sz]ed",
        r"undefined|unresolved|unknown|unrecogni[sz]ed|unsupported|invalid|incompatible|mismatch(?:ed)?|missing|denied|refused",
        r"fail|fails|failed|failure|timed out|killed|exit(?:ed with)? (?:status|code)|return(?:ed)? (?:status|code)",
    ];
    known(&format!(r"(?i)\b(?:{})\b", words.join("|")))
});

/// Headings on errors in general.
static TOPIC: LazyLock<Regex> = LazyLock::new(|| known(r"(?i)\berror (?:messages?|handling|codes?|logs?|reporting|pages?)\b"));

/// Whether a text is a message wherever it stands.
pub(super) fn is_message(text: &str) -> bool {
    MESSAGE.is_match(text)
}

/// Whether a text that is set apart, such as a line of output or a quotation, is a message.
pub(super) fn is_symptom(text: &str) -> bool {
    MESSAGE.is_match(text) || (WORDS.is_match(text) && text.trim().contains(char::is_whitespace))
}

/// Whether a sentence or a heading is, quotes or emphasises a message.
pub(super) fn shows_symptom(block: &Block, unit: &Range<usize>) -> bool {
    let text = &block.text[unit.clone()];
    match block.kind {
        Kind::Heading(_) => is_symptom(text) && !TOPIC.is_match(text),
        Kind::Prose if block.quoted && is_symptom(text) => true,
        Kind::Prose => is_message(text) || !messages(block, unit).is_empty(),
        Kind::Literal => is_symptom(text),
    }
}

/// The messages that a sentence marks as code, emphasises or quotes.
pub(super) fn messages<'a>(block: &'a Block, unit: &Range<usize>) -> Vec<&'a str> {
    static QUOTED: LazyLock<Regex> = LazyLock::new(|| known(r#""[^"]{8,}"|“[^”]{8,}”"#));
    let inside = |at: &&Range<usize>| unit.start < at.end && at.start < unit.end;
    let marked = block.code.iter().chain(&block.emphasis).filter(inside).map(|at| &block.text[at.clone()]);
    let quoted = QUOTED.find_iter(&block.text[unit.clone()]).map(|quoted| quoted.as_str()).filter(|quoted| !is_title(quoted));
    marked.chain(quoted).filter(|text| is_symptom(text)).collect()
}

/// Whether most words begin with a capital: the text names a section.
fn is_title(text: &str) -> bool {
    let words = text.split_whitespace().map(|word| word.trim_start_matches(|c: char| !c.is_alphanumeric()));
    let (capital, small): (Vec<&str>, Vec<&str>) = words.partition(|word| word.starts_with(char::is_uppercase));
    capital.len() > small.len()
}
