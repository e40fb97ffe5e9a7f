//! A registry for tests.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use matrix::engine::RUN_LABEL;
use matrix::text::digest::digest;

use crate::bench::busybox;

/// Media types of the manifests that engines push: Docker's, and Podman's, which may not say so itself.
const MANIFESTS: [&str; 2] =
    ["application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json"];

/// A registry on a free port of this host, stopped by its id.
pub(crate) struct Registry {
    pub(crate) address: String,
    process: Child,
    folder: tempfile::TempDir,
}

impl Registry {
    pub(crate) fn start() -> Self {
        Registry::with("")
    }

    /// A registry for the user `user` with the password `secret`.
    pub(crate) fn protected() -> Self {
        Registry::with("auth: {htpasswd: {realm: test, path: USERS}}\n")
    }

    fn with(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let config = folder.path().join("config.yml");
        let storage = folder.path().join("storage");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: '{address}'}}\n",
            storage.display()
        );
        let users = folder.path().join("users");
        std::fs::write(&users, "user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n").unwrap();
        std::fs::write(&config, text + &more.replace("USERS", &users.to_string_lossy())).unwrap();
        let process =
            Command::new("docker-registry").arg("serve").arg(config).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = process.expect("docker-registry is installed (`apt-get install docker-registry`)");
        let registry = Registry { address, process, folder };
        for _ in 0..200 {
            if matches!(ureq::get(registry.url("")).call(), Ok(_) | Err(ureq::Error::StatusCode(401))) {
                return registry;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("docker-registry does not answer at {}", registry.address);
    }

    /// Ends it, as a crash does.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// The manifest of a tag.
    pub(crate) fn manifest(&self, name: &str, tag: &str) -> serde_json::Value {
        let get = ureq::get(self.url(&format!("{name}/manifests/{tag}"))).header("accept", MANIFESTS.join(", "));
        get.call().unwrap().into_body().read_json().unwrap()
    }

    /// Gives a manifest a tag.
    pub(crate) fn tag(&self, name: &str, tag: &str, manifest: &serde_json::Value) {
        let put = ureq::put(self.url(&format!("{name}/manifests/{tag}")))
            .header("content-type", manifest["mediaType"].as_str().unwrap_or(MANIFESTS[1]));
        put.send(manifest.to_string()).unwrap();
    }

    pub(crate) fn tags(&self, name: &str) -> Vec<String> {
        let list: serde_json::Value =
            ureq::get(self.url(&format!("{name}/tags/list"))).call().unwrap().into_body().read_json().unwrap();
        let mut tags: Vec<String> = list["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect();
        tags.sort();
        tags
    }

    /// Deletes the content of a layer, as if it had never arrived.
    pub(crate) fn lose(&self, digest: &str) {
        let digest = digest.strip_prefix("sha256:").unwrap();
        let blobs = self.folder.path().join("storage/docker/registry/v2/blobs/sha256");
        std::fs::remove_dir_all(blobs.join(&digest[..2]).join(digest)).unwrap();
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/v2/{path}", self.address)
    }

    /// Puts the small base there as `name:tag`, labelled as a test's own.
    pub(crate) fn push(&self, name: &str, tag: &str, run: &str) {
        self.push_with("", name, tag, run);
    }

    /// The same as a user, given as `NAME:PASSWORD`.
    pub(crate) fn push_as(&self, user: &str, name: &str, tag: &str, run: &str) {
        let header = format!("Basic {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, user));
        self.push_with(&header, name, tag, run);
    }

    fn push_with(&self, user: &str, name: &str, tag: &str, run: &str) {
        let layer = std::fs::read(busybox(self.folder.path())).unwrap();
        let config = serde_json::json!({
            "architecture": "amd64", "os": "linux", "config": {"Labels": {RUN_LABEL: run}},
            "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", digest(&layer))]},
        });
        let config = config.to_string().into_bytes();
        let kind = |part: &str| format!("application/vnd.oci.image.{part}");
        let described = |bytes: &[u8], part: &str| serde_json::json!({"mediaType": kind(part), "size": bytes.len(), "digest": format!("sha256:{}", digest(bytes))});
        let manifest = serde_json::json!({
            "schemaVersion": 2, "mediaType": kind("manifest.v1+json"),
            "config": described(&config, "config.v1+json"), "layers": [described(&layer, "layer.v1.tar")],
        });
        for blob in [&layer, &config] {
            let post = ureq::post(self.url(&format!("{name}/blobs/uploads/"))).header("authorization", user);
            let upload = post.send_empty().unwrap();
            let place = upload.headers()["location"].to_str().unwrap().to_owned();
            let put = ureq::put(format!("{place}&digest=sha256:{}", digest(blob))).header("authorization", user);
            put.send(blob.as_slice()).unwrap();
        }
        let put = ureq::put(self.url(&format!("{name}/manifests/{tag}"))).header("content-type", kind("manifest.v1+json"));
        put.header("authorization", user).send(manifest.to_string()).unwrap();
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        if self.process.try_wait().unwrap().is_none() {
            self.kill();
        }
    }
}
