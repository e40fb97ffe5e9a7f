//! The fake's shell: the transcript answers each line of input. `exit N` and the end of input end the shell; `size` waits for a
//! terminal that is not 80 characters wide and prints its size.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use super::transcript::Answer;
use crate::engine::{Cause, ExecEnd, ExecOutput, ShellStreams};

pub(super) async fn run(mut streams: ShellStreams<'_>, exec: impl Fn(&str) -> Result<Answer, Cause>) -> Result<i64, Cause> {
    let mut status = 0;
    let mut lines = BufReader::new(&mut *streams.input).lines();
    while let Some(line) = lines.next_line().await? {
        let line = line.trim();
        if let Some(code) = line.strip_prefix("exit") {
            return Ok(code.trim().parse().unwrap_or(status));
        }
        if line == "size"
            && let Some(size) = &mut streams.size
        {
            let size = *size.wait_for(|size| size.columns != 80).await?;
            streams.output.write_all(format!("{} {}\n", size.rows, size.columns).as_bytes()).await?;
            continue;
        }
        let output = ExecOutput::from(exec(line)?);
        status = match output.end {
            ExecEnd::Exit(code) => code,
            ExecEnd::Timeout
            | ExecEnd::Silence
            | ExecEnd::Flood
            | ExecEnd::OutOfMemory
            | ExecEnd::Processes
            | ExecEnd::DiskFull
            | ExecEnd::FileSize
            | ExecEnd::NoDirectory
            | ExecEnd::NoUser => 137,
        };
        streams.output.write_all(&output.stdout).await?;
        streams.errors.write_all(&output.stderr).await?;
        streams.output.flush().await?;
        streams.errors.flush().await?;
    }
    Ok(status)
}
