//! Addresses of engines: the configured one, or the default sockets of Docker and Podman.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Variables that name an engine, in order of precedence.
const VARIABLES: [&str; 2] = ["DOCKER_HOST", "CONTAINER_HOST"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A configured address. No other engine replaces it.
    Named {
        address: String,
        /// The variable that holds the address; `None` is an argument.
        by: Option<&'static str>,
    },
    /// No address is configured: the first of these sockets that answers.
    Sockets(Vec<String>),
}

impl Location {
    /// Addresses in this environment; an argument takes precedence over variables.
    pub fn from_env(argument: Option<&str>) -> Location {
        Location::of(argument, |name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn of(argument: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Location {
        let by_variable = || VARIABLES.into_iter().find_map(|name| Some((variable(name)?, Some(name))));
        match argument.map(|address| (address.to_owned(), None)).or_else(by_variable) {
            Some((address, by)) if address.starts_with('/') => Location::Named { address: format!("unix://{address}"), by },
            Some((address, by)) => Location::Named { address, by },
            None => Location::Sockets(sockets(variable("XDG_RUNTIME_DIR"))),
        }
    }

    /// All addresses to try, in order.
    pub(super) fn addresses(self) -> Vec<String> {
        match self {
            Location::Named { address, .. } => vec![address],
            Location::Sockets(sockets) => sockets,
        }
    }
}

/// Default sockets of this host and of a user whose runtime folder is `runtime`.
fn sockets(runtime: Option<String>) -> Vec<String> {
    let runtime = runtime.unwrap_or_else(runtime_folder);
    vec![
        "unix:///var/run/docker.sock".to_owned(),
        "unix:///run/podman/podman.sock".to_owned(),
        format!("unix://{runtime}/podman/podman.sock"),
        format!("unix://{runtime}/docker.sock"),
    ]
}

/// The default runtime folder of this user, for shells without XDG_RUNTIME_DIR, such as those of `su` or cron.
fn runtime_folder() -> String {
    let user = Path::new("/proc/self").metadata().map_or(0, |process| process.uid());
    format!("/run/user/{user}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(argument: Option<&str>, variables: &[(&str, &str)]) -> Location {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Location::of(argument, find)
    }

    #[test]
    fn a_given_engine_address_is_the_only_one_used() {
        let all = [("DOCKER_HOST", "tcp://docker:1"), ("CONTAINER_HOST", "unix:///podman.sock")];
        let named = |address: &str, by| Location::Named { address: address.to_owned(), by };
        assert_eq!(of(Some("/my.sock"), &all), named("unix:///my.sock", None));
        assert_eq!(of(None, &all), named("tcp://docker:1", Some("DOCKER_HOST")));
        assert_eq!(of(None, &all[1..]), named("unix:///podman.sock", Some("CONTAINER_HOST")));
        assert_eq!(of(None, &all).addresses(), ["tcp://docker:1"]);
    }

    #[test]
    fn without_an_address_docker_comes_first_and_system_engines_before_user_engines() {
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
