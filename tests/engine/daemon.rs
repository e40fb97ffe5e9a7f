//! A separate engine that a test can kill, in its own network and mount name space. And a proxy to an engine that can be
//! closed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// Timeout of the first response of an engine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A separate dockerd. Its containers have no network.
pub(crate) struct Daemon {
    folder: TempDir,
    /// Mounts that hold its data; none when they lie in its folder.
    mounts: String,
    process: Child,
}

impl Daemon {
    /// One that keeps its data in a folder, so that it outlives it.
    pub(crate) fn start() -> Daemon {
        Self::with("")
    }

    /// One whose disk holds so many MiB.
    pub(crate) fn small(size: u32) -> Daemon {
        Self::with(&format!("mount -t tmpfs -o size={size}m none \"$0/data\" && "))
    }

    fn with(mounts: &str) -> Daemon {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let process = spawn(folder.path(), mounts);
        let daemon = Daemon { folder, mounts: mounts.to_owned(), process };
        daemon.answers();
        daemon
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("docker.sock")
    }

    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Kills it without warning.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again on the data it had.
    pub(crate) fn again(&mut self) {
        self.process = spawn(self.folder.path(), &self.mounts);
        self.answers();
    }

    fn answers(&self) {
        let clock = Instant::now();
        while !curl(&self.socket()) {
            assert!(
                clock.elapsed() < PATIENCE,
                "{}",
                std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // On a normal stop, it also stops its containers and its containerd, unless it lost track of them.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
        for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let of_it = |line: Vec<u8>| String::from_utf8_lossy(&line).contains(&*self.folder.path().to_string_lossy());
            if std::fs::read(process.path().join("cmdline")).is_ok_and(of_it) {
                let _ = Command::new("kill").arg("-9").arg(process.file_name()).status();
            }
        }
    }
}

fn spawn(folder: &Path, mounts: &str) -> Child {
    // Hides the sockets of the shims, which all engines of a host share. The pid files of a killed engine would prevent a restart
    // while its process is a zombie.
    let script = format!(
        "{mounts}mkdir -p /run/containerd \"$0/run\" && mount --bind \"$0/run\" /run/containerd && \
         rm -f \"$0/pid\" \"$0/exec/containerd/containerd.pid\" && echo '{{}}' >\"$0/daemon.json\" && exec dockerd \
         --config-file \"$0/daemon.json\" --data-root \"$0/data\" --exec-root \"$0/exec\" --pidfile \"$0/pid\" \
         -H \"unix://$0/docker.sock\" --iptables=false --ip6tables=false --bridge=none --storage-driver=vfs"
    );
    let log = std::fs::File::options().create(true).append(true).open(folder.join("log")).unwrap();
    let mut command = Command::new("unshare");
    command.args(["--net", "--mount", "sh", "-c", &script]).arg(folder);
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().expect("`unshare` starts")
}

fn curl(socket: &Path) -> bool {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--fail", "--max-time", "2", "--output", "/dev/null", "--unix-socket"]).arg(socket);
    curl.arg("http://engine/_ping").status().is_ok_and(|status| status.success())
}

/// What the proxy forwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Everything.
    Open,
    /// Nothing: requests wait, and are cut off when the proxy opens again.
    Shut,
    /// Nothing, and open connections are cut off.
    Cut,
}

/// A proxy socket of an engine.
pub(crate) struct Door {
    folder: TempDir,
    way: watch::Sender<Way>,
}

impl Door {
    /// An open door to the engine at `socket`.
    pub(crate) fn to(socket: &Path) -> Door {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("door.sock")).unwrap();
        let (way, watched) = watch::channel(Way::Open);
        let socket = Arc::new(socket.to_owned());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (socket, watched) = (Arc::clone(&socket), watched.clone());
                tokio::spawn(async move {
                    let Ok(far) = UnixStream::connect(&*socket).await else { return };
                    let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
                    let there = pass(near_read, far_write, watched.clone());
                    let back = pass(far_read, near_write, watched.clone());
                    tokio::select! {
                        ((), ()) = async { tokio::join!(there, back) } => {}
                        () = cut(watched) => {}
                    }
                });
            }
        });
        Door { folder, way }
    }

    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.folder.path().join("door.sock").display())
    }

    pub(crate) fn set(&self, way: Way) {
        self.way.send(way).unwrap();
    }
}

async fn pass(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, mut way: watch::Receiver<Way>) {
    let mut chunk = vec![0; 1 << 16];
    while let Ok(size @ 1..) = from.read(&mut chunk).await {
        if *way.borrow() != Way::Open {
            // Waiting requests are dropped, as by a killed engine; otherwise they would be executed later.
            let _ = way.wait_for(|way| *way == Way::Open).await;
            return;
        }
        if to.write_all(&chunk[..size]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

async fn cut(mut way: watch::Receiver<Way>) {
    if way.wait_for(|way| *way == Way::Cut).await.is_err() {
        std::future::pending::<()>().await;
    }
}
