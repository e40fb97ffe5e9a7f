//! Names of projects, releases and their archives.

use std::str::FromStr;

use crate::subject::example;
use crate::text::version::Version;

/// A release in the form `NAME==VERSION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub project: String,
    pub version: Version,
}

/// A text is not in the form of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected NAME==VERSION, such as {}", example::RELEASE)]
pub struct NotNamed;

impl FromStr for Named {
    type Err = NotNamed;

    fn from_str(text: &str) -> Result<Named, NotNamed> {
        let (project, version) = text.split_once("==").ok_or(NotNamed)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let is_name = project.starts_with(|c: char| c.is_ascii_alphanumeric()) && project.chars().all(plain);
        let version = Version::parse(version).filter(|_| is_name).ok_or(NotNamed)?;
        Ok(Named { project: project.to_owned(), version })
    }
}

/// The project and the version in the name of a source archive.
pub fn release(file: &str) -> Option<(&str, &str)> {
    let (name, version) = file.strip_suffix(".tar.gz")?.rsplit_once('-')?;
    format!("{name}=={version}").parse::<Named>().is_ok().then_some((name, version))
}

/// The project in the name of a file: the part before the version.
pub(super) fn project(file: &str) -> &str {
    file.rsplit_once('-').map_or(file, |(name, _)| name)
}

/// The normalised name of a project: lower case, with each run of `-_.` as one `-`.
pub fn normal(project: &str) -> String {
    let words = project.split(['-', '_', '.']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_project_is_normalised() {
        for (file, name) in
            [("mod_wsgi-4.9.4.tar.gz", "mod-wsgi"), ("Zope.Interface-5.0.tar.gz", "zope-interface"), ("a--b__c-1.zip", "a-b-c")]
        {
            assert_eq!(normal(project(file)), name);
        }
    }

    #[test]
    fn a_release_is_a_name_and_a_version() {
        let named: Named = "mod_wsgi-httpd==2.4.12.6".parse().unwrap();
        assert_eq!((named.project.as_str(), named.version.as_str()), ("mod_wsgi-httpd", "2.4.12.6"));
        for wrong in ["", "mod_wsgi", "mod_wsgi=4.9.4", "mod_wsgi==", "==1", "a b==1", "-x==1", "mod_wsgi==latest", "m==1 2"] {
            assert_eq!(wrong.parse::<Named>(), Err(NotNamed), "{wrong}");
        }
        assert_eq!(release("mod_wsgi_httpd-2.4.69.1.tar.gz"), Some(("mod_wsgi_httpd", "2.4.69.1")));
        assert_eq!([release("words"), release("a-latest.tar.gz"), release("$(x)-1.tar.gz")], [None; 3]);
    }
}
