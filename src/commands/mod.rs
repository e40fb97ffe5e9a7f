//! Subcommands, one file for each.

mod bisect;
mod build;
mod check;
mod clean;
mod connect;
mod doctor;
pub mod exit;
mod export;
mod failure;
mod inconclusive;
mod init;
mod inputs;
mod latest;
mod list;
mod messages;
mod mutate;
mod new;
mod output;
mod page;
mod patches;
mod pin;
mod places;
mod plan;
mod reject;
mod report;
mod run;
mod sarif;
mod shard;
mod shell;
mod work;

use std::io::{self, Write};

use crate::cli::{self, Check, Cli, Command, OnPage, Which};
use crate::load;
use crate::model::id::ScenarioId;
use crate::text::sanitize::visible;
use exit::Exit;
use failure::{CommandResult, Failure, usage};
use inputs::wrong;
use output::{ignore_closed_pipe, printed};
use places::{Places, page, page_of_file, pages};

/// Runs the subcommand.
fn ended(cli: &Cli) -> CommandResult {
    let args = &cli.places;
    let of_which = |which: &Which| pages(args, &which.on, &ids(&which.scenarios)).map(with_scenarios);
    let cell = |words: &[String]| words.first().and_then(|word| word.split([':', '/']).next().map(str::to_owned));
    match &cli.command {
        Command::Init(own) => init::init(own),
        Command::New(own) => new::new(args, own),
        Command::Run(own) => each(of_which(&own.which)?, true, |places| run::run(places, own)),
        Command::Build(own) => each(of_which(&own.which)?, true, |places| build::build(places, own)),
        Command::Bisect(own) => bisect::bisect(&page(args, &own.on, Some(own.scenario.as_str()))?, own),
        Command::Mutate(own) => mutate::mutate(&page(args, &own.on, own.scenarios.first().map(ScenarioId::as_str))?, own),
        Command::List(own) => each(pages(args, &own.on, &ids(&own.scenarios))?, false, |places| list::list(places, own)),
        Command::Plan(own) => plan::show(&page(args, &own.which.on, own.which.scenarios.first().map(ScenarioId::as_str))?, own),
        Command::Report(own) if own.records.is_empty() => {
            each(with_scenarios(pages(args, &own.on, &[])?), false, |places| report::report(places, own))
        }
        Command::Report(own) => report::report(&pages(args, &own.on, &[])?[0], own),
        Command::Pin(own) => pin::pin(&pages(args, &OnPage::default(), &[])?[0], own),
        Command::Check(Check { schema: Some(kind), .. }) => check::schema(*kind),
        Command::Check(own) => each(pages(args, &own.on, &[])?, true, check::check),
        Command::Page(own) => self::page::page(&page_of_file(args, &own.on, &own.page)?, own),
        Command::Shell(own) => shell::shell(&page(args, &own.on, cell(&own.cell).as_deref())?, own),
        Command::Export(own) => export::export(&page(args, &own.on, cell(&own.cell).as_deref())?, own),
        Command::Clean(own) => clean::clean(&pages(args, &OnPage::default(), &[])?[0], own),
        Command::Doctor(own) => doctor::doctor(&pages(args, &OnPage::default(), &[])?, own.format),
        Command::Completions(own) => printed(cli::complete::script(own.shell, &mut io::stdout().lock())),
        Command::Man(own) => match &own.dir {
            None => printed(cli::man::page(cli::command(), &mut io::stdout().lock())),
            Some(folder) => printed(cli::man::pages(cli::command(), folder)),
        },
    }
}

/// Only the pages that have scenarios, unless none has. A new page has only drafts.
fn with_scenarios(pages: Vec<Places>) -> Vec<Places> {
    // Loading scenarios takes time, and the command loads those of its pages again.
    if pages.len() < 2 {
        return pages;
    }
    let has_none = |places: &&Places| {
        let survey = load::survey(&places.project, &places.page);
        survey.mistakes.is_empty() && survey.library.is_some_and(|library| library.scenarios.is_empty())
    };
    let without: Vec<String> = pages.iter().filter(has_none).map(|places| places.page.id.clone()).collect();
    if without.len() == pages.len() {
        return pages;
    }
    for id in &without {
        // Standard error may be closed.
        let _ = writeln!(io::stderr(), "note: page `{id}` has no scenario yet: `matrix new scenario` adds one");
    }
    pages.into_iter().filter(|places| !without.contains(&places.page.id)).collect()
}

fn ids(scenarios: &[ScenarioId]) -> Vec<&str> {
    scenarios.iter().map(ScenarioId::as_str).collect()
}

/// Does `work` for each page, and returns the worst exit code. If the input is to be checked, it is checked for all pages before
/// the first one is worked on.
fn each(pages: Vec<Places>, is_checked: bool, work: impl Fn(&Places) -> CommandResult) -> CommandResult {
    if let [places] = pages.as_slice() {
        return work(places);
    }
    if is_checked {
        let mistakes: Vec<String> = pages.iter().filter_map(wrong).map(|Failure(_, error)| format!("{error:#}")).collect();
        if !mistakes.is_empty() {
            return Err(usage(anyhow::anyhow!("{}", mistakes.join("\n"))));
        }
    }
    let mut exits = Vec::new();
    for places in &pages {
        ignore_closed_pipe(writeln!(io::stdout(), "{}: {}", places.page.id, visible(&places.page.title)))?;
        exits.push(work(places)?);
    }
    let first = |exit: Exit| exits.contains(&exit).then_some(exit);
    Ok(first(Exit::Drift).or(first(Exit::Inconclusive)).unwrap_or(Exit::Expected))
}

/// Runs the subcommand. Prints its error and returns the exit code.
pub fn main(cli: &Cli) -> Exit {
    let ended = ended(cli);
    ended.unwrap_or_else(|Failure(exit, error)| {
        // A closed pipe (`matrix list | head`) is no failure.
        if error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)) {
            return Exit::Expected;
        }
        // An error may quote a file or an engine; escape sequences must not reach the terminal.
        let lines: Vec<String> = format!("error: {error:#}").lines().map(visible).collect();
        let _ = writeln!(io::stderr(), "{}", lines.join("\n"));
        exit
    })
}
