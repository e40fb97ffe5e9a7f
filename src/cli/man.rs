//! The manual pages, made of the arguments' own help.

use std::io::{self, Write};
use std::path::Path;

use clap::{Args, CommandFactory};
use clap_mangen::{Man, generate_to};

use super::Cli;

/// `matrix man`.
#[derive(Debug, Args)]
pub struct Pages {
    /// Write one page for each subcommand into this folder.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<std::path::PathBuf>,
}

/// Writes the page of the whole program.
///
/// # Errors
/// When it cannot be written.
pub fn page(out: &mut dyn Write) -> io::Result<()> {
    Man::new(Cli::command()).render(out)
}

/// Writes a page for the program and one for each subcommand into a folder.
///
/// # Errors
/// When one cannot be written.
pub fn pages(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    generate_to(Cli::command(), folder)
}
