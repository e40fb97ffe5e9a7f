//! The command that fixes what is missing, for this host's distribution, init system and user. It depends only on the facts in
//! [`Remedy`], so tests can ask about any host.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::engine::EngineHost;
use crate::engine::docker::discover::Owner;
use crate::subject::family;
use crate::subject::family::facts::{Host, grub};

/// The package that brings Docker.
const DOCKER: &str = "docker.io";

/// The facts of a host on which a fix depends.
pub(super) struct Remedy {
    distribution: Option<&'static Host>,
    /// Whether the user is root.
    pub(super) root: bool,
    /// Whether systemd starts the services.
    systemd: bool,
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
            systemd: Path::new("/run/systemd/system").is_dir(),
            path: std::env::split_paths(&path).chain(daemons).collect(),
        }
    }

    /// Whether a tool is installed.
    pub(super) fn has(&self, tool: &str) -> bool {
        let executable =
            |path: PathBuf| path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0);
        self.path.iter().any(|folder| executable(folder.join(tool)))
    }

    /// Installs packages, by the names that [`Host::renamed`] translates.
    pub(super) fn install(&self, packages: &[&str]) -> String {
        match self.distribution {
            Some(host) => self.by_root(&host.install(packages)),
            None => format!("this system's package manager, which may call it: {}", packages.join(" ")),
        }
    }

    /// The engine that takes least work to start.
    pub(super) fn likeliest(&self) -> Owner {
        match (self.has("dockerd"), self.has("podman"), self.root) {
            (false, true, true) => Owner::Podman,
            (false, true, false) => Owner::RootlessPodman,
            (true, _, _) | (false, false, _) => Owner::Docker,
        }
    }

    /// Makes an engine listen on its default socket.
    pub(super) fn start(&self, owner: Owner) -> String {
        match (owner, self.systemd) {
            (Owner::Docker, _) if !self.has("dockerd") => self.install(&[DOCKER]),
            (Owner::Docker, true) => self.by_root("systemctl start docker"),
            (Owner::Docker, false) => self.by_root("service docker start"),
            (Owner::Podman, true) => self.by_root("systemctl start podman.socket"),
            (Owner::Podman, false) => format!("{} &", self.by_root("podman system service --time=0")),
            (Owner::RootlessPodman, true) => "systemctl --user start podman.socket".to_owned(),
            (Owner::RootlessPodman, false) => "podman system service --time=0 &".to_owned(),
            (Owner::RootlessDocker, true) => "systemctl --user start docker".to_owned(),
            (Owner::RootlessDocker, false) => "dockerd-rootless.sh &".to_owned(),
        }
    }

    /// Gives this user access to an engine that runs for others.
    pub(super) fn admit(&self, owner: Owner) -> String {
        match owner {
            Owner::Docker | Owner::RootlessDocker => r#"sudo usermod -aG docker "$(id -un)" && newgrp docker"#.to_owned(),
            // Only root may use root's Podman; any user can start one.
            Owner::Podman | Owner::RootlessPodman => self.start(Owner::RootlessPodman),
        }
    }

    /// Makes the host support the limits that the engine lacks.
    pub(super) fn limits(&self, host: &EngineHost) -> String {
        match (host.rootless, host.cgroups) {
            (true, Some(2)) => {
                let file = "/etc/systemd/system/user@.service.d/delegate.conf";
                let text = r"[Service]\nDelegate=cpu cpuset io memory pids\n";
                self.by_root(&format!("sh -c 'mkdir -p ${{0%/*}} && printf \"{text}\" >$0' {file}"))
            }
            (true, _) => self.boot("systemd.unified_cgroup_hierarchy=1"),
            (false, _) => self.boot("cgroup_enable=memory swapaccount=1"),
        }
    }

    /// Starts the kernel with more arguments, from the next start on.
    fn boot(&self, arguments: &str) -> String {
        self.by_root(&self.distribution.map_or(grub as fn(&str) -> String, |host| host.boot)(arguments))
    }

    fn by_root(&self, command: &str) -> String {
        if self.root { command.to_owned() } else { format!("sudo {command}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remedy(os_release: &str, root: bool, systemd: bool) -> Remedy {
        Remedy { distribution: family::host(os_release), root, systemd, path: Vec::new() }
    }

    #[test]
    fn packages_come_by_the_manager_of_the_distribution_and_its_kin() {
        let packages = ["mmdebstrap", "debian-archive-keyring"];
        let install = |os_release, root| remedy(os_release, root, true).install(&packages);
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
            "this system's package manager, which may call it: mmdebstrap debian-archive-keyring"
        );
    }

    #[test]
    fn an_engine_is_started_by_whoever_starts_services_and_installed_when_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut host = remedy("ID=debian\n", false, true);
        assert_eq!(host.start(host.likeliest()), "sudo apt-get install -y docker.io");
        host.path.push(folder.path().to_owned());
        let tool = |name: &str| {
            let path = folder.path().join(name);
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        };
        tool("podman");
        assert_eq!(host.start(host.likeliest()), "systemctl --user start podman.socket");
        assert_eq!(Remedy { root: true, systemd: false, ..host }.start(Owner::Podman), "podman system service --time=0 &");
        tool("dockerd");
        let mut host = remedy("ID=debian\n", false, true);
        host.path.push(folder.path().to_owned());
        assert_eq!(host.start(host.likeliest()), "sudo systemctl start docker");
        host.systemd = false;
        assert_eq!(host.start(host.likeliest()), "sudo service docker start");
    }

    #[test]
    fn a_file_that_cannot_be_executed_is_no_tool() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("podman"), "").unwrap();
        let mut host = remedy("ID=debian\n", true, true);
        host.path.push(folder.path().to_owned());
        assert!(!host.has("podman"));
    }

    #[test]
    fn limits_come_with_the_kernels_arguments_or_with_delegation() {
        let host = |rootless, cgroups| EngineHost { rootless, cgroups: Some(cgroups), ..EngineHost::default() };
        let debian = remedy("ID=debian\n", true, true);
        assert!(debian.limits(&host(true, 1)).contains("systemd.unified_cgroup_hierarchy=1"));
        assert!(debian.limits(&host(true, 2)).contains("Delegate="));
        let fedora = remedy("ID=fedora\n", false, true);
        assert_eq!(fedora.limits(&host(false, 1)), "sudo grubby --update-kernel=ALL --args='cgroup_enable=memory swapaccount=1'");
    }
}
