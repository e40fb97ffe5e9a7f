//! Arguments of `matrix mutate`.

use std::path::PathBuf;

use clap::Args;

use super::complete;
use super::format::Format;
use super::which::OnPage;
use crate::model::id::ScenarioId;

/// `matrix mutate`.
#[derive(Debug, Args)]
pub struct Mutate {
    /// Scenarios, by id [default: all].
    #[arg(id = "scenario", value_name = "SCENARIO", add = complete::scenarios())]
    pub scenarios: Vec<ScenarioId>,
    /// Select cells, as for `run`.
    #[arg(long, value_name = "EXPR")]
    pub only: Vec<String>,
    /// Select all cells, not only the few that decide each claim.
    #[arg(long)]
    pub full: bool,
    /// Start no mutant after this many minutes; the rest are reported as `not-tried`.
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u16).range(1..))]
    pub max_minutes: Option<u16>,
    /// Seed of the random choices: the changed characters and the order of execution.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Number of containers at once [default: as many as the engine's processors and memory allow].
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Folder for `mutants.json` and the reports of the cells [default: reports/out/mutate].
    #[arg(long, value_name = "DIR")]
    pub report_dir: Option<PathBuf>,
    /// Their page.
    #[command(flatten)]
    pub on: OnPage,
}
