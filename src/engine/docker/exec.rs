//! A shell in a container. That of root is the container's main process and reads steps from its standard input, so a step needs no call
//! of the engine. It reports the end of a step on its own streams, so there is no polling.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::time::Duration;

use bollard::Docker;
use bollard::container::{AttachContainerResults, LogOutput};
use bollard::errors::Error;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use bollard::query_parameters::AttachContainerOptionsBuilder;
use futures_util::{Stream, TryStreamExt};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::error::cause;
use crate::engine::{Cause, ExecEnd, ExecOutput, ExecRequest, Labels, OUTPUT_LIMIT};
use crate::text::sanitize::plain;
use crate::text::shell::quoted;
use crate::text::variables::exported;

/// Sent once, before the first step: functions that report the end of a step. They use builtins only, since no process may be
/// available.
///
/// The mark of the end stands on both streams after all output of the step. On standard output it is followed by counters of the
/// kernel for the container, from cgroup v2 or v1: processes killed for lack of memory (`make` turns a killed compiler into an
/// ordinary failure), forks refused at the limit of processes, and processor time in ns. Last comes the number of processes
/// besides this shell and the container's first.
///
/// Without a network, Docker creates no `/etc/hosts`, and some clients cannot resolve `localhost` without it.
const PREAMBLE: &str = r#"
matrix_count() {
  matrix_counted=0
  for matrix_file in $2; do
    [ -r $matrix_file ] && while read -r matrix_name matrix_value; do
      [ $1 = first ] && matrix_counted=$matrix_name
      [ $1 = $matrix_name ] && matrix_counted=$matrix_value
    done <$matrix_file
  done
}
matrix_end() {
  matrix_count oom_kill '/sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control'
  matrix_report=$matrix_counted
  matrix_count max '/sys/fs/cgroup/pids.events /sys/fs/cgroup/pids/pids.events'
  matrix_report="$matrix_report $matrix_counted"
  matrix_count usage_usec /sys/fs/cgroup/cpu.stat
  [ $matrix_counted = 0 ] || matrix_counted=${matrix_counted}000
  [ $matrix_counted != 0 ] || matrix_count first /sys/fs/cgroup/cpuacct/cpuacct.usage
  matrix_others=0
  for matrix_file in /proc/[0-9]*; do
    case $matrix_file in /proc/1|/proc/$$) ;; *) matrix_others=$((matrix_others + 1)) ;; esac
  done
  printf %s $1 >&2
  printf '%s%s\n' $1 "$2 $matrix_report $matrix_counted $matrix_others"
}
[ -s /etc/hosts ] || { printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' >/etc/hosts; } 2>/dev/null
matrix_setsid=
for matrix_file in /usr/bin/setsid /bin/setsid; do [ -x $matrix_file ] && matrix_setsid=$matrix_file; done
"#;

/// Fails on a full disk. It looks for a writable folder, as root without all capabilities may not write to `/`, and only uses
/// exit statuses: dash does not name the error. Engines also mount file systems in memory.
const PROBE: &str = r#"PATH=$PATH:/usr/bin:/bin
has_room() { echo room >"$1/.matrix-probe"; ended=$?; rm -f "$1/.matrix-probe"; return $ended; }
for folder in /tmp /var/tmp /root / ''; do [ -w "$folder" ] && break; done
[ ! "$folder" ] || has_room "$folder" || exit 1
for folder in /dev/shm /dev /run; do [ ! -w $folder ] || has_room $folder || exit 1; done"#;
/// Message of a command that ran out of disk space.
const NO_SPACE: &[u8] = b"No space left on device";
/// Message about a command that the kernel killed for a too large file.
const KILLED_FOR_SIZE: &[u8] = b"File size limit exceeded";
/// Message of a command that ignores that signal.
const TOO_LARGE: &[u8] = b"File too large";
/// Exit status of such a command in a shell: 128 plus the number of the signal.
const EXIT_FOR_SIZE: i64 = 128 + 25;
/// Number of bytes to keep of output outside of a step.
const OUTSIDE_LIMIT: usize = 512;
/// Timeout of the check of the disk.
const PROBE_TIMEOUT: Duration = Duration::from_secs(15);

pub(super) struct Shell {
    output: Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>,
    input: Pin<Box<dyn AsyncWrite + Send>>,
    /// Text to send before the next step.
    unsent: String,
    /// Whether the last step left no process behind.
    alone: bool,
}

/// The shell ended before it began the step.
#[derive(Debug)]
pub(super) struct Gone(String);

impl std::error::Error for Gone {}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Shell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shell").finish_non_exhaustive()
    }
}

impl Shell {
    /// Attaches to a container before it is started, so that no output is lost. When the shell is dropped, its input ends, and
    /// with it the container and the current step. No step may write a file of more than `largest` bytes. That limit and the one
    /// of core dumps are set here, because Podman drops limits that its host needs from a container that has limits of its own.
    pub(super) async fn attach(api: &Docker, container: &str, largest: u64) -> Result<Shell, Error> {
        let options = AttachContainerOptionsBuilder::default().stream(true).stdin(true).stdout(true).stderr(true).build();
        let AttachContainerResults { output, input } = api.attach_container(container, Some(options)).await?;
        Ok(Shell::new(output, input, largest))
    }

    fn new(
        output: Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>,
        input: Pin<Box<dyn AsyncWrite + Send>>,
        largest: u64,
    ) -> Shell {
        // `ulimit` counts in blocks of 512 bytes, as POSIX defines.
        let unsent = format!("{PREAMBLE}ulimit -c 0 && ulimit -f {} || exit\n", largest / 512);
        Shell { output, input, unsent, alone: false }
    }

    /// Starts another shell in the same container, with the same limits, as a user.
    pub(super) async fn enter(api: &Docker, container: &str, user: &str, largest: u64) -> Result<Shell, Cause> {
        let options = CreateExecOptions {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            user: Some(user.to_owned()),
            cmd: Some(vec!["/bin/sh".to_owned()]),
            ..Default::default()
        };
        let exec = api.create_exec(container, options).await.map_err(cause)?.id;
        match api.start_exec(&exec, None::<StartExecOptions>).await.map_err(cause)? {
            StartExecResults::Attached { output, input } => Ok(Shell::new(output, input, largest)),
            StartExecResults::Detached => Err("the engine started a shell without its streams".into()),
        }
    }

    /// Keeps the streams open, without using the shell again: processes that it left may still print.
    pub(super) fn drain(self) {
        tokio::spawn(async move {
            let Shell { mut output, input, .. } = self;
            while let Ok(Some(_)) = output.try_next().await {}
            drop(input);
        });
    }

    /// Whether no process was running in the container at the end of the last step.
    pub(super) fn is_alone(&self) -> bool {
        self.alone
    }

    /// Runs a command until it ends or is stopped. After a stop or an error the shell must not be used again.
    pub(super) async fn run(&mut self, request: &ExecRequest) -> Result<ExecOutput, Cause> {
        let output = self.step(request).await?;
        let ExecEnd::Exit(exit) = output.end else { return Ok(output) };
        if is_too_large(exit, &output) {
            return Ok(ExecOutput { end: ExecEnd::FileSize, ..output });
        }
        if contains(&output, NO_SPACE) && !self.has_room().await? {
            return Ok(ExecOutput { end: ExecEnd::DiskFull, ..output });
        }
        Ok(output)
    }

    /// Whether the disks can be written to.
    async fn has_room(&mut self) -> Result<bool, Cause> {
        let (command, env) = (PROBE.to_owned(), Labels::new());
        let probe = ExecRequest { command, directory: None, env, user: None, timeout: PROBE_TIMEOUT, silence: PROBE_TIMEOUT };
        Ok(self.step(&probe).await?.end == ExecEnd::Exit(0))
    }

    async fn step(&mut self, request: &ExecRequest) -> Result<ExecOutput, Cause> {
        if request.command.contains('\0') {
            return Err("a command cannot contain a NUL character".into());
        }
        let mark = mark();
        let deadline = Instant::now() + request.timeout;
        let text = std::mem::take(&mut self.unsent) + script(&mark, request).as_str();
        let mut output = StepOutput::new(&mark);
        let sent = async {
            self.input.write_all(text.as_bytes()).await?;
            self.input.flush().await
        };
        match timeout_at(deadline, sent).await {
            Err(_) => return Ok(output.stopped(ExecEnd::Timeout)),
            // A shell that has ended reports why on its streams.
            Ok(sent) => drop(sent),
        }
        let mut silent = Instant::now() + request.silence;
        loop {
            tokio::select! {
                biased;
                () = sleep_until(deadline) => return Ok(output.stopped(ExecEnd::Timeout)),
                chunk = self.output.try_next() => match chunk.map_err(cause)? {
                    Some(chunk) => {
                        output.take(&chunk);
                        silent = Instant::now() + request.silence;
                    }
                    None => return output.closed(),
                },
                () = sleep_until(silent) => return Ok(output.stopped(ExecEnd::Silence)),
            }
            if output.is_flood() {
                return Ok(output.stopped(ExecEnd::Flood));
            }
            if let Some(report) = output.report() {
                self.alone = report.others == 0;
                return output.ended(&report);
            }
        }
    }
}

fn contains(output: &ExecOutput, words: &[u8]) -> bool {
    [&output.stdout, &output.stderr].into_iter().any(|text| find(text, words).is_some())
}

/// Whether the command, or a part of it, failed for the limit of a file's size: its parent may continue, or fail in another way.
/// The kernel has no counter for this limit.
fn is_too_large(exit: i64, output: &ExecOutput) -> bool {
    exit == EXIT_FOR_SIZE || find(&output.stderr, KILLED_FOR_SIZE).is_some() || (exit != 0 && contains(output, TOO_LARGE))
}

/// A mark that a command cannot print: it is random, and the command does not see it.
fn mark() -> String {
    format!("matrix-{:016x}", RandomState::new().hash_one(0))
}

/// Script of one step: a process in a session of its own, as if the engine had started it. The environment is set in a last shell
/// that starts programs by their full path, so that a search path or a preloaded library applies to the step only.
fn script(mark: &str, request: &ExecRequest) -> String {
    let exports = exported(&request.env);
    let directory = request.directory.as_ref().map(|directory| {
        let directory = quoted(directory);
        format!("cd -- {directory} || {{ printf '%s!' {mark}; exit 126; }}\n")
    });
    let own = format!("/bin/sh -c {}", quoted(&request.command));
    let start = if exports.is_empty() { own } else { format!("/bin/sh -c {}", quoted(&format!("{exports}exec {own}"))) };
    format!(
        "printf '%s<' {mark}; printf '%s<' {mark} >&2\n(\n{}exec $matrix_setsid {start}\n) </dev/null\nmatrix_end '{mark}>' $?\n",
        directory.unwrap_or_default(),
    )
}

struct StepOutput {
    stdout: StreamOutput,
    stderr: StreamOutput,
    /// Mark in standard output if the command could not be started.
    refused: Vec<u8>,
}

/// Report of the shell at the end of a step.
struct Report {
    exit: i64,
    killed: u64,
    refused_forks: u64,
    cpu: Duration,
    others: u64,
}

impl StepOutput {
    fn new(mark: &str) -> Self {
        let refused = format!("{mark}!").into_bytes();
        StepOutput { stdout: StreamOutput::new(mark), stderr: StreamOutput::new(mark), refused }
    }

    fn take(&mut self, chunk: &LogOutput) {
        match chunk {
            LogOutput::StdErr { message } => self.stderr.take(message),
            LogOutput::StdOut { message } | LogOutput::Console { message } => self.stdout.take(message),
            LogOutput::StdIn { .. } => {}
        }
    }

    fn is_flood(&self) -> bool {
        self.stdout.is_flood() || self.stderr.is_flood()
    }

    /// The report, once both streams have reached the end of the step.
    fn report(&self) -> Option<Report> {
        self.stderr.after()?;
        let line = self.stdout.after()?.split(|byte| *byte == b'\n').next()?;
        self.stdout.after()?.contains(&b'\n').then_some(())?;
        let mut numbers = std::str::from_utf8(line).ok()?.split(' ').map(str::parse::<u64>);
        let mut number = || numbers.next()?.ok();
        Some(Report {
            exit: i64::try_from(number()?).ok()?,
            killed: number()?,
            refused_forks: number()?,
            cpu: Duration::from_nanos(number()?),
            others: number()?,
        })
    }

    fn ended(self, report: &Report) -> Result<ExecOutput, Cause> {
        let (stdout, stderr) = (self.stdout.printed(), self.stderr.printed());
        let end = match report {
            _ if stdout.ends_with(&self.refused) => ExecEnd::NoDirectory,
            // A process that was refused a fork may have failed silently.
            Report { refused_forks: 1.., .. } => ExecEnd::Processes,
            // The parent of a killed process may continue and succeed.
            Report { killed: 1.., .. } => ExecEnd::OutOfMemory,
            Report { exit, .. } => ExecEnd::Exit(*exit),
        };
        Ok(ExecOutput { end, stdout, stderr, cpu: report.cpu })
    }

    fn stopped(self, end: ExecEnd) -> ExecOutput {
        ExecOutput { end, stdout: self.stdout.printed(), stderr: self.stderr.printed(), cpu: Duration::ZERO }
    }

    /// The shell has ended. At the limit of processes it does so with one of these messages.
    fn closed(self) -> Result<ExecOutput, Cause> {
        let last_words = [&self.stderr.bytes, &self.stdout.bytes].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        if last_words.iter().any(|words| words.contains("Cannot fork") || words.contains("can't fork")) {
            return Ok(self.stopped(ExecEnd::Processes));
        }
        let words = last_words[0].trim();
        let ended = "its container ended: it was killed or removed".to_owned();
        match (self.stdout.begun || self.stderr.begun, words.is_empty()) {
            (true, _) => Err(ended.into()),
            (false, true) => Err(Gone(ended).into()),
            // For example that the image has no shell.
            (false, false) => Err(Gone(format!("its container ended; its last output: {}", plain(words))).into()),
        }
    }
}

/// One stream of one step, between two marks.
struct StreamOutput {
    begin: Vec<u8>,
    end: Vec<u8>,
    begun: bool,
    /// Output since the first mark; before it, the last bytes, which may hold the beginning of the mark.
    bytes: Vec<u8>,
    /// Position of the second mark.
    ended: Option<usize>,
}

impl StreamOutput {
    fn new(mark: &str) -> Self {
        let mark = |which: &str| format!("{mark}{which}").into_bytes();
        StreamOutput { begin: mark("<"), end: mark(">"), begun: false, bytes: Vec::new(), ended: None }
    }

    fn take(&mut self, chunk: &[u8]) {
        let unseen = self.bytes.len().saturating_sub(self.end.len());
        self.bytes.extend_from_slice(chunk);
        if !self.begun {
            // Background processes of earlier steps may print before the mark.
            let begin = find(&self.bytes, &self.begin);
            let passed = begin.map_or(self.bytes.len().saturating_sub(OUTSIDE_LIMIT), |begin| begin + self.begin.len());
            self.bytes.drain(..passed);
            self.begun = begin.is_some();
            if self.begun {
                self.ended = find(&self.bytes, &self.end);
            }
        } else if self.ended.is_none() {
            self.ended = find(&self.bytes[unseen..], &self.end).map(|at| at + unseen);
        }
    }

    fn is_flood(&self) -> bool {
        self.ended.unwrap_or(self.bytes.len().saturating_sub(self.end.len())) > OUTPUT_LIMIT
    }

    /// Output after the second mark.
    fn after(&self) -> Option<&[u8]> {
        Some(&self.bytes[self.ended? + self.end.len()..])
    }

    fn printed(mut self) -> Vec<u8> {
        let end = self.ended.unwrap_or(if self.begun { self.bytes.len() } else { 0 });
        self.bytes.truncate(end.min(OUTPUT_LIMIT));
        self.bytes
    }
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, word)
}
