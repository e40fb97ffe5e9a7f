//! The isolation of a step on a real engine: each forbidden action is attempted from inside and must be refused. Actions that
//! could harm the host are attempted in a harmless form.

use matrix::engine::{ContainerId, Engine, ExecEnd, StartRequest};

use crate::bench::{Bench, with_engine};

/// Where an engine mounts something of its own in every container.
const MOUNTS: [&str; 11] = [
    "/",
    "/proc",
    "/dev",
    "/sys",
    "/etc/resolv.conf",
    "/etc/hostname",
    "/etc/hosts",
    "/sbin/docker-init",
    "/run/.containerenv",
    "/dev/init",
    "/run/podman-init",
];
/// What a container has in `/dev`.
const DEVICES: &str = "console core fd full init mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero";

/// A container, and checks inside it.
struct Inside<'a> {
    bench: &'a Bench,
    container: ContainerId,
}

impl Inside<'_> {
    /// The output of a command on both streams, and whether it succeeds.
    async fn ask(&self, command: &str) -> (bool, String) {
        let output = self.bench.exec(&self.container, command).await;
        let text = [output.stdout, output.stderr].map(|stream| String::from_utf8_lossy(&stream).into_owned()).concat();
        (output.end == ExecEnd::Exit(0), text)
    }

    async fn printed(&self, command: &str) -> String {
        let (well, text) = self.ask(command).await;
        assert!(well, "`{command}`: {text}");
        text
    }

    /// Asserts that a command fails with this text.
    async fn refused(&self, command: &str, words: &str) {
        let (well, text) = self.ask(command).await;
        assert!(!well && text.contains(words), "`{command}` is not refused with “{words}”: {text}");
    }

    /// A number from the first of these files that exists: cgroups have two versions.
    async fn limit(&self, files: [&str; 2]) -> String {
        self.printed(&format!("cat /sys/fs/cgroup/{} 2>/dev/null || cat /sys/fs/cgroup/{}", files[0], files[1]))
            .await
            .trim()
            .to_owned()
    }
}

/// Runs checks in a container with the settings of a cell.
async fn inside(change: impl FnOnce(StartRequest) -> StartRequest, questions: impl AsyncFnOnce(&Inside<'_>)) {
    with_engine(async |bench| {
        let container = bench.engine.start(&change(bench.start_request(&bench.base))).await.unwrap();
        let inside = Inside { bench, container };
        questions(&inside).await;
        bench.engine.remove(&inside.container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn no_network_is_reachable() {
    inside(
        |request| request,
        async |inside| {
            assert_eq!(inside.printed("ls /sys/class/net").await, "lo\n");
            assert_eq!(inside.printed("cat /proc/net/route").await.lines().count(), 1, "the head of an empty table");
            inside.refused("wget -T 5 -O - http://192.0.2.1/", "").await;
            inside.refused("busybox nslookup example.org 192.0.2.53", "").await;
            inside.refused("busybox ip link add dummy0 type dummy", "not permitted").await;
            inside.refused("busybox ip addr add 192.0.2.2/24 dev lo", "not permitted").await;
            // A socket that sees and makes any packet.
            inside.refused("busybox arping -c 1 -I lo 127.0.0.1", "not permitted").await;
            // A server of its own is there, by its name and at a port that is root's elsewhere.
            let own = "mkdir /tmp/served && echo here >/tmp/served/page && busybox httpd -p 80 -h /tmp/served && wget -q -O - http://localhost/page";
            assert_eq!(inside.printed(own).await, "here\n");
        },
    )
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn no_host_path_is_mounted_and_no_engine_is_reachable() {
    inside(
        |request| request,
        async |inside| {
            let mounts = inside.printed("cat /proc/self/mounts").await;
            let strange =
                |place: &&str| !MOUNTS.contains(place) && !["/proc/", "/dev/", "/sys/"].iter().any(|own| place.starts_with(own));
            let places: Vec<&str> = mounts.lines().filter_map(|line| line.split(' ').nth(1)).filter(strange).collect();
            assert!(places.is_empty(), "{places:?} in {mounts}");
            assert_eq!(
                inside.printed("busybox find / -xdev -type s; busybox find /run /var/run /dev -type s 2>/dev/null; true").await,
                "",
                "a socket"
            );
            let known: Vec<&str> = DEVICES.split(' ').collect();
            let devices = inside.printed("ls /dev").await;
            assert!(devices.split_whitespace().all(|device| known.contains(&device)), "{devices}");
            inside.refused("busybox mknod /tmp/disk b 8 0", "not permitted").await;
            // Access to the kernel: memory, settings, keys. `h` would only print a help text into the kernel's log.
            inside.refused("echo h > /proc/sysrq-trigger", "can't create").await;
            inside.refused("echo 0 > /proc/sys/kernel/panic_on_oops", "ead-only").await;
            inside.refused("echo 0 > /sys/kernel/mm/ksm/run", "ead-only").await;
            assert_eq!(
                inside.printed("for door in kcore keys timer_list; do head -c 1 /proc/$door; done 2>/dev/null; true").await,
                ""
            );
            inside.refused("busybox dmesg", "not permitted").await;
        },
    )
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn root_has_only_the_listed_capabilities() {
    inside(
        |request| StartRequest { capabilities: vec!["CHOWN".to_owned(), "SETUID".to_owned(), "SETGID".to_owned()], ..request },
        async |inside| {
            let status = inside.printed("cat /proc/self/status").await;
            let field =
                |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
            let named = "00000000000000c1";
            assert_eq!(["CapPrm:", "CapEff:", "CapBnd:"].map(field), [named; 3]);
            assert_eq!(["CapAmb:", "NoNewPrivs:", "Seccomp:"].map(field), ["0000000000000000", "1", "2"]);
            inside.printed("echo x > /tmp/mine && chown 7:7 /tmp/mine && [ \"$(busybox stat -c %u /tmp/mine)\" = 7 ]").await;
            // DAC_OVERRIDE and FOWNER were not granted.
            inside.refused("busybox chmod 600 /tmp/mine", "not permitted").await;
            inside.refused("echo y >> /tmp/mine", "denied").await;
            inside.refused("mount -t tmpfs none /etc", "denied").await;
            inside.refused("busybox umount /etc/hosts", "").await;
            inside.refused("busybox chroot / /bin/true", "not permitted").await;
            inside.refused("busybox hostname other", "not permitted").await;
            inside.refused("busybox renice -n -5 $$", "denied").await;
            // To the time it is.
            inside.refused("busybox date -s @$(busybox date +%s); false", "not permitted").await;
            // A name space of its own would give all capabilities in it.
            inside.refused("busybox unshare -r true", "not permitted").await;
        },
    )
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_capability_has_a_name() {
    inside(
        |request| StartRequest { capabilities: Vec::new(), ..request },
        async |inside| {
            assert!(inside.printed("cat /proc/self/status").await.contains("CapBnd:\t0000000000000000\n"));
            inside.refused("echo x > /tmp/mine; chown 7:7 /tmp/mine", "not permitted").await;
            inside.refused("busybox start-stop-daemon -S -c 7:7 -x /bin/other -a /bin/busybox -- id", "not permitted").await;
            // A web server can still use port 80, because the container has its own network.
            inside.printed("echo answer > /tmp/index.html; busybox httpd -p 80 -h /tmp && wget -q -O - http://127.0.0.1/").await;
        },
    )
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn a_set_id_binary_gains_no_rights_and_other_users_processes_are_inaccessible() {
    with_engine(async |bench| {
        let built = bench
            .engine
            .build(
                bench.build(
                    "RUN busybox cp /bin/busybox /bin/su && busybox cp /bin/busybox /bin/other && busybox chmod 4755 /bin/su",
                ),
                &|_| {},
            )
            .await
            .unwrap();
        let request =
            StartRequest { capabilities: ["SETUID", "SETGID"].map(str::to_owned).to_vec(), ..bench.start_request(&built) };
        let inside = Inside { bench, container: bench.engine.start(&request).await.unwrap() };
        assert!(inside.printed("ls -l /bin/su").await.starts_with("-rwsr-xr-x"));
        // These are its words when it finds itself without the rights of its owner.
        let as_another = "busybox start-stop-daemon -S -c 7:7 -x";
        inside.refused(&format!("{as_another} /bin/su -- -c id root"), "must be suid").await;
        let pid =
            inside.printed(&format!("{as_another} /bin/other -a busybox -b -m -p /tmp/pid -- sleep 100; cat /tmp/pid")).await;
        inside.refused(&format!("cat /proc/{}/environ", pid.trim()), "denied").await;
        bench.engine.remove(&inside.container).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a container engine"]
async fn memory_swap_processes_processors_and_files_are_limited() {
    inside(
        |request| StartRequest { memory: 64 << 20, processes: 40, cpu: 500, disk: 8 << 20, ..request },
        async |inside| {
            let (memory, swapped) = (64_u64 << 20, inside.limit(["memory.swap.max", "memory/memory.memsw.limit_in_bytes"]).await);
            assert_eq!(inside.limit(["memory.max", "memory/memory.limit_in_bytes"]).await, memory.to_string());
            // One version counts swap alone, the other together with memory: none beyond it either way.
            assert!(swapped == "0" || swapped == memory.to_string(), "{swapped}");
            let shared = inside.printed("busybox df -k /dev/shm | tail -n 1").await;
            assert_eq!(shared.split_whitespace().nth(1), Some((memory >> 10).to_string().as_str()), "{shared}");
            assert_eq!(inside.limit(["pids.max", "pids/pids.max"]).await, "40");
            let quota = "cd /sys/fs/cgroup; cat cpu.max 2>/dev/null || cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us";
            let quota: Vec<u64> = inside.printed(quota).await.split_whitespace().map(|number| number.parse().unwrap()).collect();
            assert_eq!(quota[0] * 2, quota[1], "half a processor: {quota:?}");
            assert_eq!(inside.printed("ulimit -c; ulimit -Hc").await, "0\n0\n");
            inside.refused("dd if=/dev/zero of=/tmp/large bs=1M count=20", "").await;
            assert_eq!(inside.printed("busybox stat -c %s /tmp/large").await.trim(), (8 << 20).to_string());
            inside.refused("ulimit -f unlimited", "").await;
            // It asks no engine for more by writing to its own group.
            inside.refused("echo max > /sys/fs/cgroup/pids.max 2>/dev/null || echo max > /sys/fs/cgroup/pids/pids.max", "").await;
        },
    )
    .await;
}
