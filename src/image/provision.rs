//! What a base gets besides the system's minimum when it is bootstrapped, so that no layer has to install it afterwards.

use std::path::Path;

use super::catalog::{Catalog, tar_of};
use super::context::File;
use super::error::ImageError;
use crate::text::advice::Advice;
use crate::text::digest::digest;

/// The folder of a dockerfile with these contents: `packages`, and files below `root/`.
const FOLDER: &str = "bootstrap/";

/// The packages and files that a dockerfile wants in a bootstrapped base. The dockerfile must still install what is missing,
/// because a base may come from a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provision {
    pub packages: Vec<String>,
    /// A tar archive of the files, to be unpacked at `/` before anything is installed.
    pub files: Vec<u8>,
    /// Digest of packages and files.
    pub digest: String,
}

impl Catalog {
    /// The provision of a dockerfile, if its folder has one.
    ///
    /// # Errors
    /// If there is no such dockerfile, or something in the list is not the name of a package.
    pub fn provision(&self, dockerfile: &str) -> Result<Option<Provision>, ImageError> {
        let below = |name: &str, prefix: &str| name.strip_prefix(prefix).map(str::to_owned);
        let files = self.files(dockerfile)?;
        let Some(list) = files.get(&format!("{FOLDER}packages")) else { return Ok(None) };
        let packages = packages(list, &self.root().join(dockerfile).join(FOLDER).join("packages"))?;
        let root = format!("{FOLDER}root/");
        let files = tar_of(files.iter().filter_map(|(name, file)| Some((below(name, &root)?, file))))?;
        let digest = digest(&[packages.join("\n").as_bytes(), &files].concat());
        Ok(Some(Provision { packages, files, digest }))
    }
}

/// The names in a list, which are separated by white space.
fn packages(list: &File, path: &Path) -> Result<Vec<String>, ImageError> {
    let text = String::from_utf8_lossy(&list.content);
    let is_name =
        |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte));
    match text.split_whitespace().find(|word| !is_name(word) || word.starts_with('-')) {
        Some(word) => {
            let problem = format!("`{}` lists `{word}`, which is not the name of a package", path.display());
            Err(Advice::new(problem, "list names of packages, separated by white space").into())
        }
        None => Ok(text.split_whitespace().map(str::to_owned).collect()),
    }
}
