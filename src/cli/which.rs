//! Arguments that select cells.

use clap::Args;

use super::complete;
use crate::ci::Shard;
use crate::model::id::ScenarioId;

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
    /// Run only the K-th of N shards. Shards are disjoint, cover all selected cells, and are the same on every machine.
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,
}
