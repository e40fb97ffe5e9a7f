//! Shared by the tests on a real engine: the engine, a small base (BusyBox, without network), and the check that a test leaves
//! nothing behind.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use matrix::engine::docker::Docker;
use matrix::engine::{
    BaseImage, BuildRequest, ContainerId, Engine, ExecOutput, ExecRequest, ImageId, Labels, Owned, RUN_LABEL, StartRequest,
};

/// A label of the imported base that is easily mistaken for syntax.
pub(crate) const ODD_LABEL: (&str, &str) = ("matrix.odd", r#"a "b" $C \d"#);

/// An engine, and an image and a label of one test's own.
pub(crate) struct Bench {
    pub(crate) engine: Docker,
    /// The value of [`RUN_LABEL`] on all that the test creates. What is built on its base inherits the label.
    pub(crate) run: String,
    /// A base's name that only this test uses.
    pub(crate) name: String,
    pub(crate) base: ImageId,
}

/// Runs a test, then removes all objects with its label. Containers left by the test are a failure.
pub(crate) async fn with_engine(test: impl AsyncFnOnce(&Bench)) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let engine = Docker::connect(None).await.expect("a container engine answers");
    let name = format!("test{}x{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = tempfile::tempdir().unwrap();
    let archive = busybox(folder.path());
    let labels = [(RUN_LABEL.to_owned(), name.clone()), (ODD_LABEL.0.to_owned(), ODD_LABEL.1.to_owned())].into();
    let base = engine.import(&archive, &format!("matrix/base:{name}"), &labels).await.unwrap();
    let bench = Bench { engine, run: name.clone(), name, base };
    let ended = AssertUnwindSafe(test(&bench)).catch_unwind().await;
    let left = bench.own().await;
    bench.remove(&left).await;
    assert_eq!(bench.own().await, [], "what is removed is gone");
    ended.unwrap_or_else(|panic| resume_unwind(panic));
    let containers: Vec<_> = left.iter().filter(|owned| matches!(owned, Owned::Container(..))).collect();
    assert!(containers.is_empty(), "the test left {containers:?}");
}

impl Bench {
    /// Everything on the engine that carries this test's label.
    pub(crate) async fn own(&self) -> Vec<Owned> {
        let mut owned = self.engine.owned(RUN_LABEL).await.unwrap();
        owned.retain(|owned| owned.labels()[RUN_LABEL] == self.run);
        owned
    }

    /// An image can only be removed after those built on it, and the engine does not give the order, so this takes several rounds.
    async fn remove(&self, owned: &[Owned]) {
        for _ in owned {
            for owned in owned {
                let _ = match owned {
                    Owned::Container(id, _) => self.engine.remove(id).await,
                    Owned::Image(id, _) => self.engine.remove_image(id).await,
                };
            }
        }
    }

    pub(crate) async fn is_podman(&self) -> bool {
        self.engine.info().await.unwrap().name == "Podman"
    }

    pub(crate) async fn start(&self) -> ContainerId {
        self.start_from(&self.base).await
    }

    pub(crate) async fn start_from(&self, image: &ImageId) -> ContainerId {
        self.engine.start(&self.start_request(image)).await.unwrap()
    }

    pub(crate) fn start_request(&self, image: &ImageId) -> StartRequest {
        StartRequest {
            image: image.clone(),
            labels: self.labels(),
            memory: 256 << 20,
            processes: 64,
            cpu: 1000,
            disk: 64 << 20,
            capabilities: ["CHOWN", "SETUID"].map(str::to_owned).to_vec(),
            env: BTreeMap::new(),
            makes_requests: false,
        }
    }

    pub(crate) async fn exec(&self, container: &ContainerId, command: &str) -> ExecOutput {
        self.engine.exec(container, &request(command)).await.unwrap()
    }

    /// A build on this test's base, of a dockerfile's lines after the first two.
    pub(crate) fn build(&self, lines: &str) -> BuildRequest {
        let mut tar = tar::Builder::new(Vec::new());
        let text = format!("ARG BASE\nFROM ${{BASE}}\n{lines}\n");
        append(&mut tar, "Dockerfile", text.as_bytes(), 0o644);
        BuildRequest {
            tag: format!("matrix/{}:built", self.name),
            context: tar.into_inner().unwrap(),
            base: BaseImage { id: self.base.clone(), name: format!("matrix/base:{}", self.name) },
            args: BTreeMap::new(),
            labels: self.labels(),
            network: Some("none".to_owned()),
        }
    }

    pub(crate) fn labels(&self) -> Labels {
        [(RUN_LABEL.to_owned(), self.run.clone())].into()
    }
}

pub(crate) fn request(command: &str) -> ExecRequest {
    let patience = Duration::from_secs(60);
    ExecRequest {
        command: command.to_owned(),
        directory: None,
        env: BTreeMap::new(),
        user: None,
        timeout: patience,
        silence: patience,
    }
}

/// A root file system of nothing but BusyBox, as a tar archive in `folder`.
pub(crate) fn busybox(folder: &Path) -> PathBuf {
    let binary = std::fs::read(busybox_binary(folder)).unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    // Some storage drivers make folders without an entry accessible only to their owner. The root folder may be read-only except
    // for root with all capabilities, as with Podman on overlay.
    for (folder, mode) in [("bin/", 0o755), ("etc/", 0o755), ("tmp/", 0o777)] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_size(0);
        header.set_mode(mode);
        tar.append_data(&mut header, folder, std::io::empty()).unwrap();
    }
    append(&mut tar, "bin/busybox", &binary, 0o755);
    for applet in
        ["sh", "sleep", "echo", "cat", "kill", "true", "yes", "chown", "id", "wget", "ls", "mount", "dd", "tail", "head"]
    {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        tar.append_link(&mut header, format!("bin/{applet}"), "busybox").unwrap();
    }
    // No two are the same: Podman fails to import a layer that another test removes at the same moment.
    append(&mut tar, "etc/made", folder.as_os_str().as_encoded_bytes(), 0o644);
    append(&mut tar, "etc/passwd", b"root:x:0:0::/:/bin/sh\nother:x:7:7::/:/bin/sh\n", 0o644);
    let path = folder.join("base.tar");
    std::fs::write(&path, tar.into_inner().unwrap()).unwrap();
    path
}

/// The host's static BusyBox, else one downloaded (not installed) from the host's own package mirror.
fn busybox_binary(folder: &Path) -> PathBuf {
    let installed = PathBuf::from("/bin/busybox");
    let ldd = Command::new("ldd").arg(&installed).output();
    if installed.exists() && ldd.is_ok_and(|output| !output.status.success()) {
        return installed;
    }
    let fetch = "apt-get download -qq busybox-static && dpkg-deb -x busybox-static_*.deb unpacked";
    let fetched = Command::new("sh").args(["-c", fetch]).current_dir(folder).status().unwrap();
    assert!(fetched.success(), "no static busybox: run `apt-get install busybox-static`");
    let candidates = ["unpacked/bin/busybox", "unpacked/usr/bin/busybox"].map(|path| folder.join(path));
    candidates.into_iter().find(|path| path.exists()).expect("the package holds the binary")
}

fn append(tar: &mut tar::Builder<Vec<u8>>, name: &str, content: &[u8], mode: u32) {
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(mode);
    tar.append_data(&mut header, name, content).unwrap();
}

/// The command lines of all processes of this host.
pub(crate) fn processes() -> impl Iterator<Item = String> {
    let lines = std::fs::read_dir("/proc").unwrap().filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ").trim().to_owned())
}
