//! The first pin of an archive: compares the digest that the index publishes with the archive, and adds a line to the file of
//! pins.

use std::fs::File;
use std::io;
use std::path::Path;

use super::archive::{Cache, MOST_PINS, Pins, SourceError, pinned};
use crate::subject::index::{self, Link, Named, release};
use crate::text::advice::Advice;
use crate::text::files::{self, Readers};
use crate::text::version::Version;

/// Maximum number of releases that a message suggests for an unknown one.
const MOST_NEAR: usize = 4;

/// Why an archive was not pinned.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// The release or the file of pins is wrong.
    #[error(transparent)]
    Input(Advice),
    /// The index or the archive is not available, or cannot be trusted.
    #[error(transparent)]
    Unavailable(#[from] Advice),
    /// The pin differs from the digest that the index publishes now.
    #[error(transparent)]
    Changed(Advice),
    /// The file of pins or the cache cannot be written.
    #[error(transparent)]
    Write(Advice),
}

/// A release with a pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    pub file: String,
    pub sha256: String,
    /// The index that publishes it.
    pub index: String,
    pub how: How,
    /// The reason if its publisher withdrew it; may be empty.
    pub withdrawn: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The archive was downloaded and its line added.
    Downloaded,
    /// The archive was in the cache and its line added.
    Cached,
    /// The line was present.
    There,
}

impl Cache {
    /// Pins a release in the file `pins` with the digest that the index publishes, after a comparison with that of the archive.
    /// Blocks.
    pub fn pin(&self, named: &Named, pins: &Path) -> Result<Pinned, PinError> {
        let address = self.index()?;
        let index = index::shown_address(&address);
        let links = index::links(&address, &named.project)?;
        let link = find(&links, named).ok_or_else(|| unlisted(&links, named, &index))?;
        let file = link.file().to_owned();
        let unstated = || {
            let lack = format!("the package index at `{index}` publishes no sha256 of `{file}`");
            Advice::new(
                format!("{lack}, so the download cannot be verified"),
                "get the sha256 from the publisher of the archive, and add the line by hand: sha256, two spaces, file name",
            )
        };
        let sha256 = link.sha256.clone().ok_or_else(unstated)?;
        let pinned = |how| Pinned {
            file: file.clone(),
            sha256: sha256.clone(),
            index: index.clone(),
            how,
            withdrawn: link.yanked.clone(),
        };
        let write = |cause: io::Error| {
            let help = "check the permissions, or choose another folder with --dockerfiles";
            PinError::Write(Advice::new(format!("failed to write `{}`: {cause}", pins.display()), help))
        };
        // Several processes may add pins at the same time; each must see the lines of the others.
        let folder = pins.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let lock = File::open(folder).map_err(write)?;
        lock.lock().map_err(write)?;
        let there = Pins::read(pins).map_err(PinError::Input)?;
        match there.digest(&file) {
            Some(same) if same == sha256 => return Ok(pinned(How::There)),
            Some(other) => {
                let pins = pins.display();
                let pinned = format!("`{file}` is pinned in `{pins}` with sha256 {other}");
                return Err(PinError::Changed(Advice::new(
                    format!("{pinned}, and the package index at `{index}` now publishes {sha256}"),
                    "a published release must not change; find out why it did before you change the line by hand",
                )));
            }
            None => {}
        }
        let how = if self.holds(&file, &sha256) { How::Cached } else { How::Downloaded };
        self.fetch(&file, &sha256).map_err(damaged)?;
        let text = if there == Pins::default() && !pins.exists() {
            String::new()
        } else {
            files::read_text(pins, MOST_PINS).map_err(write)?
        };
        files::write(pins, with_line(&text, &file, &sha256).as_bytes(), Readers::All).map_err(write)?;
        Ok(pinned(how))
    }
}

/// The source archive of a release. A version has several spellings; an identical one takes precedence.
fn find<'a>(links: &'a [Link], named: &Named) -> Option<&'a Link> {
    let of = |link: &&Link| version(link, &named.project).is_some_and(|version| version == named.version);
    let same = |link: &&Link| release(link.file()).is_some_and(|(_, version)| version == named.version.as_str());
    links.iter().filter(of).find(same).or_else(|| links.iter().find(of))
}

/// The version of a source archive of a project.
fn version(link: &Link, project: &str) -> Option<Version> {
    let (name, version) = release(link.file())?;
    (index::normal(name) == index::normal(project)).then(|| Version::parse(version))?
}

fn unlisted(links: &[Link], named: &Named, index: &str) -> PinError {
    let mut versions: Vec<Version> = links.iter().filter_map(|link| version(link, &named.project)).collect();
    versions.sort();
    versions.dedup();
    // The releases before and after the unknown one.
    let place = versions.partition_point(|version| *version < named.version);
    let near = versions.iter().skip(place.saturating_sub(MOST_NEAR / 2)).take(MOST_NEAR);
    let near: Vec<String> = near.map(|version| format!("`{}=={}`", named.project, version.as_str())).collect();
    let help = match near.is_empty() {
        true => "check the name, or choose another package index with `--index URL` or MATRIX_INDEX".to_owned(),
        false => format!("the nearest are {}", near.join(", ")),
    };
    let release = format!("{}=={}", named.project, named.version.as_str());
    PinError::Input(Advice::new(format!("the package index at `{index}` lists no source archive of `{release}`"), help))
}

fn damaged(error: SourceError) -> PinError {
    match error {
        SourceError::WrongDigest { file, url, found, pinned } => {
            let message = format!("`{file}` from `{url}` has sha256 {found}, and the package index publishes {pinned}");
            PinError::Unavailable(Advice::new(message, "run again; if the digests still differ, do not trust that index"))
        }
        SourceError::Store(error) => PinError::Write(error),
        SourceError::Index(error) => PinError::Unavailable(error),
    }
}

/// The text with one more pin, after the last pin with a smaller name, else before the first pin. All other lines remain unchanged.
fn with_line(text: &str, file: &str, sha256: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let before = lines.iter().rposition(|line| pinned(line).is_some_and(|name| name < file));
    let first = lines.iter().position(|line| pinned(line).is_some());
    let place = before.map_or_else(|| first.unwrap_or(lines.len()), |place| place + 1);
    let line = format!("{sha256}  {file}");
    lines.insert(place, &line);
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_line_is_sorted_by_name_and_other_lines_are_unchanged() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let line = |name: &str| format!("{a}  {name}\n");
        for (before, after) in [
            (String::new(), format!("{b}  m-2.tar.gz\n")),
            ("# none yet\n".to_owned(), format!("# none yet\n{b}  m-2.tar.gz\n")),
            (line("m-1") + line("m-3").as_str(), format!("{}{b}  m-2.tar.gz\n{}", line("m-1"), line("m-3"))),
            (format!("# head\n\n{}", line("m-3")), format!("# head\n\n{b}  m-2.tar.gz\n{}", line("m-3"))),
            (
                format!("{}# of three\n{}", line("m-1"), line("m-3")),
                format!("{}{b}  m-2.tar.gz\n# of three\n{}", line("m-1"), line("m-3")),
            ),
            (line("m-1").trim_end().to_owned(), format!("{}{b}  m-2.tar.gz\n", line("m-1"))),
        ] {
            assert_eq!(with_line(&before, "m-2.tar.gz", &b), after);
        }
    }
}
