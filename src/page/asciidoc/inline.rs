//! Inline markup of AsciiDoc.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::page::block::Builder;
use crate::text::pattern::known;

/// Depth up to which marks in marks are read.
const DEEPEST: usize = 4;

static INLINE: LazyLock<Regex> = LazyLock::new(|| {
    let forms = [
        r"\\(?<escaped>[`*_#+{<\[])",
        r#""`(?<double>[^`]+)`""#,
        r"'`(?<single>[^`]+)`'",
        r"``(?<codes>[^`]+(?:`[^`]+)*?)``|`(?<code>[^`\s](?:[^`]*[^`\s])?)`",
        r"\+\+(?<passes>[^+]+)\+\+|\+(?<pass>[^+\s](?:[^+]*[^+\s])?)\+",
        r"\*\*(?<strongs>[^*]+)\*\*|\*(?<strong>[^*\s](?:[^*]*[^*\s])?)\*",
        r"__(?<stresses>[^_]+)__|_(?<stress>[^_\s](?:[^_]*?[^_\s])?)_",
        r"(?:\[[^\[\]]*\])?(?:##(?<marks>[^#]+)##|#(?<mark>[^#\s](?:[^#]*[^#\s])?)#)",
        r"<<[^<>,]+(?:,\s*(?<reference>[^<>]*))?>>",
        r"(?:(?:link|xref|mailto):[^\s\[\]]+|https?://[^\s\[\]]+)\[(?<link>[^\]]*)\]",
        r"(?:kbd|btn|menu|footnote|icon|image|pass|stem):[^\s\[\]]*\[(?<macro>[^\]]*)\]",
        r"\{(?<attribute>\w[\w-]*)\}",
        r"&(?:#(?<number>\d+)|(?<entity>lt|gt|amp|nbsp));",
        r"(?<end> \+)(?:\n|$)",
    ];
    known(&format!("(?s){}", forms.join("|")))
});

/// Marks that do not begin or end inside of a word.
const STRICT: [&str; 5] = ["code", "pass", "strong", "stress", "mark"];

/// A text and the attributes that it defines.
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
    pub(super) attributes: &'a BTreeMap<String, String>,
}

/// Adds text without its inline markup.
pub(super) fn inline(builder: &mut Builder, source: &Source<'_>, at: Range<usize>) {
    nested(builder, source, at, 0);
}

fn nested(builder: &mut Builder, source: &Source<'_>, at: Range<usize>, depth: usize) {
    let text = source.text;
    let (mut plain, mut from) = (at.start, at.start);
    while let Some(found) = INLINE.captures_at(&text[..at.end], from) {
        let whole = found.get(0).expect("it is the whole match").range();
        let strict = STRICT.iter().any(|name| found.name(name).is_some());
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let before = text[at.start..whole.start].ends_with(is_word);
        if strict && (before || text[whole.end..at.end].starts_with(is_word)) {
            from = whole.start + text[whole.start..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        builder.push(&text[plain..whole.start], plain..whole.start);
        marked(builder, source, &found, depth);
        (plain, from) = (whole.end, whole.end);
        if whole.is_empty() {
            break;
        }
    }
    builder.push(&text[plain..at.end], plain..at.end);
}

fn marked(builder: &mut Builder, source: &Source<'_>, found: &Captures<'_>, depth: usize) {
    let whole = found.get(0).expect("it is the whole match").range();
    let text = source.text;
    let some = |names: &[&str]| names.iter().find_map(|name| found.name(name)).map(|part| part.range());
    let deeper = |builder: &mut Builder, at: Range<usize>| match depth < DEEPEST {
        true => nested(builder, source, at, depth + 1),
        false => builder.push(&text[at.clone()], at),
    };
    if let Some(at) = some(&["code", "codes"]) {
        // `+text+` is text without further markup.
        let inner = text[at.clone()].strip_prefix('+').and_then(|text| text.strip_suffix('+')).filter(|text| !text.is_empty());
        let at = inner.map_or(at.clone(), |_| at.start + 1..at.end - 1);
        builder.push_code(&text[at.clone()], at);
    } else if let Some(at) = some(&["strong", "strongs", "stress", "stresses", "mark", "marks"]) {
        let start = builder.text.len();
        deeper(builder, at);
        builder.emphasise(start);
    } else if let Some(at) = some(&["double", "single", "reference", "link", "macro"]) {
        let signs = if found.name("double").is_some() { ["“", "”"] } else { ["‘", "’"] };
        let quoted = found.name("double").or(found.name("single")).is_some();
        if quoted {
            builder.push(signs[0], at.start..at.start);
        }
        // A caret asks for a new window.
        let shown = text[at.clone()].trim_end_matches('^').len();
        deeper(builder, at.start..at.start + shown);
        if quoted {
            builder.push(signs[1], at.end..at.end);
        }
        if shown == 0 {
            let target = whole.start..at.start.saturating_sub(1).max(whole.start);
            builder.push(&text[target.clone()], target);
        }
    } else if let Some(at) = some(&["pass", "passes", "escaped"]) {
        builder.push(&text[at.clone()], at);
    } else if let Some(name) = found.name("attribute") {
        let by = source.attributes.get(name.as_str()).map_or(&text[whole.clone()], String::as_str);
        builder.push(by, whole);
    } else if let Some(number) = found.name("number") {
        let sign = number.as_str().parse().ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
        builder.push(&sign.to_string(), whole);
    } else if let Some(name) = found.name("entity") {
        let sign = match name.as_str() {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            _ => " ",
        };
        builder.push(sign, whole);
    } else if let Some(end) = found.name("end") {
        builder.push(&text[end.end()..whole.end], end.end()..whole.end);
    }
}
