//! `matrix page`: compares a page with the ledger and a record; writes the annotated page and the patch.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::failure::{CommandResult, Failure, fault, usage};
use super::inputs::ledger;
use super::latest;
use super::messages::messages;
use super::output::{ignore_closed_pipe, json_line};
use super::places::Places;
use super::report::named;
use super::sarif::subject;
use crate::cli::{Page as Args, PageFormat};
use crate::commands::exit::Exit;
use crate::model::claim::Ledger;
use crate::model::id::ClaimId;
use crate::model::record::Record;
use crate::page::audit::{Alike, Chosen, ChosenBy, Claim, Summary, Survey};
use crate::page::edit::edits;
use crate::page::edition::{Likeness, is_sure, likeness};
use crate::page::patch::patch;
use crate::page::{By, Page};
use crate::report::page::PageView;
use crate::report::{self, html, sarif};
use crate::summary::claim::Standing;
use crate::text::sanitize::visible;

pub(super) fn page(places: &Places, args: &Args) -> CommandResult {
    let page = match is_standard_input(&args.page) {
        true => Page::read_from(io::stdin().lock(), Path::new("standard input"), args.markup),
        false => Page::read(&args.page, args.markup),
    };
    let page = page.map_err(usage)?;
    if args.messages {
        return messages(places, args, &page);
    }
    let (library, warning) = ledger(places)?;
    let last = places.report_dir(None, "");
    let chosen = edition(&page, &library.ledger, args.edition.as_deref())?;
    let edition = chosen.as_ref().and_then(|chosen| library.ledger.edition(chosen.id));
    let ledger = edition.map_or(&library.ledger, |edition| &edition.ledger);
    let record = match &args.record {
        Some(path) => Some(report::read(path).map_err(usage)?),
        None => {
            let record = latest::last(&last, &library.ledger)?;
            latest::latest(places, &library, record)?
        }
    };
    let record = record.map(|record| edition.map_or_else(|| record.clone(), |edition| record.of_edition(edition)));
    if let Some(warning) = warning {
        let _ = writeln!(io::stderr(), "warning: {warning}");
    }
    let survey = Survey::of(&page, ledger, record.as_ref());
    let summary = Summary { edition: chosen, ..survey.summary() };
    let mut out = anstream::stdout().lock();
    ignore_closed_pipe(match args.format {
        PageFormat::Json => json_line(&mut out, &summary),
        PageFormat::Text => shown(&mut out, &summary),
        PageFormat::Sarif => {
            let subject = subject(places, &args.page, summary.edition.as_ref().map(|edition| edition.id))?;
            out.write_all(sarif::render(&survey, &subject).map_err(fault)?.as_bytes())
        }
    })?;
    let path = args.record.clone().unwrap_or_else(|| last.join("record.json"));
    let written = record.as_ref().map(|record| {
        let folder = args.report_dir.as_deref().or_else(|| path.parent()).unwrap_or(Path::new("."));
        write(&survey, &args.page, record, &path, folder)
    });
    let written = written.transpose()?;
    if let PageFormat::Text = args.format {
        let runs = record.as_ref().map_or(Ok(()), |record| writeln!(out, "{}", report::runs(record)));
        ignore_closed_pipe(runs.and_then(|()| files(&mut out, written.as_deref())))?;
        if is_standard_input(&args.page) && survey.corrections.iter().any(|correction| !correction.is_stated()) {
            ignore_closed_pipe(writeln!(out, "no patch: standard input has no file name, so give the page as a file"))?;
        }
    }
    Ok(if survey.is_covered() || args.exit_zero { Exit::Expected } else { Exit::Drift })
}

/// The edition that a page is, if the editions have ledgers of their own.
fn edition<'a>(page: &Page, ledger: &'a Ledger, option: Option<&str>) -> Result<Option<Chosen<'a>>, Failure> {
    let by_option = option.map(|id| named(ledger, id)).transpose()?;
    let all = likeness(page, ledger);
    let (by, edition) = match (by_option, all.first()) {
        (Some(edition), _) => (ChosenBy::Option, edition),
        (None, Some(most)) => (ChosenBy::Content, most.edition),
        (None, None) => return Ok(None),
    };
    let alike = |of: &Likeness<'a>| Alike { id: &of.edition.id, found: of.found, claims: of.claims };
    Ok(Some(Chosen { id: &edition.id, by, sure: is_sure(&all), editions: all.iter().map(alike).collect() }))
}

/// Writes the annotated page, and the patch if there is something to correct. Returns the paths.
fn write(survey: &Survey<'_>, page: &Path, record: &Record, path: &Path, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let (annotated, patched) = (folder.join("page.html"), folder.join("page.patch"));
    let view = PageView::new(survey, &link(path, folder));
    report::write_file(&html::page(&view).map_err(fault)?, &annotated).map_err(fault)?;
    let evidence = |claim: &ClaimId| {
        let outcome = survey.outcome(claim);
        let standing = outcome.map_or("", |outcome| outcome.standing.label()).to_owned();
        let drifted = outcome.and_then(|outcome| outcome.groups.iter().find(|group| group.drift().is_some()));
        let repeat = drifted.and_then(|group| record.cell_of(group.verdicts[0]));
        (standing, repeat.map_or(String::new(), |cell| cell.repeat.clone()))
    };
    if is_standard_input(page) {
        return without_patch(annotated, &patched);
    }
    let edits = edits(survey.page, &survey.binding, &survey.corrections);
    match patch(survey.page, &edits, evidence) {
        Some(text) => {
            report::write_file(&text, &patched).map_err(fault)?;
            Ok(vec![annotated, patched])
        }
        None => without_patch(annotated, &patched),
    }
}

/// The written files without a patch. One of an earlier page must not remain.
fn without_patch(annotated: PathBuf, patched: &Path) -> Result<Vec<PathBuf>, Failure> {
    match std::fs::remove_file(patched) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(fault(error)),
        _ => Ok(vec![annotated]),
    }
}

fn is_standard_input(page: &Path) -> bool {
    page == Path::new("-")
}

/// A link from a folder to the report that lies beside a record.
fn link(record: &Path, folder: &Path) -> String {
    let beside = record.parent().unwrap_or(Path::new("."));
    let whole = |path: &Path| path.canonicalize().ok();
    match whole(beside) {
        Some(beside) if whole(folder).as_ref() != Some(&beside) => {
            url::Url::from_file_path(beside.join("report.html")).map_or_else(|()| "report.html".to_owned(), String::from)
        }
        _ => "report.html".to_owned(),
    }
}

/// The written files, or why there are none.
fn files(out: &mut impl Write, written: Option<&[PathBuf]>) -> io::Result<()> {
    match written {
        Some(paths) => paths.iter().try_for_each(|path| writeln!(out, "wrote {}", path.display())),
        None => writeln!(out, "no results: use `matrix run` or --record to see which claims are true"),
    }
}

/// Prints the text without escape sequences of the page.
fn shown(out: &mut impl Write, summary: &Summary<'_>) -> io::Result<()> {
    let mut whole = Vec::new();
    text(&mut whole, summary)?;
    String::from_utf8_lossy(&whole).lines().try_for_each(|line| writeln!(out, "{}", visible(line)))
}

fn text(out: &mut impl Write, summary: &Summary<'_>) -> io::Result<()> {
    by_section(out, &summary.claims, "")?;
    by_section(out, &summary.drafts, ", drafts")?;
    for heading in &summary.without {
        writeln!(out, "no section has the heading “{heading}”")?;
    }
    if !summary.uncovered.is_empty() {
        writeln!(out, "no claim covers")?;
    }
    for uncovered in summary.uncovered {
        let what = format!("{:?}", uncovered.what).to_lowercase();
        writeln!(out, "  line {:>4}  {what:8} {}", uncovered.line, uncovered.text)?;
    }
    if !summary.not_read.is_empty() {
        writeln!(out, "not read")?;
    }
    for part in summary.not_read {
        writeln!(out, "  line {:>4}  {:8} {}", part.line, part.what, part.text)?;
    }
    for waived in &summary.waived {
        writeln!(out, "waived, line {}: {}: {}", listed(&waived.lines), waived.name, waived.reason)?;
    }
    if !summary.unused.is_empty() {
        writeln!(out, "waivers without text on this page: {}", summary.unused.join(", "))?;
    }
    let by = match summary.markup_by {
        By::Option => "as --markup says",
        By::Name => "by its file name",
        By::Content => "by its content; --markup selects another",
    };
    writeln!(out, "read as {}, {by}", summary.markup.name())?;
    summary.edition.iter().try_for_each(|chosen| writeln!(out, "{}", compared(chosen)))?;
    writeln!(out, "{}", closing(summary))
}

/// With which edition the page was compared, and why.
fn compared(chosen: &Chosen<'_>) -> String {
    let all: Vec<String> = chosen.editions.iter().map(|of| format!("{} {} of {}", of.id, of.found, of.claims)).collect();
    let why = match (chosen.by, chosen.sure) {
        (ChosenBy::Option, _) => "as --edition says",
        (ChosenBy::Content, true) => "by the claims found",
        (ChosenBy::Content, false) => "by the claims found, which is not sure; --edition selects another",
    };
    format!("edition {}, {why} ({})", chosen.id, all.join(", "))
}

/// The claims below their sections, each with `note` after its name.
fn by_section(out: &mut impl Write, claims: &[Claim<'_>], note: &str) -> io::Result<()> {
    for of_section in claims.chunk_by(|one, other| one.section == other.section) {
        writeln!(out, "{}{note}", of_section[0].section)?;
        of_section.iter().try_for_each(|claim| tell(out, claim))?;
    }
    Ok(())
}

fn tell(out: &mut impl Write, claim: &Claim<'_>) -> io::Result<()> {
    let standing = claim.standing.map_or(String::new(), |standing| format!("{} {}", standing.symbol(), standing.label()));
    let wording = match claim.corrected {
        true => "corrected".to_owned(),
        false => format!("{:?}", claim.wording).to_lowercase(),
    };
    let lines = if claim.lines.is_empty() { String::new() } else { format!("line {}", listed(&claim.lines)) };
    writeln!(out, "  {:26} {wording:9} {lines:18} {standing}", claim.claim)?;
    for change in &claim.changes {
        writeln!(out, "    the ledger has: {}", change.quote)?;
        if let (Some(line), Some(found)) = (change.line, &change.found) {
            writeln!(out, "    line {line} has: {found}")?;
        }
    }
    Ok(())
}

fn listed(lines: &[usize]) -> String {
    lines.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

fn closing(summary: &Summary<'_>) -> String {
    use crate::page::locate::Wording;
    let count = |wording| summary.claims.iter().filter(|claim| !claim.corrected && claim.wording == wording).count();
    let mut parts = vec![format!("{} of {} claims found", count(Wording::Found), summary.claims.len())];
    let of_drafts = |wording| summary.drafts.iter().filter(|draft| draft.wording == wording).count();
    let drafts = if summary.drafts.len() == 1 { "draft" } else { "drafts" };
    for (number, what) in [
        (summary.drafts.len(), drafts),
        (of_drafts(Wording::Changed), "changed among the drafts"),
        (of_drafts(Wording::Gone), "gone among the drafts"),
        (count(Wording::Changed), "changed"),
        (count(Wording::Gone), "gone"),
        (summary.claims.iter().filter(|claim| claim.corrected).count(), "corrected"),
        (summary.uncovered.len(), "not covered"),
        (summary.not_read.len(), "not read"),
        (summary.claims.iter().filter(|claim| claim.drift).count(), "contradicted by the run"),
        (summary.claims.iter().filter(|claim| claim.standing == Some(Standing::Unknown)).count(), "unknown"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    format!("{}: {}", summary.page, parts.join(", "))
}
