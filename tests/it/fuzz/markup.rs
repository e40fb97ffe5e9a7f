//! Checks of the content of reports by independent parsers.

use std::collections::BTreeSet;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};
use quick_xml::events::Event;

/// Elements without an end.
const VOID: [&str; 6] = ["meta", "link", "br", "hr", "input", "col"];

/// Whether a text has no character that moves the cursor, hides text or changes its direction.
pub(crate) fn fit(text: &str) -> bool {
    let acts = |c: char| c.is_control() && c != '\n' && c != '\t';
    let hides = |c: char| {
        "\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{2028}\u{2029}\u{feff}"
            .contains(c)
    };
    !text.contains(acts) && !text.contains(hides)
}

/// The elements of an HTML text and their attributes, all of which were closed in turn.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) elements: BTreeSet<String>,
    pub(crate) attributes: BTreeSet<String>,
    pub(crate) scripts: Vec<String>,
    /// Where links lead, but for those within the page.
    pub(crate) links: BTreeSet<String>,
}

/// The shape of an HTML text.
///
/// # Panics
/// When it is not well-formed.
pub(crate) fn html(text: &str) -> Shape {
    let mut emitter = DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    let (mut shape, mut open) = (Shape::default(), Vec::new());
    for token in Tokenizer::new_with_emitter(text, emitter) {
        match token.unwrap_or_else(|never| match never {}) {
            Token::StartTag(tag) => {
                let name = String::from_utf8(tag.name.to_vec()).unwrap();
                for (attribute, value) in &tag.attributes {
                    let (attribute, value) = (String::from_utf8_lossy(attribute).into_owned(), String::from_utf8_lossy(value));
                    if ["href", "src", "action"].contains(&attribute.as_str()) && !value.starts_with('#') {
                        shape.links.insert(value.into_owned());
                    }
                    shape.attributes.insert(attribute);
                }
                shape.elements.insert(name.clone());
                if !tag.self_closing && !VOID.contains(&name.as_str()) {
                    open.push(name);
                }
            }
            Token::EndTag(tag) => {
                assert_eq!(open.pop().as_deref().map(str::as_bytes), Some(&tag.name[..]), "an element is closed in turn")
            }
            Token::String(text) if open.last().is_some_and(|name| name == "script") => {
                shape.scripts.push(String::from_utf8(text.to_vec()).unwrap());
            }
            Token::String(text) => assert!(fit(std::str::from_utf8(&text).unwrap()), "{text:?}"),
            Token::Comment(comment) => panic!("a comment: {comment:?}"),
            Token::Error(error) => panic!("HTML is not well-formed: {error:?}"),
            Token::Doctype(_) => {}
        }
    }
    assert_eq!(open, Vec::<String>::new(), "every element is closed");
    shape
}

/// Parses XML strictly, including attributes. Returns the number of cases.
pub(crate) fn xml(text: &str) -> usize {
    let allowed = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(allowed) && fit(text), "a character XML forbids");
    let (mut reader, mut cases) = (quick_xml::Reader::from_str(text), 0);
    loop {
        match reader.read_event().expect("the file is well formed") {
            Event::Eof => return cases,
            Event::Start(element) | Event::Empty(element) => {
                cases += usize::from(element.name().as_ref() == b"testcase");
                for attribute in element.attributes() {
                    attribute.expect("attributes are well formed").unescape_value().expect("a value is well formed");
                }
            }
            Event::Text(text) => assert!(text.trim_ascii().is_empty(), "text outside of CDATA"),
            Event::CData(_) | Event::End(_) | Event::Decl(_) => {}
            other => panic!("nothing else stands in it: {other:?}"),
        }
    }
}

/// Reads Markdown as GitHub would: nothing in it is a link, an image or HTML but the folds of our own.
pub(crate) fn markdown(text: &str) {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    assert!(fit(text), "{text:?}");
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_MATH;
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                let foreign = ["<details>", "</details>", "<summary>", "</summary>"]
                    .iter()
                    .fold(html.to_string(), |rest, own| rest.replace(own, ""));
                assert!(!foreign.contains('<'), "{foreign:?} in {text}");
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => panic!("a link to {dest_url} in {text}"),
            Event::Start(Tag::HtmlBlock) => {}
            Event::InlineMath(math) | Event::DisplayMath(math) => panic!("mathematics: {math} in {text}"),
            _ => {}
        }
    }
}
