//! Markdown: CommonMark with tables and footnotes, the containers of MkDocs and MyST, and HTML.

mod container;

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::block::{Builder, Content, Kind};
use super::html;

pub(super) fn content(text: &str) -> Content {
    let mut content = Content::default();
    let shown = container::commonmark(text, &mut content);
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_GFM
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader { text: &shown, content, open: None, emphasis: Vec::new(), quotes: 0, code: 0, metadata: false };
    for (event, at) in Parser::new_ext(&shown, options).into_offset_iter() {
        reader.read(event, at);
    }
    reader.close();
    reader.content.unread.sort_by_key(|unread| unread.at.start);
    reader.content
}

struct Reader<'a> {
    text: &'a str,
    content: Content,
    open: Option<(Builder, Kind, Range<usize>)>,
    /// Where the open emphasis begins in the text of the open block.
    emphasis: Vec<usize>,
    /// Number of open block quotes.
    quotes: usize,
    /// Number of open elements of HTML that mark code.
    code: usize,
    /// Whether the lines before the text are being read.
    metadata: bool,
}

impl Reader<'_> {
    fn read(&mut self, event: Event<'_>, at: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, at),
            Event::End(tag) => self.end(tag),
            Event::Text(piece) if self.metadata => self.title(&piece, at.start),
            Event::Text(piece) if self.code > 0 => self.builder(&at).push_code(&piece, at),
            Event::Text(piece) => self.builder(&at).push(&piece, at),
            Event::Code(piece) => {
                let inner = self.text[at.clone()].find(&*piece).map_or(at.clone(), |place| {
                    let start = at.start + place;
                    start..start + piece.len()
                });
                self.builder(&at).push_code(&piece, inner);
            }
            Event::SoftBreak | Event::HardBreak => self.builder(&at).push("\n", at),
            Event::InlineHtml(tag) => self.tag(&tag.to_lowercase(), at),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, at: Range<usize>) {
        match tag {
            Tag::Heading { level, .. } => self.begin(Kind::Heading(level as u8), at),
            Tag::CodeBlock(kind) => {
                self.begin(Kind::Literal, at.clone());
                if let CodeBlockKind::Fenced(info) = kind {
                    self.builder(&at).language = language(&info);
                }
            }
            // The items of a tight list contain text without a paragraph.
            Tag::Paragraph | Tag::Item | Tag::TableCell => self.begin(Kind::Prose, at),
            Tag::List(_) => self.close(),
            // One of a kind is an admonition.
            Tag::BlockQuote(kind) => {
                self.close();
                self.quotes += usize::from(kind.is_none());
            }
            Tag::Emphasis | Tag::Strong => {
                let start = self.builder(&at).text.len();
                self.emphasis.push(start);
            }
            Tag::HtmlBlock => {
                self.close();
                self.html(at);
            }
            Tag::MetadataBlock(_) => {
                self.close();
                self.metadata = true;
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell => self.close(),
            TagEnd::BlockQuote(kind) => {
                self.close();
                self.quotes -= usize::from(kind.is_none());
            }
            TagEnd::Emphasis | TagEnd::Strong => {
                if let (Some(start), Some((builder, ..))) = (self.emphasis.pop(), &mut self.open) {
                    builder.emphasise(start);
                }
            }
            TagEnd::MetadataBlock(_) => self.metadata = false,
            _ => {}
        }
    }

    /// The title that the lines before the text give.
    fn title(&mut self, text: &str, start: usize) {
        let mut at = start;
        for line in text.split_inclusive('\n') {
            if let Some(title) = line.strip_prefix("title:").map(|title| title.trim().trim_matches(['"', '\''])) {
                let from = at + line.find(title).unwrap_or(0);
                let mut builder = Builder::default();
                builder.push(title, from..from + title.len());
                self.content.blocks.extend(builder.finish(Kind::Heading(1), at..at + line.trim_end().len()));
            }
            at += line.len();
        }
    }

    /// The text of a block of HTML.
    fn html(&mut self, at: Range<usize>) {
        let html = html::content(&self.text[at.clone()]);
        for mut unread in html.unread {
            unread.at = at.start + unread.at.start..at.start + unread.at.end;
            self.content.unread.push(unread);
        }
        self.content.blocks.extend(html.blocks.into_iter().map(|block| block.moved(at.start)));
    }

    /// A tag inside of a paragraph.
    fn tag(&mut self, tag: &str, at: Range<usize>) {
        let (open, name) = (!tag.starts_with("</"), tag.trim_start_matches(['<', '/']));
        let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())];
        match (name, open) {
            ("br", _) => self.builder(&at).push("\n", at),
            ("code" | "kbd" | "samp" | "tt", true) => self.code += 1,
            ("code" | "kbd" | "samp" | "tt", false) => self.code = self.code.saturating_sub(1),
            _ => {}
        }
    }

    fn begin(&mut self, kind: Kind, at: Range<usize>) {
        self.close();
        self.open = Some((Builder::of_prose(self.quotes > 0), kind, at));
    }

    fn builder(&mut self, at: &Range<usize>) -> &mut Builder {
        let quoted = self.quotes > 0;
        let new = || (Builder::of_prose(quoted), Kind::Prose, at.clone());
        &mut self.open.get_or_insert_with(new).0
    }

    fn close(&mut self) {
        self.code = 0;
        if let Some((builder, kind, element)) = self.open.take() {
            self.content.blocks.extend(builder.finish(kind, element));
        }
    }
}

/// The language of a fence: `console`, `{.console .copy}`, `{code-block} console`, `console hl_lines="1"`.
fn language(info: &str) -> String {
    let words = info.split(|c: char| c.is_whitespace() || "{}.,:".contains(c)).filter(|word| !word.is_empty());
    let directives = ["code", "code-block", "code-cell", "sourcecode", "prompt", "parsed-literal"];
    let mut words = words.skip_while(|word| directives.contains(word));
    words.next().filter(|word| !word.contains('=')).unwrap_or("").to_lowercase()
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
        let text = "# Some *Issues*\n\nUse `-lutil` with ap\\_strstr\n&amp; more.\n\n```\n$ ls\n\na\n```\n\n- one\n- two\n";
        let blocks = blocks(text);
        let shown: Vec<_> = blocks.iter().map(|block| (block.kind, block.text.as_str())).collect();
        assert_eq!(
            shown,
            [
                (Kind::Heading(1), "Some Issues"),
                (Kind::Prose, "Use -lutil with ap_strstr\n& more."),
                (Kind::Literal, "$ ls\n\na\n"),
                (Kind::Prose, "one"),
                (Kind::Prose, "two"),
            ]
        );
        let word = |block: usize, word: usize| &text[blocks[block].source(blocks[block].words[word].at.clone())];
        assert_eq!(word(1, 1), "lutil");
        assert_eq!(word(1, 3), "ap\\_strstr");
        assert_eq!(word(1, 4), "more");
        assert_eq!(word(2, 0), "ls");
        assert_eq!(&blocks[1].text[blocks[1].code[0].clone()], "-lutil");
    }
}
