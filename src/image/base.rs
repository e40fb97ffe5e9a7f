//! Bases: their names, their tags, and how each is obtained.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::catalog::{Catalog, files_digest, tar_of};
use super::context;
use super::error::ImageError;
use super::provision::Provision;
use crate::model::project::BaseSource;
use crate::subject::example;
use crate::subject::family;
use crate::subject::family::facts::Bases;
use crate::text::advice::Advice;
use crate::text::digest::{digest, hex};
use crate::text::suggest::suggest;

/// Number of digits of a digest in a tag.
const DIGITS: usize = 8;

/// A base of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    name: String,
    pub source: BaseSource,
    /// Prefix of the names of images.
    prefix: String,
    /// Digest of how it is obtained; empty if the name says so.
    digest: String,
}

impl Base {
    /// Parses `<suite>` or `<suite>-<architecture>`, the name of a base that the project does not declare.
    pub fn parse(name: &str) -> Result<Base, Advice> {
        let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) && !text.is_empty();
        let (suite, architecture) =
            name.split_once('-').map_or((name, None), |(suite, architecture)| (suite, Some(architecture)));
        if word(suite) && architecture.is_none_or(word) {
            let source = BaseSource::Debian { suite: suite.to_owned(), architecture: architecture.map(str::to_owned) };
            return Ok(Base { name: name.to_owned(), source, prefix: "matrix".to_owned(), digest: String::new() });
        }
        let (plain, foreign) = (example::BASE, example::FOREIGN_BASE);
        let help = format!("a base is a suite or a suite and an architecture, such as {plain} or {foreign}");
        Err(Advice::new(format!("`{name}` is not a valid name of a base"), help))
    }

    /// Its tag on the engine, however it was obtained. A base that is obtained in another way has another tag, unless its name
    /// is that of a suite of Debian which it is.
    pub fn tag(&self) -> String {
        match self.digest.get(..DIGITS) {
            Some(digits) => format!("{}/base:{}-{digits}", self.prefix, self.name),
            None => format!("{}/base:{}", self.prefix, self.name),
        }
    }

    /// Its tag on the engine if it was bootstrapped with a provision.
    pub fn provided_tag(&self, provision: &Provision) -> String {
        format!("{}-{}", self.tag(), &provision.digest[..DIGITS])
    }

    /// Whether this is one of its tags, with a provision or without.
    pub fn has_tag(&self, tag: &str) -> bool {
        let is_digest = |text: &str| text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let rest = tag.strip_prefix(&self.tag());
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(is_digest))
    }

    /// The reference to pull; `None` if it comes from no registry. One with a digest needs no tag, which engines do not compare.
    pub fn reference(&self, registry: Option<&str>) -> Option<String> {
        match &self.source {
            BaseSource::Debian { suite, architecture } => {
                let parts = [registry.map(|host| host.trim_end_matches('/')), architecture.as_deref()];
                let prefix: String = parts.into_iter().flatten().map(|part| format!("{part}/")).collect();
                Some(format!("{prefix}{}", (family::of(suite).image)(suite)))
            }
            BaseSource::Image { reference, .. } => Some(match reference.split_once('@') {
                Some((named, digest)) => {
                    let (path, last) = named.rsplit_once('/').map_or(("", named), |(path, last)| (path, last));
                    let name = last.split_once(':').map_or(last, |(name, _)| name);
                    let slash = if path.is_empty() { "" } else { "/" };
                    format!("{path}{slash}{name}@{digest}")
                }
                None => reference.clone(),
            }),
            BaseSource::Dockerfile(_) | BaseSource::Archive(_) => None,
        }
    }

    /// A platform other than the engine's.
    pub fn platform(&self) -> Option<&str> {
        if let BaseSource::Image { platform, .. } = &self.source { platform.as_deref() } else { None }
    }

    /// Its suite and how a host bootstraps it; `None` if it is not bootstrapped.
    pub fn bootstrap(&self) -> Option<(&str, Option<&str>, &'static Bases)> {
        match &self.source {
            BaseSource::Debian { suite, architecture } => Some((suite, architecture.as_deref(), family::of(suite))),
            BaseSource::Image { .. } | BaseSource::Dockerfile(_) | BaseSource::Archive(_) => None,
        }
    }

    /// How it is obtained, in words.
    pub fn words(&self) -> String {
        match &self.source {
            BaseSource::Debian { suite, architecture: None } => format!("Debian {suite}"),
            BaseSource::Debian { suite, architecture: Some(architecture) } => format!("Debian {suite} for {architecture}"),
            BaseSource::Image { reference, platform: None } => format!("image `{reference}`"),
            BaseSource::Image { reference, platform: Some(platform) } => format!("image `{reference}` for {platform}"),
            BaseSource::Dockerfile(folder) => format!("dockerfile `{}`", folder.display()),
            BaseSource::Archive(file) => format!("archive `{}`", file.display()),
        }
    }

    /// Reads what its tag depends on.
    fn digested(self) -> Result<Base, ImageError> {
        let digest = match &self.source {
            BaseSource::Debian { suite, architecture } => {
                let usual: Vec<&str> = [Some(suite.as_str()), architecture.as_deref()].into_iter().flatten().collect();
                if usual.join("-") == self.name {
                    String::new()
                } else {
                    digest(format!("debian {}", usual.join(" ")).as_bytes())
                }
            }
            BaseSource::Image { reference, platform } => {
                digest(format!("image {reference} {}", platform.as_deref().unwrap_or_default()).as_bytes())
            }
            BaseSource::Dockerfile(folder) => folder_files(folder).map(|files| files_digest(&files))?,
            BaseSource::Archive(file) => file_digest(file)?,
        };
        Ok(Base { digest, ..self })
    }

    /// The context of the build of a base that has a dockerfile.
    pub fn context(&self) -> Result<Option<Vec<u8>>, ImageError> {
        let BaseSource::Dockerfile(folder) = &self.source else { return Ok(None) };
        let files = folder_files(folder)?;
        tar_of(files.iter().map(|(name, file)| (name.clone(), file))).map(Some)
    }
}

fn folder_files(folder: &Path) -> Result<BTreeMap<String, context::File>, ImageError> {
    let files = context::files(folder, &mut context::MOST_BYTES.clone())?;
    if files.contains_key("Dockerfile") {
        return Ok(files);
    }
    let help = "name a folder with a `Dockerfile` in the project file";
    Err(Advice::new(format!("`{}` has no `Dockerfile`", folder.display()), help).into())
}

fn file_digest(path: &Path) -> Result<String, ImageError> {
    let read = || -> std::io::Result<String> {
        let (mut file, mut state, mut chunk) = (File::open(path)?, Sha256::new(), vec![0; 1 << 20]);
        loop {
            match file.read(&mut chunk)? {
                0 => return Ok(hex(&state.finalize())),
                count => state.update(&chunk[..count]),
            }
        }
    };
    read().map_err(|cause| unread(path, &cause))
}

fn unread(path: &Path, cause: &std::io::Error) -> ImageError {
    let help = "correct the base in the project file, or provide the archive";
    Advice::new(format!("failed to read archive `{}`: {cause}", path.display()), help).into()
}

impl Catalog {
    /// A base of the project, by name, with its tag. This reads the files that it is made of.
    ///
    /// # Errors
    /// If the project declares bases and not this one, or its files cannot be read.
    pub fn base(&self, name: &str) -> Result<Base, ImageError> {
        self.base_of_name(name)?.digested()
    }

    /// A base of the project, by name, without its tag.
    pub fn base_of_name(&self, name: &str) -> Result<Base, Advice> {
        let project = self.project();
        let prefix = project.image_prefix.clone();
        if project.bases.is_empty() {
            return Base::parse(name).map(|base| Base { prefix, ..base });
        }
        let known = || project.bases.keys().map(String::as_str);
        let unknown = || Advice::new(format!("the project has no base `{name}`"), suggest(name, known()));
        let declared = project.bases.get(name).ok_or_else(unknown)?;
        Ok(Base { name: name.to_owned(), source: declared.source.clone(), prefix, digest: String::new() })
    }

    /// Mistakes in the files of the declared bases, each with the name of its base.
    pub fn base_mistakes(&self) -> Vec<(String, ImageError)> {
        let mistake = |name: &String| {
            let base = self.base_of_name(name).ok()?;
            let error = match &base.source {
                BaseSource::Archive(file) => File::open(file).err().map(|cause| unread(file, &cause)),
                BaseSource::Dockerfile(folder) => folder_files(folder).err(),
                BaseSource::Debian { .. } | BaseSource::Image { .. } => None,
            };
            Some((name.clone(), error?))
        };
        self.project().bases.keys().filter_map(mistake).collect()
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::project::{FamilyName, Project};

    #[test]
    fn a_declared_base_has_a_tag_of_its_own_unless_its_name_is_that_of_its_suite() {
        let base = |source| crate::model::project::Base { source, family: FamilyName::Debian };
        let suite = |suite: &str| BaseSource::Debian { suite: suite.to_owned(), architecture: None };
        let image = |reference: &str| BaseSource::Image { reference: reference.to_owned(), platform: None };
        let digest = "0".repeat(64);
        let bases = [
            ("bookworm", suite("bookworm")),
            ("stable", suite("bookworm")),
            ("fedora", image("fedora:41")),
            ("exact", image(&format!("host.example:5000/team/x:1.2@sha256:{digest}"))),
        ];
        let bases = bases.into_iter().map(|(name, source)| (name.to_owned(), base(source))).collect();
        let project = Project { bases, ..Project::default() };
        let catalog = Catalog::survey(Path::new("/nowhere")).0.of(project.into());
        let tag = |name: &str| catalog.base(name).expect("a base").tag();
        assert_eq!(tag("bookworm"), "matrix/base:bookworm");
        assert!(tag("stable").starts_with("matrix/base:stable-") && tag("fedora").starts_with("matrix/base:fedora-"));
        let reference = |name: &str| catalog.base(name).expect("a base").reference(Some("mirror.example"));
        assert_eq!(reference("stable").as_deref(), Some("mirror.example/debian:bookworm"));
        assert_eq!(reference("fedora").as_deref(), Some("fedora:41"));
        assert_eq!(reference("exact"), Some(format!("host.example:5000/team/x@sha256:{digest}")));
        insta::assert_snapshot!(catalog.base("bookwrm").expect_err("unknown"), @r"
        the project has no base `bookwrm`
        help: did you mean `bookworm`?
        ");
    }
}
