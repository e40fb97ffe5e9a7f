//! `matrix init`: makes a project.

mod files;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::failure::{CommandResult, Failure, fault, usage};
use super::output::ignore_closed_pipe;
use crate::cli::start::Init;
use crate::commands::exit::Exit;
use crate::page::draft::Draft;
use crate::page::{By, Page};
use crate::text::advice::Advice;
use crate::text::sanitize::visible;
pub(super) use files::SCHEMA;
use files::{Given, LEDGER, Project, files};

pub(super) fn init(args: &Init) -> CommandResult {
    let page = args.page.as_ref().map(|path| Page::read(path, args.markup).map_err(usage)).transpose()?;
    let given = page.map(|page| Given { file: relative(&page.path, &args.folder), draft: Draft::of(&page), page });
    let project = Project { name: name(&args.folder), given, ci: args.ci };
    let files = files(&project);
    let existing: Vec<String> = files
        .iter()
        .filter(|(path, _)| fs::symlink_metadata(args.folder.join(path)).is_ok())
        .map(|(path, _)| format!("`{path}`"))
        .collect();
    if !existing.is_empty() {
        let are = if existing.len() == 1 { "exists" } else { "exist" };
        let message = format!("{} {are} in `{}`, and nothing is overwritten", existing.join(", "), args.folder.display());
        return Err(usage(Advice::new(message, "run in an empty folder, or name one: `matrix init DIR`")));
    }
    for (path, text) in &files {
        create(&args.folder.join(path), text)?;
    }
    ignore_closed_pipe(told(&project, &args.folder, &files))?;
    Ok(Exit::Expected)
}

/// Writes a new file.
fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |cause: io::Error| {
        let message = format!("failed to write `{}`: {cause}", path.display());
        fault(Advice::new(message, "remove the files that were written, then run `matrix init` again"))
    };
    fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// The name of a folder, for that of the project.
fn name(folder: &Path) -> String {
    let whole = folder.canonicalize().or_else(|_| std::path::absolute(folder)).unwrap_or_else(|_| folder.to_owned());
    let name = whole.file_name().map(|name| visible(name.to_string_lossy().trim()));
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "project".to_owned())
}

/// The path of a file as seen from a folder; absolute if the file is elsewhere.
fn relative(file: &Path, folder: &Path) -> PathBuf {
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let folder = folder.canonicalize().or_else(|_| std::path::absolute(folder)).unwrap_or_else(|_| folder.to_owned());
    file.strip_prefix(&folder).map(Path::to_owned).unwrap_or(file)
}

fn told(project: &Project, folder: &Path, files: &[(String, String)]) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    for (path, _) in files {
        writeln!(out, "wrote {}", folder.join(path).strip_prefix(".").unwrap_or(&folder.join(path)).display())?;
    }
    if let Some(given) = &project.given {
        drafted(&mut out, given)?;
    }
    let cd = if folder == Path::new(".") { String::new() } else { format!("cd {} && ", folder.display()) };
    writeln!(out, "next: {cd}matrix run")
}

fn drafted(out: &mut impl Write, Given { page, draft, .. }: &Given) -> io::Result<()> {
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let by = match page.by {
        By::Option => "as --markup says",
        By::Name => "by its file name",
        By::Content => "by its content; --markup selects another",
    };
    let (drafts, sections) = (count(draft.ledger.drafts.len(), "draft"), count(draft.ledger.sections.len(), "section"));
    let shown = page.path.display();
    writeln!(out, "{LEDGER}: {drafts} in {sections}, from {shown}, read as {}, {by}", page.markup.name())?;
    if draft.left_out > 0 {
        writeln!(out, "{} of the page without a draft: `matrix page` lists them", count(draft.left_out, "text"))?;
    }
    if !page.unread.is_empty() {
        writeln!(out, "{} of the page not read: `matrix page` lists them", count(page.unread.len(), "part"))?;
    }
    Ok(())
}
