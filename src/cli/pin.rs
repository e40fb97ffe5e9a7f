//! `matrix pin`: which release, as it is typed.

use clap::Args;

use crate::image::pin::Named;

/// `matrix pin`.
#[derive(Debug, Args)]
pub struct Pin {
    /// The release, such as `mod_wsgi==4.9.4`.
    #[arg(value_name = "NAME==VERSION")]
    pub release: Named,
}
