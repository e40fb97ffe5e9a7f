//! `matrix page --format sarif`: where the file is, seen from the root of its repository.

use std::io;
use std::path::{Path, PathBuf};

use url::Url;

use super::failure::{Failure, usage};
use super::places::Places;
use crate::report::sarif::Subject;
use crate::text::advice::Advice;

/// The page, or one of its editions, as results name it.
pub(super) fn subject(places: &Places, page: &Path, edition: Option<&str>) -> Result<Subject, Failure> {
    let unknown = |cause: io::Error| {
        let message = format!("failed to find the place of `{}` in its repository: {cause}", page.display());
        usage(Advice::new(message, "give the file of the page by its path; standard input has none"))
    };
    let file = page.canonicalize().map_err(unknown)?;
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).map_err(unknown)?;
    let names = ["matrix", &places.page.id].into_iter().chain(edition).collect::<Vec<_>>();
    Ok(Subject { uri: address(&file, &here), category: names.join("/") })
}

/// The address of a file relative to the nearest folder above it that is a git repository, else to the working directory; absolute
/// if it is in neither.
fn address(file: &Path, here: &Path) -> String {
    let is_repository = |folder: &&Path| folder.join(".git").exists();
    let root = file.ancestors().skip(1).find(is_repository).or_else(|| file.starts_with(here).then_some(here));
    let relative = root.and_then(|root| file.strip_prefix(root).ok());
    // A path below the root of the file system is encoded as an address encodes it.
    let whole: PathBuf = relative.map_or_else(|| file.to_owned(), |relative| Path::new("/").join(relative));
    let address = Url::from_file_path(whole).expect("the path is absolute");
    if relative.is_some() { address.path().trim_start_matches('/').to_owned() } else { address.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_relative_to_the_repository_or_the_working_directory() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        let (repository, plain) = (home.join("repository"), home.join("plain"));
        std::fs::create_dir_all(repository.join(".git")).unwrap();
        assert_eq!(address(&repository.join("docs/a b#c.rst"), &plain), "docs/a%20b%23c.rst");
        assert_eq!(address(&repository.join("docs/page.rst"), &repository.join("docs")), "docs/page.rst");
        assert_eq!(address(&plain.join("docs/page.rst"), &plain), "docs/page.rst");
        assert_eq!(address(&plain.join("page.rst"), &repository), format!("file://{}/page.rst", plain.display()));
    }
}
