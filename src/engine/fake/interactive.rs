//! The fake's shell: every line of input is a command that the transcript answers. `exit N` ends it, and so does the end
//! of input; `size` prints the size of the terminal, and waits for one that is not 80 across.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use super::{ExecEnd, Scripted};
use crate::engine::{Cause, ContainerId, ExecOutput, Seat};

pub(super) async fn run(engine: &Scripted, container: &ContainerId, mut seat: Seat<'_>) -> Result<i64, Cause> {
    let mut status = 0;
    let mut lines = BufReader::new(&mut *seat.input).lines();
    while let Some(line) = lines.next_line().await? {
        let line = line.trim();
        if let Some(code) = line.strip_prefix("exit") {
            return Ok(code.trim().parse().unwrap_or(status));
        }
        if line == "size"
            && let Some(size) = &mut seat.size
        {
            let size = *size.wait_for(|size| size.columns != 80).await?;
            seat.output.write_all(format!("{} {}\n", size.rows, size.columns).as_bytes()).await?;
            continue;
        }
        let output = ExecOutput::from(engine.state().exec(container, line)?);
        status = match output.end {
            ExecEnd::Exit(code) => code,
            ExecEnd::Timeout
            | ExecEnd::Silence
            | ExecEnd::Flood
            | ExecEnd::OutOfMemory
            | ExecEnd::Processes
            | ExecEnd::DiskFull
            | ExecEnd::FileSize
            | ExecEnd::NoDirectory => 137,
        };
        seat.output.write_all(&output.stdout).await?;
        seat.errors.write_all(&output.stderr).await?;
        seat.output.flush().await?;
        seat.errors.flush().await?;
    }
    Ok(status)
}
