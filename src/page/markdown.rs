//! Markdown: CommonMark with tables.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::block::{Block, Builder, Kind};

pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut reader = Reader { blocks: Vec::new(), open: None };
    for (event, at) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        reader.read(text, event, at);
    }
    reader.close();
    reader.blocks
}

struct Reader {
    blocks: Vec<Block>,
    open: Option<(Builder, Kind, Range<usize>)>,
}

impl Reader {
    fn read(&mut self, text: &str, event: Event<'_>, at: Range<usize>) {
        match event {
            Event::Start(tag) => match tag {
                Tag::Heading { level, .. } => self.begin(Kind::Heading(level as u8), at),
                Tag::CodeBlock(_) => self.begin(Kind::Literal, at),
                // The items of a tight list contain text without a paragraph.
                Tag::Paragraph | Tag::Item | Tag::TableCell => self.begin(Kind::Prose, at),
                Tag::List(_) => self.close(),
                _ => {}
            },
            Event::End(TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell) => {
                self.close()
            }
            Event::Text(piece) => self.builder(&at).push(&piece, at),
            Event::Code(piece) => {
                let inner = text[at.clone()].find(&*piece).map_or(at.clone(), |place| {
                    let start = at.start + place;
                    start..start + piece.len()
                });
                self.builder(&at).push_code(&piece, inner);
            }
            Event::SoftBreak | Event::HardBreak => self.builder(&at).push("\n", at),
            _ => {}
        }
    }

    fn begin(&mut self, kind: Kind, at: Range<usize>) {
        self.close();
        self.open = Some((Builder::default(), kind, at));
    }

    fn builder(&mut self, at: &Range<usize>) -> &mut Builder {
        &mut self.open.get_or_insert_with(|| (Builder::default(), Kind::Prose, at.clone())).0
    }

    fn close(&mut self) {
        if let Some((builder, kind, element)) = self.open.take() {
            self.blocks.extend(builder.finish(kind, element));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
