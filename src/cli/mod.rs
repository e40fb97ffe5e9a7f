//! The command-line arguments.

mod bisect;
mod build;
pub mod complete;
mod format;
pub mod man;
mod mutate;
mod page;
pub mod pin;
mod refuse;
mod renamed;
pub mod start;
mod which;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::image::Repository;
use crate::model::cause::Cause;
use crate::model::id::ScenarioId;
use crate::subject::example::{
    BASE, CELL, CELLS, CHANGING, CHANGING_AXIS, CHANGING_CLAIM, CHANGING_FROM, FILTER, PAGE, RELEASE, SCENARIO, WORKAROUND,
};
pub use bisect::Bisect;
pub use build::Build;
pub use format::Format;
pub use mutate::Mutate;
pub use page::{Page, PageFormat};
pub use which::{OnPage, Which};

/// Runs a troubleshooting page: reproduces every documented failure and tries every workaround, in real containers.
#[derive(Debug, Parser)]
#[command(name = "matrix", version, about, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = format!("Examples:\n  matrix run {SCENARIO}\n  matrix run --only base={BASE} --jobs 2\n  matrix list {SCENARIO}")
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// Folders and addresses.
    #[command(flatten)]
    pub places: Places,
}

/// The arguments of this process. Help, version, usage errors and completion requests exit the process.
pub fn parse() -> Cli {
    complete::answer(Cli::command);
    if let Some(message) = renamed::message(std::env::args_os().skip(1), |name| std::env::var_os(name).is_some()) {
        Cli::command().error(ErrorKind::UnknownArgument, message).exit();
    }
    let cli = Cli::parse();
    // `requires` of clap fails for global options on both sides of the subcommand, and if the variable says `false`.
    if cli.places.image_cache_push && cli.places.image_cache.is_none() {
        let message = "--image-cache-push requires --image-cache HOST[:PORT]/REPOSITORY";
        Cli::command().error(ErrorKind::MissingRequiredArgument, message).exit();
    }
    cli
}

/// The program with all subcommands and options.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Folders, and addresses to fetch from; each has a working default.
#[derive(Debug, Args)]
#[command(next_help_heading = "Folders and addresses")]
pub struct Places {
    /// Project file [default: `matrix.yaml` in the working directory, else in the nearest folder above it].
    #[arg(long, global = true, env = "MATRIX_PROJECT", hide_env_values = true, value_name = "FILE")]
    pub project: Option<PathBuf>,
    /// Folder of scenarios, with its `claims.yaml` [default: that of the page in the project file, else `scenarios`].
    #[arg(long, global = true, env = "MATRIX_SCENARIOS", hide_env_values = true, value_name = "DIR")]
    pub scenarios: Option<PathBuf>,
    /// Folder of dockerfiles, with the pins in `SHA256SUMS` [default: that of the project file, else `dockerfiles`].
    #[arg(long, global = true, env = "MATRIX_DOCKERFILES", hide_env_values = true, value_name = "DIR")]
    pub dockerfiles: Option<PathBuf>,
    /// Container engine: an address, or `scripted:FILE` for a transcript [default: DOCKER_HOST, else CONTAINER_HOST, else the first socket of Docker or Podman that answers].
    #[arg(long, global = true, env = "MATRIX_ENGINE", hide_env_values = true, value_name = "ADDRESS")]
    pub engine: Option<String>,
    /// Registry to pull bases from [default: the engine's own].
    #[arg(long, global = true, env = "MATRIX_REGISTRY", hide_env_values = true, value_name = "HOST[:PORT]")]
    pub registry: Option<String>,
    /// Registry to pull images from instead of building them. Images that it lacks, or that are damaged there, are built.
    #[arg(long, global = true, env = "MATRIX_IMAGE_CACHE", hide_env_values = true, value_name = "HOST/REPOSITORY")]
    pub image_cache: Option<Repository>,
    /// Push all images of the run that the image cache lacks.
    #[arg(long, global = true, env = "MATRIX_IMAGE_CACHE_PUSH", hide_env_values = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub image_cache_push: bool,
    /// Package mirror to bootstrap bases from [default: the distribution's own].
    #[arg(long, global = true, env = "MATRIX_MIRROR", hide_env_values = true, value_name = "URL")]
    pub mirror: Option<String>,
    /// Package index to fetch releases from [default: what the installed pip uses].
    #[arg(long, global = true, env = "MATRIX_INDEX", hide_env_values = true, value_name = "URL")]
    pub index: Option<String>,
    /// Network of image builds [default: the engine's own].
    #[arg(long, global = true, env = "MATRIX_BUILD_NETWORK", hide_env_values = true, value_name = "NAME")]
    pub build_network: Option<String>,
    /// Folder of fetched archives [default: the user's cache folder].
    #[arg(long, global = true, env = "MATRIX_CACHE", hide_env_values = true, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Bootstrap suites whose Release file has expired. Signatures are still checked, and the reports mention it.
    #[arg(long, global = true, env = "MATRIX_ALLOW_EXPIRED_RELEASE", hide_env_values = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub allow_expired_release: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a project in an empty folder: a ledger drafted from your page, and an example that runs.
    #[command(
        after_help = "Examples:\n  matrix init\n  matrix init --page docs/troubleshooting.md --ci github\n\nExit status: 0 written, 2 usage, such as a file that exists, 70 a file could not be written."
    )]
    Init(start::Init),
    /// Add a scenario to the project.
    #[command(after_help = "Example:\n  matrix new scenario pg-config-not-found --section building")]
    New(start::New),
    /// Run cells and judge the claims of the page.
    #[command(
        after_help = format!("Examples:\n  matrix run\n  matrix run {SCENARIO} --only {CELLS}\n  matrix run --only '{FILTER}' --report-dir /tmp/out\n  matrix run --inconclusive=timeout,engine\n  matrix run --image-cache registry.example:5000/team/matrix --image-cache-push\n\nExit status: 0 every verdict as expected, 1 drift, 2 usage, 3 inconclusive, 70 internal error.")
    )]
    Run(Run),
    /// Build the images of a selection without running its cells.
    #[command(
        after_help = format!("Examples:\n  matrix build\n  matrix build {SCENARIO} --full\n\nExit status: 0 every image is there, 2 usage, 3 an image could not be obtained, 70 internal error.")
    )]
    Build(Build),
    /// Find the release at which the verdict of a claim changes, in as few cells as possible.
    #[command(
        after_help = format!("Examples:\n  matrix bisect {CHANGING} --claim {CHANGING_CLAIM} --axis {CHANGING_AXIS}\n  matrix bisect {CHANGING} --claim {CHANGING_CLAIM} --only {BASE} --from {CHANGING_FROM} --list\n\nExit status: 0 an answer was found, 2 usage, 3 inconclusive, 70 internal error.")
    )]
    Bisect(Bisect),
    /// Make one mistake at a time in scenarios and report mistakes that no verdict reveals.
    #[command(
        after_help = format!("Examples:\n  matrix mutate {SCENARIO}\n  matrix mutate --max-minutes 20 --seed 7\n  matrix mutate --only base={BASE} --format json | jq '.mutants[] | select(.fate == \"survived\")'\n\nExit status: 0 no mutant survived except excused ones, 1 some survived, 2 usage, 3 some were not tried or inconclusive, 70 internal error.")
    )]
    Mutate(Mutate),
    /// List all scenarios, or the cells of the given ones.
    #[command(after_help = format!("Example:\n  matrix list {SCENARIO}\n  matrix list --claims"))]
    List(List),
    /// Print everything that a run would do, or how to split it into shards. Needs no engine.
    #[command(
        after_help = format!("Examples:\n  matrix plan --only base={BASE} --format json | jq '.[].cell.id'\n  matrix plan --full --format github --target-minutes 45")
    )]
    Plan(Plan),
    /// Check all scenarios, the ledger and the dockerfiles. Needs no engine.
    #[command(
        after_help = "Example:\n  matrix check\n  matrix check --schema > scenarios/schema.json\n  matrix check --schema project > project.json"
    )]
    Check(Check),
    /// Write the reports again from a record, or from the journal of an interrupted run.
    #[command(after_help = "Example:\n  matrix report reports/out/journal.jsonl --report-dir /tmp/out")]
    Report(Report),
    /// Compare a page with the ledger: claims found, text that no claim covers, and claims that a run contradicts.
    #[command(
        after_help = format!("Examples:\n  matrix page docs/{PAGE}\n  git show HEAD:docs/{PAGE} | matrix page -\n  matrix page {PAGE} --record reports/out/record.json --report-dir /tmp/out\n  git apply /tmp/out/page.patch\n\nExit status: 0 the page and the ledger match, 1 they differ, 2 usage.")
    )]
    Page(Page),
    /// Pin an archive that a dockerfile adds: write its digest into `SHA256SUMS` and print where the digest came from.
    #[command(
        after_help = format!("Examples:\n  matrix pin {RELEASE}\n  matrix pin {RELEASE} --dockerfiles my/dockerfiles --index https://index.example/simple\n\nExit status: 0 pinned, 1 the index now publishes another digest than the pinned one, 2 usage, 3 the archive or its digest could not be fetched, 70 the file could not be written.")
    )]
    Pin(pin::Pin),
    /// Open a shell in the state that a phase of a cell leaves behind.
    #[command(
        after_help = format!("Examples:\n  matrix shell {SCENARIO} {CELL}\n  matrix shell {SCENARIO}:{CELL}/workaround:{WORKAROUND}\n  echo 'cat config.log' | matrix shell {SCENARIO}/control\n\nPhases: prepare, reproduce (the default), placebo, workaround:ID, control.\n\nExit status: that of the shell; 2 usage, 3 the state could not be reached, 70 internal error.")
    )]
    Shell(ShellIn),
    /// Write a folder that reproduces one cell with Docker alone, for a bug report.
    #[command(
        after_help = format!("Examples:\n  matrix export {SCENARIO} {CELL}\n  matrix export {SCENARIO} --output /tmp/report --record reports/out/record.json\n  /tmp/report/reproduce.sh\n\nExit status: 0 written, 2 usage, 3 an archive could not be fetched, 70 the folder could not be written.")
    )]
    Export(Export),
    /// Remove containers and snapshots that interrupted runs left behind.
    #[command(after_help = "Example:\n  matrix clean\n  matrix clean --images")]
    Clean(Clean),
    /// Check the requirements on this machine, and print commands that install what is missing.
    #[command(
        after_help = "Example:\n  matrix doctor\n  matrix doctor --format json | jq '.[] | select(.state == \"missing\").fix'"
    )]
    Doctor(Doctor),
    /// Print a shell script that completes subcommands, options, scenarios and cells.
    #[command(
        after_help = "Examples:\n  matrix completions bash > ~/.local/share/bash-completion/completions/matrix\n  matrix completions zsh > ~/.zfunc/_matrix\n  matrix completions fish > ~/.config/fish/completions/matrix.fish"
    )]
    Completions(complete::Completions),
    /// Print the manual page, or write one for each subcommand.
    #[command(after_help = "Examples:\n  matrix man | man -l -\n  matrix man --dir ~/.local/share/man/man1")]
    Man(man::Pages),
}

/// `matrix run`.
#[derive(Debug, Args)]
pub struct Run {
    /// The cells to run.
    #[command(flatten)]
    pub which: Which,
    /// Execute every cell; ignore cached results of earlier runs.
    #[arg(long)]
    pub no_cache: bool,
    /// Execute a cell again if its cached result is older than this.
    #[arg(long, value_name = "AGE", default_value = "30d", value_parser = age)]
    pub cache_max_age: jiff::SignedDuration,
    /// Compile everything in every cell, without the compiler cache of the images.
    #[arg(long)]
    pub no_compiler_cache: bool,
    /// Continue the interrupted run whose journal is in the report folder.
    #[arg(long)]
    pub resume: bool,
    /// Run again the cells that were inconclusive in the last run in the report folder, optionally only those with these
    /// causes. The reports cover both runs.
    #[arg(long, value_name = "CAUSE", value_enum, num_args = 0.., value_delimiter = ',', require_equals = true,
        conflicts_with_all = ["scenario", "only", "full", "shard", "resume", "repeat"])]
    pub inconclusive: Option<Vec<Cause>>,
    /// Run every cell N times and report verdicts that differ.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..), conflicts_with = "resume")]
    pub repeat: Option<u16>,
    /// Number of containers at once [default: as many as the engine's processors and memory allow].
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Report folder [default: reports/out]. Each page of a project of several pages has a folder in it.
    #[arg(long, value_name = "DIR")]
    pub report_dir: Option<PathBuf>,
}

/// A time such as `12h`, `30d` or `2 weeks`; a day has 24 hours.
fn age(text: &str) -> Result<jiff::SignedDuration, String> {
    let span: jiff::Span = text.parse().map_err(|_| "an age is a number and a unit, such as 12h, 30d or 2w".to_owned())?;
    span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|error| error.to_string())
}

/// `matrix list`.
#[derive(Debug, Args)]
pub struct List {
    /// Scenarios whose cells to list.
    #[arg(id = "scenario", value_name = "SCENARIO", add = complete::scenarios())]
    pub scenarios: Vec<ScenarioId>,
    /// Its page.
    #[command(flatten)]
    pub on: OnPage,
    /// List the claims and the scenario that decides each.
    #[arg(long, conflicts_with = "scenario")]
    pub claims: bool,
}

/// `matrix plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// The cells to use.
    #[command(flatten)]
    pub which: Which,
    /// Output format.
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub format: PlanFormat,
    /// Number of shards; fewer if some would be empty.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "target_minutes")]
    pub shards: Option<u16>,
    /// Use as few shards as possible, each expected to take at most M minutes with one cell at a time [default: 60].
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u16).range(1..))]
    pub target_minutes: Option<u16>,
}

/// Formats of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people.
    Text,
    /// For scripts.
    Json,
    /// Shards for `fromJSON` in a GitHub matrix.
    Github,
    /// Shards as a GitLab child pipeline.
    Gitlab,
}

/// `matrix check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Print a JSON Schema instead, by default that of scenario files.
    #[arg(long, value_enum, value_name = "KIND", num_args = 0..=1, default_missing_value = "scenario")]
    pub schema: Option<Schema>,
    /// The page to check [default: all].
    #[command(flatten)]
    pub on: OnPage,
}

/// Files with a JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Schema {
    /// A scenario; the ledger and the shared file are definitions in it.
    Scenario,
    /// `matrix.yaml`.
    Project,
}

/// `matrix report`.
#[derive(Debug, Args)]
pub struct Report {
    /// A `record.json` or `journal.jsonl`. Cells of a later record replace those of an earlier one. Shards must be complete
    /// [default: the last run in the report folder, and the newest cached result of every other cell].
    #[arg(value_name = "RECORD")]
    pub records: Vec<PathBuf>,
    /// Report folder [default: reports/out]. Each page of a project of several pages has a folder in it.
    #[arg(long, value_name = "DIR")]
    pub report_dir: Option<PathBuf>,
    /// Write only a Markdown report on the accuracy of the page, section by section.
    #[arg(long, value_name = "FILE", conflicts_with = "report_dir")]
    pub accuracy: Option<PathBuf>,
    /// With `--accuracy`: the edition of the page, if its editions have ledgers of their own.
    #[arg(long, value_name = "EDITION", requires = "accuracy")]
    pub edition: Option<String>,
    /// With `--accuracy`: add the figures of this `mutants.json`, written by `matrix mutate`.
    #[arg(long, value_name = "FILE", requires = "accuracy")]
    pub mutants: Option<PathBuf>,
    /// Write only the durations of cells and image builds, for `durations.json` of the scenarios.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["report_dir", "accuracy"])]
    pub durations: Option<PathBuf>,
    /// Write the reports of the given shards, even if others are missing.
    #[arg(long)]
    pub allow_missing_shards: bool,
    /// Its page.
    #[command(flatten)]
    pub on: OnPage,
}

/// `matrix shell`.
#[derive(Debug, Args)]
pub struct ShellIn {
    /// The cell and the phase, as `SCENARIO:CELL/PHASE` or `SCENARIO CELL/PHASE`. Names may be shortened to a prefix that
    /// matches only one cell.
    #[arg(value_name = "CELL", required = true, num_args = 1..=2, add = complete::cells())]
    pub cell: Vec<String>,
    /// Its page.
    #[command(flatten)]
    pub on: OnPage,
}

/// `matrix export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The cell, as `SCENARIO:CELL` or `SCENARIO CELL`. Names may be shortened to a prefix that matches only one cell.
    #[arg(value_name = "CELL", required = true, num_args = 1..=2, add = complete::cells())]
    pub cell: Vec<String>,
    /// Its page.
    #[command(flatten)]
    pub on: OnPage,
    /// Folder to write. An existing folder is replaced only if it is an earlier export [default: the cell's name].
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Results for the script to compare with and the README to quote: a `record.json` or `journal.jsonl` [default: the
    /// newest result of the cell, if any].
    #[arg(long, value_name = "RECORD")]
    pub record: Option<PathBuf>,
}

/// `matrix clean`.
#[derive(Debug, Args)]
pub struct Clean {
    /// Also remove every image that `matrix` built or bootstrapped.
    #[arg(long)]
    pub images: bool,
}

/// `matrix doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}
