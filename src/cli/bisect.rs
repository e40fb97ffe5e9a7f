//! Arguments of `matrix bisect`.

use std::path::PathBuf;

use clap::Args;

use super::complete;
use super::format::Format;
use super::which::OnPage;
use crate::model::id::{ClaimId, ScenarioId};

/// `matrix bisect`.
#[derive(Debug, Args)]
pub struct Bisect {
    /// The scenario, by id.
    #[arg(value_name = "SCENARIO", add = complete::scenarios())]
    pub scenario: ScenarioId,
    /// The claim to examine.
    #[arg(long, value_name = "ID", add = complete::claims())]
    pub claim: ClaimId,
    /// The axis to search. An axis with `releases` in the project file covers every published release; any other axis covers the
    /// values in the scenario [default: the only axis with `releases`].
    #[arg(long, value_name = "AXIS")]
    pub axis: Option<String>,
    /// Values of the other axes, as for `run`. One matching environment is picked and printed.
    #[arg(long, value_name = "EXPR")]
    pub only: Vec<String>,
    /// The lowest release to try [default: the first].
    #[arg(long, value_name = "RELEASE")]
    pub from: Option<String>,
    /// The highest release to try [default: the last].
    #[arg(long, value_name = "RELEASE")]
    pub to: Option<String>,
    /// Print the releases to choose from, without running any. Needs no engine.
    #[arg(long)]
    pub list: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Number of cells at once; only the two ends can run in parallel [default: the number of processors].
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Report folder [default: reports/out/bisect].
    #[arg(long, value_name = "DIR")]
    pub report_dir: Option<PathBuf>,
    /// Its page.
    #[command(flatten)]
    pub on: OnPage,
}
