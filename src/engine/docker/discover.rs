//! Where an engine is looked for: at the configured address, else at the sockets Docker and Podman have by
//! themselves. It knows addresses and who named them, not what is said over them.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The variables that name an engine, first come first heard: Docker's own and Podman's own.
const VARIABLES: [&str; 2] = ["DOCKER_HOST", "CONTAINER_HOST"];

/// Where an engine may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At this address, as it was named. No other engine may take its place: who names one has a reason.
    Named {
        /// `unix://…` or `tcp://…`.
        address: String,
        /// The variable that names it; `None` is an argument.
        by: Option<&'static str>,
    },
    /// Nobody named one: the first of these sockets over which an engine answers.
    Sockets(Vec<Socket>),
}

/// A default socket of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// Where it is, `unix://…`.
    pub address: String,
    /// Whose it is.
    pub owner: Owner,
}

/// Whose a socket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Docker, serving the whole host.
    Docker,
    /// Podman, serving the whole host.
    Podman,
    /// Podman, serving one user.
    RootlessPodman,
    /// Docker, serving one user.
    RootlessDocker,
}

impl Place {
    /// Where to look in this environment; an argument goes before a variable.
    pub fn here(argument: Option<&str>) -> Place {
        Place::of(argument, |name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn of(argument: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Place {
        let by_variable = || VARIABLES.into_iter().find_map(|name| Some((variable(name)?, Some(name))));
        match argument.map(|address| (address.to_owned(), None)).or_else(by_variable) {
            Some((address, by)) if address.starts_with('/') => Place::Named { address: format!("unix://{address}"), by },
            Some((address, by)) => Place::Named { address, by },
            None => Place::Sockets(sockets(variable("XDG_RUNTIME_DIR"))),
        }
    }

    /// Whose socket a named address is, if it is one that an engine has by itself.
    pub fn owner(address: &str) -> Option<Owner> {
        let known = sockets(std::env::var("XDG_RUNTIME_DIR").ok());
        known.into_iter().find(|socket| socket.address == address).map(|socket| socket.owner)
    }

    /// Every address to try, in order.
    pub(super) fn addresses(self) -> Vec<String> {
        match self {
            Place::Named { address, .. } => vec![address],
            Place::Sockets(sockets) => sockets.into_iter().map(|socket| socket.address).collect(),
        }
    }
}

/// The sockets of this host, and those of a user whose session has its files in `runtime`.
fn sockets(runtime: Option<String>) -> Vec<Socket> {
    let runtime = &runtime.unwrap_or_else(runtime_folder);
    let socket = |folder: &str, name: &str, owner| Socket { address: format!("unix://{folder}/{name}"), owner };
    vec![
        socket("/var/run", "docker.sock", Owner::Docker),
        socket("/run", "podman/podman.sock", Owner::Podman),
        socket(runtime, "podman/podman.sock", Owner::RootlessPodman),
        socket(runtime, "docker.sock", Owner::RootlessDocker),
    ]
}

/// Where a session's files are when no variable says so, as in a shell that `su` or cron opened.
fn runtime_folder() -> String {
    let user = Path::new("/proc/self").metadata().map_or(0, |process| process.uid());
    format!("/run/user/{user}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(argument: Option<&str>, variables: &[(&str, &str)]) -> Place {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Place::of(argument, find)
    }

    #[test]
    fn an_engine_that_was_named_is_the_only_one_tried() {
        let all = [("DOCKER_HOST", "tcp://docker:1"), ("CONTAINER_HOST", "unix:///podman.sock")];
        let named = |address: &str, by| Place::Named { address: address.to_owned(), by };
        assert_eq!(of(Some("/my.sock"), &all), named("unix:///my.sock", None));
        assert_eq!(of(None, &all), named("tcp://docker:1", Some("DOCKER_HOST")));
        assert_eq!(of(None, &all[1..]), named("unix:///podman.sock", Some("CONTAINER_HOST")));
        assert_eq!(of(None, &all).addresses(), ["tcp://docker:1"]);
    }

    #[test]
    fn without_a_name_docker_comes_first_and_the_hosts_engines_before_the_users() {
        let sockets = of(None, &[("XDG_RUNTIME_DIR", "/run/user/7")]).addresses();
        assert_eq!(
            sockets,
            [
                "unix:///var/run/docker.sock",
                "unix:///run/podman/podman.sock",
                "unix:///run/user/7/podman/podman.sock",
                "unix:///run/user/7/docker.sock",
            ]
        );
    }

    #[test]
    fn a_user_without_a_session_has_the_same_sockets() {
        let user = Path::new("/proc/self").metadata().unwrap().uid();
        let sockets = of(None, &[]).addresses();
        assert_eq!(sockets[2], format!("unix:///run/user/{user}/podman/podman.sock"));
    }
}
