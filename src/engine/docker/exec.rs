//! One command in a container, followed to its end. It knows streams, clocks and exit statuses, not what the command
//! is for.

use std::time::Duration;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use bollard::query_parameters::InspectContainerOptions;
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::cause;
use crate::engine::{Cause, ExecEnd, ExecOutput, ExecRequest, Labels, OUTPUT_LIMIT};

/// After this long the engine is first asked whether a command has ended; each next time after twice as long.
const FIRST_LOOK: Duration = Duration::from_millis(100);
/// The longest time between two such questions.
const LONGEST_LOOK: Duration = Duration::from_secs(1);
/// A command that has ended is listened to until its streams end or are quiet for this long. Less would save time
/// after the few commands that leave a daemon holding them, and lose output on a busy host …
const LAST_WORDS: Duration = Duration::from_secs(2);
/// … and at most for this long, as what it left running may go on printing.
const LAST_WORDS_LIMIT: Duration = Duration::from_secs(5);
/// Most time for reading the kernel's count of processes killed for want of memory.
const COUNT: Duration = Duration::from_secs(15);

/// Runs a command to its end, or until it must be given up.
pub(super) async fn run(api: &Docker, container: &str, request: &ExecRequest) -> Result<ExecOutput, Cause> {
    let mut heard = Heard::default();
    let end = match follow(api, container, request, &mut heard).await? {
        ExecEnd::Exit(126 | 127) if !starts(api, container, request).await? => {
            let said = String::from_utf8_lossy(&heard.stdout);
            return Err(format!("the engine could not start it: {}", said.trim()).into());
        }
        ExecEnd::Exit(code) if code != 0 => end_of_failed(api, container, code).await?,
        end => end,
    };
    Ok(ExecOutput { end, stdout: heard.stdout, stderr: heard.stderr })
}

/// Starts a command and listens until it ends or must be given up.
///
/// The end of the streams is not the end of the command: a daemon it leaves behind (Apache) inherits them and keeps
/// them open, upon which Docker waits 2 s and other engines for ever; and a command may close them and go on. So
/// the engine is also asked, at growing intervals, whether the command's own process has ended.
async fn follow(api: &Docker, container: &str, request: &ExecRequest, heard: &mut Heard) -> Result<ExecEnd, Cause> {
    let id = api.create_exec(container, exec_options(request)).await.map_err(cause)?.id;
    let deadline = Instant::now() + request.timeout;
    let StartExecResults::Attached { mut output, .. } = api.start_exec(&id, None::<StartExecOptions>).await.map_err(cause)?
    else {
        return Err("the engine ran the command without its output".into());
    };
    let mut open = true;
    let mut silent = Instant::now() + request.silence;
    let mut pause = FIRST_LOOK;
    let mut look = Instant::now() + pause;
    loop {
        tokio::select! {
            biased;
            () = sleep_until(deadline) => return Ok(ExecEnd::Timeout),
            chunk = output.try_next(), if open => match chunk.map_err(cause)? {
                Some(chunk) if !heard.take(&chunk) => return Ok(ExecEnd::Flood),
                Some(_) => silent = Instant::now() + request.silence,
                None => (open, look) = (false, Instant::now()),
            },
            () = sleep_until(silent) => return Ok(ExecEnd::Silence),
            () = sleep_until(look) => {
                if let Some(code) = exit_code(api, &id).await? {
                    return if open && !heard.last_words(&mut output).await? { Ok(ExecEnd::Flood) } else { Ok(ExecEnd::Exit(code)) };
                }
                pause = LONGEST_LOOK.min(pause * 2);
                look = Instant::now() + pause;
            }
        }
    }
}

async fn exit_code(api: &Docker, exec: &str) -> Result<Option<i64>, Cause> {
    let seen = api.inspect_exec(exec).await.map_err(cause)?;
    Ok(seen.exit_code.filter(|_| seen.running != Some(true)))
}

/// Whether anything can be started the way `request` asks. Docker 20.10 tells of a working directory that does not
/// exist by status 126 or 127 and a text in standard output, as a shell may; an empty command has no such status.
async fn starts(api: &Docker, container: &str, request: &ExecRequest) -> Result<bool, Cause> {
    let empty = ExecRequest { command: ":".to_owned(), ..request.clone() };
    Ok(follow(api, container, &empty, &mut Heard::default()).await? == ExecEnd::Exit(0))
}

/// Why a command failed: of itself, for want of memory, or because its container went away.
async fn end_of_failed(api: &Docker, container: &str, code: i64) -> Result<ExecEnd, Cause> {
    let inspected = api.inspect_container(container, None::<InspectContainerOptions>).await.map_err(cause)?;
    let state = inspected.state.unwrap_or_default();
    if state.oom_killed == Some(true) {
        return Ok(ExecEnd::OutOfMemory);
    }
    if state.running != Some(true) {
        return Err("the container was stopped meanwhile".into());
    }
    // Docker 20.10 keeps `OOMKilled` for the main process, and `make` turns a killed compiler into a failure like
    // any other, so the kernel's own count of the container's memory group decides (second path: cgroup v1).
    let count = ExecRequest {
        command: "cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null; :".to_owned(),
        directory: Some("/".to_owned()),
        env: Labels::new(),
        timeout: COUNT,
        silence: COUNT,
    };
    let mut heard = Heard::default();
    if follow(api, container, &count, &mut heard).await? != ExecEnd::Exit(0) {
        // The engine called it running, yet not even this runs in it.
        return Err("nothing runs in the container any more: it was stopped, or is at its limit of processes".into());
    }
    let killed = String::from_utf8_lossy(&heard.stdout)
        .lines()
        .any(|line| line.strip_prefix("oom_kill ").is_some_and(|count| count.trim() != "0"));
    Ok(if killed { ExecEnd::OutOfMemory } else { ExecEnd::Exit(code) })
}

/// What a command has printed so far.
#[derive(Default)]
struct Heard {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Heard {
    /// Keeps a chunk; false when its stream is full.
    fn take(&mut self, chunk: &LogOutput) -> bool {
        let stream = if matches!(chunk, LogOutput::StdErr { .. }) { &mut self.stderr } else { &mut self.stdout };
        stream.extend_from_slice(chunk.as_ref());
        let fits = stream.len() <= OUTPUT_LIMIT;
        stream.truncate(OUTPUT_LIMIT);
        fits
    }

    /// Listens on after the command's own process has ended; false when a stream is full.
    async fn last_words(&mut self, output: &mut (impl Stream<Item = Result<LogOutput, Error>> + Unpin)) -> Result<bool, Cause> {
        let limit = Instant::now() + LAST_WORDS_LIMIT;
        while let Ok(Some(chunk)) = timeout_at(limit.min(Instant::now() + LAST_WORDS), output.next()).await {
            if !self.take(&chunk.map_err(cause)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn exec_options(request: &ExecRequest) -> CreateExecOptions<String> {
    CreateExecOptions {
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: Some(["/bin/sh", "-c", &request.command].map(str::to_owned).to_vec()),
        env: Some(request.env.iter().map(|(name, value)| format!("{name}={value}")).collect()),
        working_dir: request.directory.clone(),
        ..Default::default()
    }
}
