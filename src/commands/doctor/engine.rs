//! What is found on an engine: who it is, what it can do, what it holds of ours. It knows nothing of what else the host
//! has.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::os::unix::net::UnixStream;

use super::fix::Remedy;
use super::{Findings, host};
use crate::cli::Places;
use crate::commands::exit::Exit;
use crate::commands::{Ended, Task, settings};
use crate::engine::docker::discover::{Place, Socket};
use crate::engine::{Engine, EngineHost, Limit, RUN_LABEL};
use crate::image::Base;
use crate::model::record::EngineInfo;
use crate::run::block_on;
use crate::run::lock::{default_folder, is_dead};

/// The limits of every container, and what no longer holds where the engine cannot enforce them.
const LIMITS: [(Limit, &str); 4] =
    [(Limit::Memory, "memory"), (Limit::Swap, "swap"), (Limit::Processes, "processes"), (Limit::Cpu, "processor time")];
/// The room below which a first run is likely to fail: its bases, images and snapshots.
const ROOM: u64 = 10 << 30;

/// Looking at an engine that answers.
pub(super) struct Examination<'a> {
    pub(super) places: &'a Places,
    pub(super) remedy: &'a Remedy,
    pub(super) bases: &'a BTreeSet<String>,
    /// Those of the bases that the engine does not have, once it was asked.
    pub(super) missing: &'a mut Option<BTreeSet<String>>,
    pub(super) findings: &'a mut Findings,
}

impl Task for Examination<'_> {
    fn with<E: Engine>(mut self, engine: &E, info: EngineInfo) -> Ended {
        let EngineInfo { name, version, api, address, architecture, .. } = info;
        self.findings.good("engine", format!("{name} {version} (API {api}, {architecture}) at `{address}`"));
        match block_on(engine.host()) {
            Ok(host) => self.host(&host, address.starts_with("unix://")),
            Err(error) => self.findings.note("host", error.to_string(), None),
        }
        self.left_behind(engine);
        let settings = settings(self.places);
        let present = |base: &&String| {
            let Ok(base) = Base::parse(base) else { return false };
            let tags = [base.tag(), base.reference(settings.registry.as_deref())];
            tags.iter().any(|tag| matches!(block_on(engine.image(tag)), Ok(Some(_))))
        };
        *self.missing = Some(self.bases.iter().filter(|base| !present(base)).cloned().collect());
        Ok(Exit::Expected)
    }
}

impl Examination<'_> {
    fn host(&mut self, host: &EngineHost, local: bool) {
        let rootless = if host.rootless { ", without root's rights" } else { "" };
        let cgroups = host.cgroups.map_or("of unknown version".to_owned(), |version| format!("version {version}"));
        self.findings.good("builder", format!("{}{rootless}", host.builder));
        self.storage(host, local);
        self.findings.good("cgroups", cgroups);
        self.limits(host, local);
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

    fn limits(&mut self, host: &EngineHost, local: bool) {
        let (lacks, has): (Vec<_>, Vec<_>) = LIMITS.into_iter().partition(|(limit, _)| host.lacks.contains(limit));
        let names = |limits: Vec<(Limit, &'static str)>| limits.into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        let mut has = names(has);
        let disk = if local { host::no_quota(host) } else { None };
        if local && disk.is_none() {
            has.push("disk");
        }
        let mut found = if has.is_empty() { "none".to_owned() } else { has.join(", ") };
        let needed = host.lacks.iter().any(|limit| matches!(limit, Limit::Memory | Limit::Processes));
        if !lacks.is_empty() {
            found = format!("{found}; the engine cannot limit {}", names(lacks).join(", "));
        }
        if let Some(why) = disk {
            found = format!("{found}; not disk: {why}");
        }
        match (needed, host.lacks.is_empty()) {
            (true, _) => self.findings.bad("limits", found, self.remedy.limits(host)),
            (false, false) => self.findings.note("limits", found, Some(self.remedy.limits(host))),
            (false, true) => self.findings.good("limits", found),
        }
    }

    fn left_behind<E: Engine>(&mut self, engine: &E) {
        let owned = match block_on(engine.owned(RUN_LABEL)) {
            Ok(owned) => owned,
            Err(error) => return self.findings.note("left behind", error.to_string(), None),
        };
        // A lock that cannot be looked at is a fault of the state folder, which is looked at too.
        let dead = owned.iter().filter(|owned| is_dead(&default_folder(), owned.labels()).unwrap_or(false)).count();
        match dead {
            0 => self.findings.good("left behind", "nothing"),
            1 => self.findings.bad("left behind", "1 container or snapshot of a dead run", "matrix clean"),
            count => self.findings.bad("left behind", format!("{count} containers and snapshots of dead runs"), "matrix clean"),
        }
    }
}

/// No engine answers: where it was looked for, why there was no answer, and how to get one.
pub(super) fn unreachable(places: &Places, remedy: &Remedy, error: &anyhow::Error, findings: &mut Findings) {
    let told = format!("{error:#}");
    let found = told.split("\nhelp: ").next().unwrap_or_default();
    let fix = match Place::here(places.engine.as_deref()) {
        Place::Named { address, by } => match Place::owner(&address) {
            Some(owner) => remedy.start(owner),
            None => without(by.or_else(|| std::env::var_os("MATRIX_ENGINE").map(|_| "MATRIX_ENGINE"))),
        },
        Place::Sockets(sockets) => match sockets.iter().find(|socket| forbidden(socket)) {
            Some(socket) => remedy.admit(socket.owner),
            None => remedy.start(remedy.likeliest()),
        },
    };
    findings.bad("engine", found, fix);
}

/// What tells whether another engine answers than the one that was named.
fn without(variable: Option<&str>) -> String {
    variable.map_or("matrix doctor".to_owned(), |name| format!("env -u {name} matrix doctor"))
}

/// Whether an engine's socket is there, but not for this user.
fn forbidden(socket: &Socket) -> bool {
    let path = socket.address.trim_start_matches("unix://");
    UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::docker::discover::Owner;

    #[test]
    fn an_engine_that_was_named_is_looked_for_without_its_name() {
        assert_eq!(without(Some("DOCKER_HOST")), "env -u DOCKER_HOST matrix doctor");
        assert_eq!(without(None), "matrix doctor");
        let here = tempfile::tempdir().unwrap();
        let socket = Socket { address: format!("unix://{}/none.sock", here.path().display()), owner: Owner::Docker };
        assert!(!forbidden(&socket), "what is not there is not forbidden");
    }
}
