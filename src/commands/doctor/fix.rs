//! The command that fixes what is missing, for this host's distribution and user. It depends only on the facts in [`Remedy`], so
//! tests can ask about any host.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::subject::family;
use crate::subject::family::facts::Host;

/// The package that brings Docker.
const DOCKER: &str = "docker.io";
/// Starts the user's own Podman, which needs no rights.
pub(super) const PODMAN: &str = "podman system service --time=0 &";

/// The facts of a host on which a fix depends.
pub(super) struct Remedy {
    distribution: Option<&'static Host>,
    pub(super) root: bool,
    path: Vec<PathBuf>,
}

impl Remedy {
    pub(super) fn here() -> Self {
        // The PATH of an ordinary user lacks the folders of daemons.
        let daemons = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
        let path = std::env::var_os("PATH").unwrap_or_default();
        Remedy {
            distribution: family::host(&fs::read_to_string("/etc/os-release").unwrap_or_default()),
            root: Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == 0),
            path: std::env::split_paths(&path).chain(daemons).collect(),
        }
    }

    pub(super) fn has(&self, tool: &str) -> bool {
        let executable =
            |path: PathBuf| path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0);
        self.path.iter().any(|folder| executable(folder.join(tool)))
    }

    /// Installs packages, by the names that [`Host::renamed`] translates.
    pub(super) fn install(&self, packages: &[&str]) -> String {
        match self.distribution {
            Some(host) => self.by_root(&host.install(packages)),
            None => format!("this system's package manager; possible names: {}", packages.join(" ")),
        }
    }

    /// Starts the engine that is installed, or installs one.
    pub(super) fn start(&self) -> String {
        match (self.has("dockerd"), self.has("podman")) {
            (true, _) if self.has("systemctl") => self.by_root("systemctl start docker"),
            (true, _) => self.by_root("service docker start"),
            (false, true) => PODMAN.to_owned(),
            (false, false) => self.install(&[DOCKER]),
        }
    }

    fn by_root(&self, command: &str) -> String {
        if self.root { command.to_owned() } else { format!("sudo {command}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remedy(os_release: &str, root: bool) -> Remedy {
        Remedy { distribution: family::host(os_release), root, path: Vec::new() }
    }

    #[test]
    fn packages_are_installed_by_the_package_manager_of_the_distribution_family() {
        let packages = ["mmdebstrap", "debian-archive-keyring"];
        let install = |os_release, root| remedy(os_release, root).install(&packages);
        assert_eq!(install("ID=debian\n", true), "apt-get install -y mmdebstrap debian-archive-keyring");
        assert_eq!(
            install("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", false),
            "sudo apt-get install -y mmdebstrap debian-archive-keyring"
        );
        assert_eq!(
            install("NAME=x\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", true),
            "dnf install -y mmdebstrap debian-keyring"
        );
        assert_eq!(
            install("ID=alpine\n", true),
            "this system's package manager; possible names: mmdebstrap debian-archive-keyring"
        );
    }

    #[test]
    fn an_installed_engine_is_started_and_docker_is_installed_if_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut host = remedy("ID=debian\n", false);
        assert_eq!(host.start(), "sudo apt-get install -y docker.io");
        host.path.push(folder.path().to_owned());
        let tool = |name: &str| {
            let path = folder.path().join(name);
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        };
        tool("podman");
        assert_eq!(host.start(), PODMAN);
        tool("dockerd");
        assert_eq!(host.start(), "sudo service docker start");
        tool("systemctl");
        assert_eq!(host.start(), "sudo systemctl start docker");
    }

    #[test]
    fn a_file_that_is_not_executable_is_not_a_tool() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("podman"), "").unwrap();
        let mut host = remedy("ID=debian\n", true);
        host.path.push(folder.path().to_owned());
        assert!(!host.has("podman"));
    }
}
