//! Shell completions of subcommands, options, scenarios, cells, phases and claims. For each completion the shell calls this
//! program with an environment variable set, and the program reads the scenarios.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Command, ValueEnum};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use crate::load::{self, Library};
use crate::model::cell::expand::expand;
use crate::model::project::{Found, Project};
use crate::model::scenario::Scenario;

/// `matrix completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// Shell that will load the script.
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// Supported shells.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Shell {
    /// Bash.
    Bash,
    /// Fish.
    Fish,
    /// Zsh.
    Zsh,
}

/// The environment variable of a completion request.
const REQUEST: &str = "MATRIX_COMPLETE";
/// The phases that every cell has.
const PHASES: [&str; 4] = ["prepare", "reproduce", "placebo", "control"];

/// Answers a completion request and exits the process; returns if there is none.
pub(super) fn answer(program: fn() -> Command) {
    CompleteEnv::with_factory(program).var(REQUEST).complete();
}

/// Writes the completion script of a shell.
pub fn script(shell: Shell, out: &mut dyn Write) -> io::Result<()> {
    let name = match shell {
        Shell::Bash => "bash",
        Shell::Fish => "fish",
        Shell::Zsh => "zsh",
    };
    let shells = Shells::builtins();
    let completer = shells.completer(name).expect("each of these is built in");
    let program = "matrix";
    completer.write_registration(REQUEST, program, program, program, out)
}

/// Ids of scenarios.
pub(super) fn scenarios() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| matching(typed, scenario_ids()))
}

/// Ids of claims.
pub(super) fn claims() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        matching(typed, library().map_or(Vec::new(), |l| l.ledger.claims.into_iter().map(|claim| claim.id.to_string()).collect()))
    })
}

/// A cell in one word, or its scenario and then the cell.
pub(super) fn cells() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| matching(typed, cells_for(&typed.to_string_lossy(), &words())))
}

fn cells_for(typed: &str, words: &[String]) -> Vec<String> {
    let Some(library) = library() else { return Vec::new() };
    let of = |id: &str| library.scenarios.iter().find(|scenario| scenario.id == *id);
    if let Some(scenario) = typed.split_once(':').and_then(|(id, _)| of(id)) {
        return cell_ids(scenario, typed.split_once(':').map_or("", |(_, cell)| cell))
            .into_iter()
            .map(|cell| format!("{}:{cell}", scenario.id))
            .collect();
    }
    match words.iter().rev().find_map(|word| of(word)) {
        Some(scenario) => cell_ids(scenario, typed),
        None => library.scenarios.iter().map(|scenario| scenario.id.to_string()).collect(),
    }
}

/// The cells of a scenario; after a complete cell id, its phases.
fn cell_ids(scenario: &Scenario, typed: &str) -> Vec<String> {
    let cells = expand(scenario);
    match cells.iter().find(|cell| typed.strip_prefix(cell.id.as_str()).is_some_and(|rest| rest.starts_with('/'))) {
        None => cells.into_iter().map(|cell| cell.id.to_string()).collect(),
        Some(cell) => {
            let workarounds = scenario.workarounds.iter().filter(|workaround| workaround.when.holds(&cell.axes));
            let workarounds = workarounds.map(|workaround| format!("workaround:{}", workaround.id));
            PHASES.map(str::to_owned).into_iter().chain(workarounds).map(|phase| format!("{}/{phase}", cell.id)).collect()
        }
    }
}

fn scenario_ids() -> Vec<String> {
    library().map_or(Vec::new(), |library| library.scenarios.into_iter().map(|scenario| scenario.id.to_string()).collect())
}

fn matching(typed: &OsStr, names: Vec<String>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    names.into_iter().filter(|name| name.starts_with(&*typed)).map(CompletionCandidate::new).collect()
}

/// The scenarios for the command being typed; `None` if its files are invalid.
fn library() -> Option<Library> {
    let words = words();
    let named = |option: &str| words.iter().zip(words.iter().skip(1)).find(|(word, _)| *word == option).map(|(_, next)| next);
    let path =
        |option: &str, variable: &str| named(option).map(PathBuf::from).or_else(|| std::env::var_os(variable).map(PathBuf::from));
    if let Some(folder) = path("--scenarios", "MATRIX_SCENARIOS") {
        return load::folder(&folder).ok();
    }
    let file = path("--project", "MATRIX_PROJECT").or_else(|| load::find_project(Path::new("")));
    let project = file.map_or_else(|| Some(Project::default()), |file| load::project(&file, Found::Search).ok())?;
    let page = named("--page").and_then(|id| project.pages.iter().find(|page| page.id == *id));
    let pages = page.map_or_else(|| project.pages.iter().collect(), |page| vec![page]);
    let mut all = pages.into_iter().filter_map(|page| load::page(&project, page).ok());
    let first = all.next()?;
    Some(all.fold(first, |mut all, mut more| {
        all.scenarios.append(&mut more.scenarios);
        all.ledger.claims.append(&mut more.ledger.claims);
        all
    }))
}

/// The words of the command being typed, which the shell passes after `--`.
fn words() -> Vec<String> {
    let passed = std::env::args_os().skip_while(|word| word != "--").skip(1);
    passed.map(|word: OsString| word.to_string_lossy().into_owned()).collect()
}
