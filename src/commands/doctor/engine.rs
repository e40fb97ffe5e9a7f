//! Findings about the engine.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use super::findings::Findings;
use super::fix::{PODMAN, Remedy};
use super::host;
use crate::commands::inputs::settings;
use crate::commands::places::Places;
use crate::engine::docker::discover::Location;
use crate::engine::{Engine, EngineHost, Limit, RUN_LABEL};
use crate::image::Catalog;
use crate::model::project::BaseSource;
use crate::model::record::EngineInfo;
use crate::run::block_on;
use crate::run::lock::{default_folder, is_dead};
use crate::text::advice::Advice;

/// The limits of every container, and their names.
const LIMITS: [(Limit, &str); 4] =
    [(Limit::Memory, "memory"), (Limit::Swap, "swap"), (Limit::Processes, "processes"), (Limit::Cpu, "processor time")];
/// What depends on the boot loader and the init system stands in the manual, not here.
const LIMITS_FIX: &str = "see \"Limits\" in docs/engines.md";
/// Free bytes below which a first run is likely to fail: it needs bases, images and snapshots.
const ROOM: u64 = 10 << 30;

/// Checks an engine that answers.
pub(super) struct Examination<'a> {
    pub(super) places: &'a Places,
    pub(super) findings: &'a mut Findings,
}

impl Examination<'_> {
    /// Examines the engine. Returns the bases that it does not have.
    pub(super) fn examine(&mut self, engine: &dyn Engine, info: EngineInfo, bases: &BTreeSet<String>) -> BTreeSet<String> {
        let EngineInfo { name, version, api, address, architecture, .. } = info;
        self.findings.good("engine", format!("{name} {version} (API {api}, {architecture}) at `{address}`"));
        match block_on(engine.host()) {
            Ok(host) => self.host(&host, address.starts_with("unix://")),
            Err(error) => self.findings.note("host", error.to_string(), None),
        }
        self.left_behind(engine);
        self.old_systems(&architecture, address.starts_with("unix://"));
        let settings = settings(self.places);
        let catalog = Catalog::survey(&self.places.dockerfiles).0.of(Arc::clone(&self.places.project));
        let named = block_on(engine.named(&format!("{}/", self.places.project.image_prefix))).unwrap_or_default();
        let present = |base: &&String| {
            let Ok(base) = catalog.base(base) else { return false };
            let has = |reference: String| matches!(block_on(engine.image(&reference)), Ok(Some(_)));
            named.keys().any(|tag| base.has_tag(tag)) || base.reference(settings.registry.as_deref()).is_some_and(has)
        };
        bases.iter().filter(|base| !present(base)).cloned().collect()
    }

    fn host(&mut self, host: &EngineHost, local: bool) {
        let rootless = if host.rootless { ", rootless" } else { "" };
        let cgroups = host.cgroups.map_or("of unknown version".to_owned(), |version| format!("version {version}"));
        self.findings.good("builder", format!("{}{rootless}", host.builder));
        self.storage(host, local);
        self.findings.good("cgroups", cgroups);
        self.limits(host);
    }

    fn storage(&mut self, host: &EngineHost, local: bool) {
        let found = format!("{} in `{}`", host.storage, host.root.display());
        match host::room(&host.root).filter(|_| local) {
            Some(room) if room < ROOM => {
                self.findings.bad("storage", format!("{found}, only {} GiB free", room >> 30), "matrix clean --images");
            }
            Some(room) => self.findings.good("storage", format!("{found}, {} GiB free", room >> 30)),
            None => self.findings.good("storage", found),
        }
    }

    fn limits(&mut self, host: &EngineHost) {
        let (lacks, has): (Vec<_>, Vec<_>) = LIMITS.into_iter().partition(|(limit, _)| host.lacks.contains(limit));
        let names = |limits: Vec<(Limit, &str)>| limits.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", ");
        let has = if has.is_empty() { "none".to_owned() } else { names(has) };
        if lacks.is_empty() {
            return self.findings.good("limits", has);
        }
        let found = format!("{has}; the engine cannot limit {}", names(lacks));
        if host.lacks.iter().any(|limit| matches!(limit, Limit::Memory | Limit::Processes)) {
            self.findings.bad("limits", found, LIMITS_FIX);
        } else {
            self.findings.note("limits", found, Some(LIMITS_FIX.to_owned()));
        }
    }

    /// Whether programs of old systems for amd64 can run: they call the kernel at a fixed address, which new ones may not map.
    /// Only bases that are not made from a current distribution may be so old.
    fn old_systems(&mut self, architecture: &str, local: bool) {
        let declared = |source: &BaseSource| !matches!(source, BaseSource::Debian { .. });
        let may_be_old = self.places.project.bases.values().any(|base| declared(&base.source));
        if !may_be_old || !local || !["x86_64", "amd64"].contains(&architecture) {
            return;
        }
        match std::fs::read_to_string("/proc/self/maps") {
            Ok(maps) if has_vsyscall(&maps) => self.findings.good("old systems", "the kernel has `vsyscall`"),
            Ok(_) => {
                let found = "the kernel has no `vsyscall`, so programs of systems from before 2013 end with status 139";
                self.findings.note("old systems", found, Some("see \"Old systems\" in docs/engines.md".to_owned()));
            }
            Err(error) => self.findings.note("old systems", format!("unknown: {error}"), None),
        }
    }

    fn left_behind(&mut self, engine: &dyn Engine) {
        let owned = match block_on(engine.owned(RUN_LABEL)) {
            Ok(owned) => owned,
            Err(error) => return self.findings.note("left behind", error.to_string(), None),
        };
        // An unreadable lock is a problem of the state folder, which is examined too.
        let dead = owned.iter().filter(|owned| is_dead(&default_folder(), owned.labels()).unwrap_or(false)).count();
        match dead {
            0 => self.findings.good("left behind", "nothing"),
            1 => self.findings.bad("left behind", "1 container or snapshot of a dead run", "matrix clean"),
            count => self.findings.bad("left behind", format!("{count} containers and snapshots of dead runs"), "matrix clean"),
        }
    }
}

fn has_vsyscall(maps: &str) -> bool {
    maps.lines().any(|line| line.ends_with("[vsyscall]"))
}

/// Reports that no engine answers, with the addresses, causes and a fix.
pub(super) fn unreachable(places: &Places, remedy: &Remedy, error: &anyhow::Error, findings: &mut Findings) {
    let found = error.downcast_ref::<Advice>().map_or_else(|| format!("{error:#}"), |advice| advice.message.clone());
    let fix = match Location::from_env(places.engine.as_deref()) {
        Location::Named { by, .. } => without(by.or_else(|| std::env::var_os("MATRIX_ENGINE").map(|_| "MATRIX_ENGINE"))),
        Location::Sockets(sockets) => match sockets.iter().find(|socket| forbidden(socket)) {
            // Only root may use root's Podman; any user can start one.
            Some(socket) if socket.contains("podman") => PODMAN.to_owned(),
            Some(_) => r#"sudo usermod -aG docker "$(id -un)" && newgrp docker"#.to_owned(),
            None => remedy.start(),
        },
    };
    findings.bad("engine", found, fix);
}

/// The command that tries other engines than the configured one.
fn without(variable: Option<&str>) -> String {
    variable.map_or("matrix doctor".to_owned(), |name| format!("env -u {name} matrix doctor"))
}

/// Whether a socket exists but refuses this user.
fn forbidden(socket: &str) -> bool {
    let path = socket.trim_start_matches("unix://");
    UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_old_system_calls_is_known_by_its_name() {
        assert!(has_vsyscall("7ffe-7fff r-xp 0 0 [vdso]\nffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]\n"));
        assert!(!has_vsyscall("7ffe-7fff r-xp 0 0 [vdso]\n"));
    }

    #[test]
    fn a_wrong_engine_address_is_fixed_by_leaving_it_out() {
        assert_eq!(without(Some("DOCKER_HOST")), "env -u DOCKER_HOST matrix doctor");
        assert_eq!(without(None), "matrix doctor");
        let here = tempfile::tempdir().unwrap();
        assert!(!forbidden(&format!("unix://{}/none.sock", here.path().display())), "what is not there is not forbidden");
    }
}
