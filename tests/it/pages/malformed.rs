use std::process::{Command, Output};

use matrix::page::audit::Survey;
use matrix::page::edit::{edited, edits};
use matrix::page::{Markup, Page};
use proptest::prelude::*;

use crate::support::page::{ledger, run};

fn page(name: &str, bytes: &[u8]) -> (Output, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    // In a folder without a record; otherwise the annotated page would be written next to it.
    let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
    command.env("XDG_STATE_HOME", "/nonexistent");
    command.current_dir(folder.path()).env("MATRIX_SCENARIOS", concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"));
    let output = command.arg("page").arg(&file).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr).replace(&format!("{}/", folder.path().display()), "");
    (output, message)
}

#[test]
fn a_file_that_is_not_a_page_is_refused_with_a_next_move() {
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("empty.rst", vec![], "page `empty.rst` has no text"),
        ("blank.md", b" \n\t\n".to_vec(), "page `blank.md` has no text"),
        (
            "binary.html",
            b"\x7fELF\x02\n\x00\x00".to_vec(),
            "page `binary.html`, line 2: has a zero byte, so it is not a text file",
        ),
        ("latin.txt", b"one\ntwo \x92 three".to_vec(), "page `latin.txt`, line 2, byte 0x92: not UTF-8"),
        ("large.rst", b"word ".repeat(4 << 20), "page `large.rst` has more than 4 MiB, which is too large for a page"),
        ("signs.html", b"<p><!-- nothing --></p>".to_vec(), "page `signs.html` has no text"),
    ];
    for (name, bytes, message) in cases {
        let (output, printed) = page(name, &bytes);
        assert_eq!(output.status.code(), Some(2), "{name}: {printed}");
        assert!(printed.starts_with(&format!("error: {message}\nhelp: ")), "{name}: {printed}");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_matrix")).args(["page", "no-such-file.rst"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: failed to read page `no-such-file.rst`: "));
}

#[test]
fn deeply_nested_or_truncated_pages_are_read() {
    let deep = 20_000;
    let cases = [
        ("quotes.md", "> ".repeat(deep) + "a word"),
        ("lists.md", "- ".repeat(200) + "a word"),
        ("fence.md", "a word\n\n```\nnever closed".to_owned()),
        ("divs.html", "<div>".repeat(deep) + "a word"),
        ("open.html", "<p>a word <pre>never closed <b class=\"x".to_owned()),
        ("steps.rst", (0..2000).map(|depth| format!("{}word\n\n", " ".repeat(depth))).collect()),
        ("marks.rst", "``never *closed `at all_\n\n.. note::\n\n.. |x| image::\n\n::\n".to_owned()),
        ("open.adoc", "= a word\n\n[source,console]\n----\nnever *closed\n\n|===\n|x\n".to_owned()),
        ("marks.adoc", "*_`#*_`#*_`# a word\n\n----\n\n[stem]\n\n+\n\nterm::\n".repeat(200)),
        ("tabs.md", "=== \"a word\"\n\n    ```{note} ü\n    ???+ b\n:::{x}\n```{include} y\n".repeat(200)),
        ("lone.rst", "=====\n\n-----\nword\n===".to_owned()),
    ];
    for (name, text) in cases {
        let (output, message) = page(name, text.as_bytes());
        assert_eq!(output.status.code(), Some(1), "{name}: {message}");
        assert!(String::from_utf8_lossy(&output.stdout).contains(": 0 of 71 claims found, 71 gone"), "{name}");
    }
}

/// Parts that have a meaning in one of the formats.
const SIGNS: &[&str] = &[
    "\n",
    "\n\n",
    "  ",
    "    ",
    "\t",
    "::",
    "..",
    ".. note::",
    ":x:`",
    "`",
    "``",
    "_",
    "*",
    "**",
    "\\",
    "<",
    ">",
    "<p>",
    "<pre>",
    "</pre>",
    "<a class=\"headerlink\">",
    "&amp;",
    "&#8216;",
    "&",
    ";",
    "```",
    "- ",
    "> ",
    "# ",
    "1. ",
    "====",
    "----",
    "|",
    "é",
    "‘",
    "’",
    "\r\n",
    "=== \"",
    "!!! note",
    "```{note} ",
    ":::",
    "---\n",
    "|===\n",
    "....\n",
    "== ",
    "[source,",
    "]\n",
    "NOTE: ",
    "include::",
    "{%",
    ".. |x| replace:: ",
    "|x|",
    ".. code-block:: c\n",
    "<b>",
    "<code>",
    "<details>",
    "+",
    "#",
];

/// Text with many of these parts, and with words of the test page.
fn text() -> impl Strategy<Value = String> {
    let words = [
        "error: node.h: No such file or directory",
        "Missing Python Header Files",
        "#error needs at least",
        "forkpty",
        "12",
        "--x",
    ];
    let piece = prop_oneof![proptest::sample::select(SIGNS), proptest::sample::select(words.to_vec())];
    proptest::collection::vec(prop_oneof![piece.prop_map(str::to_owned), ".{0,6}"], 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_and_corrected_in_any_format(text in text()) {
        let (ledger, run) = (ledger(), run());
        for markup in [Markup::Rst, Markup::Markdown, Markup::Html, Markup::AsciiDoc, Markup::Plain] {
            let Ok(page) = Page::parse("page".as_ref(), text.clone(), markup) else { continue };
            for block in &page.blocks {
                prop_assert!(text.get(block.element.clone()).is_some(), "{markup:?} {:?}", block.element);
                for word in &block.words {
                    prop_assert!(text.get(block.source(word.at.clone())).is_some(), "{markup:?} {word:?}");
                }
            }
            let survey = Survey::of(&page, &ledger, Some(&run));
            prop_assert_eq!(survey.summary().claims.len(), ledger.claims.len());
            edited(&page, &edits(&page, &survey.binding, &survey.corrections));
        }
    }
}
