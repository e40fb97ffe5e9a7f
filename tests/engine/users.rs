//! Commands as other users than root in containers of a real engine.

use std::time::Duration;

use matrix::engine::{ContainerId, Engine, ExecEnd, ExecOutput, ExecRequest, StartRequest};

use crate::bench::{Bench, request, with_engine};

async fn run_as(bench: &Bench, container: &ContainerId, user: &str, command: &str) -> ExecOutput {
    let request = ExecRequest { user: Some(user.to_owned()), ..request(command) };
    bench.engine.exec(container, &request).await.unwrap()
}

fn text(output: &ExecOutput) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).trim().to_owned()
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_command_has_the_user_its_home_and_no_capabilities_and_shares_files_and_processes_with_root() {
    with_engine(async |bench| {
        let container = bench.start().await;
        let run = async |user: &str, command: &str| text(&run_as(bench, &container, user, command).await);
        assert_eq!(run("other", "id -u; id -g; echo $HOME; echo $PATH").await.lines().next(), Some("7"));
        assert_eq!(run("1234", "id -u").await, "1234", "a number needs no account");
        assert_eq!([run("root", "id -u").await, run("0", "id -u").await], ["0", "0"]);
        let status = run("other", "busybox grep -E '^(CapEff|NoNewPrivs)' /proc/self/status").await;
        assert_eq!(status.split_whitespace().collect::<Vec<_>>(), ["CapEff:", "0000000000000000", "NoNewPrivs:", "1"]);
        run("other", "echo mine >/tmp/mine; busybox sleep 1000 & true").await;
        let seen =
            text(&bench.exec(&container, "busybox stat -c %u /tmp/mine; cat /proc/[0-9]*/cmdline | busybox tr '\\0' ' '").await);
        assert!(seen.starts_with("7\n") && seen.contains("sleep 1000"), "{seen}");
        let refused = run("other", "echo x >/etc/passwd").await;
        assert!(refused.contains("denied"), "{refused}");
        let env = [("WHAT".to_owned(), "$PATH:it's".to_owned())].into();
        let request =
            ExecRequest { user: Some("other".to_owned()), directory: Some("/tmp".to_owned()), env, ..request("pwd; echo $WHAT") };
        let output = bench.engine.exec(&container, &request).await.unwrap();
        assert!(text(&output).starts_with("/tmp\n/") && text(&output).ends_with(":it's"), "{}", text(&output));
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn an_unknown_user_starts_nothing_and_one_made_by_a_step_is_known() {
    with_engine(async |bench| {
        let start = bench.start_request(&bench.base);
        let container = bench.engine.start(&StartRequest { capabilities: vec!["KILL".to_owned()], ..start }).await.unwrap();
        assert_eq!(run_as(bench, &container, "late", "echo x >/tmp/x").await.end, ExecEnd::NoUser);
        assert_eq!(bench.exec(&container, "ls /tmp/x").await.end, ExecEnd::Exit(1), "nothing ran, and the container can be used");
        bench.exec(&container, "echo 'late:x:8:8::/tmp:/bin/sh' >>/etc/passwd").await;
        assert_eq!(text(&run_as(bench, &container, "late", "id -u").await), "8");
        // As after a new login, the user is in a new group.
        assert!(!text(&run_as(bench, &container, "late", "id -G").await).contains("99"));
        bench.exec(&container, "echo 'club:x:99:late' >>/etc/group").await;
        assert!(text(&run_as(bench, &container, "late", "id -G").await).contains("99"));
        // A step may end all processes of the user.
        bench
            .exec(
                &container,
                "for own in /proc/[0-9]*; do [ $(busybox stat -c %u $own) = 8 ] && kill -9 ${own#/proc/}; done; true",
            )
            .await;
        assert_eq!(text(&run_as(bench, &container, "late", "id -u").await), "8");
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn the_limits_hold_for_every_user_and_what_runs_is_in_no_snapshot() {
    with_engine(async |bench| {
        let container = bench.start().await;
        let large = run_as(bench, &container, "other", "dd if=/dev/zero of=/tmp/large bs=1M count=100").await;
        assert_eq!(large.end, ExecEnd::FileSize, "{}", text(&large));
        run_as(bench, &container, "other", "(while true; do echo x; done >/tmp/grows) & true").await;
        let snapshot = bench.engine.commit(&container, &bench.labels()).await.unwrap();
        let later = bench.start_from(&snapshot).await;
        assert_eq!(text(&run_as(bench, &later, "other", "id -u").await), "7");
        bench.engine.remove(&later).await.unwrap();
        bench.engine.remove_image(&snapshot).await.unwrap();
        let silence = Duration::from_secs(1);
        let request = ExecRequest { user: Some("other".to_owned()), silence, ..request("sleep 1000") };
        assert_eq!(bench.engine.exec(&container, &request).await.unwrap().end, ExecEnd::Silence);
        assert!(bench.engine.exec(&container, &crate::bench::request("true")).await.is_err(), "the container is not used again");
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}
