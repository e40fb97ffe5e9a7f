//! HTML: the visible text of block elements. Menus, scripts and the links beside headings are left out.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Spanned, StartTag, Token, Tokenizer};

use super::block::{Builder, Content, Kind};

/// Elements whose content is left out.
const LEFT_OUT: [&str; 9] = ["head", "script", "style", "template", "noscript", "nav", "footer", "svg", "button"];
/// Elements inside a paragraph or a literal block.
const INLINE: [&str; 26] = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s", "samp", "small",
    "span", "strong", "sub", "sup", "tt", "u", "var", "wbr",
];
/// Inline elements that mark code.
const CODE: [&str; 5] = ["code", "kbd", "samp", "tt", "var"];
/// Inline elements that emphasise.
const EMPHASIS: [&str; 5] = ["b", "em", "i", "mark", "strong"];
/// Elements that show another file.
const UNREAD: [&str; 5] = ["embed", "frame", "iframe", "object", "video"];

pub(super) fn content(text: &str) -> Content {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut reader = Reader { text, ..Reader::default() };
    for token in Tokenizer::new_with_emitter(text, emitter) {
        match token {
            Ok(Token::StartTag(tag)) => reader.start(&tag),
            Ok(Token::EndTag(tag)) => reader.end(&text_of(&tag.name), tag.span.start..tag.span.end),
            Ok(Token::String(string)) => reader.string(&string),
            // A server puts another file here.
            Ok(Token::Comment(comment)) if text_of(&comment.value).starts_with("#include") => {
                reader.content.leave("include", comment.span.start..comment.span.end);
            }
            Ok(Token::Comment(_) | Token::Doctype(_) | Token::Error(_)) => {}
        }
    }
    reader.close(text.len());
    reader.content
}

#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    content: Content,
    builder: Builder,
    kind: Option<Kind>,
    start: usize,
    /// The open element whose content is left out, and its nesting depth.
    left_out: Option<(String, usize)>,
    code: usize,
    emphasis: usize,
    quotes: usize,
    /// The open elements that state a language, and that language.
    languages: Vec<(String, String)>,
}

impl Reader<'_> {
    fn start(&mut self, tag: &StartTag<usize>) {
        let name = text_of(&tag.name);
        let class = tag.attributes.get(b"class".as_slice()).map_or(String::new(), |class| text_of(class));
        let link = class.contains("headerlink");
        let inline = INLINE.contains(&name.as_str());
        match &mut self.left_out {
            Some((out, depth)) => *depth += usize::from(*out == name && !tag.self_closing),
            None if LEFT_OUT.contains(&name.as_str()) || link => self.left_out = Some((name, 1)),
            None if name == "br" => self.builder.push("\n", tag.span.start..tag.span.end),
            None if inline => {
                self.code += usize::from(CODE.contains(&name.as_str()));
                self.emphasis += usize::from(EMPHASIS.contains(&name.as_str()));
                if self.kind == Some(Kind::Literal) && self.builder.language.is_empty() {
                    self.builder.language = language(&class);
                }
            }
            None => self.block(&name, &class, tag.span.start..tag.span.end),
        }
    }

    /// The start of an element that is not inside of a paragraph.
    fn block(&mut self, name: &str, class: &str, at: std::ops::Range<usize>) {
        self.close(at.start);
        self.start = at.start;
        if UNREAD.contains(&name) {
            self.content.leave(name, at);
        }
        self.quotes += usize::from(name == "blockquote");
        // What a reader opens, or what is explained, is set apart like a heading.
        self.emphasis = usize::from(["summary", "dt"].contains(&name));
        let stated = language(class);
        self.kind = match name.as_bytes() {
            b"pre" => Some(Kind::Literal),
            [b'h', level @ b'1'..=b'6'] => Some(Kind::Heading(level - b'0')),
            _ => None,
        };
        if self.kind == Some(Kind::Literal) {
            let outer = self.languages.last().map_or(String::new(), |(_, language)| language.clone());
            self.builder.language = if stated.is_empty() { outer } else { stated };
        } else if !stated.is_empty() {
            self.languages.push((name.to_owned(), stated));
        }
    }

    fn end(&mut self, name: &str, at: std::ops::Range<usize>) {
        if let Some((out, depth)) = &mut self.left_out {
            *depth -= usize::from(out == name);
            if *depth == 0 {
                self.left_out = None;
            }
        } else if INLINE.contains(&name) {
            self.code = self.code.saturating_sub(usize::from(CODE.contains(&name)));
            self.emphasis = self.emphasis.saturating_sub(usize::from(EMPHASIS.contains(&name)));
        } else {
            self.close(at.end);
            self.quotes = self.quotes.saturating_sub(usize::from(name == "blockquote"));
            self.languages.pop_if(|(element, _)| element == name);
        }
    }

    fn string(&mut self, string: &Spanned<html5gum::HtmlString, usize>) {
        if self.left_out.is_some() {
            return;
        }
        if self.builder.text.is_empty() && self.start == 0 {
            self.start = string.span.start;
        }
        let mut start = string.span.start;
        for raw in pieces(&self.text[string.span.start..string.span.end.min(self.text.len())]) {
            let at = start..start + raw.len();
            start = at.end;
            let decoded = if raw.starts_with('&') { decoded(raw) } else { raw.to_owned() };
            match (self.code, self.emphasis) {
                (0, 0) => self.builder.push(&decoded, at),
                (0, _) => self.builder.push_emphasis(&decoded, at),
                _ => self.builder.push_code(&decoded, at),
            }
        }
    }

    fn close(&mut self, end: usize) {
        let kind = self.kind.take().unwrap_or(Kind::Prose);
        (self.code, self.emphasis) = (0, 0);
        let mut builder = std::mem::take(&mut self.builder);
        builder.quoted = self.quotes > 0;
        let blank = self.text[self.start..end].len() - self.text[self.start..end].trim_start().len();
        self.content.blocks.extend(builder.finish(kind, self.start + blank..end));
        self.start = end;
    }
}

/// The language that a highlighter's class names: `language-console`, `highlight-console`, `highlight-source-shell`, `lang-sh`.
fn language(class: &str) -> String {
    let stated = class.split_whitespace().find_map(|class| {
        ["language-", "highlight-source-", "highlight-text-", "highlight-", "lang-", "brush:"]
            .into_iter()
            .find_map(|prefix| class.strip_prefix(prefix))
    });
    stated.filter(|language| *language != "default").unwrap_or("").to_lowercase()
}

fn text_of(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// Splits a text into character references and the text between them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = match rest.strip_prefix('&') {
            Some(after) => after
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '#')
                .map_or(rest.len(), |end| end + 1 + usize::from(after[end..].starts_with(';'))),
            None => rest.find('&').unwrap_or(rest.len()),
        };
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// The text of a character reference.
fn decoded(reference: &str) -> String {
    let tokens = Tokenizer::new(reference).flatten();
    tokens.map(|token| if let Token::String(text) = token { text_of(&text) } else { String::new() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Block;

    fn blocks(text: &str) -> Vec<Block> {
        content(text).blocks
    }

    #[test]
    fn blocks_have_a_kind_and_a_place() {
        let text = "<html><head><title>no</title></head><body><nav><p>no</p></nav><h2>Some Issues<a class=\"headerlink\">¶</a></h2>\
                    <p>Use <code>-lutil</code> &amp; &#8216;ap_strstr&rsquo;.</p><pre>$ ls\n\n<span>a</span> &lt;b&gt;</pre><ul><li>one<li>two</ul>";
        let blocks = blocks(text);
        let shown: Vec<_> = blocks.iter().map(|block| (block.kind, block.text.as_str())).collect();
        assert_eq!(
            shown,
            [
                (Kind::Heading(2), "Some Issues"),
                (Kind::Prose, "Use -lutil & ‘ap_strstr’."),
                (Kind::Literal, "$ ls\n\na <b>"),
                (Kind::Prose, "one"),
                (Kind::Prose, "two"),
            ]
        );
        let word = |block: usize, word: usize| &text[blocks[block].source(blocks[block].words[word].at.clone())];
        assert_eq!(word(1, 2), "ap_strstr");
        assert_eq!(word(2, 2), "b");
        assert_eq!(&text[blocks[2].element.clone()], "<pre>$ ls\n\n<span>a</span> &lt;b&gt;</pre>");
    }
}
