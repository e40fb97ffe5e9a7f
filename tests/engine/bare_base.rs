//! A claim on a base of nothing but BusyBox: no `bash`, `curl`, `dpkg` and Python.

use std::fs;
use std::path::Path;
use std::process::Command;

use matrix::engine::Engine;
use matrix::model::record::Record;
use matrix::model::verdict::Ruling;

use crate::bench::{Bench, with_engine};

const LEDGER: &str = "
sections:
  - id: page
    heading: The Page
    claims:
      - {id: page.missing, kind: symptom, says: without its folder the server does not start and says so}
      - {id: page.folder, kind: workaround, says: making the folder ends it}
";

/// The server is that of BusyBox, and who starts it is not root.
const SCENARIO: &str = "
scenario: page
title: A server without its folder
section: page
source: {edition: example, heading: The Page}
axes: {base: [BASE]}
fidelity: [{fidelity: natural, reason: nothing was done}]
image: [plain]
limits: {memory: 64MiB, processes: 32}
reproduce:
  - name: start
    user: other
    run: busybox httpd -p 8080 -h /tmp/pages
    expect:
      - exit: failure
      - {claim: page.missing, has: \"httpd: can't change directory to '/tmp/pages': No such file or directory\"}
workarounds:
  - id: folder
    claim: page.folder
    steps: [{name: make, user: other, run: \"busybox mkdir /tmp/pages && echo welcome >/tmp/pages/index.html\"}]
resolved:
RESOLVED
control: {image: [plain, folder]}
";

const BY_REQUEST: &str = "  - {name: answer, http: {path: /, port: 8080}, expect: [{status: 200, has: welcome}]}";
const BY_COMMAND: &str =
    "  - {name: answer, user: other, run: wget -q -O - http://127.0.0.1:8080/, expect: [{exit: success, has: welcome}]}";

fn run(bench: &Bench, at: &Path, resolved: &str) -> Record {
    let write = |name: &str, text: &str| {
        fs::create_dir_all(at.join(name).parent().unwrap()).unwrap();
        fs::write(at.join(name), text).unwrap();
    };
    write("scenarios/claims.yaml", LEDGER);
    write("scenarios/page.yaml", &SCENARIO.replace("BASE", &bench.name).replace("RESOLVED", resolved));
    write("dockerfiles/plain/Dockerfile", "ARG BASE\nFROM ${BASE}\n");
    let made = "RUN busybox mkdir /tmp/pages && echo welcome >/tmp/pages/index.html";
    write("dockerfiles/folder/Dockerfile", &format!("ARG BASE\nFROM ${{BASE}}\n{made}\n"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
    command.args(["run", "--build-network", "none"]).env("XDG_STATE_HOME", at);
    for folder in ["scenarios", "dockerfiles", "report-dir"] {
        command.arg(format!("--{folder}")).arg(at.join(folder));
    }
    let output = command.output().unwrap();
    let printed = [output.stdout, output.stderr].map(|stream| String::from_utf8_lossy(&stream).into_owned()).concat();
    assert_eq!(output.status.code(), Some(0), "{printed}");
    serde_json::from_slice(&fs::read(at.join("report-dir/record.json")).unwrap()).unwrap()
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn it_is_proved_by_a_request_and_by_a_command() {
    with_engine(async |bench| {
        let container = bench.start().await;
        // Applets of BusyBox that its shell could call by these names are nothing that `matrix` relies on.
        let programs = bench.exec(&container, "ls /bin /sbin /usr/bin 2>/dev/null").await.stdout;
        let programs = String::from_utf8(programs).unwrap();
        for absent in ["bash", "curl", "dpkg", "dpkg-query", "python3", "setsid"] {
            assert!(!programs.lines().any(|program| program == absent), "{absent} in {programs}");
        }
        bench.engine.remove(&container).await.unwrap();
        for resolved in [BY_REQUEST, BY_COMMAND] {
            let folder = tempfile::tempdir().unwrap();
            let record = run(bench, folder.path(), resolved);
            assert_eq!(record.verdicts.len(), 2);
            for verdict in &record.verdicts {
                assert_eq!((verdict.verdict, verdict.expected), (Ruling::Confirmed, true), "{}: {}", verdict.claim, verdict.why);
            }
        }
    })
    .await;
}
