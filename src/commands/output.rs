//! What subcommands print.

use std::io::{self, Write};
use std::path::Path;

use super::failure::{CommandResult, Failure, fault};
use crate::commands::exit::Exit;
use crate::model::record::Record;
use crate::report;

pub(super) fn publish(record: &Record, dir: &Path) -> Result<(), Failure> {
    ignore_closed_pipe(report::console::table(record, dir, &mut anstream::stdout().lock()))
}

pub(super) fn json_line(out: &mut impl Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// Ends a subcommand that only prints.
pub(super) fn printed(written: io::Result<()>) -> CommandResult {
    written.map_err(fault)?;
    Ok(Exit::Expected)
}

pub(super) fn ignore_closed_pipe(printed: io::Result<()>) -> Result<(), Failure> {
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(fault(error)),
        _ => Ok(()),
    }
}
