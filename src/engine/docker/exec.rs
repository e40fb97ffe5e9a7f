//! One shell for each container. It is the container's main process and reads the steps from its standard input, so that a
//! step costs no call of the engine, and reports on its own streams that a step has ended, so there is no polling.
//! It knows streams, clocks and exit statuses, not what a command is for.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::time::Duration;

use bollard::Docker;
use bollard::container::{AttachContainerResults, LogOutput};
use bollard::errors::Error;
use bollard::query_parameters::AttachContainerOptionsBuilder;
use futures_util::{Stream, TryStreamExt};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::cause;
use crate::engine::{Cause, ExecEnd, ExecOutput, ExecRequest, Labels, OUTPUT_LIMIT};
use crate::text::sanitize::plain;
use crate::text::shell::quoted;
use crate::text::variables::exported;

/// Sent once, before the first step: how the end of a step is reported, with builtins alone, since there may be no process to spare.
///
/// The end stands on both streams behind all that the step printed, on standard output with what the kernel counted for the
/// container (the paths are those of cgroup v2 and v1): commands killed because memory ran out, as `make` turns a killed
/// compiler into a failure like any other; forks refused at the limit of processes; processor time in ns. Last comes how many
/// processes there are besides this shell and the container's first.
///
/// Docker gives a container without a network no file of host names either, and not every client knows `localhost` by itself.
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
  matrix_told=$matrix_counted
  matrix_count max '/sys/fs/cgroup/pids.events /sys/fs/cgroup/pids/pids.events'
  matrix_told="$matrix_told $matrix_counted"
  matrix_count usage_usec /sys/fs/cgroup/cpu.stat
  [ $matrix_counted = 0 ] || matrix_counted=${matrix_counted}000
  [ $matrix_counted != 0 ] || matrix_count first /sys/fs/cgroup/cpuacct/cpuacct.usage
  matrix_others=0
  for matrix_file in /proc/[0-9]*; do
    case $matrix_file in /proc/1|/proc/$$) ;; *) matrix_others=$((matrix_others + 1)) ;; esac
  done
  printf %s $1 >&2
  printf '%s%s\n' $1 "$2 $matrix_told $matrix_counted $matrix_others"
}
[ -s /etc/hosts ] || { printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' >/etc/hosts; } 2>/dev/null
matrix_setsid=
for matrix_file in /usr/bin/setsid /bin/setsid; do [ -x $matrix_file ] && matrix_setsid=$matrix_file; done
"#;

/// Fails on a full disk. It writes where it may, as root without all rights may be no writer of `/`, and judges by the status:
/// dash says of a full disk only that there was an error.
///
/// Engines mount file systems of their own besides, in memory.
const PROBE: &str = r#"PATH=$PATH:/usr/bin:/bin
has_room() { echo room >"$1/.matrix-probe"; ended=$?; rm -f "$1/.matrix-probe"; return $ended; }
for folder in /tmp /var/tmp /root / ''; do [ -w "$folder" ] && break; done
[ ! "$folder" ] || has_room "$folder" || exit 1
for folder in /dev/shm /dev /run; do [ ! -w $folder ] || has_room $folder || exit 1; done"#;
/// What a command says that finds the disk full.
const NO_SPACE: &[u8] = b"No space left on device";
/// What is said of a command that the kernel killed for too large a file.
const KILLED_FOR_SIZE: &[u8] = b"File size limit exceeded";
/// What a command says that hears of its too large a file instead.
const TOO_LARGE: &[u8] = b"File too large";
/// How a shell tells the same of a command: 128 and the number of the signal.
const EXIT_FOR_SIZE: i64 = 128 + 25;
/// How many bytes are kept of what comes outside of a step.
const LAST_WORDS: usize = 512;
/// How long the look at the disk may take.
const LOOK: Duration = Duration::from_secs(15);

/// A container's shell, as seen from outside.
pub(super) struct Shell {
    output: Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>,
    input: Pin<Box<dyn AsyncWrite + Send>>,
    /// What is to be sent before the next step.
    unsent: String,
    /// Whether the last step left no process behind.
    alone: bool,
}

impl fmt::Debug for Shell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shell").finish_non_exhaustive()
    }
}

impl Shell {
    /// Takes hold of the streams of a container that was created and not started yet, so that nothing is missed. When the
    /// shell is let go of, however that comes to be, its input ends, and so does the container with its current step.
    /// No step may write a file of more than `largest` bytes. That and the dumps of memory are limited here, as Podman forgets
    /// the limits that its host needs once a container is created with limits of its own.
    pub(super) async fn attach(api: &Docker, container: &str, largest: u64) -> Result<Shell, Error> {
        let options = AttachContainerOptionsBuilder::default().stream(true).stdin(true).stdout(true).stderr(true).build();
        let AttachContainerResults { output, input } = api.attach_container(container, Some(options)).await?;
        // In blocks, as POSIX has it.
        let unsent = format!("{PREAMBLE}ulimit -c 0 && ulimit -f {} || exit\n", largest / 512);
        Ok(Shell { output, input, unsent, alone: false })
    }

    /// Whether nothing was at work in the container when the last step ended.
    pub(super) fn is_alone(&self) -> bool {
        self.alone
    }

    /// Runs a command to its end, or until it must be given up; then, and after an error, the shell is not to be used again.
    pub(super) async fn run(&mut self, request: &ExecRequest) -> Result<ExecOutput, Cause> {
        let output = self.step(request).await?;
        let ExecEnd::Exit(exit) = output.end else { return Ok(output) };
        if is_too_large(exit, &output) {
            return Ok(ExecOutput { end: ExecEnd::FileSize, ..output });
        }
        if says(&output, NO_SPACE) && !self.has_room().await? {
            return Ok(ExecOutput { end: ExecEnd::DiskFull, ..output });
        }
        Ok(output)
    }

    /// Whether anything can be written, as far as that can be tried.
    async fn has_room(&mut self) -> Result<bool, Cause> {
        let (command, env) = (PROBE.to_owned(), Labels::new());
        let probe = ExecRequest { command, directory: None, env, timeout: LOOK, silence: LOOK };
        Ok(self.step(&probe).await?.end == ExecEnd::Exit(0))
    }

    async fn step(&mut self, request: &ExecRequest) -> Result<ExecOutput, Cause> {
        if request.command.contains('\0') {
            return Err("a command cannot hold a NUL character".into());
        }
        let mark = mark();
        let deadline = Instant::now() + request.timeout;
        let text = std::mem::take(&mut self.unsent) + &script(&mark, request);
        let mut heard = Heard::new(&mark);
        let sent = async {
            self.input.write_all(text.as_bytes()).await?;
            self.input.flush().await
        };
        match timeout_at(deadline, sent).await {
            Err(_) => return Ok(heard.given_up(ExecEnd::Timeout)),
            // A shell that is gone has told why on the streams.
            Ok(sent) => drop(sent),
        }
        let mut silent = Instant::now() + request.silence;
        loop {
            tokio::select! {
                biased;
                () = sleep_until(deadline) => return Ok(heard.given_up(ExecEnd::Timeout)),
                chunk = self.output.try_next() => match chunk.map_err(cause)? {
                    Some(chunk) => {
                        heard.take(&chunk);
                        silent = Instant::now() + request.silence;
                    }
                    None => return heard.cut_off(),
                },
                () = sleep_until(silent) => return Ok(heard.given_up(ExecEnd::Silence)),
            }
            if heard.is_flood() {
                return Ok(heard.given_up(ExecEnd::Flood));
            }
            if let Some(report) = heard.report() {
                self.alone = report.others == 0;
                return heard.ended(&report);
            }
        }
    }
}

fn says(output: &ExecOutput, words: &[u8]) -> bool {
    [&output.stdout, &output.stderr].into_iter().any(|text| find(text, words).is_some())
}

/// Whether a command failed for the limit of a file's size, or a part of it did: its parent may go on, or report a failure
/// of its own. Of the limits this is the one that the kernel does not count.
fn is_too_large(exit: i64, output: &ExecOutput) -> bool {
    exit == EXIT_FOR_SIZE || find(&output.stderr, KILLED_FOR_SIZE).is_some() || (exit != 0 && says(output, TOO_LARGE))
}

/// Characters that a command cannot print by accident, nor on purpose, as it does not get to see them.
fn mark() -> String {
    format!("matrix-{:016x}", RandomState::new().hash_one(0))
}

/// One step as the shell reads it: a process of its own in a session of its own, as the engine would start it. Its
/// environment is made by the last shell before its own, which names what it starts by its path: whatever is in it, such as
/// a search path or a library to load first, is for the step alone.
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

/// What a command has printed so far.
struct Heard {
    stdout: Printed,
    stderr: Printed,
    /// Stands in standard output if the command could not even be started.
    refused: Vec<u8>,
}

/// What the shell tells at a step's end.
struct Report {
    exit: i64,
    killed: u64,
    refused_forks: u64,
    cpu: Duration,
    others: u64,
}

impl Heard {
    fn new(mark: &str) -> Self {
        let refused = format!("{mark}!").into_bytes();
        Heard { stdout: Printed::new(mark), stderr: Printed::new(mark), refused }
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

    /// What the shell told, once both streams have come to the end of the step.
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
            // Whatever was refused a process may have gone wrong without a word.
            Report { refused_forks: 1.., .. } => ExecEnd::Processes,
            // The parent of a killed process may go on and end with success.
            Report { killed: 1.., .. } => ExecEnd::OutOfMemory,
            Report { exit, .. } => ExecEnd::Exit(*exit),
        };
        Ok(ExecOutput { end, stdout, stderr, cpu: report.cpu })
    }

    fn given_up(self, end: ExecEnd) -> ExecOutput {
        ExecOutput { end, stdout: self.stdout.printed(), stderr: self.stderr.printed(), cpu: Duration::ZERO }
    }

    /// The shell itself has ended. It does so when not even it is given a process, and says that in these words.
    fn cut_off(self) -> Result<ExecOutput, Cause> {
        let last_words = [&self.stderr.bytes, &self.stdout.bytes].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        if last_words.iter().any(|words| words.contains("Cannot fork") || words.contains("can't fork")) {
            return Ok(self.given_up(ExecEnd::Processes));
        }
        let words = last_words[0].trim();
        if self.stderr.begun || words.is_empty() {
            return Err("its container ended meanwhile: it was killed or removed".into());
        }
        // Such as that there is no shell in the image.
        Err(format!("its container ended meanwhile; its last words: {}", plain(words)).into())
    }
}

/// One stream of one step, between two marks.
struct Printed {
    begin: Vec<u8>,
    end: Vec<u8>,
    begun: bool,
    /// What came since the first mark; before it, the last of what came, in which its beginning may be.
    bytes: Vec<u8>,
    /// Where in it the second mark stands.
    ended: Option<usize>,
}

impl Printed {
    fn new(mark: &str) -> Self {
        let mark = |which: &str| format!("{mark}{which}").into_bytes();
        Printed { begin: mark("<"), end: mark(">"), begun: false, bytes: Vec::new(), ended: None }
    }

    fn take(&mut self, chunk: &[u8]) {
        let unseen = self.bytes.len().saturating_sub(self.end.len());
        self.bytes.extend_from_slice(chunk);
        if !self.begun {
            // What an earlier step left running may have printed meanwhile.
            let begin = find(&self.bytes, &self.begin);
            let passed = begin.map_or(self.bytes.len().saturating_sub(LAST_WORDS), |begin| begin + self.begin.len());
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

    /// What came behind the second mark, if it came.
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
