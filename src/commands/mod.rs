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
mod inputs;
mod latest;
mod list;
mod mutate;
mod output;
mod page;
mod pin;
mod plan;
mod report;
mod run;
mod shard;
mod shell;
mod work;

use std::io::{self, Write};

use crate::cli::{self, Cli, Command};
use crate::text::sanitize::visible;
use exit::Exit;
use failure::Failure;
use output::printed;

/// Runs the subcommand. Prints its error and returns the exit code.
pub fn main(cli: &Cli) -> Exit {
    let ended = match &cli.command {
        Command::Run(args) => run::run(&cli.places, args),
        Command::Build(args) => build::build(&cli.places, args),
        Command::Bisect(args) => bisect::bisect(&cli.places, args),
        Command::Mutate(args) => mutate::mutate(&cli.places, args),
        Command::List(args) => list::list(&cli.places, args),
        Command::Plan(args) => plan::show(&cli.places, args),
        Command::Report(args) => report::report(&cli.places, args),
        Command::Pin(args) => pin::pin(&cli.places, args),
        Command::Check(args) => check::check(&cli.places, args.schema),
        Command::Page(args) => page::page(&cli.places, args),
        Command::Shell(args) => shell::shell(&cli.places, args),
        Command::Export(args) => export::export(&cli.places, args),
        Command::Clean(args) => clean::clean(&cli.places, args),
        Command::Doctor(args) => doctor::doctor(&cli.places, args.format),
        Command::Completions(args) => printed(cli::complete::script(args.shell, &mut io::stdout().lock())),
        Command::Man(args) => match &args.dir {
            None => printed(cli::man::page(cli::command(), &mut io::stdout().lock())),
            Some(folder) => printed(cli::man::pages(cli::command(), folder)),
        },
    };
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
