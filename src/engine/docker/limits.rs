//! Limits of containers that depend on the engine's host.

use std::sync::atomic::{AtomicBool, Ordering};

use bollard::models::SystemInfo;

/// What the host of an engine can enforce.
#[derive(Debug)]
pub(super) struct Limits {
    cpus: Option<i64>,
    /// Whether the size of a container's file system can be limited; corrected when the engine refuses.
    quota: AtomicBool,
}

impl Limits {
    pub(super) fn of(info: &SystemInfo) -> Limits {
        let status = info.driver_status.iter().flatten().map(Vec::as_slice);
        let mut xfs = status.filter(|pair| matches!(pair, [key, value] if key == "Backing Filesystem" && value == "xfs"));
        let quota = match info.driver.as_deref() {
            Some("btrfs" | "zfs" | "devicemapper") => true,
            Some("overlay2") => xfs.next().is_some(),
            _ => false,
        };
        Limits { cpus: info.ncpu.filter(|cpus| *cpus > 0), quota: AtomicBool::new(quota) }
    }

    /// Converts thousandths of a processor to billionths, at most those of all processors: engines refuse more.
    pub(super) fn cpu(&self, thousandths: u32) -> i64 {
        let asked = i64::from(thousandths) * 1_000_000;
        self.cpus.map_or(asked, |cpus| asked.min(cpus * 1_000_000_000))
    }

    pub(super) fn quota(&self) -> bool {
        self.quota.load(Ordering::Relaxed)
    }

    pub(super) fn refuse_quota(&self) {
        self.quota.store(false, Ordering::Relaxed);
    }
}
