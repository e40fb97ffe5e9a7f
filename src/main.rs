//! The program: arguments, one function per subcommand, exit code.

use std::process::ExitCode;

use matrix::{cli, commands};

fn main() -> ExitCode {
    commands::main(&cli::parse()).into()
}
