//! Corrections as a patch for `git apply`, with the evidence before the first hunk and the claims in each hunk header.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use similar::{ChangeTag, TextDiff};

use super::Page;
use super::edit::{Edit, edited};
use super::words::one_line;
use crate::model::id::ClaimId;

/// Number of context lines around a change.
const CONTEXT: usize = 3;

/// The evidence of a claim: its standing, and the command that repeats it.
pub type Evidence = (String, String);

/// The patch, or `None` without a change. `evidence` is called for each claim.
pub fn patch(page: &Page, edits: &[Edit], evidence: impl Fn(&ClaimId) -> Evidence) -> Option<String> {
    let new = edited(page, edits);
    let diff = TextDiff::from_lines(&page.text, &new);
    let lines = |edit: &Edit| page.line(edit.at.start)..=page.line(edit.at.end);
    let mut body = String::new();
    for group in diff.grouped_ops(CONTEXT) {
        let (first, last) = (group.first()?, group.last()?);
        let old = first.old_range().start..last.old_range().end;
        let here = edits.iter().filter(|edit| *lines(edit).start() <= old.end && *lines(edit).end() > old.start);
        let mut claims: Vec<&str> = here.flat_map(|edit| &edit.claims).map(ClaimId::as_str).collect();
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

/// A path as git writes it: quoted as in C if it contains control characters, quotes or backslashes, or is not UTF-8. A
/// path with a space is followed by a tab, so that the rest is not parsed as a date.
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

/// A range of lines as in a hunk header: from 1; for an empty range, the line before it.
fn span(lines: &std::ops::Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => (lines.start + 1).to_string(),
        length => format!("{},{length}", lines.start + 1),
    }
}

/// The evidence of the patch, claim by claim. `git apply` ignores it.
fn head(edits: &[Edit], evidence: impl Fn(&ClaimId) -> Evidence) -> String {
    let mut claims: Vec<&ClaimId> = edits.iter().flat_map(|edit| &edit.claims).collect();
    claims.sort_unstable();
    claims.dedup();
    let evidence = claims.into_iter().map(|claim| {
        let (standing, repeat) = evidence(claim);
        format!("{claim}: {standing}\n    {}\n", one_line(&repeat))
    });
    format!("Results of runs for this page, and how to repeat them:\n\n{}", evidence.collect::<String>())
}

/// The path of the page in its repository; outside of a repository, its file name.
fn in_repository(path: &Path) -> PathBuf {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let top = whole.ancestors().skip(1).find(|folder| folder.join(".git").exists());
    let within = top.and_then(|top| whole.strip_prefix(top).ok()).map(Path::to_owned);
    within.or_else(|| whole.file_name().map(PathBuf::from)).unwrap_or(whole)
}
