//! Commands in a container of a real engine.

use std::time::Duration;

use matrix::engine::{Call, Engine, ExecEnd, ExecRequest, OUTPUT_LIMIT};

use crate::bench::{request, with_engine};

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_command_returns_separate_streams_and_its_exit_status() {
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
async fn a_command_with_a_missing_directory_is_not_started_and_has_no_exit_status() {
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
async fn all_output_is_captured_even_a_large_burst_at_the_end() {
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
async fn a_background_daemon_does_not_block_the_command_and_keeps_running() {
    with_engine(async |bench| {
        let container = bench.start().await;
        // If the command waited for the daemon, the silence limit would end it each time.
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
            let after = bench.engine.exec(&container, &crate::bench::request("true")).await;
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
        assert_eq!(error.call, Call::Exec, "{error}");
        assert!(bench.engine.exec(&container, &request("true")).await.is_err(), "nothing runs in a container that is gone");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn leftover_processes_do_not_disturb_the_end_of_later_commands() {
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
