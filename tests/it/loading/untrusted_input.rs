//! Messages of the loader about malicious scenario files: each is refused by a count or a size before anything of that size is
//! allocated.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use matrix::load;

use super::{COMMON, SAMPLE, changed, common, loaded, mistakes, readable, sample};

#[test]
fn a_pipe_or_a_device_under_a_scenarios_name_is_not_opened() {
    let (folder, _) = loaded(&[]);
    // Opening a pipe without a writer would wait for ever.
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe.yaml")).status().unwrap().success());
    symlink("pipe.yaml", folder.path().join("to-pipe.yaml")).unwrap();
    symlink("/dev/zero", folder.path().join("zero.yaml")).unwrap();
    symlink("/etc/passwd", folder.path().join("common.yml")).unwrap();
    symlink("../../../../etc/passwd", folder.path().join("passwd.yaml")).unwrap();
    assert_snapshot!(readable(load::folder(folder.path()), folder.path()), @r"
    common.yml: points outside of the folder of scenarios
      help: put the file itself here, not a link
    passwd.yaml: points outside of the folder of scenarios
      help: put the file itself here, not a link
    pipe.yaml: is not a file
      help: only scenario files may have such names
    to-pipe.yaml: is not a file
      help: only scenario files may have such names
    zero.yaml: points outside of the folder of scenarios
      help: put the file itself here, not a link
    ");
}

#[test]
fn a_folder_of_very_many_files_is_not_read() {
    let (folder, _) = loaded(&[]);
    for number in 0..500 {
        fs::write(folder.path().join(format!("s{number}.yaml")), "").unwrap();
    }
    let name = folder.path().file_name().unwrap().to_string_lossy().into_owned();
    let message = readable(load::folder(folder.path()), Path::new("/nowhere"));
    assert!(message.contains(&format!("{name}: holds more than 500 scenario files\n  help: split the scenarios")), "{message}");
}

#[test]
fn a_long_text_repeated_by_aliases_is_not_repeated_in_memory() {
    let bomb = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 30_000].join(", "));
    assert_snapshot!(mistakes(&[("sample.yaml", &bomb)]), @r"
    sample.yaml:1:4: failed to read as YAML: b[9]: more than 1048576 bytes of text at line 1 column 4
      help: write it out as one document without aliases
    ");
}

#[test]
fn axes_with_billions_of_combinations_are_refused_before_expansion() {
    let axes: String = ('a'..='j')
        .map(|name| format!("  {name}{name}: [{}]\n", (0..20).map(|n| format!("v{n}")).collect::<Vec<_>>().join(", ")))
        .collect();
    let text = changed(SAMPLE, "cells: pair\n", &format!("axes:\n  base: [bookworm]\n  python: [\"3.11\"]\n{axes}"));
    assert_snapshot!(mistakes(&[("sample.yaml", &text)]), @r"
    sample.yaml:6:1: axes: the axes make more than 10000 cells
      help: use fewer values, or several scenarios
    ");
}

#[test]
fn a_list_of_steps_used_many_times_is_not_copied_many_times() {
    let list: String = (0..500).map(|number| format!("    - {{name: s{number}, run: x}}\n")).collect();
    let uses = "  - use: many\n".repeat(5_000);
    let text = changed(SAMPLE, "prepare:\n", &format!("prepare:\n{uses}"));
    assert_snapshot!(mistakes(&[("common.yaml", &format!("{COMMON}  many:\n{list}")), ("sample.yaml", &text)]), @r"
    sample.yaml:15:1: prepare: has more than 1000 steps
      help: split it into several scenarios; a named list of steps counts each time it is used
    ");
}

#[test]
fn a_very_long_name_gets_no_suggestions() {
    let long = |letter: &str| letter.repeat(60_000);
    let text = changed(SAMPLE, "  library:", &format!("  ? {}\n  : x\n  library:", long("a")));
    let text = changed(&text, "cp {{ folder }}", &format!("cp {{{{ {} }}}}", long("b")));
    let message = mistakes(&[("sample.yaml", &text)]);
    assert!(
        message.len() < 4_000 && message.contains("is too long for a name\n  help: names have at most 100 letters"),
        "{message}"
    );
    let message = sample("name: start", &format!("name: {}", long("a")));
    assert!(message.ends_with("reproduce[0].name: is longer than 100 letters\n  help: make it shorter"), "{message}");
}

#[test]
fn a_text_with_invisible_characters_is_refused() {
    assert_snapshot!(sample("run: apache2ctl start", r#"run: "apache2ctl \e[8mstop; start""#), @r"
    sample.yaml:24:5: reproduce[0].run: holds U+001B, which is invisible
      help: write it as an escape, such as `\033` for `printf`
    ");
    // A right-to-left mark makes the command look different from what is executed.
    assert_snapshot!(sample("run: apache2ctl start", "run: \"true # \u{202e}trats ltc2ehcapa\""), @r"
    sample.yaml:24:5: reproduce[0].run: holds U+202E, which is invisible
      help: write it as an escape, such as `\033` for `printf`
    ");
    assert_snapshot!(sample("title: A sample", r#"title: "A\0sample""#), @r"
    sample.yaml:3:1: title: holds U+0000, which is invisible
      help: write it as an escape, such as `\033` for `printf`
    ");
}

#[test]
fn a_message_contains_no_terminal_escape_sequence() {
    let message = sample("title: A sample", "\"ti\\e]0;owned\\atle\\nhelp: curl evil\": A sample");
    assert!(!message.contains(['\u{1b}', '\u{7}']) && message.contains("title␊help: curl evil"), "{message:?}");
    let (folder, _) = loaded(&[]);
    fs::write(folder.path().join("a\u{1b}[2J\nb.yaml"), "[").unwrap();
    let message = readable(load::folder(folder.path()), folder.path());
    assert!(!message.contains('\u{1b}') && message.starts_with("a␊b.yaml:"), "{message:?}");
}

#[test]
fn a_pattern_that_would_grow_without_bounds_is_refused() {
    assert_snapshot!(sample("    timeout: 90s\n", "    timeout: 90s\n    capture: {kib: '(((a{100}){100}){100})'}\n"), @r"
    sample.yaml:26:15: reproduce[0].capture.kib: not a regular expression: Compiled regex exceeds size limit of 1048576 bytes.
      help: put `\` before literal characters
    ");
}

#[test]
fn several_documents_in_one_file_are_refused() {
    assert_snapshot!(mistakes(&[("sample.yaml", &format!("{SAMPLE}---\n{SAMPLE}"))]), @r"
    sample.yaml: failed to read as YAML: deserializing from YAML containing more than one document is not supported
      help: write it out as one document without aliases
    ");
    assert_snapshot!(common("cells:", "--- {}\n---\ncells:"), @r"
    common.yaml: failed to read as YAML: deserializing from YAML containing more than one document is not supported
      help: write it out as one document without aliases
    ");
}

#[test]
fn an_unknown_yaml_tag_has_no_effect() {
    assert_snapshot!(sample("title: A sample", "title: !!python/object/apply:os.system [id]"), @r"
    sample.yaml:3:1: title: expected text on one line, found a list
      help: `title`: one line for people
    ");
    assert_snapshot!(sample("title: A sample", "title: !include /etc/passwd"), @r"
    sample.yaml:3:8: failed to read as YAML: title: invalid type: enum, expected text, a number, a list or a mapping, without tags at line 3 column 8
      help: check that line and the one above it
    ");
}
