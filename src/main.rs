//! The program: arguments, one function per subcommand, exit code.

use std::process::ExitCode;

use matrix::{app, cli};

fn main() -> ExitCode {
    app::main(&cli::parse()).into()
}
