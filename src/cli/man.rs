//! The manual pages, generated from the help texts.

use std::io::{self, Write};
use std::path::Path;

use clap::{Args, Command};
use clap_mangen::{Man, generate_to};

/// `matrix man`.
#[derive(Debug, Args)]
pub struct Pages {
    /// Write the manual page of each subcommand into this folder.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<std::path::PathBuf>,
}

/// Writes the page of the program.
pub fn page(program: Command, out: &mut dyn Write) -> io::Result<()> {
    Man::new(program).render(out)
}

/// Writes a page for the program and for each subcommand into a folder.
pub fn pages(program: Command, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    generate_to(program, folder)
}
