//! Arguments of `matrix pin`.

use clap::Args;

use crate::subject::index::Named;

/// `matrix pin`.
#[derive(Debug, Args)]
pub struct Pin {
    /// The release to pin.
    #[arg(value_name = "NAME==VERSION")]
    pub release: Named,
}
