//! The limits of a container and those that a step sets itself, on a real engine: neither may look like a result of the step.

use std::collections::BTreeMap;
use std::time::Duration;

use matrix::engine::{Engine, ExecEnd, ExecRequest, StartRequest};

use crate::bench::{request, with_engine};

#[tokio::test]
#[ignore = "needs a container engine"]
async fn the_harness_does_not_depend_on_the_environment_of_a_step() {
    with_engine(async |bench| {
        let container = bench.start().await;
        for (name, value) in [
            ("PATH", "/opt/x/bin"),
            ("HOME", "/nowhere"),
            ("IFS", "/sbin"),
            ("ENV", "/nowhere/profile"),
            ("BASH_ENV", "/nowhere/profile"),
            ("CDPATH", "/etc"),
            ("LD_PRELOAD", "/nowhere/lib.so"),
            ("LD_LIBRARY_PATH", "/nowhere"),
            ("matrix_setsid", "/nowhere/setsid"),
            ("matrix_file", "it's $(odd)\nand long"),
        ] {
            let step = ExecRequest {
                env: BTreeMap::from([(name.to_owned(), value.to_owned())]),
                directory: Some("/tmp".to_owned()),
                ..request(&format!("echo \"<${name}>\"; exit 7"))
            };
            let output = bench.engine.exec(&container, &step).await.unwrap();
            let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert_eq!(output.end, ExecEnd::Exit(7), "{name}: {stdout}{stderr}");
            // A shell has a word separator of its own.
            assert!(name == "IFS" || stdout == format!("<{value}>\n"), "{name}: {stdout}");
            assert_eq!(stderr, "", "{name}");
            assert_eq!(bench.exec(&container, "echo \"$PATH\"").await.end, ExecEnd::Exit(0), "the next step has none of it");
        }
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_file_beyond_the_size_limit_is_not_a_failed_step_whichever_process_reports_it() {
    with_engine(async |bench| {
        let container = bench.start().await;
        let large = "dd if=/dev/zero of=/tmp/large bs=1 count=1 seek=500000000";
        for command in [
            large.to_owned(),
            format!("{large}; exit $?"),
            format!("{large} || exit 2"),
            format!("{large}; true"),
            "busybox truncate -s 5G /tmp/large".to_owned(),
            // A process that ignores the signal gets an error instead.
            format!("trap '' XFSZ; {large}"),
        ] {
            assert_eq!(bench.exec(&container, &command).await.end, ExecEnd::FileSize, "{command}");
        }
        assert_eq!(bench.exec(&container, "echo File too large").await.end, ExecEnd::Exit(0));
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn shared_memory_is_limited_and_any_full_file_system_counts_as_a_full_disk() {
    with_engine(async |bench| {
        let start = StartRequest { disk: 1 << 30, ..bench.start_request(&bench.base) };
        let container = bench.engine.start(&start).await.unwrap();
        let fill = |place: &str, size: u32| format!("dd if=/dev/zero of={place}/fill bs=1M count={size}");
        let filled = bench.exec(&container, &fill("/dev/shm", 70)).await;
        assert_eq!(filled.end, ExecEnd::Exit(0), "{}", String::from_utf8_lossy(&filled.stderr));
        bench.exec(&container, "busybox rm /dev/shm/fill").await;
        // The engine's own file systems are smaller than the memory, or as large.
        let full = bench.exec(&container, &fill("/dev", 200)).await;
        assert_eq!(full.end, ExecEnd::DiskFull, "{}", String::from_utf8_lossy(&full.stderr));
        bench.exec(&container, "busybox rm /dev/fill").await;
        let without = bench.engine.exec(&container, &request(&fill("/dev/shm", 300))).await;
        // What fills the memory may take the container's own shell with it.
        assert!(without.as_ref().map_or(true, |output| output.end == ExecEnd::OutOfMemory), "{without:?}");
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn running_out_of_memory_is_neither_a_failed_nor_a_killed_step() {
    with_engine(async |bench| {
        let start = StartRequest { memory: 32 << 20, ..bench.start_request(&bench.base) };
        let container = bench.engine.start(&start).await.unwrap();
        assert_eq!(bench.exec(&container, "kill -9 $$").await.end, ExecEnd::Exit(137));
        // `tail` keeps the whole of a line; its parent reports the failure as its own, as `make` does.
        let hungry = bench.exec(&container, "dd if=/dev/zero bs=1M count=200 2>/dev/null | tail -n 1 >/dev/null || exit 2").await;
        assert_eq!(hungry.end, ExecEnd::OutOfMemory);
        // A command that continues regardless is still reported.
        assert_eq!(bench.exec(&container, "true").await.end, ExecEnd::OutOfMemory);
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_container_full_of_processes_is_recognised_and_not_used_again() {
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
async fn a_message_about_a_full_disk_is_not_a_full_disk_and_processor_time_is_counted() {
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
