//! What authors write: error messages in any place, directives, tabs, prompts, and pages whose name does not state the markup.

use std::io::Write;
use std::process::{Command, Stdio};

use matrix::model::claim::{Claim, ClaimKind, Ledger};
use matrix::page::audit::Survey;
use matrix::page::coverage::What;
use matrix::page::{Kind, Markup, Page};

fn page(name: &str, text: &str) -> Page {
    let path = std::path::Path::new(name);
    let markup = Markup::of(path).unwrap_or_else(|| Markup::recognise(text));
    Page::parse(path, text.to_owned(), markup).unwrap_or_else(|error| panic!("{error}"))
}

fn ledger(quotes: &[&str]) -> Ledger {
    let claim = |(at, quote): (usize, &&str)| Claim {
        id: format!("a.claim-{at}").into(),
        kind: ClaimKind::Symptom,
        section: "a".into(),
        says: format!("claim {at} says so"),
        quotes: vec![(*quote).to_owned()],
        lines: Vec::new(),
        commands: Vec::new(),
        above: None,
        below: None,
        proposal: None,
    };
    let claims = quotes.iter().enumerate().map(claim).collect();
    Ledger { sections: vec![("a".into(), "A Section".into())], claims, ..Ledger::default() }
}

/// What no claim covers: the line, its kind and its text.
fn uncovered(name: &str, text: &str) -> Vec<(usize, What, String)> {
    let (page, ledger) = (page(name, text), ledger(&[]));
    Survey::of(&page, &ledger, None).uncovered.into_iter().map(|found| (found.line, found.what, found.text)).collect()
}

fn texts(name: &str, text: &str) -> Vec<(Kind, String)> {
    page(name, text).blocks.into_iter().map(|block| (block.kind, block.text.trim().to_owned())).collect()
}

fn not_read(name: &str, text: &str) -> Vec<(usize, String)> {
    page(name, text).unread.into_iter().map(|part| (part.line, part.what)).collect()
}

#[test]
fn an_error_message_is_reported_wherever_it_is_set_apart() {
    let message = "error: libpq-fe.h: No such file or directory";
    for (name, text) in [
        ("emphasis.rst", format!("You see *{message}* then.\n")),
        ("strong.rst", format!("You see **{message}** then.\n")),
        ("literal.rst", format!("You see ``{message}`` then.\n")),
        ("quote.rst", format!("You see:\n\n    {message}\n")),
        ("heading.rst", format!("{message}\n{}\n\nText.\n", "-".repeat(60))),
        ("block.rst", format!("So::\n\n    {message}\n")),
        ("emphasis.md", format!("You see *{message}* then.\n")),
        ("quote.md", format!("You see:\n\n> {message}\n")),
        ("heading.md", format!("## {message}\n\nText.\n")),
        ("code.html", format!("<p>You see <code>{message}</code> then.</p>")),
        ("quote.html", format!("<blockquote><p>{message}</p></blockquote>")),
        ("summary.html", format!("<details><summary>{message}</summary></details>")),
        ("term.html", "<dl><dt>error: libpq-fe.h: No such file or directory</dt></dl>".to_owned()),
        ("mono.adoc", format!("You see `{message}` then.\n")),
        ("quote.adoc", format!("____\n{message}\n____\n")),
        ("plain.txt", format!("You see “{message}” then.\n")),
    ] {
        let found = uncovered(name, &text);
        let [(_, What::Error, shown)] = found.as_slice() else { panic!("{name}: {found:?}") };
        assert!(shown.contains(message), "{name}: {shown}");
    }
}

#[test]
fn words_of_a_message_count_only_where_they_are_set_apart() {
    for message in [
        "pg_config executable not found",
        "ld returned 1 exit status",
        "Library not loaded: cannot open it",
        "undefined symbol x",
    ] {
        assert_eq!(uncovered("x.md", &format!("It says *{message}*.\n"))[0].1, What::Error, "{message}");
    }
    for text in ["The module cannot be found where it is missing.\n", "See *the list*.\n", "## Error messages\n\nText.\n"] {
        assert_eq!(uncovered("x.md", text), [], "{text}");
    }
}

#[test]
fn error_messages_come_before_all_other_text() {
    let found =
        uncovered("x.md", "It takes 3 minutes.\n\n```\ncc x\nerror: no header\n```\n\nUse `--with`.\n\n## Fatal error in x\n");
    let shown: Vec<(usize, What)> = found.into_iter().map(|(line, what, _)| (line, what)).collect();
    assert_eq!(shown, [(5, What::Error), (10, What::Error), (1, What::Number), (4, What::Command), (8, What::Option)]);
}

#[test]
fn a_digit_inside_a_name_is_no_number_and_a_version_is_one() {
    for text in ["See psycopg2’s list.", "It reads utf-8.", "Python3 has it.", "Use R_X86_64_PC32 there."] {
        assert_eq!(uncovered("x.txt", text), [], "{text}");
    }
    for text in
        ["It needs 3 parts.", "It needs x 2.9 at least.", "It needs libx-2.9.", "It has 64-bit words.", "It is x=5 there."]
    {
        assert_eq!(uncovered("x.txt", text).len(), 1, "{text}");
    }
}

#[test]
fn a_claim_is_found_in_a_heading_if_no_other_text_has_it() {
    for (name, text, line) in [
        ("x.md", "# A Section\n\n## Error: X\n\nText.\n", 3),
        ("x.rst", "A Section\n=========\n\nError: X\n--------\n\nText.\n", 4),
        ("x.adoc", "= A Section\n\n== Error: X\n\nText.\n", 3),
        ("x.html", "<h1>A Section</h1>\n<h2>Error: <code>X</code></h2>\n<p>Text.</p>", 2),
        ("x.txt", "A Section\n\nError Of X\n\nText is here.\n", 3),
        ("x.md", "# A Section\n\n## Error: X\n\nIt is error: x again.\n", 5),
    ] {
        let quote = if name == "x.txt" { "error of x" } else { "Error: X" };
        let (page, ledger) = (page(name, text), ledger(&[quote]));
        let survey = Survey::of(&page, &ledger, None);
        assert_eq!(survey.summary().claims[0].lines, [line], "{name}");
        assert_eq!(survey.uncovered.iter().filter(|found| found.line == line).count(), 0, "{name}");
    }
}

#[test]
fn directives_whose_name_ends_in_code_are_literal() {
    for name in ["code", "code-block", "subs-code-block", "my-code-block", "parsed-literal", "sourcecode", "prompt", "code-tab"] {
        let text = format!("Do:\n\n.. {name}:: console\n   :linenos:\n\n   $ ls x\n\nEnd.\n");
        assert_eq!(texts("x.rst", &text)[1], (Kind::Literal, "$ ls x".to_owned()), "{name}");
    }
}

#[test]
fn tabs_and_options_of_directives_are_no_text() {
    let text = ".. tabs::\n\n   .. tab:: Ubuntu\n\n      .. code-block:: console\n\n         $ ls x\n\n.. py:function:: load(x)\n   :noindex:\n   :module: y\n\n   Loads it.\n\n.. figure:: x.png\n   :alt: A picture\n\n   What it shows.\n";
    let shown: Vec<String> = texts("x.rst", text).into_iter().map(|(_, text)| text).collect();
    assert_eq!(shown, ["Ubuntu", "$ ls x", "load(x)", "Loads it.", "A picture", "What it shows."]);
}

#[test]
fn a_substitution_is_read_where_it_is_used() {
    let text = ".. |least| replace:: Python\n   3.9\n.. |other| replace:: nobody uses it\n\nIt needs |least| and |release|.\n";
    assert_eq!(texts("x.rst", text), [(Kind::Prose, "It needs Python 3.9 and |release|.".to_owned())]);
    assert_eq!(not_read("x.rst", text), [(3, "replace".to_owned())]);
}

#[test]
fn what_is_not_read_is_listed_with_its_line() {
    let listed = |line: usize, what: &str| (line, what.to_owned());
    let rst = "Text.\n\n.. include:: a.rst\n\n.. literalinclude:: b.c\n   :language: c\n\n.. csv-table:: T\n\n   a, b\n\n.. raw:: html\n\n   <p>x</p>\n\n.. toctree::\n\n   c\n";
    assert_eq!(
        not_read("x.rst", rst),
        [listed(3, "include"), listed(5, "literalinclude"), listed(8, "csv-table"), listed(12, "raw")]
    );
    let md = "Text.\n\n--8<-- \"a.md\"\n\n{% include b.md %}\n\n```{include} c.md\n```\n\n<iframe src=\"d\"></iframe>\n";
    assert_eq!(not_read("x.md", md), [listed(3, "include"), listed(5, "include"), listed(7, "include"), listed(10, "iframe")]);
    assert_eq!(texts("x.md", md).len(), 1);
    let adoc = "Text.\n\ninclude::a.adoc[]\n\n[stem]\n++++\nx\n++++\n";
    assert_eq!(not_read("x.adoc", adoc), [listed(3, "include"), listed(6, "stem")]);
    assert_eq!(not_read("x.html", "<p>a</p>\n<!--#include virtual=\"b\" -->\n"), [listed(2, "include")]);
}

#[test]
fn containers_of_markdown_are_read() {
    let text = "=== \"Ubuntu\"\n\n    ```console\n    $ apt install x\n    ```\n\n===! \"Fedora\"\n\n    Use dnf.\n\n!!! note\n    The note.\n\n???+ tip\n\n    The tip.\n\nEnd.\n";
    let shown = texts("x.md", text);
    assert_eq!(shown[1], (Kind::Literal, "$ apt install x".to_owned()));
    let prose: Vec<&str> = shown.iter().filter(|(kind, _)| *kind == Kind::Prose).map(|(_, text)| text.as_str()).collect();
    for part in ["Use dnf.", "The note.", "The tip.", "End."] {
        assert!(prose.contains(&part), "{part}: {shown:?}");
    }
    let text = "<details>\n<summary>Error: X</summary>\n\nIt is *so*.\n\n</details>\n\n<pre>\n$ ls\n\nx\n</pre>\n\n```{note}\nMind 3 things.\n```\n\n:::{code-block} console\n$ ls y\n:::\n";
    let wanted = [
        (Kind::Prose, "Error: X"),
        (Kind::Prose, "It is so."),
        (Kind::Literal, "$ ls\n\nx"),
        (Kind::Prose, "Mind 3 things."),
        (Kind::Literal, "$ ls y"),
    ];
    assert_eq!(texts("x.md", text), wanted.map(|(kind, text)| (kind, text.to_owned())));
}

#[test]
fn the_lines_before_a_markdown_page_give_its_title_only() {
    let text = "---\ntitle: \"A Section\"\nweight: 30\n---\n\nIt fails {#x}.\n\n## Part {#part}\n";
    let wanted = [(Kind::Heading(1), "A Section"), (Kind::Prose, "It fails {#x}."), (Kind::Heading(2), "Part")];
    assert_eq!(texts("x.md", text), wanted.map(|(kind, text)| (kind, text.to_owned())));
}

#[test]
fn text_is_on_the_line_on_which_it_begins() {
    for (text, line) in [
        ("<ul><li>a</li></ul>\n\n\n\nNeeds 3 things.", 5),
        ("<div>\n\n  <p>\n\n  Needs 3 things.</p></div>", 5),
        ("<p>First it is so.\n\nNeeds 3 things.</p>", 3),
    ] {
        assert_eq!(uncovered("x.html", text), [(line, What::Number, "Needs 3 things.".to_owned())], "{text}");
    }
    assert_eq!(page("x.html", "<ul><li>a</li></ul>\n\n\nNeeds 3 things.").blocks[1].element.start, 22);
}

#[test]
fn commands_are_told_from_output_in_every_markup() {
    let command = |name: &str, text: &str| uncovered(name, text).into_iter().map(|(_, what, _)| what).collect::<Vec<_>>();
    for typed in ["apt-get install x", "pip install y", "sudo dnf install z", "$ frob", "CC=gcc ./configure"] {
        assert_eq!(command("x.rst", &format!("Do this::\n\n    {typed}\n")), [What::Command], "{typed}");
        assert_eq!(command("x.md", &format!("Do this:\n\n```\n{typed}\n```\n")), [What::Command], "{typed}");
        assert_eq!(command("x.html", &format!("<pre>{typed}</pre>")), [What::Command], "{typed}");
        assert_eq!(command("x.adoc", &format!("....\n{typed}\n....\n")), [What::Command], "{typed}");
        assert_eq!(command("x.txt", typed), [What::Command], "{typed}");
    }
    for (name, text) in [
        ("x.rst", ".. code-block:: console\n\n   frob it\n"),
        ("x.rst", ".. highlight:: sh\n\nDo this::\n\n   frob it\n"),
        ("x.md", "```console\nfrob it\n```\n"),
        ("x.md", "~~~ {.bash .copy}\nfrob it\n~~~\n"),
        ("x.html", "<div class=\"highlight-console notranslate\"><div class=\"highlight\"><pre>frob it</pre></div></div>"),
        ("x.html", "<pre><code class=\"language-sh\">frob it</code></pre>"),
        ("x.adoc", "[source,console]\n----\nfrob it\n----\n"),
        ("x.adoc", "[,bash]\n----\nfrob it\n----\n"),
    ] {
        assert_eq!(command(name, text), [What::Command], "{text}");
    }
    assert_eq!(command("x.md", "```console\n$ frob\nit is done\n```\n"), [What::Command, What::Output]);
}

#[test]
fn a_sentence_is_whole() {
    let shown = |text: &str| uncovered("x.rst", text).into_iter().map(|(_, _, text)| text).collect::<Vec<_>>();
    assert_eq!(shown("It lacks 3 headers, e.g. ``Python.h``. See below.\n"), ["It lacks 3 headers, e.g. Python.h."]);
    assert_eq!(
        shown("On version 2 it fails: The header is missing:\n\n   So it is.\n"),
        ["On version 2 it fails: The header is missing:"]
    );
    assert_eq!(shown("See:\n\n   *error: Python.h: No such file. Stop.*\n").len(), 2);
}

fn run(args: &[&str], input: &str) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
    command.env("XDG_STATE_HOME", "/nonexistent").current_dir(folder.path());
    command.env("MATRIX_SCENARIOS", concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"));
    command.args(["page"]).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_page_on_standard_input_is_read_and_its_markup_recognised() {
    for (text, markup) in [
        ("Page\n====\n\n.. note::\n\n   It is ``so``.\n", "reStructuredText"),
        ("# Page\n\nIt is `so`, see [that](https://x.example).\n", "Markdown"),
        ("<h1>Page</h1><p>It is so.</p><p>And so.</p>", "HTML"),
        ("= Page\n\n[source,console]\n----\n$ ls\n----\n", "AsciiDoc"),
        ("Page\n\nIt is so.\n", "plain text"),
    ] {
        let (code, out, err) = run(&["-"], text);
        assert_eq!(code, Some(1), "{err}");
        assert!(out.contains(&format!("read as {markup}, by its content; --markup selects another\n")), "{out}");
        assert!(out.contains("\nstandard input: 0 of "), "{out}");
    }
    let (_, out, _) = run(&["-", "--markup", "asciidoc"], "# Page\n\n.. include:: x\n\ninclude::y[]\n");
    assert!(out.contains("not read\n  line    5  include  include::y[]\n"), "{out}");
    assert!(out.contains("read as AsciiDoc, as --markup says\n"), "{out}");
    let (_, out, _) = run(&["-", "--format", "json"], ".. include:: x\n");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&json["markup"], &json["markup_by"]), (&"rst".into(), &"content".into()));
    assert_eq!(json["not_read"], serde_json::json!([{"line": 1, "what": "include", "text": ".. include:: x"}]));
    let (code, _, err) = run(&["-"], "");
    assert_eq!((code, err.lines().next()), (Some(2), Some("error: page `standard input` has no text")));
}

#[test]
fn a_mistake_in_a_scenario_does_not_keep_a_page_from_being_read() {
    let folder = tempfile::tempdir().unwrap();
    let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for name in ["claims.yaml", "common.yaml", "forkpty.yaml"] {
        std::fs::copy(project.join(name), folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("broken.yaml"), "scenario: broken\ntitel: x\n").unwrap();
    let scenarios = folder.path().to_str().unwrap();
    let (code, out, err) = run(&["-", "--scenarios", scenarios], "Some text.\n");
    assert_eq!(code, Some(1), "{err}");
    assert!(out.contains("0 of 58 claims found"), "{out}");
    assert!(
        err.starts_with("warning: mistakes in ") && err.contains("broken.yaml: newer results of their cells are left out"),
        "{err}"
    );
    for name in ["broken.yaml", "common.yaml", "forkpty.yaml"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    let (code, out, err) = run(&["-", "--scenarios", scenarios], "Some text.\n");
    assert_eq!((code, err.as_str()), (Some(1), ""), "{out}");
    std::fs::write(folder.path().join("claims.yaml"), "sections: 3\n").unwrap();
    let (code, _, err) = run(&["-", "--scenarios", scenarios], "Some text.\n");
    assert_eq!(code, Some(2));
    assert!(err.contains("claims.yaml:1:"), "{err}");
}
