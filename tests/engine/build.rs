//! Builds on a real engine.

use std::sync::Mutex;
use std::time::Duration;

use matrix::engine::{BuildRequest, Engine, Owned};

use crate::bench::{processes, with_engine};

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
async fn an_ended_build_leaves_no_running_process() {
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
        // Podman finishes the current instruction and then stops; Docker stops the instruction.
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
