//! Arguments, as data. The only place that knows clap; what each subcommand does is in `app`.

pub mod complete;
pub mod man;
mod mutate;
pub mod pin;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::record::Cause;
use crate::shard::Shard;
pub use mutate::Mutate;

/// Runs a troubleshooting page: every documented failure and workaround, in real containers.
#[derive(Debug, Parser)]
#[command(name = "matrix", version, about, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Examples:\n  matrix run missing-python-headers\n  matrix run --only base=bookworm --jobs 2\n  matrix list missing-python-headers"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Where things are.
    #[command(flatten)]
    pub places: Places,
}

/// The arguments of this process; help, version, usage errors and a shell that wants completions end it.
pub fn parse() -> Cli {
    complete::answer();
    Cli::parse()
}

/// Where things are and come from; each has a working default.
#[derive(Debug, Args)]
#[command(next_help_heading = "Places")]
pub struct Places {
    /// Folder of scenarios, with its `claims.yaml`.
    #[arg(
        long,
        global = true,
        env = "MATRIX_SCENARIOS",
        hide_env_values = true,
        default_value = "scenarios",
        value_name = "DIR"
    )]
    pub scenarios: PathBuf,
    /// Folder of dockerfiles, with the pins in `SHA256SUMS`.
    #[arg(
        long,
        global = true,
        env = "MATRIX_DOCKERFILES",
        hide_env_values = true,
        default_value = "dockerfiles",
        value_name = "DIR"
    )]
    pub dockerfiles: PathBuf,
    /// Container engine: an address, or `scripted:FILE` for a transcript [default: DOCKER_HOST, CONTAINER_HOST, else the first of Docker's and Podman's sockets that answers].
    #[arg(long, global = true, env = "MATRIX_ENGINE", hide_env_values = true, value_name = "ADDRESS")]
    pub engine: Option<String>,
    /// Registry to pull bases from [default: the engine's own].
    #[arg(long, global = true, env = "MATRIX_REGISTRY", hide_env_values = true, value_name = "HOST[:PORT]")]
    pub registry: Option<String>,
    /// Mirror to bootstrap bases from [default: mmdebstrap's own].
    #[arg(long, global = true, env = "MATRIX_MIRROR", hide_env_values = true, value_name = "URL")]
    pub mirror: Option<String>,
    /// Python package index to fetch releases from [default: what the installed pip uses].
    #[arg(long, global = true, env = "MATRIX_INDEX", hide_env_values = true, value_name = "URL")]
    pub index: Option<String>,
    /// Network of image builds [default: the engine's own].
    #[arg(long, global = true, env = "MATRIX_BUILD_NETWORK", hide_env_values = true, value_name = "NAME")]
    pub build_network: Option<String>,
    /// Folder of fetched archives [default: the user's cache folder].
    #[arg(long, global = true, env = "MATRIX_CACHE", hide_env_values = true, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Bootstrap suites whose Release file has expired; signatures stay checked, and the reports say so.
    #[arg(long, global = true, env = "MATRIX_ARCHIVED", hide_env_values = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub archived: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Perform experiments and judge the claims.
    #[command(
        after_help = "Examples:\n  matrix run\n  matrix run missing-python-headers --only bookworm/python-3.11\n  matrix run --only 'mod_wsgi=4.9.4|5.0.2,base!=trixie' --report-dir /tmp/out\n  matrix run --inconclusive=timeout,engine\n\nExit status: 0 as expected, 1 drift, 2 usage, 3 inconclusive, 70 own fault."
    )]
    Run(Run),
    /// Find the release at which a claim's verdict changes, with as few cells as possible.
    #[command(
        after_help = "Examples:\n  matrix bisect mod-python --claim modpython.aborts --axis mod_wsgi\n  matrix bisect mod-python --claim modpython.aborts --only bookworm --from 5.0 --list\n\nExit status: 0 an answer was found, 2 usage, 3 nothing could be told, 70 own fault."
    )]
    Bisect(Bisect),
    /// Sabotage scenarios, and say which wrong experiments would still have passed.
    #[command(
        after_help = "Examples:\n  matrix mutate missing-python-headers\n  matrix mutate --max-minutes 20 --seed 7\n  matrix mutate --only base=bookworm --format json | jq '.mutants[] | select(.fate == \"survived\")'\n\nExit status: 0 no mutant survived but those excused, 1 one did, 2 usage, 3 some could not be told, 70 own fault."
    )]
    Mutate(Mutate),
    /// Show scenarios, or the cells of those named.
    #[command(after_help = "Example:\n  matrix list missing-python-headers\n  matrix list --claims")]
    List(List),
    /// Show everything a run would do, or the shards to do it in, without an engine.
    #[command(
        after_help = "Examples:\n  matrix plan --only base=bookworm --format json | jq '.[].cell.id'\n  matrix plan --full --format github --target-minutes 45"
    )]
    Plan(Plan),
    /// Check all scenarios, the ledger and the dockerfiles, without an engine.
    #[command(after_help = "Example:\n  matrix check\n  matrix check --schema > scenarios/schema.json")]
    Check(Check),
    /// Make all reports again from a record, or from the journal of a run that was cut off.
    #[command(after_help = "Example:\n  matrix report reports/out/journal.jsonl --report-dir /tmp/out")]
    Report(Report),
    /// Hold a page against the claims: what it says, what no claim covers, and what a run contradicts.
    #[command(
        after_help = "Examples:\n  matrix page docs/installation-issues.rst\n  matrix page installation-issues.rst --record reports/out/record.json --report-dir /tmp/out\n  git apply /tmp/out/page.patch\n\nExit status: 0 page and claims cover each other, 1 they do not, 2 usage."
    )]
    Page(Page),
    /// Pin an archive that a dockerfile adds: write its line into `SHA256SUMS`, and say which digest it rests on.
    #[command(
        after_help = "Examples:\n  matrix pin mod_wsgi==4.9.4\n  matrix pin mod_wsgi==4.9.4 --dockerfiles my/dockerfiles --index https://index.example/simple\n\nExit status: 0 the line is there, 1 the index now publishes another digest than the one pinned, 2 usage, 3 nothing could be told, 70 it could not be stored."
    )]
    Pin(pin::Pin),
    /// Open a shell in the state that a phase of a cell leaves.
    #[command(
        after_help = "Examples:\n  matrix shell missing-python-headers bookworm/python-3.11/mod_wsgi-4.9.4\n  matrix shell missing-python-headers:bookworm/python-3.11/mod_wsgi-4.9.4/workaround:developer-package\n  echo 'cat config.log' | matrix shell missing-python-headers/control\n\nPhases: prepare, reproduce (unless told), placebo, workaround:ID, control.\n\nExit status: that of the shell; 2 usage, 3 the state could not be reached, 70 own fault."
    )]
    Shell(ShellIn),
    /// Write a folder that reproduces one cell with Docker alone, fit for a bug report.
    #[command(
        after_help = "Examples:\n  matrix export missing-python-headers bookworm/python-3.11/mod_wsgi-4.9.4\n  matrix export missing-python-headers --output /tmp/report --record reports/out/record.json\n  /tmp/report/reproduce.sh\n\nExit status: 0 it is written, 2 usage, 3 an archive could not be had, 70 it could not be stored."
    )]
    Export(Export),
    /// Remove what dead runs left behind.
    #[command(after_help = "Example:\n  matrix clean\n  matrix clean --images")]
    Clean(Clean),
    /// Say what is found, what is missing, and the command that mends it.
    #[command(
        after_help = "Example:\n  matrix doctor\n  matrix doctor --format json | jq '.[] | select(.state == \"missing\").mend'"
    )]
    Doctor(Doctor),
    /// Print what makes a shell complete subcommands, options, scenarios and cells.
    #[command(
        after_help = "Examples:\n  matrix completions bash > ~/.local/share/bash-completion/completions/matrix\n  matrix completions zsh > ~/.zfunc/_matrix\n  matrix completions fish > ~/.config/fish/completions/matrix.fish"
    )]
    Completions(complete::Completions),
    /// Print the manual page, or write one for each subcommand.
    #[command(after_help = "Examples:\n  matrix man | man -l -\n  matrix man --dir ~/.local/share/man/man1")]
    Man(man::Pages),
}

/// Which cells.
#[derive(Debug, Clone, Args)]
pub struct Which {
    /// Scenarios, by id [default: all].
    #[arg(id = "scenario", value_name = "SCENARIO", add = complete::scenarios())]
    pub scenarios: Vec<String>,
    /// Cells: `axis=value|value`, `axis!=value`, or the start of a cell's id; comma means and, a second --only means or.
    #[arg(long, value_name = "EXPR")]
    pub only: Vec<String>,
    /// All cells, not only those that decide each claim with the least work.
    #[arg(long)]
    pub full: bool,
    /// Only the K-th of N shards of these cells: disjoint, together all of them, and the same on every machine.
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,
}

/// `matrix run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Which cells.
    #[command(flatten)]
    pub which: Which,
    /// Execute every cell, also those of which nothing has changed since an earlier run.
    #[arg(long)]
    pub fresh: bool,
    /// Execute also cells that were last executed longer ago than this.
    #[arg(long, value_name = "AGE", default_value = "30d", value_parser = age)]
    pub max_age: jiff::SignedDuration,
    /// Go on with the run that was cut off and whose journal lies in the folder of the reports.
    #[arg(long)]
    pub resume: bool,
    /// Execute only what the last run, whose record lies in the folder of the reports, could not decide, if wanted only for
    /// these causes. The reports are of both runs together.
    #[arg(long, value_name = "CAUSE", value_enum, num_args = 0.., value_delimiter = ',', require_equals = true,
        conflicts_with_all = ["scenario", "only", "full", "shard", "resume", "repeat"])]
    pub inconclusive: Option<Vec<Cause>>,
    /// Execute every cell so often, and say which verdicts are not the same each time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..), conflicts_with = "resume")]
    pub repeat: Option<u16>,
    /// Cells at once, and containers of them [default: what the engine's processors and memory have room for].
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Folder of the reports.
    #[arg(long, value_name = "DIR", default_value = "reports/out")]
    pub report_dir: PathBuf,
}

/// A time such as `12h`, `30d` or `2 weeks`; a day has 24 hours.
fn age(text: &str) -> Result<jiff::SignedDuration, String> {
    let span: jiff::Span = text.parse().map_err(|_| "an age is a number and a unit, such as 12h, 30d or 2w".to_owned())?;
    span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|error| error.to_string())
}

/// `matrix bisect`.
#[derive(Debug, Args)]
pub struct Bisect {
    /// The scenario, by id.
    #[arg(value_name = "SCENARIO", add = complete::scenarios())]
    pub scenario: String,
    /// The claim whose verdict may change.
    #[arg(long, value_name = "ID", add = complete::claims())]
    pub claim: String,
    /// The axis along which it may. That of mod_wsgi has every published release, any other the values of the scenario.
    #[arg(long, value_name = "AXIS", default_value = crate::bisect::RELEASES)]
    pub axis: String,
    /// The environment: as for `run`, what the other axes may be. One is chosen, and told.
    #[arg(long, value_name = "EXPR")]
    pub only: Vec<String>,
    /// The lowest release to try [default: the first].
    #[arg(long, value_name = "RELEASE")]
    pub from: Option<String>,
    /// The highest release to try [default: the last].
    #[arg(long, value_name = "RELEASE")]
    pub to: Option<String>,
    /// Show what would be tried, without an engine.
    #[arg(long)]
    pub list: bool,
    /// As what.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Cells at once; only both ends can be [default: the number of processors].
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Folder of the reports.
    #[arg(long, value_name = "DIR", default_value = "reports/out/bisect")]
    pub report_dir: PathBuf,
}

/// `matrix list`.
#[derive(Debug, Args)]
pub struct List {
    /// Scenarios whose cells to show.
    #[arg(id = "scenario", value_name = "SCENARIO", add = complete::scenarios())]
    pub scenarios: Vec<String>,
    /// Show the claims and the scenario that decides each.
    #[arg(long, conflicts_with = "scenario")]
    pub claims: bool,
}

/// `matrix plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// Which cells.
    #[command(flatten)]
    pub which: Which,
    /// As what.
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub format: PlanFormat,
    /// So many shards, or fewer if some were empty.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "target_minutes")]
    pub shards: Option<u16>,
    /// As few shards as are expected to take so long at most, one cell after the other [default: 60].
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
    /// Shards, as GitHub's `matrix` takes them with `fromJSON`.
    Github,
    /// Shards, as a child pipeline of GitLab.
    Gitlab,
}

/// Formats of what was found.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For scripts.
    Json,
}

/// `matrix check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Print the JSON Schema of scenario files instead.
    #[arg(long)]
    pub schema: bool,
}

/// `matrix report`.
#[derive(Debug, Args)]
pub struct Report {
    /// A `record.json` or `journal.jsonl`. Of several, a later one's cells stand in place of an earlier one's; of shards, all
    /// must be there [default: the last run's in the folder of the reports, with the newest result of every other cell].
    #[arg(value_name = "RECORD")]
    pub records: Vec<PathBuf>,
    /// Folder of the reports.
    #[arg(long, value_name = "DIR", default_value = "reports/out")]
    pub report_dir: PathBuf,
    /// Instead of the reports, what the run found of the page, section by section, as Markdown.
    #[arg(long, value_name = "FILE", conflicts_with = "report_dir")]
    pub accuracy: Option<PathBuf>,
    /// With `--accuracy`: a `mutants.json` of `matrix mutate`, whose figures are added.
    #[arg(long, value_name = "FILE", requires = "accuracy")]
    pub mutants: Option<PathBuf>,
    /// Instead of the reports, how long each cell took and each dockerfile's builds, for `durations.json` of the scenarios.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["report_dir", "accuracy"])]
    pub durations: Option<PathBuf>,
    /// Make do with the shards that are there; what the others would have found is then not told.
    #[arg(long)]
    pub partial: bool,
}

/// `matrix page`.
#[derive(Debug, Args)]
pub struct Page {
    /// The page's file: reStructuredText, Markdown, HTML, or plain text.
    #[arg(value_name = "PAGE")]
    pub page: PathBuf,
    /// How the page is written [default: what its name says].
    #[arg(long, value_enum, value_name = "MARKUP")]
    pub markup: Option<Markup>,
    /// What a run found: a `record.json` or `journal.jsonl` [default: the newest result of every cell].
    #[arg(long, value_name = "RECORD")]
    pub record: Option<PathBuf>,
    /// Folder of the annotated page and the patch [default: that of the record].
    #[arg(long, value_name = "DIR")]
    pub report_dir: Option<PathBuf>,
    /// Tell what is not covered, but end with success.
    #[arg(long)]
    pub warn: bool,
    /// As what.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Formats of pages.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Markup {
    /// reStructuredText.
    Rst,
    /// Markdown.
    Markdown,
    /// HTML.
    Html,
    /// Paragraphs with empty lines between.
    Plain,
}

/// `matrix shell`.
#[derive(Debug, Args)]
pub struct ShellIn {
    /// The cell and the phase, as `SCENARIO:CELL/PHASE` or as `SCENARIO CELL/PHASE`. Starts of names are enough where they
    /// leave one cell.
    #[arg(value_name = "CELL", required = true, num_args = 1..=2, add = complete::cells())]
    pub cell: Vec<String>,
}

/// `matrix export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The cell, as `SCENARIO:CELL` or as `SCENARIO CELL`. Starts of names are enough where they leave one cell.
    #[arg(value_name = "CELL", required = true, num_args = 1..=2, add = complete::cells())]
    pub cell: Vec<String>,
    /// The folder. One that is there is replaced only if it is an earlier export [default: the cell's name].
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// What a run found, to be told in the folder's README: a `record.json` or `journal.jsonl` [default: the cell's newest
    /// result, if there is one].
    #[arg(long, value_name = "RECORD")]
    pub record: Option<PathBuf>,
}

/// `matrix clean`.
#[derive(Debug, Args)]
pub struct Clean {
    /// Also remove every image this project built or bootstrapped.
    #[arg(long)]
    pub images: bool,
}

/// `matrix doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// As what.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}
