//! Features of Docker that Podman lacks. `.ci/podman` skips these tests.

use std::sync::Mutex;

use matrix::engine::docker::{Builder, Docker};
use matrix::engine::{BuildRequest, Engine, Owned, RUN_LABEL};

use crate::bench::{Bench, with_engine};

async fn assert_docker(bench: &Bench) {
    assert!(!bench.is_podman().await, "this test needs Docker: leave it out with `--skip docker_only::`");
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn both_builders_make_the_same_image_and_say_what_they_do() {
    with_engine(async |bench| {
        assert_docker(bench).await;
        let lines = "ENV A='b c'\nCOPY Dockerfile /copied/\nRUN umask 027 && echo made-it && mkdir /made && echo x > /made/x\nWORKDIR /made";
        let look = "busybox find / -xdev ! -path '/etc/*' ! -path '/.dockerenv' -exec busybox stat -c '%n %A %u:%g' {} + | busybox sort; \
            busybox sha256sum /copied/* /made/*; echo \"$PWD $A\"";
        let mut seen = Vec::new();
        for builder in [Builder::Classic, Builder::BuildKit] {
            let engine = Docker::connect(None).await.unwrap().with_builder(builder);
            let printed = Mutex::new(Vec::new());
            let request = BuildRequest { tag: format!("matrix/{}:{builder:?}", bench.name).to_lowercase(), ..bench.build(lines) };
            let image = engine.build(request, &|line| printed.lock().unwrap().push(line.to_owned())).await.unwrap();
            let printed = printed.into_inner().unwrap();
            assert!(printed.contains(&"made-it".to_owned()) && printed.iter().any(|line| line.contains("WORKDIR /made")), "{printed:?}");
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
async fn processes_are_paused_during_a_snapshot() {
    with_engine(async |bench| {
        // A rootless Podman cannot hold it where control groups are of version 1.
        assert_docker(bench).await;
        let container = bench.start().await;
        // Two files that grow in turn, while the engine takes some time to read the files between them.
        let write = "busybox dd if=/dev/zero of=/m bs=1M count=60; \
            while :; do echo x >>/a; echo x >>/z; done >/dev/null & until [ -s /z ]; do :; done";
        bench.exec(&container, write).await;
        let snapshot = bench.engine.commit(&container, &bench.labels()).await.unwrap();
        let next = bench.start_from(&snapshot).await;
        let sizes = bench.exec(&next, "busybox stat -c %s /a /z").await.stdout;
        let sizes: Vec<u64> = String::from_utf8(sizes).unwrap().lines().map(|size| size.parse().unwrap()).collect();
        assert!(sizes[0] - sizes[1] <= 2, "{sizes:?}");
        for container in [container, next] {
            bench.engine.remove(&container).await.unwrap();
        }
        bench.engine.remove_image(&snapshot).await.unwrap();
    })
    .await;
}
