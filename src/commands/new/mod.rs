//! `matrix new scenario`: adds a scenario, and turns drafts that it decides into claims.

mod skeleton;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use super::failure::{CommandResult, Failure, fault, usage};
use super::init::SCHEMA;
use super::inputs::ledger;
use super::output::ignore_closed_pipe;
use super::places::{Places, pages};
use crate::cli::Places as Options;
use crate::cli::start::{New, Scenario as Args, What};
use crate::commands::exit::Exit;
use crate::load::{self, Library};
use crate::model::claim::Claim;
use crate::model::id::ClaimId;
use crate::model::project::Page;
use crate::text::advice::Advice;
use crate::text::files;
use crate::text::suggest::{among, quoted as listed};
use skeleton::Skeleton;

/// The base and the edition of a new scenario, if nothing names another.
const BASE: &str = "bookworm";
const EDITION: &str = "current";

pub(super) fn new(options: &Options, New { what: What::Scenario(args) }: &New) -> CommandResult {
    let places = &of_section(options, args)?;
    let (library, warning) = ledger(places)?;
    let file = places.page.scenarios.join(format!("{}.yaml", args.name));
    let claims = chosen(&library, args)?;
    check_name(args)?;
    let last = places.page.editions.last();
    let path = last.map_or(&places.page.ledger, |edition| &edition.ledger).clone();
    let ledger = undrafted(&library, &path, &claims)?;
    let schema = schema(places);
    let skeleton = Skeleton {
        library: &library,
        name: &args.name,
        section: &args.section,
        claims: &claims,
        base: places.project.bases.keys().next().map_or(BASE, String::as_str),
        edition: last.map_or(EDITION, |edition| edition.id.as_str()),
        schema: &schema,
    };
    create(&file, &skeleton.yaml())?;
    if let Some(ledger) = ledger {
        files::write(&path, ledger.as_bytes(), files::Readers::All).map_err(fault)?;
    }
    if let Some(warning) = warning {
        let _ = writeln!(io::stderr(), "warning: {warning}");
    }
    let drafts = claims.iter().filter(|claim| library.ledger.draft(&claim.id).is_some()).count();
    let others: Vec<String> =
        library.scenarios.iter().filter(|other| other.section == args.section).map(|other| format!("`{}`", other.id)).collect();
    let mut out = anstream::stdout().lock();
    ignore_closed_pipe(told(&mut out, &file, &path, drafts))?;
    if drafts > 0 && !others.is_empty() {
        let note = "a scenario without `claims` decides all claims of its section, so list those of the others";
        ignore_closed_pipe(writeln!(out, "note: {} also decide claims of this section; {note}", others.join(", ")))?;
    }
    Ok(Exit::Expected)
}

/// The only page, or the only one whose ledger has the section.
fn of_section(options: &Options, args: &Args) -> Result<Places, Failure> {
    let pages = pages(options, &args.on, &[])?;
    let has = |places: &&Places| {
        let library = load::survey(&places.project, &places.page).library;
        library.is_some_and(|library| library.ledger.sections.iter().any(|(id, _)| *id == args.section))
    };
    match (pages.as_slice(), pages.iter().filter(has).collect::<Vec<_>>().as_slice()) {
        ([places], _) => Ok(places.clone()),
        (_, [places]) => Ok((*places).clone()),
        (_, []) => {
            let ledgers = pages.iter().filter_map(|places| load::survey(&places.project, &places.page).library);
            let known = ledgers.flat_map(|library| library.ledger.sections).map(|(id, _)| id.to_string());
            let message = format!("no ledger has a section `{}`", args.section);
            Err(usage(Advice::new(message, among(args.section.as_str(), known))))
        }
        (_, several) => {
            let ids = several.iter().map(|places| places.page.id.as_str());
            let message = format!("several pages have a section `{}`", args.section);
            Err(usage(Advice::new(message, format!("choose one with `--page`: {}", listed(ids, ", ")))))
        }
    }
}

/// The schema of scenarios as seen from their folder: where `matrix init` writes it, else beside them.
fn schema(places: &Places) -> String {
    let Page { scenarios, .. } = &places.page;
    let below = scenarios.strip_prefix(&places.project.root).ok().filter(|_| places.project.root.join(SCHEMA).is_file());
    match below {
        Some(below) => format!("{}{SCHEMA}", "../".repeat(below.components().count())),
        None => "schema.json".to_owned(),
    }
}

fn told(out: &mut impl Write, file: &Path, ledger: &Path, drafts: usize) -> io::Result<()> {
    writeln!(out, "wrote {}", file.display())?;
    if drafts > 0 {
        let are = if drafts == 1 { "draft is a claim" } else { "drafts are claims" };
        writeln!(out, "{}: {drafts} {are} now; check their kinds, words and quotes", ledger.display())?;
    }
    writeln!(out, "next: matrix check, which lists what is still to be written")
}

/// A name that is free, and that a file of scenarios may have.
fn check_name(args: &Args) -> Result<(), Failure> {
    let is_kebab = |name: &str| {
        !name.is_empty()
            && name.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
    };
    match args.name.as_str() {
        "claims" | "common" => {
            let message = format!("`{}.yaml` is not the file of a scenario", args.name);
            Err(usage(Advice::new(message, "choose another name")))
        }
        name if !is_kebab(name) || name.len() > 100 => {
            let message = format!("`{name}` cannot be the name of a scenario");
            Err(usage(Advice::new(message, "use a name in kebab-case such as `headers-not-found`")))
        }
        _ => Ok(()),
    }
}

/// The claims and drafts that the scenario is to decide, in the order of the ledger.
fn chosen<'a>(library: &'a Library, args: &Args) -> Result<Vec<&'a Claim>, Failure> {
    let ledger = &library.ledger;
    if ledger.sections.iter().all(|(id, _)| *id != args.section) {
        let known = ledger.sections.iter().map(|(id, _)| id.to_string());
        let message = format!("the ledger has no section `{}`", args.section);
        return Err(usage(Advice::new(message, among(args.section.as_str(), known))));
    }
    let of_section: Vec<&Claim> =
        ledger.claims.iter().chain(&ledger.drafts).filter(|claim| claim.section == args.section).collect();
    for id in &args.claims {
        if of_section.iter().all(|claim| claim.id != *id) {
            let message = format!("section `{}` has no claim or draft `{id}`", args.section);
            return Err(usage(Advice::new(message, among(id.as_str(), of_section.iter().map(|claim| claim.id.to_string())))));
        }
    }
    let is_free = |claim: &&&Claim| library.binding(&claim.id).next().is_none();
    let is_chosen = |claim: &&&Claim| if args.claims.is_empty() { is_free(claim) } else { args.claims.contains(&claim.id) };
    let chosen: Vec<&Claim> = of_section.iter().filter(is_chosen).copied().collect();
    if chosen.is_empty() {
        let message = format!("scenarios decide all claims of section `{}` already", args.section);
        return Err(usage(Advice::new(message, "name claims with --claim, or add claims to the ledger")));
    }
    Ok(chosen)
}

/// The ledger's text in which these claims are no drafts; `None` if they are none now.
fn undrafted(library: &Library, path: &Path, claims: &[&Claim]) -> Result<Option<String>, Failure> {
    let drafts: Vec<&ClaimId> = claims.iter().map(|claim| &claim.id).filter(|id| library.ledger.draft(id).is_some()).collect();
    if drafts.is_empty() {
        return Ok(None);
    }
    let text = files::read_text(path, load::LONGEST_FILE)
        .map_err(|cause| usage(Advice::new(format!("failed to read `{}`: {cause}", path.display()), "")))?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut gone = Vec::new();
    for id in drafts {
        let line = load::status_line(&text, id).filter(|line| is_status(lines[*line]));
        let Some(line) = line else {
            let message = format!("`status: draft` of `{id}` is not on a line of its own in `{}`", path.display());
            return Err(usage(Advice::new(message, "remove it there, then repeat the command")));
        };
        gone.push(line);
    }
    let kept = lines.iter().enumerate().filter(|(line, _)| !gone.contains(line)).map(|(_, line)| *line);
    Ok(Some(kept.collect()))
}

fn is_status(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or(line);
    line.split_whitespace().collect::<Vec<_>>() == ["status:", "draft"]
}

fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    match opened.and_then(|mut file| file.write_all(text.as_bytes())) {
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
            let message = format!("`{}` exists, and nothing is overwritten", path.display());
            Err(usage(Advice::new(message, "choose another name")))
        }
        Err(cause) => Err(fault(Advice::new(format!("failed to write `{}`: {cause}", path.display()), ""))),
        Ok(()) => Ok(()),
    }
}
