//! `matrix page`: compares a page with the ledger and a record; writes the annotated page and the patch.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::failure::{CommandResult, Failure, fault, usage};
use super::inputs::ledger;
use super::latest;
use super::messages::messages;
use super::output::{ignore_closed_pipe, json_line};
use super::patches;
use super::places::Places;
use super::reject;
use super::report::named;
use super::sarif::subject;
use crate::cli::{Page as Args, PageFormat};
use crate::commands::exit::Exit;
use crate::model::claim::Ledger;
use crate::page::audit::{Alike, Chosen, ChosenBy, Claim, ProposedSection, Refusal, Refused, Summary, Survey};
use crate::page::edition::{Likeness, is_sure, likeness};
use crate::page::mail::Patches;
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
    let record = record.map(|record| match edition {
        Some(edition) => record.of_edition(edition),
        None => record,
    });
    if let Some(warning) = warning {
        let _ = writeln!(io::stderr(), "warning: {warning}");
    }
    let mut ledger = ledger.clone();
    if let (Some(topic), Some(reason)) = (&args.refuse.topic, &args.refuse.reason) {
        let refusals = reject::refusals(&Survey::of(&page, &ledger, record.as_ref()), topic, reason)?;
        let path = reject::note(places, &refusals)?;
        let _ = writeln!(io::stderr(), "noted {} refused in {}", counted(refusals.len()), path.display());
        ledger.rejections.extend(refusals);
    }
    let survey = Survey::of(&page, &ledger, record.as_ref());
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
    let written = record.as_ref().map(|_| {
        let folder = args.report_dir.as_deref().or_else(|| path.parent()).unwrap_or(Path::new("."));
        write(&survey, &args.page, &path, folder)
    });
    let written = written.transpose()?;
    if let PageFormat::Text = args.format {
        let runs = record.as_ref().map_or(Ok(()), |record| writeln!(out, "{}", report::runs(record)));
        ignore_closed_pipe(runs.and_then(|()| files(&mut out, written.as_deref())))?;
        if is_standard_input(&args.page) && survey.corrections.iter().any(|correction| correction.is_open()) {
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

fn counted(corrections: usize) -> String {
    if corrections == 1 { "one correction".to_owned() } else { format!("{corrections} corrections") }
}

/// Writes the annotated page, and the patches if there is something to correct. Returns the paths.
fn write(survey: &Survey<'_>, page: &Path, path: &Path, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let annotated = folder.join("page.html");
    let view = PageView::new(survey, &link(path, folder));
    report::write_file(&html::page(&view).map_err(fault)?, &annotated).map_err(fault)?;
    let patches = if is_standard_input(page) { None } else { Patches::of(survey) };
    let patched = patches::write(patches.as_ref(), folder)?;
    Ok([vec![annotated], patched].concat())
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
    summary.proposed.iter().try_for_each(|section| writeln!(out, "{}", proposed(section)))?;
    refused(out, &summary.refused)?;
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

/// A proposed section, and which of its claims are in the patch.
fn proposed(section: &ProposedSection<'_>) -> String {
    let ProposedSection { heading, claims, others, on_page } = section;
    let count = format!("{} of {} claims hold", claims.len(), claims.len() + others.len());
    let listed: Vec<&str> = others.iter().map(|claim| claim.as_str()).collect();
    let others = if others.is_empty() { String::new() } else { format!("; not {}", listed.join(", ")) };
    let state = match (on_page, claims.is_empty()) {
        (true, _) => "on the page".to_owned(),
        (false, true) => "not on the page; no claim of it is known to hold".to_owned(),
        (false, false) => format!("not on the page; the patch adds what holds: {count}{others}"),
    };
    format!("proposed section “{heading}”: {state}")
}

/// The corrections that the maintainers refused, with the reasons.
fn refused(out: &mut impl Write, refused: &[Refused<'_>]) -> io::Result<()> {
    if !refused.is_empty() {
        writeln!(out, "refused corrections")?;
    }
    refused.iter().try_for_each(|Refused { claim, reason, state }| {
        let note = match state {
            Refusal::Kept | Refusal::Unknown => "",
            Refusal::Changed => " (proposed again, because it would write something else now)",
            Refusal::Unused => " (not due any more: remove the entry from `rejected.yaml`)",
        };
        writeln!(out, "  {claim:26} {reason}{note}")
    })
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
        (summary.refused.iter().filter(|refused| refused.state == Refusal::Kept).count(), "with a refused correction"),
        (summary.claims.iter().filter(|claim| claim.standing == Some(Standing::Unknown)).count(), "unknown"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    format!("{}: {}", summary.page, parts.join(", "))
}
