//! Arguments of `matrix build`.

use clap::Args;

use super::which::Which;

/// `matrix build`.
#[derive(Debug, Args)]
pub struct Build {
    /// The cells that need the images.
    #[command(flatten)]
    pub which: Which,
}
