//! The text files of an archive of sources.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Component, Path};

use flate2::read::MultiGzDecoder;

use super::archive::SIZE_LIMIT;
use crate::text::advice::Advice;
use crate::text::files;
use crate::text::sanitize::decoded;

/// Maximum size of all files together in bytes.
const ALL: u64 = 512 << 20;
/// Maximum size of a text file in bytes; larger ones are data.
const LONGEST: u64 = 8 << 20;

/// The text files of a tar archive, perhaps compressed by gzip, by path below the archive's only folder. Bytes that are not UTF-8 are
/// read as Windows-1252.
pub fn texts(archive: &Path) -> Result<BTreeMap<String, String>, Advice> {
    let unreadable = |cause: &io::Error| {
        let message = format!("failed to read the archive `{}`: {cause}", archive.display());
        Advice::new(message, "name a pinned archive of sources that is a tar file, perhaps compressed by gzip (`.tar.gz`)")
    };
    let bytes = files::read(archive, SIZE_LIMIT).map_err(|cause| unreadable(&cause))?;
    let texts = match bytes.starts_with(&[0x1f, 0x8b]) {
        true => entries(MultiGzDecoder::new(bytes.as_slice())),
        false => entries(bytes.as_slice()),
    };
    texts.map(below_the_only_folder).map_err(|cause| unreadable(&cause))
}

fn entries(reader: impl Read) -> io::Result<BTreeMap<String, String>> {
    let mut texts = BTreeMap::new();
    let mut archive = tar::Archive::new(reader.take(ALL + 1));
    let mut left = ALL;
    for entry in archive.entries()? {
        let mut entry = entry?;
        left = left.checked_sub(entry.size()).ok_or_else(|| io::Error::other("it unpacks to more than 512 MiB"))?;
        let path = entry.path()?.into_owned();
        let is_plain = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !entry.header().entry_type().is_file() || !is_plain || entry.size() > LONGEST {
            continue;
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        if !bytes.contains(&0) {
            let path: std::path::PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
            texts.insert(path.display().to_string(), text(bytes));
        }
    }
    Ok(texts)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| decoded(error.as_bytes()))
}

/// Archives of sources have one folder, named after the release.
fn below_the_only_folder(texts: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let first = texts.keys().next().and_then(|path| path.split_once('/')).map(|(folder, _)| format!("{folder}/"));
    match first {
        Some(folder) if texts.keys().all(|path| path.starts_with(&folder)) => {
            texts.into_iter().map(|(path, text)| (path[folder.len()..].to_owned(), text)).collect()
        }
        _ => texts,
    }
}
