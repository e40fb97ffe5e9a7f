//! Requests into containers of a real engine whose image has no client.

use matrix::engine::{Engine, ExecEnd, Owned, StartRequest};
use matrix::model::action::PROGRAM;

use crate::bench::{Bench, with_engine};

/// Starts a server in a container that may make requests.
const SERVE: &str = "busybox mkdir -p /tmp/srv && echo hello >/tmp/srv/page && busybox httpd -p 8080 -h /tmp/srv";

fn asking(bench: &Bench) -> StartRequest {
    StartRequest { makes_requests: true, ..bench.start_request(&bench.base) }
}

/// The container that has the program in its volume.
async fn holder(bench: &Bench, others: &[&str]) -> Vec<Owned> {
    let mut own = bench.own().await;
    own.retain(|owned| matches!(owned, Owned::Container(id, _) if !others.contains(&id.0.as_str())));
    own
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_request_needs_nothing_in_the_image_and_its_program_is_no_part_of_a_snapshot() {
    with_engine(async |bench| {
        let container = bench.engine.start(&asking(bench)).await.unwrap();
        let ask = format!("{PROGRAM} --max-time 5 http://localhost:8080/page");
        let refused = bench.exec(&container, &ask).await;
        assert_eq!((refused.end, refused.stdout.as_slice()), (ExecEnd::Exit(7), &b""[..]));
        let message = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(message, "http: failed to connect to localhost port 8080: Connection refused\n");
        bench.exec(&container, SERVE).await;
        let answer = bench.exec(&container, &ask).await;
        let text = String::from_utf8(answer.stdout).unwrap();
        assert!(
            answer.end == ExecEnd::Exit(0) && text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("\r\n\r\nhello\n"),
            "{text}"
        );
        // Neither a step nor an empty place is left of it.
        let write = bench.exec(&container, &format!("echo x >{PROGRAM}; busybox touch /dev/matrix/x")).await;
        assert_ne!(write.end, ExecEnd::Exit(0), "it cannot be changed");
        let snapshot = bench.engine.commit(&container, &bench.labels()).await.unwrap();
        let later = bench.start_from(&snapshot).await;
        let found = bench.exec(&later, "busybox find / -xdev -name '*matrix*'; ls -d /dev/matrix; ls -a /dev").await;
        let found = String::from_utf8(found.stdout).unwrap();
        assert!(!found.contains("matrix"), "{found}");
        // A second container has the program from the same volume.
        let second = bench.engine.start(&asking(bench)).await.unwrap();
        let held = holder(bench, &[&container.0, &later.0, &second.0]).await;
        let [Owned::Container(held, _)] = held.as_slice() else { panic!("one container has the program: {held:?}") };
        assert_eq!(bench.exec(&second, &ask).await.end, ExecEnd::Exit(7));
        // The end of a run removes it, and another run may follow in the same process.
        for container in [&container, &later, &second, held] {
            bench.engine.remove(container).await.unwrap();
        }
        let third = bench.engine.start(&asking(bench)).await.unwrap();
        assert_eq!(bench.exec(&third, &ask).await.end, ExecEnd::Exit(7));
        let held = holder(bench, &[&third.0]).await;
        let [Owned::Container(held, _)] = held.as_slice() else { panic!("one container has the program: {held:?}") };
        for container in [&third, held] {
            bench.engine.remove(container).await.unwrap();
        }
        bench.engine.remove_image(&snapshot).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn containers_that_make_no_requests_have_no_program() {
    with_engine(async |bench| {
        let container = bench.start().await;
        assert_ne!(bench.exec(&container, "ls /dev/matrix").await.end, ExecEnd::Exit(0));
        assert_eq!(holder(bench, &[&container.0]).await, []);
        bench.engine.remove(&container).await.unwrap();
    })
    .await;
}
