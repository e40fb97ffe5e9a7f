//! A base made on this host, because no registry has it. The result is a tar archive that is removed with the value.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command as Tool, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::engine::OnLine;
use crate::image::{Base, Provision, Settings};
use crate::subject::family::facts::{Bootstrap as Program, Order};
use crate::text::advice::Advice;

/// Number of last lines of output in an error.
const TAIL: usize = 15;
/// Pauses before further attempts after trouble that may pass.
pub(super) const PAUSES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(30)];
/// How long the program may clean up after it was asked to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// The archive of a bootstrapped root file system.
pub(super) struct Bootstrap {
    folder: Folder,
    detail: String,
    /// What it lacks that other bases have, and why.
    reduced: Option<String>,
}

impl Bootstrap {
    /// Bootstraps a base; `line` gets the output of the program. If this future is dropped, the program is stopped and removes
    /// its files. Trouble that may pass leads to another attempt, a lasting failure perhaps to one with reduced contents.
    pub(super) async fn run(
        base: &Base,
        provision: Option<&Provision>,
        settings: &Settings,
        line: OnLine<'_>,
    ) -> Result<Self, String> {
        let files = provision.map(|provision| on_disk(&provision.files)).transpose();
        let files = files.map_err(|error| format!("failed to write a temporary file: {error}"))?;
        let (suite, architecture, family) = base.bootstrap().ok_or("only a suite of a distribution can be bootstrapped")?;
        let order = Order {
            suite,
            architecture,
            mirror: settings.mirror.as_deref(),
            expired: settings.archived,
            packages: provision.map_or(&[], |provision| &provision.packages),
            files: files.as_ref().map(tempfile::NamedTempFile::path),
        };
        let program = &family.bootstrap;
        let attempt = Attempt { name: base.to_string(), program, order };
        let refused = match attempt.make_in_time(false, line).await {
            Ok(made) => return Ok(made),
            Err(refused) => refused,
        };
        let Some(without) = (program.reducible)(&attempt.order) else { return Err(refused) };
        line(&format!("retrying {without}"));
        let made = attempt.make_in_time(true, line).await.map_err(|again| format!("{refused}\n{again}"))?;
        let first = refused.lines().map(str::trim).find(|line| (program.is_error)(line)).unwrap_or_else(|| refused.trim());
        let detail = format!("{}, {without}; with it, bootstrapping failed: {first}", made.detail);
        let reduced = Some(format!("base `{}` is {without}; with it, bootstrapping failed: {first}", attempt.name));
        Ok(Bootstrap { detail, reduced, ..made })
    }

    /// A warning, if the base lacks something.
    pub(super) fn reduced(&self) -> Option<&str> {
        self.reduced.as_deref()
    }

    pub(super) fn archive(&self) -> &Path {
        &self.folder.archive
    }

    /// A short description of how the base was made.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

/// A temporary file with this content.
fn on_disk(content: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("matrix-base-").suffix(".tar").tempfile()?;
    file.write_all(content)?;
    Ok(file)
}

/// A base to make, and the program that makes it.
struct Attempt<'a> {
    name: String,
    program: &'static Program,
    order: Order<'a>,
}

impl Attempt<'_> {
    /// Makes the base, with further attempts after trouble that may pass.
    async fn make_in_time(&self, reduced: bool, line: OnLine<'_>) -> Result<Bootstrap, String> {
        for pause in PAUSES {
            match self.make(reduced, line).await {
                Err(error) if error.lines().any(self.program.may_pass) => {
                    line(&format!("this may pass, so it is tried again in {} s", pause.as_secs()));
                    tokio::time::sleep(pause).await;
                }
                made => return made,
            }
        }
        self.make(reduced, line).await
    }

    async fn make(&self, reduced: bool, line: OnLine<'_>) -> Result<Bootstrap, String> {
        let started = Instant::now();
        let tool = self.program.tool;
        let folder = Folder::new().map_err(|error| format!("failed to make a temporary folder: {error}"))?;
        let version = self.version().await?;
        let child = self.command(reduced, &folder).spawn().map_err(|error| format!("failed to run {tool}: {error}"))?;
        let mut running = Running { child };
        let mut tail = VecDeque::new();
        let stderr = running.child.stderr.take().expect("its standard error is piped");
        let mut lines = BufReader::new(stderr).split(b'\n');
        while let Some(bytes) =
            lines.next_segment().await.map_err(|error| format!("failed to read the output of {tool}: {error}"))?
        {
            let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            if text.is_empty() {
                continue;
            }
            line(&text);
            tail.push_back(text);
            if tail.len() > TAIL {
                tail.pop_front();
            }
        }
        let status = running.child.wait().await.map_err(|error| format!("failed to wait for {tool}: {error}"))?;
        if !status.success() {
            let tail: String = tail.iter().map(|line| format!("\n    {line}")).collect();
            return Err(format!("failed to bootstrap `{}`: {tool} ended with {status}{tail}", self.name));
        }
        let expired = if self.order.expired { format!(", {}", self.program.expired) } else { String::new() };
        let mirror = self.order.mirror.map(|mirror| format!(" from {mirror}")).unwrap_or_default();
        let detail = format!("bootstrapped{mirror} by {version} in {} s{expired}", started.elapsed().as_secs());
        Ok(Bootstrap { folder, detail, reduced: None })
    }

    async fn version(&self) -> Result<String, String> {
        let tool = self.program.tool;
        match Command::new(tool).arg("--version").output().await {
            Ok(output) => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Advice::new(
                format!("`{tool}` is not installed, so bases cannot be bootstrapped"),
                "`matrix doctor` prints the command that installs it; or pull bases from a registry with --registry",
            )
            .to_string()),
            Err(error) => Err(format!("failed to run {tool}: {error}")),
        }
    }

    fn command(&self, reduced: bool, folder: &Folder) -> Command {
        let mut command = isolated();
        command.args((self.program.command)(&self.order, &folder.archive, reduced));
        command.env("TMPDIR", &folder.path);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        // Its own process group, so that the programs it starts stop with it.
        command.process_group(0).kill_on_drop(true);
        command
    }
}

/// The start of a command that makes a root file system. If the program runs as root, it mounts `/proc`, `/sys` and `/dev` below
/// its folder and may leave them mounted if it is stopped. In namespaces of its own they vanish with its last process. Other
/// users may not create such namespaces; for them the program does it itself.
fn isolated() -> Command {
    let unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let possible = Tool::new(unshare[0]).args(&unshare[1..]).arg("true").stderr(Stdio::null()).status();
    let mut command = Command::new("env");
    if possible.is_ok_and(|status| status.success()) {
        command.args(unshare);
    }
    command
}

/// The running program.
struct Running {
    child: Child,
}

impl Running {
    fn wait(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    /// Asks the program to stop and waits, because only the program can remove the files that it created as another user. Then
    /// kills it.
    fn drop(&mut self) {
        let Some(pid) = self.child.id() else { return };
        for signal in ["TERM", "KILL"] {
            let group = format!("-{pid}");
            // If the signal cannot be sent, the process has ended; `wait` notices.
            let _ = Tool::new("kill").args(["-s", signal, "--", &group]).stderr(Stdio::null()).status();
            self.wait(STOP_TIMEOUT);
        }
    }
}

/// A temporary folder that is removed without crossing mount points.
struct Folder {
    path: PathBuf,
    archive: PathBuf,
}

impl Folder {
    fn new() -> std::io::Result<Self> {
        // Other users need access, because package managers download as their own user.
        let builder =
            tempfile::Builder::new().prefix("matrix-base-").permissions(std::fs::Permissions::from_mode(0o755)).tempdir()?;
        let path = builder.keep();
        Ok(Folder { archive: path.join("base.tar"), path })
    }
}

impl Drop for Folder {
    /// A file system of the host that is still mounted there must survive.
    fn drop(&mut self) {
        let removed =
            Tool::new("rm").args(["--recursive", "--force", "--one-file-system"]).arg(&self.path).stderr(Stdio::null()).status();
        // A remaining temporary folder does no harm.
        drop(removed);
    }
}
