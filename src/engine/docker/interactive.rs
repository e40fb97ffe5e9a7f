//! Interactive shells, connected to a terminal or to streams.

use std::pin::Pin;
use std::time::Duration;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::exec::{CreateExecOptions, ResizeExecOptions, StartExecOptions, StartExecResults};
use futures_util::{Stream, TryStreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::error::cause;
use crate::engine::{Cause, ShellRequest, ShellStreams, TerminalSize};
use crate::text::variables::exported;

/// Changes to the directory if it exists, and executes the best shell, independent of the search path. Like a step, the shell
/// dumps no core.
const START_SHELL: &str = r#"ulimit -c 0; cd -- "$0" 2>/dev/null; eval "$1"
for shell in /bin/bash /usr/bin/bash /usr/local/bin/bash; do [ -x $shell ] && exec $shell; done; exec /bin/sh"#;
/// Keys that detach from a shell. The default, `ctrl-p ctrl-q`, begins with a common key, and it cannot be disabled.
/// This sequence is not typed by accident.
const DETACH_KEYS: &str = "ctrl-^,ctrl-@,ctrl-^,ctrl-@,ctrl-^,ctrl-@";
/// The terminal may not exist yet when its size is first set.
const FIRST_SIZE_TRIES: u32 = 20;
const FIRST_SIZE_PAUSE: Duration = Duration::from_millis(50);
/// Interval of the check whether the shell has ended: background processes keep the streams open.
const POLL: Duration = Duration::from_millis(500);
/// After its end, output is read until it is silent for this long.
const DRAIN_SILENCE: Duration = Duration::from_millis(200);

type Output = Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>;
type Input = Pin<Box<dyn AsyncWrite + Send>>;

/// Runs the shell and returns its exit status.
pub(super) async fn run(api: &Docker, container: &str, request: &ShellRequest, streams: ShellStreams<'_>) -> Result<i64, Cause> {
    let exec = api.create_exec(container, options(request, streams.size.is_some())).await.map_err(cause)?.id;
    // Without `tty` here, the engine marks each chunk of output with its length and stream even at a terminal. Otherwise a chunk
    // that begins with a null byte would be taken for such a mark.
    let started = api.start_exec(&exec, None::<StartExecOptions>).await.map_err(cause)?;
    let StartExecResults::Attached { output, input } = started else {
        return Err("the engine started the shell without its streams".into());
    };
    let copy = OutputCopy { api, exec: &exec, out: streams.output, err: streams.errors };
    tokio::select! {
        ended = copy.to(output) => ended,
        () = feed(streams.input, input) => unreachable!("feeding waits for the shell's end"),
        () = resize(api, &exec, streams.size) => unreachable!("resizing waits for the shell's end"),
    }
}

fn options(request: &ShellRequest, tty: bool) -> CreateExecOptions<String> {
    let directory = request.directory.as_deref().unwrap_or(".");
    CreateExecOptions {
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(tty),
        user: request.user.clone().or_else(|| Some("0".to_owned())),
        detach_keys: Some(DETACH_KEYS.to_owned()),
        cmd: Some(["/bin/sh", "-c", START_SHELL, directory, &exported(&request.env)].map(str::to_owned).to_vec()),
        ..Default::default()
    }
}

/// Forwards input, closes the shell's input at its end, and then waits forever: the caller notices the end of the shell.
async fn feed(from: &mut (dyn AsyncRead + Send + Unpin), mut to: Input) {
    let mut piece = [0; 8192];
    loop {
        let read = from.read(&mut piece).await.unwrap_or(0);
        let write = async {
            match read {
                0 => to.shutdown().await,
                read => {
                    to.write_all(&piece[..read]).await?;
                    to.flush().await
                }
            }
        };
        if write.await.is_err() || read == 0 {
            // Dropping the writer might close the whole connection.
            let _to = to;
            return std::future::pending().await;
        }
    }
}

/// Forwards each size of the terminal. Errors of a shell that has just ended do not matter.
async fn resize(api: &Docker, exec: &str, size: Option<watch::Receiver<TerminalSize>>) {
    let Some(mut size) = size else { return std::future::pending().await };
    for _ in 0..FIRST_SIZE_TRIES {
        let now = *size.borrow_and_update();
        if api.resize_exec(exec, resize_options(now)).await.is_ok() {
            break;
        }
        sleep(FIRST_SIZE_PAUSE).await;
    }
    while size.changed().await.is_ok() {
        let now = *size.borrow_and_update();
        let _ = api.resize_exec(exec, resize_options(now)).await;
    }
    std::future::pending().await
}

fn resize_options(size: TerminalSize) -> ResizeExecOptions {
    ResizeExecOptions { height: size.rows, width: size.columns }
}

/// Destination of a shell's output.
struct OutputCopy<'a> {
    api: &'a Docker,
    exec: &'a str,
    out: &'a mut (dyn AsyncWrite + Send + Unpin),
    err: &'a mut (dyn AsyncWrite + Send + Unpin),
}

impl OutputCopy<'_> {
    /// Copies output until the shell has ended. Returns its exit status.
    async fn to(mut self, mut output: Output) -> Result<i64, Cause> {
        let (mut open, mut ended) = (true, None);
        let mut next_poll = Instant::now() + POLL;
        loop {
            tokio::select! {
                biased;
                piece = output.try_next(), if open => match piece.map_err(cause)? {
                    Some(piece) => {
                        self.write(&piece).await?;
                        next_poll = if ended.is_some() { Instant::now() + DRAIN_SILENCE } else { next_poll };
                    }
                    // A shell may close its streams and continue.
                    None => (open, next_poll) = (false, Instant::now()),
                },
                () = sleep_until(next_poll) => {
                    if let Some(code) = ended {
                        return Ok(code);
                    }
                    ended = code(self.api, self.exec).await?;
                    match ended {
                        Some(code) if !open => return Ok(code),
                        Some(_) => next_poll = Instant::now() + DRAIN_SILENCE,
                        None => next_poll = Instant::now() + POLL,
                    }
                }
            }
        }
    }

    async fn write(&mut self, piece: &LogOutput) -> std::io::Result<()> {
        let to = if matches!(piece, LogOutput::StdErr { .. }) { &mut self.err } else { &mut self.out };
        to.write_all(piece.as_ref()).await?;
        to.flush().await
    }
}

/// The exit status if the shell has ended.
async fn code(api: &Docker, exec: &str) -> Result<Option<i64>, Cause> {
    let state = api.inspect_exec(exec).await.map_err(cause)?;
    Ok(state.exit_code.filter(|_| state.running != Some(true)))
}
