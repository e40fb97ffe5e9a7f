//! The patches of a page: the whole one, and one for each topic in a folder beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::failure::{Failure, fault};
use crate::page::mail::Patches;
use crate::report;

/// File name of the whole patch.
const WHOLE: &str = "page.patch";
/// The folder of the topics.
const TOPICS: &str = "page.patches";

/// Writes the patches into a folder and removes those of an earlier run. Returns what was written.
pub(super) fn write(patches: Option<&Patches>, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let (whole, of_topics) = (folder.join(WHOLE), folder.join(TOPICS));
    let kept: Vec<&str> = patches.iter().flat_map(|patches| &patches.topics).map(|topic| topic.file.as_str()).collect();
    without_others(&of_topics, &kept).map_err(fault)?;
    let Some(patches) = patches else {
        return match fs::remove_file(&whole) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(fault(error)),
            _ => Ok(Vec::new()),
        };
    };
    report::write_file(&patches.whole, &whole).map_err(fault)?;
    for topic in &patches.topics {
        report::write_file(&topic.text, &of_topics.join(&topic.file)).map_err(fault)?;
    }
    Ok(vec![whole, of_topics])
}

/// Removes the patches of other topics, and the folder if nothing is left in it. Other files stay.
fn without_others(folder: &Path, kept: &[&str]) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let is_topic =
            name.to_str().is_some_and(|name| name.starts_with(|c: char| c.is_ascii_digit()) && name.ends_with(".patch"));
        if is_topic && !kept.iter().any(|kept| name == *kept) {
            fs::remove_file(entry.path())?;
        }
    }
    if kept.is_empty() {
        // Other files keep the folder.
        let _ = fs::remove_dir(folder);
    }
    Ok(())
}
