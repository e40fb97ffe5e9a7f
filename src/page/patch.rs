//! Corrections as a patch that `git apply` takes, with a word on the evidence before it and in the head of each hunk.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use similar::{ChangeTag, TextDiff};

use super::Page;
use super::correct::one_line;
use super::edit::{Edit, edited};

/// The lines around a change that a hunk shows.
const CONTEXT: usize = 3;

/// What a patch rests on: the claim, and the command that shows it again.
pub type Evidence = (String, String);

/// The patch, or nothing where nothing changes. `evidence` is asked for each claim.
pub fn patch(page: &Page, edits: &[Edit], evidence: impl Fn(&str) -> Evidence) -> Option<String> {
    let new = edited(page, edits);
    let diff = TextDiff::from_lines(&page.text, &new);
    let lines = |edit: &Edit| page.line(edit.at.start)..=page.line(edit.at.end);
    let mut body = String::new();
    for group in diff.grouped_ops(CONTEXT) {
        let (first, last) = (group.first()?, group.last()?);
        let old = first.old_range().start..last.old_range().end;
        let here = edits.iter().filter(|edit| *lines(edit).start() <= old.end && *lines(edit).end() > old.start);
        let mut claims: Vec<&str> = here.flat_map(|edit| &edit.claims).map(String::as_str).collect();
        claims.dedup();
        let new = first.new_range().start..last.new_range().end;
        body += &format!("@@ -{} +{} @@ {}\n", span(&old), span(&new), claims.join(", "));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            body.push(sign);
            body += change.value();
            if change.missing_newline() {
                body += "\n\\ No newline at end of file\n";
            }
        }
    }
    let path = in_repository(&page.path);
    let named = |side: &str| named(side, path.as_os_str().as_bytes());
    (!body.is_empty()).then(|| format!("{}\n--- {}\n+++ {}\n{body}", head(edits, evidence), named("a/"), named("b/")))
}

/// A path as git writes it: quoted as in C when it holds what would end the line or the quote, or is no text. After one
/// with a blank stands a tab, so that what follows cannot be taken for a date.
fn named(side: &str, path: &[u8]) -> String {
    let special = |c: char| c.is_ascii_control() || "\"\\".contains(c);
    match str::from_utf8(path) {
        Ok(text) if !text.contains(special) => {
            let tab = if text.contains(' ') { "\t" } else { "" };
            return format!("{side}{text}{tab}");
        }
        _ => {}
    }
    let quoted = path.iter().fold(String::new(), |quoted, byte| match byte {
        7..=13 => quoted + ["\\a", "\\b", "\\t", "\\n", "\\v", "\\f", "\\r"][usize::from(byte - 7)],
        b'"' | b'\\' => format!("{quoted}\\{}", char::from(*byte)),
        b' '..=b'~' => format!("{quoted}{}", char::from(*byte)),
        _ => format!("{quoted}\\{byte:03o}"),
    });
    format!("\"{side}{quoted}\"")
}

/// A range of lines as a hunk's head has it: from 1, and before an empty one the line it follows.
fn span(lines: &std::ops::Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => (lines.start + 1).to_string(),
        length => format!("{},{length}", lines.start + 1),
    }
}

/// What the patch rests on, claim by claim. `git apply` passes over it.
fn head(edits: &[Edit], evidence: impl Fn(&str) -> Evidence) -> String {
    let mut claims: Vec<&String> = edits.iter().flat_map(|edit| &edit.claims).collect();
    claims.sort_unstable();
    claims.dedup();
    let told = claims.into_iter().map(|claim| {
        let (standing, repeat) = evidence(claim);
        format!("{claim}: {standing}\n    {}\n", one_line(&repeat))
    });
    format!("What runs showed of this page, and how to see it again:\n\n{}", told.collect::<String>())
}

/// The path that the page has in its repository; outside of one, its name.
fn in_repository(path: &Path) -> PathBuf {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let top = whole.ancestors().skip(1).find(|folder| folder.join(".git").exists());
    let within = top.and_then(|top| whole.strip_prefix(top).ok()).map(Path::to_owned);
    within.or_else(|| whole.file_name().map(PathBuf::from)).unwrap_or(whole)
}
