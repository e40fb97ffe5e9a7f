//! `matrix page --messages`: compares a page with the messages of a program's sources.

use std::io::{self, Write};

use regex::Regex;
use serde::Serialize;

use super::failure::{CommandResult, Failure, unavailable, usage};
use super::inputs::settings;
use super::output::{ignore_closed_pipe, json_line};
use super::places::Places;
use crate::cli::{Page as Args, PageFormat};
use crate::commands::exit::Exit;
use crate::image::Catalog;
use crate::image::archive::Cache;
use crate::image::unpack::texts;
use crate::model::project::Messages;
use crate::page::Page;
use crate::page::messages::{Comparison, Documented, File, InSources, Owner, Sources, Unused, compare};
use crate::text::advice::Advice;
use crate::text::sanitize::visible;

/// What is printed as JSON.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    archive: &'a str,
    /// Number of files that were read.
    files: usize,
    /// Number of files that were not read, by extension.
    unread: &'a std::collections::BTreeMap<String, usize>,
    #[serde(flatten)]
    comparison: &'a Comparison,
}

pub(super) fn messages(places: &Places, args: &Args, page: &Page) -> CommandResult {
    let undeclared = || {
        let help = "add `messages: {archive: ..., patterns: [...]}` to the page in the project file";
        usage(Advice::new(format!("the project file declares no messages for page `{}`", places.page.id), help))
    };
    let declared = places.page.messages.as_ref().ok_or_else(undeclared)?;
    let archive = args.archive.as_deref().unwrap_or(&declared.archive);
    let sources = Sources::read(&files(places, archive, declared)?);
    if sources.files == 0 {
        let help = "messages are read from files in C, C++ and Python; check `sources` in the project file";
        return Err(usage(Advice::new(format!("`{archive}` has no such file in {}", listed(&declared.sources)), help)));
    }
    let patterns: Result<Vec<Regex>, _> = declared.patterns.iter().map(|pattern| Regex::new(pattern)).collect();
    let comparison = compare(page, &sources, &patterns.map_err(usage)?);
    let answer = Answer { archive, files: sources.files, unread: &sources.unread, comparison: &comparison };
    let mut out = anstream::stdout().lock();
    ignore_closed_pipe(match args.format {
        PageFormat::Json => json_line(&mut out, &answer),
        PageFormat::Text => text(&mut out, &answer),
        PageFormat::Sarif => {
            return Err(usage(Advice::new("--messages has no SARIF output", "use --format text or --format json")));
        }
    })?;
    let agrees = comparison.not_in_sources.is_empty() && comparison.not_used.is_empty();
    Ok(if agrees || args.exit_zero { Exit::Expected } else { Exit::Drift })
}

/// The text files of a pinned archive that are declared as sources.
fn files(places: &Places, archive: &str, declared: &Messages) -> Result<Vec<File>, Failure> {
    let catalog = Catalog::survey(&places.dockerfiles).0.of(std::sync::Arc::clone(&places.project));
    let digest = catalog.pinned(archive).map_err(usage)?;
    let settings = settings(places);
    let cache = Cache::new(&settings.cache, settings.index.as_deref()).with_urls(catalog.urls());
    let path = cache.fetch(archive, digest).map_err(unavailable)?;
    let all = texts(&path).map_err(usage)?;
    let is_in = |path: &str, place: &String| {
        path.strip_prefix(place.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if let Some(absent) = declared.sources.iter().find(|place| !all.keys().any(|path| is_in(path, place))) {
        let mut tops: Vec<&str> = all.keys().filter_map(|path| path.split('/').next()).collect();
        tops.dedup();
        let help = format!("correct `sources` in the project file; the archive has {}", tops.join(", "));
        return Err(usage(Advice::new(format!("`{archive}` has no `{absent}`"), help)));
    }
    let wanted = |path: &String| declared.sources.is_empty() || declared.sources.iter().any(|place| is_in(path, place));
    Ok(all.into_iter().filter(|(path, _)| wanted(path)).map(|(path, text)| File { path, text }).collect())
}

fn listed(sources: &[String]) -> String {
    if sources.is_empty() { "it".to_owned() } else { sources.join(", ") }
}

/// Prints the text without escape sequences of the page or the sources.
fn text(out: &mut impl Write, answer: &Answer<'_>) -> io::Result<()> {
    let mut whole = Vec::new();
    plain(&mut whole, answer)?;
    String::from_utf8_lossy(&whole).lines().try_for_each(|line| writeln!(out, "{}", visible(line)))
}

fn plain(out: &mut impl Write, answer: &Answer<'_>) -> io::Result<()> {
    let Comparison { page, patterns, not_in_sources, not_used, not_on_page, unused } = answer.comparison;
    on_page(out, "the page documents, and the sources do not have", not_in_sources, "nearest in the sources")?;
    on_page(out, "the page documents, and nothing in the sources uses", not_used, "only in")?;
    in_sources(out, "the sources have, and the page does not document", not_on_page)?;
    in_sources(out, "the sources define, and nothing in them uses", unused)?;
    for pattern in patterns {
        writeln!(out, "pattern {}: {} in the sources, {} on the page", pattern.pattern, pattern.in_sources, pattern.on_page)?;
        if let Some(same) = &pattern.same {
            writeln!(out, "  it matches `{same}` in different texts; extend it by what distinguishes messages")?;
        }
        if pattern.in_sources + pattern.on_page == 0 {
            writeln!(out, "  it matches nothing; correct it in the project file")?;
        }
    }
    let unread: Vec<String> = answer.unread.iter().map(|(extension, count)| format!("{count} {}", named(extension))).collect();
    let unread = if unread.is_empty() { String::new() } else { format!("; not read: {}", unread.join(", ")) };
    let files = if answer.files == 1 { "1 file".to_owned() } else { format!("{} files", answer.files) };
    writeln!(out, "{}: {files} in C, C++ and Python{unread}", answer.archive)?;
    let counts = [
        ("documented, but not in the sources", not_in_sources.len()),
        ("documented, but not used", not_used.len()),
        ("not documented", not_on_page.len()),
        ("not used", unused.len()),
    ];
    let counts: Vec<String> = counts.iter().map(|(what, count)| format!("{what}: {count}")).collect();
    writeln!(out, "{page}: {}", counts.join("; "))
}

fn named(extension: &str) -> String {
    if extension.is_empty() { "without extension".to_owned() } else { format!(".{extension}") }
}

fn on_page(out: &mut impl Write, title: &str, list: &[Documented], beside: &str) -> io::Result<()> {
    if !list.is_empty() {
        writeln!(out, "{title}")?;
    }
    for documented in list {
        let lines: Vec<String> = documented.lines.iter().map(usize::to_string).collect();
        writeln!(out, "  line {:>4}  {}", lines.join(", "), documented.message)?;
        if let Some(near) = &documented.nearest {
            writeln!(out, "             {beside}: {}", place(near))?;
        }
    }
    Ok(())
}

fn in_sources(out: &mut impl Write, title: &str, list: &[InSources]) -> io::Result<()> {
    if !list.is_empty() {
        writeln!(out, "{title}")?;
    }
    list.iter().try_for_each(|known| writeln!(out, "  {}", place(known)))
}

/// A message with its place, and why it is never used.
fn place(known: &InSources) -> String {
    let text = if known.text == known.message { &known.message } else { &known.text };
    let unused = match &known.unused {
        None => String::new(),
        Some(Unused::Disabled) => " (disabled by `#if 0`)".to_owned(),
        Some(Unused::Unmentioned(Owner { name, disabled: None, .. })) => format!(" (in `{name}`, which nothing else mentions)"),
        Some(Unused::Unmentioned(Owner { name, disabled: Some(at), .. })) => {
            format!(" (in `{name}`, which only code mentions that `#if 0` disables, {at})")
        }
    };
    format!("{}:{}: {text}{unused}", known.file, known.line)
}
