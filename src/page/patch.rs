//! Corrections as hunks of a patch for `git apply`, with the claims in each hunk header.

use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::Page;
use super::edit::Edit;
use crate::model::id::ClaimId;

/// Number of context lines around a change.
const CONTEXT: usize = 3;

/// Lines of the page, and the lines in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// From 0; empty if lines are only added.
    pub old: Range<usize>,
    /// Each with its line break.
    pub new: Vec<String>,
    pub claims: Vec<ClaimId>,
    /// The edits that make it, by index.
    pub edits: Vec<usize>,
}

/// The changes that edits make, in the order of the page. Edits of one line make one change.
pub fn changes(page: &Page, edits: &[Edit]) -> Vec<Change> {
    let lines = lines(page);
    let mut groups: Vec<(Range<usize>, Vec<usize>)> = Vec::new();
    for (at, edit) in edits.iter().enumerate() {
        let first = (page.line(edit.at.start) - 1).min(lines.len());
        let last = (page.line(edit.at.end)).min(lines.len());
        match groups.last_mut() {
            Some((span, of)) if first < span.end => {
                span.end = span.end.max(last);
                of.push(at);
            }
            _ => groups.push((first..last, vec![at])),
        }
    }
    groups.into_iter().filter_map(|(span, of)| change(&lines, span, edits, of)).collect()
}

/// The change that some edits make within these lines, without the lines that stay the same at both ends.
fn change(lines: &[&str], span: Range<usize>, edits: &[Edit], of: Vec<usize>) -> Option<Change> {
    let start: usize = lines[..span.start].iter().map(|line| line.len()).sum();
    let mut text = lines[span.clone()].concat();
    for edit in of.iter().rev().map(|at| &edits[*at]) {
        text.replace_range(edit.at.start - start..edit.at.end - start, &edit.by);
    }
    let new: Vec<&str> = text.split_inclusive('\n').collect();
    let old = &lines[span.clone()];
    let before = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let rest = old.len().min(new.len()) - before;
    let after = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(old, new)| old == new).count();
    let mut claims: Vec<ClaimId> = Vec::new();
    for claim in of.iter().flat_map(|at| &edits[*at].claims) {
        if !claims.contains(claim) {
            claims.push(claim.clone());
        }
    }
    let new: Vec<String> = new[before..new.len() - after].iter().map(|line| (*line).to_owned()).collect();
    let old = span.start + before..span.end - after;
    (!old.is_empty() || !new.is_empty()).then_some(Change { old, new, claims, edits: of })
}

fn lines(page: &Page) -> Vec<&str> {
    page.text.split_inclusive('\n').collect()
}

/// A change in a hunk, and the number of context lines on both sides.
struct Part<'a> {
    change: &'a Change,
    before: usize,
    after: usize,
}

/// The patch of some of the changes, from the line with the old file's name on. Its context has no line that another change
/// touches, so that it applies before and after the patches of the others.
pub fn diff(page: &Page, all: &[Change], chosen: impl Fn(usize) -> bool) -> String {
    let lines = lines(page);
    let mut hunks: Vec<Vec<Part<'_>>> = Vec::new();
    let mut last = None;
    for (at, change) in all.iter().enumerate().filter(|(at, _)| chosen(*at)) {
        let above = all[..at].iter().enumerate().rev().find(|(other, _)| !chosen(*other)).map_or(0, |(_, other)| other.old.end);
        let below = all.iter().enumerate().skip(at + 1).find(|(other, _)| !chosen(*other));
        let below = below.map_or(lines.len(), |(_, other)| other.old.start);
        let part = Part {
            change,
            before: CONTEXT.min(change.old.start - above),
            after: CONTEXT.min(below.saturating_sub(change.old.end)),
        };
        match hunks.last_mut() {
            Some(hunk) if last == Some(at.wrapping_sub(1)) && change.old.start - end(hunk) <= 2 * CONTEXT => hunk.push(part),
            _ => hunks.push(vec![part]),
        }
        last = Some(at);
    }
    let path = in_repository(&page.path);
    let named = |side: &str| named(side, path.as_os_str().as_bytes());
    let mut text = format!("--- {}\n+++ {}\n", named("a/"), named("b/"));
    let mut shift = 0_isize;
    for hunk in &hunks {
        text += &shown(&lines, hunk, &mut shift);
    }
    text
}

fn end(hunk: &[Part<'_>]) -> usize {
    hunk.last().map_or(0, |part| part.change.old.end)
}

/// A hunk. `shift` is by how many lines the new file is ahead of the old one.
fn shown(lines: &[&str], hunk: &[Part<'_>], shift: &mut isize) -> String {
    let start = hunk[0].change.old.start - hunk[0].before;
    let stop = (end(hunk) + hunk[hunk.len() - 1].after).min(lines.len());
    let mut claims: Vec<&str> = Vec::new();
    for claim in hunk.iter().flat_map(|part| &part.change.claims).map(ClaimId::as_str) {
        if !claims.contains(&claim) {
            claims.push(claim);
        }
    }
    let mut body = String::new();
    let mut at = start;
    let mut push = |sign: char, line: &str| {
        body.push(sign);
        body += line;
        if !line.ends_with('\n') {
            body += "\n\\ No newline at end of file\n";
        }
    };
    for Change { old, new, .. } in hunk.iter().map(|part| part.change) {
        lines[at..old.start].iter().for_each(|line| push(' ', line));
        lines[old.clone()].iter().for_each(|line| push('-', line));
        new.iter().for_each(|line| push('+', line));
        at = old.end;
    }
    lines[at..stop].iter().for_each(|line| push(' ', line));
    let added = hunk.iter().map(|part| part.change.new.len()).sum::<usize>();
    let removed = hunk.iter().map(|part| part.change.old.len()).sum::<usize>();
    let begin = start.saturating_add_signed(*shift);
    *shift += added.cast_signed() - removed.cast_signed();
    let new = begin..begin + (stop - start) + added - removed;
    format!("@@ -{} +{} @@ {}\n{body}", span(&(start..stop)), span(&new), claims.join(", "))
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
fn span(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => (lines.start + 1).to_string(),
        length => format!("{},{length}", lines.start + 1),
    }
}

/// The path of the page in its repository; outside of a repository, its file name.
fn in_repository(path: &Path) -> PathBuf {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let top = whole.ancestors().skip(1).find(|folder| folder.join(".git").exists());
    let within = top.and_then(|top| whole.strip_prefix(top).ok()).map(Path::to_owned);
    within.or_else(|| whole.file_name().map(PathBuf::from)).unwrap_or(whole)
}
