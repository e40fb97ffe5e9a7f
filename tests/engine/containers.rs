//! Containers, snapshots and the connection to a real engine.

use std::time::Duration;

use matrix::engine::docker::Docker;
use matrix::engine::{Engine, Owned};

use crate::bench::{ODD_LABEL, request, with_engine};

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
async fn a_failed_start_leaves_no_container() {
    with_engine(async |bench| {
        // Nothing can be mounted there: the container is created, but cannot start.
        let built = bench.engine.build(bench.build("VOLUME /proc/here"), &|_| {}).await.unwrap();
        let error = bench.engine.start(&bench.start_request(&built)).await.unwrap_err();
        assert!(error.to_string().contains("/proc/here"), "{error}");
        assert!(!bench.own().await.iter().any(|owned| matches!(owned, Owned::Container(..))));
    })
    .await;
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
async fn an_unreachable_engine_is_an_error_with_its_address() {
    let missing = Docker::connect(Some("/nowhere/engine.sock")).await.unwrap_err().to_string();
    assert!(missing.starts_with("failed to reach a container engine at `unix:///nowhere/engine.sock`: "), "{missing}");
    let refused = Docker::connect(Some("tcp://127.0.0.1:1")).await.unwrap_err().to_string();
    assert!(refused.contains("refused"), "{refused}");
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_container_ends_when_its_connection_is_dropped() {
    with_engine(async |bench| {
        let other = Docker::connect(None).await.unwrap();
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
