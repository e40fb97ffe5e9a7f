//! Faults during a run on a real engine: each time the verdict is inconclusive with the right cause, other cells are not
//! affected, memory is bounded and nothing is left behind.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use matrix::engine::docker::Docker;
use matrix::engine::{Call, Engine, EngineError, ExecEnd, ExecRequest, HOST_LABEL, Owned, RUN_LABEL};
use matrix::model::cause::Cause;
use matrix::model::record::Record;
use matrix::model::verdict::Ruling;
use tempfile::TempDir;

use crate::bench::processes;
use crate::bench::{Bench, busybox, request, with_engine};
use crate::daemon::{Door, Way};

const LEDGER: &str = "
sections:
  - id: fault
    heading: Fault
    claims:
      - {id: fault.seen, kind: symptom, says: what is not there cannot be read}
";

/// One cell for every fault; the first and the last have none. The file that is read exists only in the healthy image.
const SCENARIO: &str = r#"
scenario: fault
title: Faults
section: fault
source: {edition: test, heading: Fault}
axes:
  base: [BASE]
  fault: [none, wait, flood, endless-line, sleep, many-lines, large-file]
default: [{fault: [none, flood, endless-line, sleep, many-lines, large-file]}]
fidelity: [{fidelity: natural, reason: nothing was done}]
image: [faulty]
prepare:
  - {name: flood, when: {fault: flood}, run: "yes"}
  - {name: endless-line, when: {fault: endless-line}, run: "yes | busybox tr -d '\\n'"}
  - {name: sleep, when: {fault: sleep}, run: sleep 1000, timeout: 2s}
  - name: many-lines
    when: {fault: many-lines}
    run: for i in 1 2 3; do busybox seq 1 10000 | busybox sed 's/^/line /'; sleep 1; done
    capture: {last: "^line (10000)$"}
    expect: [{number: last, above: 9999}]
  - {name: large-file, when: {fault: large-file}, run: "dd if=/dev/zero of=/sparse bs=1 count=1 seek=5000000000"}
  - {name: wait, when: {fault: wait}, run: sleep 10}
reproduce:
  - name: read
    run: cat /thing
    expect:
      - exit: failure
      - {claim: fault.seen, has: '[..]No such file or directory'}
resolved:
  - name: answer
    run: answer
    expect: [{exit: success, has: hello there}]
control: {image: [faulty, healthy]}
"#;

/// It answers if the file exists. The packages are queried after `reproduce`.
const ANSWER: &str = "#!/bin/sh\n[ -e /thing ] || exit 7\necho hello there\n";

/// The folder of one run: scenario, dockerfiles, locks, reports.
struct Place {
    dir: TempDir,
    engine: String,
}

impl Place {
    fn new(base: &str, engine: &str) -> Place {
        let place = Place { dir: tempfile::tempdir().unwrap(), engine: engine.to_owned() };
        let head = "ARG BASE\nFROM ${BASE}\n";
        place.write("scenarios/claims.yaml", LEDGER, 0o644);
        place.write("scenarios/fault.yaml", &SCENARIO.replace("BASE", base), 0o644);
        place.write("dockerfiles/SHA256SUMS", "", 0o644);
        place.write("dockerfiles/faulty/Dockerfile", &format!("{head}COPY answer /bin/\n"), 0o644);
        place.write("dockerfiles/faulty/answer", ANSWER, 0o755);
        place.write("dockerfiles/healthy/Dockerfile", &format!("{head}COPY thing /\n"), 0o644);
        place.write("dockerfiles/healthy/thing", "here\n", 0o644);
        place
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn run(&self, more: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_matrix"));
        command.args(["run", "--engine", &self.engine]).args(more).env("XDG_STATE_HOME", self.path());
        for folder in ["scenarios", "dockerfiles", "report-dir"] {
            command.arg(format!("--{folder}")).arg(self.path().join(folder));
        }
        let log = fs::File::create(self.path().join("log")).unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null()).spawn().unwrap()
    }

    /// The exit code of a run, its record, and the most memory it took, in KiB.
    fn end(&self, mut run: Child) -> (i32, Record, u64) {
        let (mut most, clock) = (0, Instant::now());
        let status = loop {
            let seen = fs::read_to_string(format!("/proc/{}/status", run.id())).unwrap_or_default();
            let peak = seen.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
            most = most.max(peak.unwrap_or(0));
            if let Some(status) = run.try_wait().unwrap() {
                break status;
            }
            if clock.elapsed() > Duration::from_secs(280) {
                run.kill().unwrap();
                panic!("it does not end: {}", self.log());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let record = fs::read(self.path().join("report-dir/record.json")).unwrap_or_else(|_| panic!("{}", self.log()));
        (status.code().unwrap(), serde_json::from_slice(&record).unwrap(), most)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path().join("log")).unwrap()
    }

    fn waits_until(&self, what: &str, is: impl Fn() -> bool) {
        let clock = Instant::now();
        while !is() {
            assert!(clock.elapsed() < Duration::from_secs(120), "not that {what}: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What carries the label of a run from here.
    async fn left(&self, engine: &Docker) -> Vec<Owned> {
        let host = fs::read_to_string(self.path().join("matrix/runs/host")).unwrap();
        let mut owned = engine.owned(RUN_LABEL).await.unwrap();
        owned.retain(|owned| owned.labels().get(HOST_LABEL) == Some(&host));
        owned
    }
}

/// The cause in the cell of a fault, as the record spells it; empty where its claim is confirmed.
fn cause(record: &Record, fault: &str) -> String {
    let verdict =
        record.verdicts.iter().find(|verdict| verdict.axes["fault"] == fault).unwrap_or_else(|| panic!("no cell {fault}"));
    assert!(verdict.cause.is_some() || verdict.verdict == Ruling::Confirmed, "{fault}: {}", verdict.why);
    verdict.cause.map(|cause| serde_json::to_value(cause).unwrap().as_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn each_fault_of_a_step_has_its_cause_and_affects_no_other_cell() {
    with_engine(async |bench| {
        let place = Place::new(&bench.name, &address(bench).await);
        let (code, record, memory) = place.end(place.run(&[]));
        assert_eq!(code, 3, "{}", place.log());
        let causes = ["none", "flood", "endless-line", "sleep", "many-lines", "large-file"].map(|fault| cause(&record, fault));
        assert_eq!(causes, ["", "flood", "flood", "timeout", "", "file-size"], "{}", place.log());
        let lines = |fault: &str| {
            let cell = record.cells.iter().find(|cell| cell.axes["fault"] == fault).unwrap();
            cell.phases[0].observations[0].stdout.lines().count()
        };
        assert_eq!(lines("many-lines"), 30_000, "not one of them is lost");
        assert!(memory < 256 << 10, "{memory} KiB");
        assert_eq!(place.left(&bench.engine).await, []);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_fork_bomb_affects_only_its_own_container_and_ends_with_it() {
    with_engine(async |bench| {
        let (bombed, other) = (bench.start().await, bench.start().await);
        let mark = format!("mark-{}", bench.run);
        let running = || processes().filter(|words| words.contains(&mark)).count();
        // It is independent of the other cells and always fails.
        let bomb =
            request(&format!(": {mark}; bomb() {{ bomb | bomb & }}; bomb; i=0; while [ $i -lt 2000 ]; do (:); i=$((i+1)); done"));
        let steps = "i=0; while [ $i -lt 20 ]; do sleep 0.1; echo $i; i=$((i+1)); done";
        let most = async {
            let mut most = 0;
            loop {
                most = most.max(running());
                assert!(most <= 64, "{most} processes");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let both = async {
            let bomb = async {
                let end = bench.engine.exec(&bombed, &bomb).await.unwrap().end;
                bench.engine.remove(&bombed).await.unwrap();
                end
            };
            tokio::join!(bomb, bench.exec(&other, steps))
        };
        let clock = Instant::now();
        let (bombed, unharmed) = tokio::select! {
            ended = both => ended,
            () = most => unreachable!("it looks for ever"),
        };
        assert!(clock.elapsed() < Duration::from_secs(60), "{:?}", clock.elapsed());
        assert_eq!(bombed, ExecEnd::Processes);
        assert_eq!((unharmed.end, unharmed.stdout.ends_with(b"\n19\n")), (ExecEnd::Exit(0), true));
        assert_eq!(running(), 0, "not one outlives its container");
        bench.engine.remove(&other).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_container_that_ends_before_its_first_step_says_why() {
    with_engine(async |bench| {
        let built = bench.engine.build(bench.build("RUN busybox rm /bin/sh"), &|_| {}).await.unwrap();
        let container = bench.start_from(&built).await;
        let error = bench.engine.exec(&container, &request("true")).await.unwrap_err().to_string();
        // The message of the engine's init process; only Podman's has no name in it.
        let names_it = error.contains("/bin/sh") || bench.is_podman().await;
        assert!(names_it && error.contains("its last output: ") && error.ends_with("No such file or directory"), "{error}");
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_container_or_an_image_removed_from_outside_is_the_engines_trouble() {
    with_engine(async |bench| {
        let place = Place::new(&bench.name, &address(bench).await);
        // One container at a time, so that the first one is that of `prepare`.
        let run = place.run(&["--only", "fault=wait", "--full", "--jobs", "1"]);
        let clock = Instant::now();
        let container = loop {
            assert!(clock.elapsed() < Duration::from_secs(120), "no container of the run: {}", place.log());
            let ready = place.path().join("matrix/runs/host").exists();
            let owned = if ready { place.left(&bench.engine).await } else { Vec::new() };
            match owned.into_iter().find(|owned| matches!(owned, Owned::Container(..))) {
                Some(Owned::Container(id, _)) => break id,
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        // Everything that the control would start from is removed too.
        for (name, id) in bench.engine.named("matrix/healthy").await.unwrap() {
            if bench.own().await.iter().any(|owned| matches!(owned, Owned::Image(own, _) if *own == id)) {
                bench.engine.untag(&name).await.unwrap();
            }
        }
        bench.engine.remove(&container).await.unwrap();
        let (code, record, _) = place.end(run);
        assert_eq!((code, cause(&record, "wait").as_str()), (3, "engine"), "{}", place.log());
        let troubled = |phase: &str| {
            let phase = record.cells[0].phases.iter().find(|found| found.phase.to_string() == phase).unwrap();
            phase.trouble.as_ref().map(|trouble| trouble.cause)
        };
        assert_eq!(["prepare", "control"].map(troubled), [Some(Cause::Engine); 2]);
        assert_eq!(place.left(&bench.engine).await, []);
    })
    .await;
}

/// The engine of these tests, whose socket the proxies use.
async fn address(bench: &Bench) -> String {
    bench.engine.info().await.unwrap().address
}

/// The error of a request that timed out.
fn late<T: std::fmt::Debug>(answer: Result<T, EngineError>) {
    let error = answer.unwrap_err().to_string();
    assert!(error.contains("did not answer in time"), "{error}");
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_hanging_engine_times_out_and_is_used_again_once_it_answers() {
    with_engine(async |bench| {
        let door = Door::to(address(bench).await.trim_start_matches("unix://").as_ref());
        let engine = Docker::connect(Some(&door.address())).await.unwrap().with_timeouts(Duration::from_secs(1));
        let container = bench.start().await;
        door.set(Way::Shut);
        let (folder, labels, start) = (tempfile::tempdir().unwrap(), bench.labels(), bench.start_request(&bench.base));
        let archive = busybox(folder.path());
        let clock = Instant::now();
        tokio::join!(
            engine.image("matrix/nothing:here").map(late),
            engine.start(&start).map(late),
            engine.remove(&container).map(late),
            engine.commit(&container, &labels).map(late),
            engine.owned(RUN_LABEL).map(late),
            engine.named("matrix/").map(late),
            engine.tag(&bench.base, "matrix/nothing:here").map(late),
            engine.remove_image(&bench.base).map(late),
            engine.untag("matrix/nothing:here").map(late),
            engine.import(&archive, "matrix/nothing:here", &labels).map(late),
            engine.build(bench.build("RUN true"), &|_| {}).map(late),
            engine.info().map(late),
            engine.host().map(late),
        );
        assert!(clock.elapsed() < Duration::from_secs(40), "{:?}", clock.elapsed());
        door.set(Way::Open);
        let engine = engine.with_timeouts(Duration::from_secs(60));
        assert_eq!(engine.image("matrix/nothing:here").await.unwrap(), None);
        engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_hanging_engine_ends_a_step_with_an_engine_error_or_silence() {
    with_engine(async |bench| {
        let door = Door::to(address(bench).await.trim_start_matches("unix://").as_ref());
        let engine = Docker::connect(Some(&door.address())).await.unwrap();
        for (way, silent) in [(Way::Shut, true), (Way::Cut, false)] {
            let container = engine.start(&bench.start_request(&bench.base)).await.unwrap();
            let step = ExecRequest { silence: Duration::from_secs(2), ..request("while true; do echo tick; sleep 0.1; done") };
            let exec = engine.exec(&container, &step);
            let turn = async {
                tokio::time::sleep(Duration::from_millis(700)).await;
                door.set(way);
            };
            match tokio::join!(exec, turn).0 {
                Ok(output) => assert!(
                    silent && output.end == ExecEnd::Silence && output.stdout.starts_with(b"tick\n"),
                    "{way:?}: {output:?}"
                ),
                Err(error) => assert_eq!(error.call, Call::Exec, "{way:?}: {error}"),
            }
            door.set(Way::Open);
            engine.remove(&container).await.unwrap();
        }
    })
    .await;
}

/// On a separate engine, which only root can start; run by `make test-faults`.
mod own_engine {
    use std::time::Duration;

    use matrix::engine::Engine;
    use matrix::engine::docker::Docker;

    use super::{Place, SCENARIO, cause};
    use crate::bench::busybox;
    use crate::bench::processes;
    use crate::daemon::Daemon;

    /// An engine of this test's own, with a base of its own.
    async fn own(daemon: &Daemon) -> Docker {
        let engine = Docker::connect(Some(&daemon.address())).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        engine.import(&busybox(folder.path()), "matrix/base:tiny", &[].into()).await.unwrap();
        engine
    }

    #[tokio::test]
    #[ignore = "needs a container engine, and root's rights to start one: `make test-faults`"]
    async fn a_restarted_engine_costs_only_the_cells_that_were_running() {
        let mut daemon = Daemon::start();
        let engine = own(&daemon).await;
        let place = Place::new("tiny", &daemon.address());
        let mark = place.path().file_name().unwrap().to_str().unwrap();
        let text = SCENARIO.replace("BASE", "tiny").replace("run: sleep 10", &format!("run: sleep 10 && true {mark}"));
        place.write("scenarios/fault.yaml", &text, 0o644);
        let run = place.run(&["--only", "fault=none|wait|many-lines", "--jobs", "1", "--full"]);
        // Before its step runs, such a cell is only delayed.
        place.waits_until("the step runs", || processes().any(|words| words.contains(&format!("true {mark}"))));
        daemon.kill();
        std::thread::sleep(Duration::from_secs(3));
        daemon.again();
        let (code, record, _) = place.end(run);
        let causes = ["none", "many-lines", "wait"].map(|fault| cause(&record, fault));
        assert_eq!((code, causes), (3, ["", "", "engine"].map(str::to_owned)), "{}", place.log());
        assert_eq!(place.left(&engine).await, []);
    }

    #[tokio::test]
    #[ignore = "needs a container engine, and root's rights to start one: `make test-faults`"]
    async fn a_full_disk_is_inconclusive_and_the_next_cell_has_space_again() {
        let daemon = Daemon::small(160);
        let engine = own(&daemon).await;
        let place = Place::new("tiny", &daemon.address());
        let text = SCENARIO.replace("BASE", "tiny").replace("run: sleep 10", "run: dd if=/dev/zero of=/fill bs=1M");
        place.write("scenarios/fault.yaml", &text, 0o644);
        let (code, record, _) = place.end(place.run(&["--only", "fault=none|wait|many-lines", "--jobs", "1", "--full"]));
        let causes = ["none", "wait", "many-lines"].map(|fault| cause(&record, fault));
        assert_eq!((code, causes), (3, ["", "disk-full", ""].map(str::to_owned)), "{}", place.log());
        assert_eq!(place.left(&engine).await, []);
    }
}
