//! Declared bases on a real engine: from a registry with credentials, from an archive, from a dockerfile, none of them Debian.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use matrix::engine::Engine;
use matrix::engine::docker::Docker;
use serde_json::Value;
use tempfile::TempDir;

use crate::bench::busybox;
use crate::registry::Registry;

const LEDGER: &str = "
sections:
  - id: greeting
    heading: Greeting
    claims:
      - {id: greet.missing, kind: symptom, says: the shell does not find greet}
      - {id: greet.made, kind: workaround, says: writing the script ends it}
";
/// A failure and a remedy that need nothing but a shell.
const SCENARIO: &str = "
scenario: greeting
title: A program that is not there
section: greeting
source: {edition: first, heading: Greeting}
axes: {base: [own]}
fidelity: [{fidelity: natural, reason: nothing was done}]
image: [bare]
reproduce:
  - name: call
    run: greet
    expect:
      - exit: 127
      - {claim: greet.missing, has: '[..]greet: not found'}
workarounds:
  - id: write
    claim: greet.made
    steps:
      - name: write
        run: printf '#!/bin/sh\\necho good day\\n' >/bin/greet && chmod +x /bin/greet
resolved:
  - name: greeted
    run: greet
    exit: success
    expect: [{has: good day}]
control:
  image: [bare, greeting]
";

/// A project with one base, whose images have a prefix of their own.
struct Project {
    folder: TempDir,
    prefix: String,
}

impl Project {
    fn new(base: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let prefix = format!("matrix-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let project = Project { folder: tempfile::tempdir().unwrap(), prefix };
        project.base(base);
        project.write("scenarios/claims.yaml", LEDGER);
        project.write("scenarios/greeting.yaml", SCENARIO);
        project.write("dockerfiles/bare/Dockerfile", "ARG BASE\nFROM ${BASE}\nRUN true\n");
        let greet = "ARG BASE\nFROM ${BASE}\nRUN printf '#!/bin/sh\\necho good day\\n' >/bin/greet && chmod +x /bin/greet\n";
        project.write("dockerfiles/greeting/Dockerfile", greet);
        project
    }

    fn base(&self, base: &str) {
        let text = format!(
            "name: Greeter\nimage-prefix: {}\npages:\n  - {{id: greeting, title: Greeting, scenarios: scenarios}}\nbases:\n  own: {{{base}}}\n",
            self.prefix
        );
        self.write("matrix.yaml", &text);
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs a subcommand: exit code and what it printed.
    fn matrix(&self, args: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
        command.args(args).current_dir(self.path()).env("XDG_STATE_HOME", self.path()).env("NO_COLOR", "1");
        let output = command.env("DOCKER_CONFIG", self.path().join("docker")).output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (output.status.code().unwrap(), text)
    }

    /// Runs the cell: exit code, output, and the record.
    fn run(&self) -> (i32, String, Value) {
        let (code, text) = self.matrix(&["run", "--no-cache"]);
        let record = fs::read(self.path().join("reports/out/record.json"))
            .map_or(Value::Null, |bytes| serde_json::from_slice(&bytes).unwrap());
        (code, text, record)
    }

    fn login(&self, host: &str, user: &str) {
        let auth = STANDARD.encode(user);
        self.write("docker/config.json", &format!(r#"{{"auths": {{"{host}": {{"auth": "{auth}"}}}}}}"#));
    }
}

impl Drop for Project {
    /// All images have the prefix of this project.
    fn drop(&mut self) {
        self.base("debian: bookworm");
        let _ = self.matrix(&["clean", "--images"]);
    }
}

/// Removes the name that a pull left.
async fn forget(reference: &str) {
    Docker::connect(None).await.unwrap().untag(reference).await.unwrap();
}

#[test]
#[ignore = "needs a container engine"]
fn a_base_without_dpkg_bash_curl_and_python_proves_a_claim() {
    let project = Project::new("archive: root.tar, family: other");
    let built = busybox(project.path());
    let root = project.path().join("root.tar");
    if built != root {
        fs::copy(built, &root).unwrap();
    }
    let (code, text, record) = project.run();
    assert_eq!(code, 0, "{text}");
    assert_eq!(record["bases"][0]["how"], "imported");
    assert!(record["verdicts"].as_array().unwrap().iter().all(|verdict| verdict["verdict"] == "confirmed"), "{text}");
    assert_eq!(record["cells"][0]["packages"], serde_json::json!({}));
    // As a dockerfile of the same project, on the image that was imported.
    let base = format!("FROM {}\nRUN echo built >/built\n", record["bases"][0]["tag"].as_str().unwrap());
    project.write("own/Dockerfile", &base);
    project.base("dockerfile: own, family: other");
    let (code, text, record) = project.run();
    assert_eq!((code, record["bases"][0]["how"].as_str()), (0, Some("built")), "{text}");
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_base_by_reference_is_pulled_with_credentials_and_has_no_substitute() {
    let registry = Registry::protected();
    let reference = format!("{}/team/small:1", registry.address);
    let project = Project::new(&format!("image: '{reference}', family: other"));
    let (code, text, _) = project.run();
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("base `own` cannot be obtained") && text.contains("docker login"), "{text}");
    registry.push_as("user:secret", "team/small", "1", &project.prefix);
    project.login(&registry.address, "user:secret");
    let (code, text, record) = project.run();
    assert_eq!((code, record["bases"][0]["how"].as_str()), (0, Some("pulled")), "{text}");
    forget(&reference).await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_wrong_digest_a_missing_platform_and_a_dead_registry_are_said_plainly() {
    let mut registry = Registry::start();
    let project = Project::new("debian: bookworm");
    registry.push("team/small", "1", &project.prefix);
    let reference = format!("{}/team/small:1", registry.address);
    let refused = |base: &str| {
        project.base(base);
        let (code, text, _) = project.run();
        assert_eq!(code, 3, "{text}");
        assert!(text.contains("base `own` cannot be obtained"), "{text}");
        text
    };
    let text = refused(&format!("image: '{reference}@sha256:{}', family: other", "1".repeat(64)));
    assert!(text.contains("no such tag, digest or platform"), "{text}");
    let text = refused(&format!("image: '{reference}', family: other, platform: linux/arm64"));
    assert!(text.contains("platform"), "{text}");
    let text = refused(&format!("image: '{}/team/absent:1', family: other", registry.address));
    assert!(text.contains("no such tag, digest or platform"), "{text}");
    let manifest = registry.manifest("team/small", "1");
    let digest = format!("sha256:{}", matrix::text::digest::digest(manifest.to_string().as_bytes()));
    project.base(&format!("image: '{reference}@{digest}', family: other"));
    let (code, text, _) = project.run();
    assert_eq!(code, 0, "{text}");
    forget(&format!("{}/team/small@{digest}", registry.address)).await;
    // The one of another platform has been pulled.
    forget(&reference).await;
    registry.kill();
    let text = refused(&format!("image: '{}/team/other:1', family: other", registry.address));
    assert!(text.contains("in 3 attempts") && text.contains("check that the registry answers"), "{text}");
}

#[test]
#[ignore = "needs a container engine"]
fn a_system_whose_shell_dies_is_inconclusive_with_the_reason() {
    let project = Project::new("archive: root.tar, family: other");
    // A program for amd64 whose first instruction reads address 0.
    let mut program = b"\x7fELF\x02\x01\x01".to_vec();
    program.resize(16, 0);
    program.extend([2, 0, 62, 0, 1, 0, 0, 0, 0x78, 0, 0x40, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0]);
    program.extend([0; 8]);
    program.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    program.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    for number in [0_u64, 0x40_0000, 0x40_0000, 0x7c, 0x7c, 0x1000] {
        program.extend(number.to_le_bytes());
    }
    program.extend([0x31, 0xc0, 0x8b, 0x00]);
    let mut tar = tar::Builder::new(fs::File::create(project.path().join("root.tar")).unwrap());
    let mut header = tar::Header::new_gnu();
    header.set_size(program.len() as u64);
    header.set_mode(0o755);
    tar.append_data(&mut header, "bin/sh", program.as_slice()).unwrap();
    tar.finish().unwrap();
    drop(tar);
    // No line of a dockerfile runs a program, so the image can be built.
    project.write("dockerfiles/bare/Dockerfile", "ARG BASE\nFROM ${BASE}\nENV A=1\n");
    project.write("dockerfiles/greeting/Dockerfile", "ARG BASE\nFROM ${BASE}\nENV B=1\n");
    let (code, text, record) = project.run();
    assert_eq!(code, 3, "{text}");
    let whys: Vec<&str> = record["verdicts"].as_array().unwrap().iter().map(|verdict| verdict["why"].as_str().unwrap()).collect();
    assert!(whys.iter().all(|why| why.contains("status 139") && why.contains("vsyscall")), "{whys:?}");
}
