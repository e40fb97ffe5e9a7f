//! `matrix doctor` on a fake engine and without an engine, on complete and incomplete hosts.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

/// The host of a test: tools, folders and engine.
struct Host {
    dir: TempDir,
    transcript: Value,
}

impl Host {
    /// Everything is present except certificates, which every test sets.
    fn new(tools: &[&str]) -> Self {
        let host = Host {
            dir: tempfile::tempdir().unwrap(),
            transcript: json!({"host": {"storage": "tiny", "root": "/var/lib/tiny", "builder": "tiny", "cgroups": 2}}),
        };
        let bin = host.path().join("bin");
        fs::create_dir(&bin).unwrap();
        for tool in tools {
            fs::write(bin.join(tool), "#!/bin/sh\n").unwrap();
            fs::set_permissions(bin.join(tool), fs::Permissions::from_mode(0o755)).unwrap();
        }
        symlink("/bin/df", bin.join("df")).unwrap();
        fs::write(host.path().join("certificates"), "-----BEGIN CERTIFICATE-----\n").unwrap();
        host
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
        command.args(["doctor", "--scenarios", "tests/data/scenarios", "--dockerfiles", "tests/data/dockerfiles"]);
        command.arg("--cache").arg(self.path().join("cache")).args(["--index", "http://127.0.0.1:1/"]);
        command.env_clear().env("PATH", self.path().join("bin")).env("XDG_STATE_HOME", self.path());
        command.env("SSL_CERT_FILE", self.path().join("certificates")).env("XDG_RUNTIME_DIR", self.path().join("session"));
        command
    }

    /// Exit code and findings, on the scripted engine.
    fn scripted(&self, more: &[&str]) -> (i32, String) {
        let transcript = self.path().join("transcript.json");
        fs::write(&transcript, self.transcript.to_string()).unwrap();
        self.ended(self.command().arg("--engine").arg(format!("scripted:{}", transcript.display())).args(more))
    }

    fn ended(&self, command: &mut Command) -> (i32, String) {
        let output = command.output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), text.replace(self.path().to_str().unwrap(), "[HOST]"))
    }
}

const TOOLS: [&str; 3] = ["mmdebstrap", "arch-test", "newuidmap"];

/// The lines about one thing.
fn about(what: &str, text: &str) -> String {
    let mut lines = text.lines().skip_while(|line| line.get(9..).is_none_or(|rest| !rest.starts_with(what)));
    let first = lines.next().unwrap_or_else(|| panic!("nothing about {what} in:\n{text}"));
    let more = lines.take_while(|line| line.starts_with(' ')).map(str::trim_start);
    std::iter::once(first).chain(more).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_complete_host_passes_every_check_in_order_and_exits_0() {
    let mut host = Host::new(&TOOLS);
    host.transcript["images"] = json!({"matrix/base:tiny": "sha256:tiny"});
    let (code, text) = host.scripted(&[]);
    insta::assert_snapshot!(text, @r"
    ok       scenarios    1 in `tests/data/scenarios`
    ok       engine       Scripted 1 (API 1, x86_64) at `scripted`
    ok       builder      tiny
    ok       storage      tiny in `/var/lib/tiny`
    ok       cgroups      version 2
    ok       limits       memory, swap, processes, processor time
    ok       left behind  nothing
    ok       bases        all present; mmdebstrap can rebuild them
    ok       sources      0 of 0 archives in `[HOST]/cache`
    ok       certificates 1 in `[HOST]/certificates`
    ok       state        `[HOST]/matrix/runs` can be written to
    ok       cache        `[HOST]/cache` can be written to
    ");
    assert_eq!(code, 0);
}

#[test]
fn each_finding_is_data_for_scripts() {
    let (code, text) = Host::new(&[]).scripted(&["--format", "json"]);
    let findings: Vec<Value> = serde_json::from_str(&text).unwrap();
    let bases = findings.iter().find(|finding| finding["what"] == "bases").unwrap();
    assert_eq!((code, &bases["state"]), (3, &json!("missing")));
    assert!(bases["fix"].as_str().unwrap().contains("mmdebstrap arch-test"), "{bases}");
    assert!(findings.iter().all(|finding| finding["fix"].is_string() == (finding["state"] != "ok")), "{text}");
}

#[test]
fn tools_of_a_bootstrap_are_missing_only_while_a_base_is() {
    let mut host = Host::new(&["mmdebstrap"]);
    let (code, text) = host.scripted(&[]);
    assert_eq!(code, 3, "{text}");
    assert!(about("bases", &text).starts_with("missing  bases        missing: tiny\nwithout arch-test"), "{text}");
    host.transcript["images"] = json!({"matrix/base:tiny": "sha256:tiny"});
    let (code, text) = host.scripted(&[]);
    assert_eq!(code, 0, "{text}");
    assert!(about("bases", &text).starts_with("note     bases        all present; rebuilding them needs arch-test"), "{text}");
}

#[test]
fn an_engine_that_cannot_limit_memory_is_not_enough_and_one_that_cannot_limit_swap_is() {
    let limits = |lacks: Value| {
        let mut host = Host::new(&TOOLS);
        host.transcript["host"]["lacks"] = lacks;
        let (code, text) = host.scripted(&[]);
        (code, about("limits", &text).lines().next().unwrap().to_owned())
    };
    let (code, swap) = limits(json!(["swap"]));
    assert_eq!(swap, "note     limits       memory, processes, processor time; the engine cannot limit swap");
    assert_eq!(code, 0);
    let (code, all) = limits(json!(["memory", "swap", "processes", "cpu"]));
    assert_eq!(all, "missing  limits       none; the engine cannot limit memory, swap, processes, processor time");
    assert_eq!(code, 3);
}

#[test]
fn leftovers_of_a_dead_run_are_reported_with_the_command_that_removes_them() {
    let mut host = Host::new(&TOOLS);
    fs::create_dir_all(host.path().join("matrix/runs")).unwrap();
    fs::write(host.path().join("matrix/runs/host"), "here").unwrap();
    let labels = |host: &str| json!({"matrix.run": "gone", "matrix.host": host});
    host.transcript["containers"] = json!({"one": labels("here"), "other": labels("elsewhere")});
    let (code, text) = host.scripted(&[]);
    assert_eq!(code, 3);
    assert_eq!(about("left", &text), "missing  left behind  1 container or snapshot of a dead run\nfix: matrix clean");
}

#[test]
fn every_question_that_fails_is_a_finding() {
    for (call, what) in [("info", "engine"), ("host", "host"), ("owned", "left behind"), ("image", "bases")] {
        let mut host = Host::new(&TOOLS);
        host.transcript["fail"] = json!([{"call": call}]);
        let (_, text) = host.scripted(&[]);
        assert!(!about(what, &text).starts_with("ok       ") || call == "image", "{text}");
        about("cache", &text);
    }
}

#[test]
fn missing_certificates_and_an_unwritable_folder_are_reported() {
    let host = Host::new(&TOOLS);
    fs::write(host.path().join("certificates"), "").unwrap();
    fs::write(host.path().join("matrix"), "a file where the folders would be").unwrap();
    let (code, text) = host.scripted(&[]);
    assert_eq!(code, 3);
    assert!(about("certificates", &text).contains("ca-certificates"), "{text}");
    let state = about("state", &text);
    assert!(state.starts_with("missing  state        `[HOST]/matrix/runs` cannot be written to: Not a directory"), "{state}");
    assert!(state.ends_with("fix: export XDG_STATE_HOME=/tmp/matrix-state"), "{state}");
}

#[test]
fn a_dead_socket_from_the_environment_is_reported_with_a_next_move() {
    let host = Host::new(&TOOLS);
    let socket = host.path().join("dead.sock");
    drop(UnixListener::bind(&socket).unwrap());
    let (code, text) = host.ended(host.command().env("DOCKER_HOST", format!("unix://{}", socket.display())));
    assert_eq!(code, 3);
    insta::assert_snapshot!(about("engine", &text), @r"
    missing  engine       failed to reach a container engine at `unix://[HOST]/dead.sock`: Error in the hyper legacy client: client error (Connect): Connection refused (os error 111)
    fix: env -u DOCKER_HOST matrix doctor
    ");
    // Checks that do not need an engine are still reported.
    about("bases", &text);
    about("cache", &text);
}
