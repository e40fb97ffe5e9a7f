//! Locks that show which runs are alive. A run holds a lock on a file named after it, which the kernel releases however the run
//! ends. An object labelled with a run whose lock is free was left behind. Clocks and process ids are not used.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::engine::{HOST_LABEL, Labels, RUN_LABEL};
use crate::text::advice::Advice;
use crate::text::files;

/// Extensions of lock files.
const LOCKS: [&str; 3] = [".lock", ".new", ".making"];
/// Size limit of the file with the host id, in bytes.
const LONGEST_ID: u64 = 256;

#[derive(Debug)]
pub struct Lease {
    run: String,
    host: String,
    path: PathBuf,
    _lock: File,
}

fn failed(folder: &Path) -> impl FnOnce(io::Error) -> Advice {
    let message = format!("failed to lock a run in `{}`", folder.display());
    move |cause| Advice::new(format!("{message}: {cause}"), "set XDG_STATE_HOME to a writable folder")
}

impl Lease {
    /// Takes a lease for a new run in `folder` and removes lock files of killed runs.
    pub fn take(folder: &Path) -> Result<Self, Advice> {
        let take = || -> io::Result<Self> {
            let host = host(folder)?;
            let run = format!("{}-{}", Timestamp::now().strftime("%Y%m%d-%H%M%S"), &unique()[..6]);
            let path = lock_path(folder, &run);
            // The file is locked before it gets its final name, so that no other process sees it unlocked.
            let unnamed = path.with_extension("new");
            let lock = files::lock(&unnamed)?;
            fs::rename(&unnamed, &path)?;
            files::tidy(folder, &LOCKS);
            Ok(Lease { run, host, path, _lock: lock })
        };
        take().map_err(failed(folder))
    }

    pub fn run(&self) -> &str {
        &self.run
    }

    /// The folder of this and other leases.
    pub fn folder(&self) -> &Path {
        self.path.parent().expect("it was made by joining a name to a folder")
    }

    /// Labels of all objects that the run creates.
    pub fn labels(&self) -> Labels {
        Labels::from([(RUN_LABEL.to_owned(), self.run.clone()), (HOST_LABEL.to_owned(), self.host.clone())])
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // If the file remains, it is unlocked, which means the same as an absent one.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether the run with these labels is dead. Runs of other hosts or lease folders never count as dead: their locks are not
/// visible here.
pub fn is_dead(folder: &Path, labels: &Labels) -> Result<bool, Advice> {
    let dead = || -> io::Result<bool> {
        let (Some(run), Some(of)) = (labels.get(RUN_LABEL), labels.get(HOST_LABEL)) else {
            return Ok(false);
        };
        if *of != host(folder)? {
            return Ok(false);
        }
        // A label can hold any text; it must not name a file in another folder.
        if run.contains('/') {
            return Ok(false);
        }
        match files::open_there(&lock_path(folder, run)) {
            Ok(file) => match file.try_lock() {
                Ok(()) => Ok(true),
                Err(TryLockError::WouldBlock) => Ok(false),
                Err(TryLockError::Error(cause)) => Err(cause),
            },
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(cause) => Err(cause),
        }
    };
    dead().map_err(failed(folder))
}

pub fn default_folder() -> PathBuf {
    state_folder().join("runs")
}

/// Folder of state that outlives a run. Empty or relative variables count as unset.
pub fn state_folder() -> PathBuf {
    state_folder_of(|name| std::env::var_os(name))
}

fn state_folder_of(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let whole = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || whole("HOME").unwrap_or_else(|| "/root".into()).join(".local/state");
    whole("XDG_STATE_HOME").unwrap_or_else(home).join("matrix")
}

/// An exclusive lock on making an image on this host.
#[derive(Debug)]
pub struct ImageLock {
    path: PathBuf,
    _lock: File,
}

impl Drop for ImageLock {
    fn drop(&mut self) {
        // The file is removed while it is locked, so no other process holds it. If it remains, it is unlocked, which means the
        // same as an absent one.
        let _ = fs::remove_file(&self.path);
    }
}

/// Waits until no other run of this host makes this image, and locks it.
pub fn lock_image(folder: &Path, what: &str) -> Result<ImageLock, Advice> {
    let path = folder.join(format!("{}.making", what.replace(['/', ':'], "_")));
    let lock = fs::create_dir_all(folder).and_then(|()| files::lock(&path));
    lock.map(|lock| ImageLock { path, _lock: lock }).map_err(failed(folder))
}

/// The id of this lease folder, created on first use. It identifies the host in labels.
fn host(folder: &Path) -> io::Result<String> {
    let path = folder.join("host");
    match files::read_text(&path, LONGEST_ID) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            io::Write::write_all(&mut file, &unique().as_bytes()[..16])?;
            // The first writer wins; the others read its id.
            let _ = file.persist_noclobber(&path);
            files::read_text(&path, LONGEST_ID)
        }
        read => read,
    }
}

fn lock_path(folder: &Path, run: &str) -> PathBuf {
    folder.join(format!("{run}.lock"))
}

/// Unique hexadecimal digits.
fn unique() -> String {
    let seed = format!("{:?} {} {:?}", Timestamp::now(), std::process::id(), std::time::Instant::now());
    crate::text::digest::digest(seed.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_alive_while_it_holds_its_lock_and_dead_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let lease = Lease::take(folder.path()).unwrap();
        let labels = lease.labels();
        assert!(!is_dead(folder.path(), &labels).unwrap());
        drop(lease);
        assert!(is_dead(folder.path(), &labels).unwrap());
    }

    #[test]
    fn a_lock_file_without_a_holder_means_a_dead_run() {
        let folder = tempfile::tempdir().unwrap();
        let labels = Lease::take(folder.path()).unwrap().labels();
        File::create(lock_path(folder.path(), &labels[RUN_LABEL])).unwrap();
        assert!(is_dead(folder.path(), &labels).unwrap());
    }

    #[test]
    fn runs_of_another_host_never_count_as_dead() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let labels = Lease::take(there.path()).unwrap().labels();
        assert!(!is_dead(here.path(), &labels).unwrap());
        assert!(is_dead(there.path(), &labels).unwrap());
    }

    #[test]
    fn lock_files_of_killed_runs_are_removed_by_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let dead = Lease::take(folder.path()).unwrap().labels();
        for name in [format!("{}.lock", dead[RUN_LABEL]), "x.new".into(), "matrix_a_1.making".into()] {
            File::create(folder.path().join(name)).unwrap();
        }
        let (alive, makes) = (Lease::take(folder.path()).unwrap(), lock_image(folder.path(), "matrix/b:2").unwrap());
        let next = Lease::take(folder.path()).unwrap();
        let mut names: Vec<String> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        let mut expected =
            [format!("{}.lock", alive.run()), format!("{}.lock", next.run()), "host".into(), "matrix_b_2.making".into()];
        expected.sort();
        assert_eq!(names, expected);
        assert!(is_dead(folder.path(), &dead).unwrap() && !is_dead(folder.path(), &alive.labels()).unwrap());
        drop((alive, makes, next));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "only the id of the folder stays");
    }

    #[test]
    fn a_lock_is_not_taken_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join("matrix_a_1.making")).unwrap();
        let error = lock_image(folder.path(), "matrix/a:1").unwrap_err().to_string();
        assert!(error.contains("it is a link"), "{error}");
        assert_eq!(fs::read_to_string(victim).unwrap(), "mine");
    }

    #[test]
    fn a_state_home_that_is_empty_or_relative_counts_as_unset() {
        let of = |state: Option<&str>, home: Option<&str>| {
            state_folder_of(|name| if name == "HOME" { home } else { state }.map(OsString::from)).display().to_string()
        };
        assert_eq!(of(Some("/s"), Some("/h")), "/s/matrix");
        for state in [None, Some(""), Some("state"), Some("./state")] {
            assert_eq!(of(state, Some("/h")), "/h/.local/state/matrix");
        }
        assert_eq!(of(None, Some("")), "/root/.local/state/matrix");
    }

    #[test]
    fn two_runs_have_two_ids_and_one_host() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (Lease::take(folder.path()).unwrap(), Lease::take(folder.path()).unwrap());
        assert_ne!(one.run(), two.run());
        assert_eq!(one.labels()[HOST_LABEL], two.labels()[HOST_LABEL]);
    }
}
