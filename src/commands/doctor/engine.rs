//! Findings about the engine.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::os::unix::net::UnixStream;

use super::findings::Findings;
use super::fix::{PODMAN, Remedy};
use super::host;
use crate::commands::inputs::settings;
use crate::commands::places::Places;
use crate::engine::docker::discover::Location;
use crate::engine::{Engine, EngineHost, IMAGE_NAMES, Limit, RUN_LABEL};
use crate::image::Base;
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
        let settings = settings(self.places);
        let named = block_on(engine.named(IMAGE_NAMES)).unwrap_or_default();
        let present = |base: &&String| {
            let Ok(base) = Base::parse(base) else { return false };
            let reference = base.reference(settings.registry.as_deref());
            named.keys().any(|tag| base.has_tag(tag)) || matches!(block_on(engine.image(&reference)), Ok(Some(_)))
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
    fn a_wrong_engine_address_is_fixed_by_leaving_it_out() {
        assert_eq!(without(Some("DOCKER_HOST")), "env -u DOCKER_HOST matrix doctor");
        assert_eq!(without(None), "matrix doctor");
        let here = tempfile::tempdir().unwrap();
        assert!(!forbidden(&format!("unix://{}/none.sock", here.path().display())), "what is not there is not forbidden");
    }
}
