//! Who is alive: a run holds a lock on a file named after it, which the kernel lets go of however the run ends.
//! Whatever carries the label of a run whose lock is free was left behind. Clocks and process ids play no part.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::engine::{HOST_LABEL, Labels, RUN_LABEL};

/// A run's proof of life.
#[derive(Debug)]
pub struct Lease {
    run: String,
    host: String,
    path: PathBuf,
    _lock: File,
}

/// A lease that could not be taken.
#[derive(Debug, thiserror::Error)]
#[error("failed to take a lease in `{}`: {cause}\nhelp: set XDG_STATE_HOME to a folder that can be written to", .folder.display())]
pub struct LeaseError {
    folder: PathBuf,
    cause: io::Error,
}

impl Lease {
    /// Takes a lease for a new run, in `folder`.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn take(folder: &Path) -> Result<Self, LeaseError> {
        let take = || -> io::Result<Self> {
            let host = host(folder)?;
            let run = format!("{}-{}", Timestamp::now().strftime("%Y%m%d-%H%M%S"), &unique()[..6]);
            let path = lock_path(folder, &run);
            // Locked before it has its name, so that nobody can find it free in between.
            let unnamed = path.with_extension("new");
            let lock = File::create(&unnamed)?;
            lock.lock()?;
            fs::rename(&unnamed, &path)?;
            Ok(Lease { run, host, path, _lock: lock })
        };
        take().map_err(|cause| LeaseError { folder: folder.to_owned(), cause })
    }

    /// The run's id.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Where it and the leases of other runs are.
    pub fn folder(&self) -> &Path {
        self.path.parent().expect("it was made by joining a name to a folder")
    }

    /// The labels of what the run creates.
    pub fn labels(&self) -> Labels {
        Labels::from([(RUN_LABEL.to_owned(), self.run.clone()), (HOST_LABEL.to_owned(), self.host.clone())])
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // A file that stays behind is free, and so means the same as none.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether what carries these labels was left by a run that is dead. Runs of other hosts (or of other lease
/// folders) are never called dead: their locks cannot be seen from here.
///
/// # Errors
/// When the folder cannot be read.
pub fn is_dead(folder: &Path, labels: &Labels) -> Result<bool, LeaseError> {
    let dead = || -> io::Result<bool> {
        let (Some(run), Some(of)) = (labels.get(RUN_LABEL), labels.get(HOST_LABEL)) else {
            return Ok(false);
        };
        if *of != host(folder)? {
            return Ok(false);
        }
        match File::open(lock_path(folder, run)) {
            Ok(file) => match file.try_lock() {
                Ok(()) => Ok(true),
                Err(TryLockError::WouldBlock) => Ok(false),
                Err(TryLockError::Error(cause)) => Err(cause),
            },
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(cause) => Err(cause),
        }
    };
    dead().map_err(|cause| LeaseError { folder: folder.to_owned(), cause })
}

/// The folder leases are kept in unless told otherwise.
pub fn default_folder() -> PathBuf {
    state_folder().join("runs")
}

/// The folder of what is to outlive a run.
pub fn state_folder() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| "/root".into())).join(".local/state");
    std::env::var_os("XDG_STATE_HOME").map_or_else(home, PathBuf::from).join("matrix")
}

/// Waits until no other run of this host makes the same thing, and keeps them from it until the value is dropped.
///
/// # Errors
/// When the folder cannot be written to.
pub fn making(folder: &Path, what: &str) -> Result<File, LeaseError> {
    let path = folder.join(format!("{}.making", what.replace(['/', ':'], "_")));
    let wait = || -> io::Result<File> {
        fs::create_dir_all(folder)?;
        let lock = File::create(&path)?;
        lock.lock()?;
        Ok(lock)
    };
    wait().map_err(|cause| LeaseError { folder: folder.to_owned(), cause })
}

/// The id of this lease folder, made on first use. It stands for "this host" on the labels.
fn host(folder: &Path) -> io::Result<String> {
    let path = folder.join("host");
    match fs::read_to_string(&path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            io::Write::write_all(&mut file, &unique().as_bytes()[..16])?;
            // Whoever is first wins; the others read what the first wrote.
            let _ = file.persist_noclobber(&path);
            fs::read_to_string(&path)
        }
        read => read,
    }
}

fn lock_path(folder: &Path, run: &str) -> PathBuf {
    folder.join(format!("{run}.lock"))
}

/// Hexadecimal digits nobody else has.
fn unique() -> String {
    let seed = format!("{:?} {} {:?}", Timestamp::now(), std::process::id(), std::time::Instant::now());
    crate::source::digest(seed.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_alive_while_it_holds_its_lease_and_dead_after() {
        let folder = tempfile::tempdir().unwrap();
        let lease = Lease::take(folder.path()).unwrap();
        let labels = lease.labels();
        assert!(!is_dead(folder.path(), &labels).unwrap());
        drop(lease);
        assert!(is_dead(folder.path(), &labels).unwrap());
    }

    #[test]
    fn a_lock_file_that_nobody_holds_means_dead() {
        let folder = tempfile::tempdir().unwrap();
        let labels = Lease::take(folder.path()).unwrap().labels();
        File::create(lock_path(folder.path(), &labels[RUN_LABEL])).unwrap();
        assert!(is_dead(folder.path(), &labels).unwrap());
    }

    #[test]
    fn runs_of_another_host_are_never_called_dead() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let labels = Lease::take(there.path()).unwrap().labels();
        assert!(!is_dead(here.path(), &labels).unwrap());
        assert!(is_dead(there.path(), &labels).unwrap());
    }

    #[test]
    fn two_runs_have_two_ids_and_one_host() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (Lease::take(folder.path()).unwrap(), Lease::take(folder.path()).unwrap());
        assert_ne!(one.run(), two.run());
        assert_eq!(one.labels()[HOST_LABEL], two.labels()[HOST_LABEL]);
    }
}
