//! A base made on this host by `mmdebstrap`, because no registry has it. It knows suites and mirrors, but no engine; what
//! it leaves is a tar archive that goes away with the value.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command as Tool, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::image::{Base, Settings};

/// How many of its last lines a failure holds.
const TAIL: usize = 15;
/// How long it may take to clean up after it was asked to stop.
const FAREWELL: Duration = Duration::from_secs(15);

/// Files that no step reads; every file costs time in each snapshot.
const EXCLUDED: [&str; 5] =
    ["/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/man/*", "/usr/share/zoneinfo/*"];

/// Takes the security pocket out of what mmdebstrap would use, and so out of the base.
const WITHOUT_SECURITY: &str = r#"--setup-hook=sed -i /-security/d "$1/etc/apt/sources.list""#;

/// The archive of a bootstrapped root file system.
pub(super) struct Bootstrap {
    folder: Folder,
    detail: String,
}

impl Bootstrap {
    /// Bootstraps; `line` hears what `mmdebstrap` says. Dropped meanwhile, it stops it and leaves nothing. The security
    /// pocket of an architecture that is no longer cared for may be broken; then the base is made without it, with a warning.
    pub(super) async fn run(base: &Base, settings: &Settings, line: &(dyn Fn(&str) + Send + Sync)) -> Result<Self, String> {
        let refused = match Self::attempt(base, settings, &[], line).await {
            Err(refused) if base.architecture.is_some() && settings.mirror.is_none() => refused,
            ended => return ended,
        };
        line("once more, without the security pocket");
        let made =
            Self::attempt(base, settings, &[WITHOUT_SECURITY], line).await.map_err(|again| format!("{refused}\n{again}"))?;
        let first = refused.lines().find(|line| line.trim_start().starts_with("E:")).unwrap_or(&refused).trim();
        let detail = format!("{}, without the security pocket, with which it failed: {first}", made.detail);
        Ok(Bootstrap { detail, ..made })
    }

    async fn attempt(
        base: &Base,
        settings: &Settings,
        more: &[&str],
        line: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<Self, String> {
        let started = Instant::now();
        let folder = Folder::new().map_err(|error| format!("failed to make a temporary folder: {error}"))?;
        let version = version().await?;
        let child = command(base, settings, more, &folder).spawn();
        let child = child.map_err(|error| format!("failed to run mmdebstrap: {error}"))?;
        let mut running = Running { child };
        let mut tail = VecDeque::new();
        let stderr = running.child.stderr.take().expect("its standard error is piped");
        let mut lines = BufReader::new(stderr).split(b'\n');
        while let Some(bytes) = lines.next_segment().await.map_err(|error| format!("failed to listen to mmdebstrap: {error}"))? {
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
        let status = running.child.wait().await.map_err(|error| format!("failed to wait for mmdebstrap: {error}"))?;
        if !status.success() {
            let tail: String = tail.iter().map(|line| format!("\n    {line}")).collect();
            return Err(format!("failed to bootstrap `{base}`: mmdebstrap ended with {status}{tail}"));
        }
        let opt_out = if settings.archived { ", Release files may have expired (archived suite, as asked for)" } else { "" };
        let mirror = settings.mirror.as_ref().map(|mirror| format!(" from {mirror}")).unwrap_or_default();
        let detail = format!("bootstrapped{mirror} by {version} in {} s{opt_out}", started.elapsed().as_secs());
        Ok(Bootstrap { folder, detail })
    }

    /// The archive.
    pub(super) fn archive(&self) -> &Path {
        &self.folder.archive
    }

    /// How it was made, in a few words.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

async fn version() -> Result<String, String> {
    match Command::new("mmdebstrap").arg("--version").output().await {
        Ok(output) => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err("`mmdebstrap` is not installed, so no base can be bootstrapped\nhelp: run `apt-get install mmdebstrap`, or name a registry to pull from".to_owned())
        }
        Err(error) => Err(format!("failed to run mmdebstrap: {error}")),
    }
}

fn command(base: &Base, settings: &Settings, more: &[&str], folder: &Folder) -> Command {
    let mut command = apart();
    command.args(["mmdebstrap", "--variant=minbase", "--format=tar"]).args(more);
    command.args(EXCLUDED.iter().map(|path| format!("--dpkgopt=path-exclude={path}")));
    command.args(base.architecture.iter().map(|architecture| format!("--architectures={architecture}")));
    if settings.archived {
        command.arg("--aptopt=Acquire::Check-Valid-Until \"false\"");
    }
    command.arg(&base.suite).arg(&folder.archive).args(&settings.mirror);
    command.env("TMPDIR", &folder.path);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    // A group of its own, so that apt and dpkg below it can be told to stop with it.
    command.process_group(0).kill_on_drop(true);
    command
}

/// Something to run `mmdebstrap` with. As root it mounts `/proc`, `/sys` and `/dev` below its folder, and stopped at the
/// wrong moment it leaves them there; in namespaces of its own they go with its last process. Anyone else may not make
/// such namespaces, and `mmdebstrap` makes its own.
fn apart() -> Command {
    let unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let possible = Tool::new(unshare[0]).args(&unshare[1..]).arg("true").stderr(Stdio::null()).status();
    let mut command = Command::new("env");
    if possible.is_ok_and(|status| status.success()) {
        command.args(unshare);
    }
    command
}

/// `mmdebstrap` at work.
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
    /// Asks it to end and waits, as only it can remove what it made in the name of another user; then kills it.
    fn drop(&mut self) {
        let Some(pid) = self.child.id() else { return };
        for signal in ["TERM", "KILL"] {
            let group = format!("-{pid}");
            // A signal that cannot be sent has no receiver; the wait shows it.
            let _ = Tool::new("kill").args(["-s", signal, "--", &group]).stderr(Stdio::null()).status();
            self.wait(FAREWELL);
        }
    }
}

/// A temporary folder that is removed without following mounts.
struct Folder {
    path: PathBuf,
    archive: PathBuf,
}

impl Folder {
    fn new() -> std::io::Result<Self> {
        // Others may enter: apt downloads as a user of its own.
        let builder =
            tempfile::Builder::new().prefix("matrix-base-").permissions(std::fs::Permissions::from_mode(0o755)).tempdir()?;
        let path = builder.keep();
        Ok(Folder { archive: path.join("base.tar"), path })
    }
}

impl Drop for Folder {
    /// Should anything of the host still be mounted there, it must survive.
    fn drop(&mut self) {
        let removed =
            Tool::new("rm").args(["--recursive", "--force", "--one-file-system"]).arg(&self.path).stderr(Stdio::null()).status();
        // What is left in the system's temporary folder does no harm.
        drop(removed);
    }
}
