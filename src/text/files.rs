//! Safe access to files that others may have tampered with. Reads accept only plain files up to a size limit. Writes create
//! a temporary file and rename it, so that readers see all or nothing, and follow no link.

use std::fs::{self, File, Metadata, Permissions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use tempfile::NamedTempFile;

/// Name prefix of a temporary file.
const UNFINISHED: &str = ".matrix-";
/// Number of retries if other processes keep removing a file.
const TRIES: usize = 100;

/// Who may read a written file, subject to the umask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    All,
    User,
}

/// Reads a plain file of at most `most` bytes. Follows links; does not block on a pipe or a device.
///
/// # Errors
/// If it is not a regular file, is larger (`FileTooLarge`), or cannot be read.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = plain(File::options().read(true).custom_flags(flags(OFlags::NONBLOCK)).open(path)?)?;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {most} bytes"))),
        false => Ok(bytes),
    }
}

/// Like [`read`], for text.
///
/// # Errors
/// As for [`read`], and if it is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// Opens or creates a file to lock or to write into, without changing its content. Symbolic and hard links are refused.
///
/// # Errors
/// If the name belongs to anything but a plain file without other names.
pub fn open_own(path: &Path) -> io::Result<File> {
    let flags = flags(OFlags::NOFOLLOW | OFlags::NONBLOCK);
    let opened = File::options().read(true).write(true).create(true).truncate(false).custom_flags(flags).open(path);
    let file = plain(opened.map_err(|cause| match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => io::Error::other("it is a link, and links are not followed for writing"),
        _ => cause,
    })?)?;
    match file.metadata()?.nlink() {
        0 | 1 => Ok(file),
        names => Err(io::Error::other(format!("it has {names} hard links, so writing to it would change the others"))),
    }
}

/// Opens an existing plain file, for its lock.
///
/// # Errors
/// If it does not exist, is a link, or is not a plain file.
pub fn open_there(path: &Path) -> io::Result<File> {
    plain(File::options().read(true).custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK)).open(path)?)
}

/// Writes a file atomically: synced to disk, then renamed. An earlier file or link of that name is replaced, not written
/// to.
///
/// # Errors
/// If the folder cannot be created or written to; an earlier file is unchanged then.
pub fn write(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let beside = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    unfinished(beside, bytes, readers)?.persist(path)
}

/// A complete temporary file. It is removed unless it is persisted.
#[derive(Debug)]
pub struct Unfinished(NamedTempFile);

impl Unfinished {
    /// Renames it to its final name.
    ///
    /// # Errors
    /// If it cannot be renamed.
    pub fn persist(self, path: &Path) -> io::Result<()> {
        self.0.persist(path).map(drop).map_err(|error| error.error)
    }
}

/// Writes a temporary file into a folder, which is created if necessary.
///
/// # Errors
/// If the folder cannot be created or written to.
pub fn unfinished(folder: &Path, bytes: &[u8], readers: Readers) -> io::Result<Unfinished> {
    fs::create_dir_all(folder)?;
    let mode = Permissions::from_mode(if readers == Readers::All { 0o666 } else { 0o600 });
    for _ in 0..TRIES {
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).permissions(mode.clone()).tempfile_in(folder)?;
        // Another process removes unlocked files, so this one may disappear between its creation and its lock.
        if locked(file.as_file(), file.path())? {
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            return Ok(Unfinished(file));
        }
    }
    Err(io::Error::other("another process keeps removing the temporary files"))
}

/// Waits for the lock on a file, and returns whether the path still refers to it. A lock file is only removed by the holder
/// of its lock, so a file that still has its name once locked keeps it.
///
/// # Errors
/// If the file cannot be locked.
pub fn locked(file: &File, path: &Path) -> io::Result<bool> {
    file.lock()?;
    is_at(file, path)
}

/// Creates and locks a lock file.
///
/// # Errors
/// As for [`open_own`].
pub fn lock(path: &Path) -> io::Result<File> {
    for _ in 0..TRIES {
        let file = open_own(path)?;
        if locked(&file, path)? {
            return Ok(file);
        }
    }
    Err(io::Error::other("another process keeps removing it"))
}

/// Removes the files that killed processes left in a folder: temporary files, and files whose names end in one of `endings`,
/// unless they are locked. Errors are ignored.
pub fn tidy(folder: &Path, endings: &[&str]) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(UNFINISHED) || endings.iter().any(|ending| name.ends_with(ending)) {
            // A file that cannot be removed is unlocked, and so has no effect.
            let _ = remove_free(&path);
        }
    }
}

/// Removes a plain file that is not locked.
fn remove_free(path: &Path) -> io::Result<()> {
    let file = open_there(path)?;
    match file.try_lock() {
        Ok(()) if is_at(&file, path)? => fs::remove_file(path),
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(()),
        Err(TryLockError::Error(cause)) => Err(cause),
    }
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let same = |one: &Metadata, other: &Metadata| (one.dev(), one.ino()) == (other.dev(), other.ino());
    match fs::symlink_metadata(path) {
        Ok(there) => Ok(same(&file.metadata()?, &there)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn plain(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is not a regular file")) }
}

fn flags(flags: OFlags) -> i32 {
    i32::try_from(flags.bits()).expect("the flags of open fit into its argument")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn fifo(path: &Path) {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    #[test]
    fn only_regular_files_of_bounded_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a"), "12345").unwrap();
        symlink("a", at("to-a")).unwrap();
        fifo(&at("pipe"));
        symlink("pipe", at("to-pipe")).unwrap();
        symlink("/dev/zero", at("zero")).unwrap();
        assert_eq!(read(&at("to-a"), 5).unwrap(), b"12345");
        let message = |name: &str| read(&at(name), 4).unwrap_err().to_string();
        assert_eq!(message("a"), "it has more than 4 bytes");
        for name in ["pipe", "to-pipe", "zero", "."] {
            assert_eq!(message(name), "it is not a regular file", "{name}");
        }
        fs::write(at("latin"), b"\xe9").unwrap();
        assert_eq!(read_text(&at("latin"), 5).unwrap_err().to_string(), "it is not UTF-8 text");
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("victim"), "mine").unwrap();
        symlink("victim", at("link")).unwrap();
        symlink("nothing", at("lost")).unwrap();
        fs::hard_link(at("victim"), at("other-name")).unwrap();
        fifo(&at("pipe"));
        for name in ["link", "lost", "other-name", "pipe"] {
            open_own(&at(name)).unwrap_err();
            lock(&at(name)).unwrap_err();
        }
        assert!(!at("nothing").exists());
        for name in ["link", "other-name"] {
            write(&at(name), b"new", Readers::All).unwrap();
            assert_eq!(fs::read_to_string(at(name)).unwrap(), "new");
            assert!(fs::symlink_metadata(at(name)).unwrap().is_file());
        }
        assert_eq!(fs::read_to_string(at("victim")).unwrap(), "mine");
    }

    #[test]
    fn files_of_killed_processes_are_removed_and_those_of_living_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let begun = unfinished(folder.path(), b"half", Readers::User).unwrap();
        let held = lock(&at("alive.lock")).unwrap();
        for name in [".matrix-old", "dead.lock", "x.making", "host", "y.json"] {
            fs::write(at(name), "").unwrap();
        }
        symlink("host", at("z.lock")).unwrap();
        tidy(folder.path(), &[".lock", ".making"]);
        let left = || {
            let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<String> = names.filter(|name| !name.starts_with(UNFINISHED)).collect();
            names.sort();
            names
        };
        assert_eq!(left(), ["alive.lock", "host", "y.json", "z.lock"]);
        assert!(!at(".matrix-old").exists());
        begun.persist(&at("whole")).unwrap();
        assert_eq!(fs::read_to_string(at("whole")).unwrap(), "half");
        drop(held);
        tidy(folder.path(), &[".lock"]);
        assert_eq!(left(), ["host", "whole", "y.json", "z.lock"]);
    }

    #[test]
    fn concurrent_lock_and_remove_never_gives_two_holders() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.making");
        let inside = std::sync::atomic::AtomicUsize::new(0);
        let work = || {
            for _ in 0..50 {
                let held = lock(&path).unwrap();
                assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                tidy(folder.path(), &[".making"]);
                inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                fs::remove_file(&path).unwrap();
                drop(held);
            }
        };
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(work))));
    }
}
