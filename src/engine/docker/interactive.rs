//! A shell in a container, connected to a terminal or to streams. It knows streams and sizes, not what
//! the shell is for.

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

use super::cause;
use crate::engine::{Cause, Seat, ShellRequest, Size};
use crate::text::variables::exported;

/// Goes to the directory if it is there, and becomes the best shell there is, whatever the search path. No more than a step
/// it dumps its memory.
const BECOME: &str = r#"ulimit -c 0; cd -- "$0" 2>/dev/null; eval "$1"
for shell in /bin/bash /usr/bin/bash /usr/local/bin/bash; do [ -x $shell ] && exec $shell; done; exec /bin/sh"#;
/// Keys by which Docker would let go of a shell, `ctrl-p ctrl-q` by default, the first of which is in common use. One cannot
/// do without; this is one that is not typed.
const LET_GO: &str = "ctrl-^,ctrl-@,ctrl-^,ctrl-@,ctrl-^,ctrl-@";
/// A process may not yet have its terminal when its size is first told.
const FIRST_SIZE_TRIES: u32 = 20;
const FIRST_SIZE_PAUSE: Duration = Duration::from_millis(50);
/// How often the engine is asked whether the shell has ended: what it left running keeps the streams open.
const LOOK: Duration = Duration::from_millis(500);
/// A shell that has ended is listened to until it is quiet for this long.
const LAST_WORDS: Duration = Duration::from_millis(200);

type Output = Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>;
type Input = Pin<Box<dyn AsyncWrite + Send>>;

/// Runs the shell to its end; its exit status.
pub(super) async fn run(api: &Docker, container: &str, request: &ShellRequest, seat: Seat<'_>) -> Result<i64, Cause> {
    let exec = api.create_exec(container, options(request, seat.size.is_some())).await.map_err(cause)?.id;
    // Without `tty` here the engine marks each piece of output with its length and stream, terminal or not; otherwise a
    // piece that begins with a null byte would be taken for such a mark.
    let started = api.start_exec(&exec, None::<StartExecOptions>).await.map_err(cause)?;
    let StartExecResults::Attached { output, input } = started else {
        return Err("the engine runs the shell without its streams".into());
    };
    let listening = Listening { api, exec: &exec, out: seat.output, err: seat.errors };
    tokio::select! {
        ended = listening.to(output) => ended,
        () = feed(seat.input, input) => unreachable!("feeding waits for the shell's end"),
        () = resize(api, &exec, seat.size) => unreachable!("resizing waits for the shell's end"),
    }
}

fn options(request: &ShellRequest, tty: bool) -> CreateExecOptions<String> {
    let directory = request.directory.as_deref().unwrap_or(".");
    CreateExecOptions {
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(tty),
        detach_keys: Some(LET_GO.to_owned()),
        cmd: Some(["/bin/sh", "-c", BECOME, directory, &exported(&request.env)].map(str::to_owned).to_vec()),
        ..Default::default()
    }
}

/// Forwards input until it ends, then closes the shell's input and waits. A shell that no longer listens has ended, which
/// others notice.
async fn feed(from: &mut (dyn AsyncRead + Send + Unpin), mut to: Input) {
    let mut piece = [0; 8192];
    loop {
        let read = from.read(&mut piece).await.unwrap_or(0);
        let handed = async {
            match read {
                0 => to.shutdown().await,
                read => {
                    to.write_all(&piece[..read]).await?;
                    to.flush().await
                }
            }
        };
        if handed.await.is_err() || read == 0 {
            // Dropped, the other half of the connection might go with it.
            let _to = to;
            return std::future::pending().await;
        }
    }
}

/// Tells the engine each size of the terminal; what it thinks of a shell that has just ended does not matter.
async fn resize(api: &Docker, exec: &str, size: Option<watch::Receiver<Size>>) {
    let Some(mut size) = size else { return std::future::pending().await };
    for _ in 0..FIRST_SIZE_TRIES {
        let now = *size.borrow_and_update();
        if api.resize_exec(exec, sized(now)).await.is_ok() {
            break;
        }
        sleep(FIRST_SIZE_PAUSE).await;
    }
    while size.changed().await.is_ok() {
        let now = *size.borrow_and_update();
        let _ = api.resize_exec(exec, sized(now)).await;
    }
    std::future::pending().await
}

fn sized(size: Size) -> ResizeExecOptions {
    ResizeExecOptions { height: size.rows, width: size.columns }
}

/// Where a shell's output goes.
struct Listening<'a> {
    api: &'a Docker,
    exec: &'a str,
    out: &'a mut (dyn AsyncWrite + Send + Unpin),
    err: &'a mut (dyn AsyncWrite + Send + Unpin),
}

impl Listening<'_> {
    /// Hands output on until the shell has ended; its exit status.
    async fn to(mut self, mut output: Output) -> Result<i64, Cause> {
        let (mut open, mut ended) = (true, None);
        let mut look = Instant::now() + LOOK;
        loop {
            tokio::select! {
                biased;
                piece = output.try_next(), if open => match piece.map_err(cause)? {
                    Some(piece) => {
                        self.hand_on(&piece).await?;
                        look = if ended.is_some() { Instant::now() + LAST_WORDS } else { look };
                    }
                    // A shell may close its streams and go on.
                    None => (open, look) = (false, Instant::now()),
                },
                () = sleep_until(look) => {
                    if let Some(code) = ended {
                        return Ok(code);
                    }
                    ended = code(self.api, self.exec).await?;
                    match ended {
                        Some(code) if !open => return Ok(code),
                        Some(_) => look = Instant::now() + LAST_WORDS,
                        None => look = Instant::now() + LOOK,
                    }
                }
            }
        }
    }

    async fn hand_on(&mut self, piece: &LogOutput) -> std::io::Result<()> {
        let to = if matches!(piece, LogOutput::StdErr { .. }) { &mut self.err } else { &mut self.out };
        to.write_all(piece.as_ref()).await?;
        to.flush().await
    }
}

/// The exit status of a shell that has ended.
async fn code(api: &Docker, exec: &str) -> Result<Option<i64>, Cause> {
    let seen = api.inspect_exec(exec).await.map_err(cause)?;
    Ok(seen.exit_code.filter(|_| seen.running != Some(true)))
}
