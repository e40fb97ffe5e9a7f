//! What the host itself must have: disk space, programs that bootstrap bases, certificates, writable folders.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::findings::Findings;
use super::fix::Remedy;
use crate::run::lock::default_folder;
use crate::subject::family;
use crate::subject::family::facts::{Found, Need};
use crate::text::shell::quoted;

/// Where Linux distributions keep the certificates they trust, in one file.
const CERTIFICATES: [&str; 4] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"];
/// The package that brings them.
const CERTIFICATES_PACKAGE: &str = "ca-certificates";

/// The free bytes of the file system of a folder; `None` if unknown.
pub(super) fn room(folder: &Path) -> Option<u64> {
    // Portable, in units of 1024 bytes: name, size, used, free.
    let df = Command::new("df").arg("-Pk").arg(folder).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(df.stdout).ok()?;
    let free: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(free << 10)
}

/// What the host needs to bootstrap bases. `all` are the bases of the scenarios, `missing` those that the engine
/// lacks.
pub(super) fn bootstrap(remedy: &Remedy, all: &BTreeSet<String>, missing: &BTreeSet<String>, findings: &mut Findings) {
    let bases = family::of_all(all.iter().filter_map(|name| name.split('-').next()));
    let tools = bases.iter().map(|bases| bases.bootstrap.tool).collect::<Vec<_>>().join(" and ");
    let lacking: Vec<&Need> = bases.iter().flat_map(|bases| bases.needs).filter(|need| !is_met(need, remedy)).collect();
    let names = missing.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let lack = lacking.iter().map(|need| need.what).collect::<Vec<_>>().join(", ");
    let packages: Vec<&str> = lacking.iter().map(|need| need.package).collect();
    match (missing.is_empty(), packages.is_empty()) {
        (true, true) => findings.good("bases", format!("all present; {tools} can rebuild them")),
        (true, false) => {
            findings.note("bases", format!("all present; rebuilding them needs {lack}"), Some(remedy.install(&packages)))
        }
        (false, true) => findings.good("bases", format!("will be pulled, or bootstrapped with {tools}: {names}")),
        (false, false) => findings.bad(
            "bases",
            format!("missing: {names}\nwithout {lack} they can only be pulled from a registry"),
            remedy.install(&packages),
        ),
    }
}

fn is_met(need: &Need, remedy: &Remedy) -> bool {
    match need.found {
        Found::Program => remedy.has(need.what),
        Found::UserProgram => remedy.root || remedy.has(need.what),
        Found::File(paths) => paths.iter().any(|path| Path::new(path).exists()),
    }
}

/// The certificates that authenticate the package index.
pub(super) fn certificates(remedy: &Remedy, findings: &mut Findings) {
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let usual = CERTIFICATES.iter().map(PathBuf::from);
    let places: Vec<PathBuf> = named.map_or_else(|| usual.collect(), |file| vec![file]);
    let count = |path: &PathBuf| fs::read_to_string(path).map_or(0, |text| text.matches("-----BEGIN CERTIFICATE-----").count());
    match places.iter().map(|path| (count(path), path)).find(|(count, _)| *count > 0) {
        Some((count, path)) => findings.good("certificates", format!("{count} in `{}`", path.display())),
        None => {
            let names = places.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ");
            findings.bad("certificates", format!("none in {names}"), remedy.install(&[CERTIFICATES_PACKAGE]));
        }
    }
}

/// The folders that a run writes to, besides the report folder.
pub(super) fn folders(cache: &Path, findings: &mut Findings) {
    for (what, folder, variable) in [("state", &*default_folder(), "XDG_STATE_HOME"), ("cache", cache, "MATRIX_CACHE")] {
        match writable(folder) {
            Ok(()) => findings.good(what, format!("`{}` can be written to", folder.display())),
            Err(error) => {
                let fix = match error.kind() {
                    ErrorKind::PermissionDenied => {
                        format!("sudo install -d -o \"$(id -un)\" {}", quoted(&folder.display().to_string()))
                    }
                    _ => format!("export {variable}=/tmp/matrix-{what}"),
                };
                findings.bad(what, format!("`{}` cannot be written to: {error}", folder.display()), fix);
            }
        }
    }
}

/// Creates an unnamed file in a folder, or in the nearest parent that exists.
fn writable(folder: &Path) -> io::Result<()> {
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
    tempfile::tempfile_in(there).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_is_writable_if_its_parent_is() {
        let folder = tempfile::tempdir().unwrap();
        writable(&folder.path().join("a/b")).unwrap();
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "looking leaves nothing");
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(writable(&file.join("below")).is_err());
    }

    #[test]
    fn the_free_space_of_a_folder_is_known_and_that_of_a_missing_one_is_not() {
        assert!(room(&std::env::temp_dir()).unwrap() > 0);
        assert_eq!(room(Path::new("/nowhere/at/all")), None);
    }
}
