//! Arguments of `matrix bisect`.

use std::path::PathBuf;

use clap::Args;

use super::complete;
use super::format::Format;
use crate::model::id::{ClaimId, ScenarioId};
use crate::subject::project::PROJECTS;

/// `matrix bisect`.
#[derive(Debug, Args)]
pub struct Bisect {
    /// The scenario, by id.
    #[arg(value_name = "SCENARIO", add = complete::scenarios())]
    pub scenario: ScenarioId,
    /// The claim whose verdict may change.
    #[arg(long, value_name = "ID", add = complete::claims())]
    pub claim: ClaimId,
    /// The axis to search. The axis of a project's releases covers every published release; any other axis, the values in the
    /// scenario.
    #[arg(long, value_name = "AXIS", default_value = PROJECTS[0].axis)]
    pub axis: String,
    /// The environment: values of the other axes, as for `run`. One environment is picked and printed.
    #[arg(long, value_name = "EXPR")]
    pub only: Vec<String>,
    /// The lowest release to try [default: the first].
    #[arg(long, value_name = "RELEASE")]
    pub from: Option<String>,
    /// The highest release to try [default: the last].
    #[arg(long, value_name = "RELEASE")]
    pub to: Option<String>,
    /// Print what would be tried. Needs no engine.
    #[arg(long)]
    pub list: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Number of cells at once; only the two ends can run side by side [default: the number of processors].
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Report folder.
    #[arg(long, value_name = "DIR", default_value = "reports/out/bisect")]
    pub report_dir: PathBuf,
}
