//! What holds on a real container engine. Ignored unless asked for: `cargo test --test docker -- --ignored`.

#![expect(clippy::unwrap_used, reason = "a helper of tests that panics fails the test")]

mod common;
#[path = "common/daemon.rs"]
mod daemon;
#[path = "docker/faults.rs"]
mod faults;
#[path = "docker/hand.rs"]
mod hand;
#[path = "docker/images.rs"]
mod images;
#[path = "docker/isolation.rs"]
mod isolation;
#[path = "docker/limits.rs"]
mod limits;
#[path = "docker/runs.rs"]
mod runs;
#[path = "docker/sections.rs"]
mod sections;

use std::sync::Mutex;
use std::time::Duration;

use common::{ODD_LABEL, request, with_engine};
use matrix::engine::docker::Docker;
use matrix::engine::docker::build::Builder;
use matrix::engine::{BuildRequest, Engine, EngineError, ExecEnd, ExecRequest, OUTPUT_LIMIT, Owned, RUN_LABEL, StartRequest};

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_command_gives_its_streams_apart_and_its_exit_status() {
    with_engine(async |bench| {
        let container = bench.start().await;
        let env = [("WHAT".to_owned(), "it's".to_owned())].into();
        let request = ExecRequest { directory: Some("/etc".to_owned()), env, ..request("echo $WHAT $PWD; echo err >&2; exit 3") };
        let output = bench.engine.exec(&container, &request).await.unwrap();
        assert_eq!((output.end, output.stdout, output.stderr), (ExecEnd::Exit(3), b"it's /etc\n".to_vec(), b"err\n".to_vec()));
        assert_eq!(bench.exec(&container, "true").await.end, ExecEnd::Exit(0));
        bench.engine.remove(&container).await.unwrap();
        bench.engine.remove(&container).await.expect("removing what is gone succeeds");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_command_whose_directory_is_not_there_is_not_started_which_is_no_exit() {
    with_engine(async |bench| {
        let container = bench.start().await;
        assert_eq!(bench.exec(&container, "no-such-command").await.end, ExecEnd::Exit(127));
        let request = ExecRequest { directory: Some("/nowhere".to_owned()), ..request("true") };
        let output = bench.engine.exec(&container, &request).await.unwrap();
        assert_eq!(output.end, ExecEnd::NoDirectory);
        assert_eq!(bench.exec(&container, "true").await.end, ExecEnd::Exit(0), "the container can be used again");
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn all_output_is_had_even_when_there_is_much_of_it_at_the_end() {
    with_engine(async |bench| {
        let container = bench.start().await;
        let size = OUTPUT_LIMIT - 1;
        let output = bench.exec(&container, &format!("yes | head -c {size}; yes | head -c {size} >&2")).await;
        assert_eq!((output.end, output.stdout.len(), output.stderr.len()), (ExecEnd::Exit(0), size, size));
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_daemon_left_behind_does_not_hold_the_command_and_lives_on() {
    with_engine(async |bench| {
        let container = bench.start().await;
        // Each time the daemon's silence would end the command if the command waited for it.
        let request = |command: &str| ExecRequest { silence: Duration::from_secs(20), ..request(command) };
        for command in ["sleep 1000 & echo started", "(while true; do echo x >&2; sleep 1; done) & echo started"] {
            let output = bench.engine.exec(&container, &request(command)).await.unwrap();
            assert_eq!((output.end, output.stdout), (ExecEnd::Exit(0), b"started\n".to_vec()));
        }
        assert_eq!(
            bench.exec(&container, "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -q 'sleep 1000'").await.end,
            ExecEnd::Exit(0)
        );
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_command_that_closes_its_streams_is_waited_for() {
    with_engine(async |bench| {
        let container = bench.start().await;
        let output = bench.exec(&container, "echo first; exec >&- 2>&-; sleep 2; exit 7").await;
        assert_eq!((output.end, output.stdout), (ExecEnd::Exit(7), b"first\n".to_vec()));
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn time_silence_and_flood_each_end_a_command() {
    with_engine(async |bench| {
        let brief = Duration::from_secs(1);
        let stopped = async |request: ExecRequest| {
            let container = bench.start().await;
            let output = bench.engine.exec(&container, &request).await.unwrap();
            let after = bench.engine.exec(&container, &common::request("true")).await;
            assert!(after.is_err(), "the container is not used again");
            bench.engine.remove(&container).await.unwrap();
            output
        };
        let late = stopped(ExecRequest { timeout: brief, ..request("while true; do echo tick; sleep 0.1; done") }).await;
        assert_eq!(late.end, ExecEnd::Timeout);
        assert!(late.stdout.starts_with(b"tick\n"), "what was printed until then is kept");
        let silent = stopped(ExecRequest { silence: brief, ..request("echo once; sleep 1000") }).await;
        assert_eq!((silent.end, silent.stdout), (ExecEnd::Silence, b"once\n".to_vec()));
        let flood = stopped(request("yes >&2")).await;
        assert_eq!((flood.end, flood.stderr.len()), (ExecEnd::Flood, OUTPUT_LIMIT));
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn want_of_memory_is_told_from_failing_and_from_being_killed() {
    with_engine(async |bench| {
        let start = StartRequest { memory: 32 << 20, ..bench.start_request(&bench.base) };
        let container = bench.engine.start(&start).await.unwrap();
        assert_eq!(bench.exec(&container, "kill -9 $$").await.end, ExecEnd::Exit(137));
        // `tail` keeps the whole of a line; its parent reports the failure as its own, as `make` does.
        let hungry = bench.exec(&container, "dd if=/dev/zero bs=1M count=200 2>/dev/null | tail -n 1 >/dev/null || exit 2").await;
        assert_eq!(hungry.end, ExecEnd::OutOfMemory);
        // Who goes on as if nothing had happened does not undo it.
        assert_eq!(bench.exec(&container, "true").await.end, ExecEnd::OutOfMemory);
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_container_killed_during_a_command_is_the_engines_error() {
    with_engine(async |bench| {
        let container = bench.start().await;
        let begun = request("echo begun; sleep 1000");
        let exec = bench.engine.exec(&container, &begun);
        let kill = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            bench.engine.remove(&container).await.unwrap();
        };
        let (ended, ()) = tokio::join!(exec, kill);
        let error = ended.unwrap_err();
        assert!(matches!(error, EngineError::Exec { .. }), "{error}");
        assert!(bench.engine.exec(&container, &request("true")).await.is_err(), "nothing runs in a container that is gone");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_snapshot_continues_where_the_container_was_and_carries_its_labels() {
    with_engine(async |bench| {
        let container = bench.start().await;
        bench.exec(&container, "sleep 1000 & echo kept > /tmp/kept").await;
        let labels = [("matrix.test".to_owned(), "a b".to_owned())].into();
        let snapshot = bench.engine.commit(&container, &labels).await.unwrap();
        let found = bench.own().await.into_iter().find(|owned| matches!(owned, Owned::Image(id, _) if *id == snapshot)).unwrap();
        assert_eq!(found.labels()["matrix.test"], "a b");
        let next = bench.start_from(&snapshot).await;
        assert_eq!(bench.exec(&next, "cat /tmp/kept").await.stdout, b"kept\n");
        for container in [container, next] {
            bench.engine.remove(&container).await.unwrap();
        }
        bench.engine.remove_image(&snapshot).await.unwrap();
        bench.engine.remove_image(&snapshot).await.expect("removing what is gone succeeds");
        assert!(!bench.own().await.iter().any(|owned| matches!(owned, Owned::Image(id, _) if *id == snapshot)));
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_container_full_of_processes_is_told_from_failing_and_is_not_used_again() {
    with_engine(async |bench| {
        let container = bench.start().await;
        let full = bench.exec(&container, "i=0; while [ $i -lt 100 ]; do sleep 1000 & i=$((i+1)); done").await;
        assert_eq!(full.end, ExecEnd::Processes);
        assert!(bench.engine.exec(&container, &request("true")).await.is_err());
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_failed_start_leaves_no_container() {
    with_engine(async |bench| {
        // A user the image does not know: the container is created, but cannot start.
        let built = bench.engine.build(bench.build("USER somebody"), &|_| {}).await.unwrap();
        let error = bench.engine.start(&bench.start_request(&built)).await.unwrap_err();
        assert!(error.to_string().contains("somebody"), "{error}");
        assert!(!bench.own().await.iter().any(|owned| matches!(owned, Owned::Container(..))));
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_failed_build_says_which_line_and_what_it_printed() {
    with_engine(async |bench| {
        let lines = Mutex::new(Vec::new());
        let request = bench.build("RUN echo first-line\nRUN echo the-reason >&2; exit 9\nRUN echo never");
        let tag = request.tag.clone();
        let error = bench.engine.build(request, &|line| lines.lock().unwrap().push(line.to_owned())).await.unwrap_err();
        let message = error.to_string();
        assert!(message.contains("exit 9") && message.contains("\n    the-reason"), "{message}");
        let lines = lines.into_inner().unwrap();
        assert!(lines.contains(&"first-line".to_owned()) && !lines.iter().any(|line| line == "never"), "{lines:?}");
        assert_eq!(bench.engine.image(&tag).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn both_builders_make_the_same_image_and_say_what_they_do() {
    with_engine(async |bench| {
        if bench.is_podman().await {
            return;
        }
        let lines = "ENV A='b c'\nCOPY Dockerfile /copied/\nRUN umask 027 && echo made-it && mkdir /made && echo x > /made/x\nWORKDIR /made";
        let look = "busybox find / -xdev ! -path '/etc/*' ! -path '/.dockerenv' -exec busybox stat -c '%n %A %u:%g' {} + | busybox sort; \
            busybox sha256sum /copied/* /made/*; echo \"$PWD $A\"";
        let mut seen = Vec::new();
        for builder in [Builder::Classic, Builder::BuildKit] {
            let engine = Docker::connect(None).await.unwrap().with_builder(builder);
            let said = Mutex::new(Vec::new());
            let request = BuildRequest { tag: format!("matrix/{}:{builder:?}", bench.name).to_lowercase(), ..bench.build(lines) };
            let image = engine.build(request, &|line| said.lock().unwrap().push(line.to_owned())).await.unwrap();
            let said = said.into_inner().unwrap();
            assert!(said.contains(&"made-it".to_owned()) && said.iter().any(|line| line.contains("WORKDIR /made")), "{said:?}");
            let container = bench.start_from(&image).await;
            let output = bench.exec(&container, look).await;
            seen.push((image, String::from_utf8(output.stdout).unwrap()));
            bench.engine.remove(&container).await.unwrap();
        }
        let [(classic, one), (buildkit, other)] = seen.try_into().unwrap();
        assert!(one.contains("/made/x -rw-r----- 0:0\n") && one.ends_with("\n/made b c\n"), "{one}");
        assert_eq!(one, other);
        let own = bench.own().await;
        for id in [classic, buildkit] {
            assert!(own.iter().any(|owned| matches!(owned, Owned::Image(image, labels) if *image == id && labels[RUN_LABEL] == bench.run)));
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn nothing_is_at_work_any_more_for_a_build_that_has_ended() {
    with_engine(async |bench| {
        let at_work = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
        let build = async |round: u8| {
            let tag = format!("matrix/{}:{round}", bench.name);
            bench.engine.build(BuildRequest { tag, ..bench.build("RUN echo done") }, &|_| ()).await.unwrap();
        };
        build(1).await;
        // A connection may be kept, but not one more for each build.
        let before = at_work();
        build(2).await;
        assert_eq!(at_work(), before);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_dropped_build_is_stopped_by_the_engine_and_leaves_no_container() {
    with_engine(async |bench| {
        // Podman lets a line that it is at come to its end, then goes no further; Docker stops the line.
        let podman = bench.is_podman().await;
        let mark = format!("mark-{}", bench.run);
        let lines = format!("RUN echo begun; sleep {}; : {mark}\nRUN sleep 1000; : {mark}", if podman { 5 } else { 1000 });
        // Podman does not list the container of a build either, so the command itself is looked for, on this host.
        let running = || processes().any(|words| words.contains(&mark));
        let (say, seen) = tokio::sync::oneshot::channel();
        let say = Mutex::new(Some(say));
        let line = move |line: &str| {
            if line == "begun" {
                say.lock().unwrap().take().unwrap().send(()).unwrap();
            }
        };
        tokio::select! {
            built = bench.engine.build(bench.build(&lines), &line) => panic!("it ended: {built:?}"),
            // On a busy machine the list of processes may be read just before the command is in it.
            listed = tokio::time::timeout(Duration::from_secs(60), async {
                seen.await.unwrap();
                while !running() {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }) => listed.expect("the command runs"),
        }
        let container = |owned: &Owned| matches!(owned, Owned::Container(..));
        let gone = async {
            while running() || bench.own().await.iter().any(container) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), gone).await.expect("the engine removes it");
        // Nor does it begin the next line a moment later.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!running());
    })
    .await;
}

/// The command lines of all processes of this host.
fn processes() -> impl Iterator<Item = String> {
    let lines = std::fs::read_dir("/proc").unwrap().filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ").trim().to_owned())
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn an_engine_says_who_it_is_and_an_imported_image_keeps_its_labels() {
    with_engine(async |bench| {
        let info = bench.engine.info().await.unwrap();
        assert!(
            !info.version.is_empty() && info.api.starts_with("1.") && info.architecture == std::env::consts::ARCH,
            "{info:?}"
        );
        let own = bench.own().await;
        assert!(
            matches!(&own[..], [Owned::Image(id, labels)] if *id == bench.base && labels[ODD_LABEL.0] == ODD_LABEL.1),
            "{own:?}"
        );
        assert_eq!(bench.engine.image("matrix/nothing:here").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_told_with_its_address() {
    let missing = matrix::engine::docker::Docker::connect(Some("/nowhere/engine.sock")).await.unwrap_err().to_string();
    assert!(missing.starts_with("failed to reach a container engine at `unix:///nowhere/engine.sock`: "), "{missing}");
    let refused = matrix::engine::docker::Docker::connect(Some("tcp://127.0.0.1:1")).await.unwrap_err().to_string();
    assert!(refused.contains("refused"), "{refused}");
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn what_an_earlier_command_left_running_is_not_mixed_up_with_the_ends_of_later_ones() {
    with_engine(async |bench| {
        let container = bench.start().await;
        bench.exec(&container, "(while true; do echo noise; echo noise >&2; done) & true").await;
        for number in 0..20 {
            let output = bench.exec(&container, &format!("echo word-{number}; exit {number}")).await;
            assert_eq!(output.end, ExecEnd::Exit(number));
            assert!(String::from_utf8_lossy(&output.stdout).contains(&format!("word-{number}\n")));
        }
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_container_ends_by_itself_when_nobody_holds_its_shell() {
    with_engine(async |bench| {
        let other = matrix::engine::docker::Docker::connect(None).await.unwrap();
        let container = other.start(&bench.start_request(&bench.base)).await.unwrap();
        other.exec(&container, &request("sleep 1000 & true")).await.unwrap();
        drop(other);
        let gone = async {
            while bench.own().await.iter().any(|owned| matches!(owned, Owned::Container(..))) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), gone).await.expect("the engine removes it");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_full_disk_is_told_from_failing_and_processor_time_is_counted() {
    with_engine(async |bench| {
        let container = bench.start().await;
        assert_eq!(bench.exec(&container, "echo No space left on device; exit 1").await.end, ExecEnd::Exit(1));
        let before = bench.exec(&container, "true").await.cpu;
        let busy = bench.exec(&container, "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done").await;
        assert!(busy.cpu > before + Duration::from_millis(20), "{:?} after {before:?}", busy.cpu);
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}
