//! Arguments that select cells.

use clap::Args;

use super::complete;
use crate::ci::Shard;
use crate::model::id::ScenarioId;

/// A page of a project of several pages.
#[derive(Debug, Clone, Default, Args)]
pub struct OnPage {
    /// Page of the project, by id.
    #[arg(id = "page_id", long = "page", value_name = "ID")]
    pub page: Option<String>,
}

/// The cells to use.
#[derive(Debug, Clone, Args)]
pub struct Which {
    /// Scenarios, by id [default: all].
    #[arg(id = "scenario", value_name = "SCENARIO", add = complete::scenarios())]
    pub scenarios: Vec<ScenarioId>,
    /// Select cells: `axis=value|value`, `axis!=value`, or the start of a cell's id. A comma means and; a second --only means or.
    #[arg(long, value_name = "EXPR")]
    pub only: Vec<String>,
    /// Select all cells, not only the few that decide each claim.
    #[arg(long)]
    pub full: bool,
    /// Their page.
    #[command(flatten)]
    pub on: OnPage,
    /// Run only the K-th of N shards. Shards are disjoint, cover all selected cells, and are the same on every machine.
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,
}
