//! The project and its pages: from the options, from the project file, else by default.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::failure::{Failure, usage};
use crate::cli::{OnPage, Places as Args};
use crate::image::Repository;
use crate::load;
use crate::model::project::{EditionText, FILE, Found, Page, Project};
use crate::text::advice::Advice;
use crate::text::suggest::{among, quoted};

/// Folders and addresses of one page.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub(super) project: Arc<Project>,
    pub(super) page: Page,
    /// Folder of dockerfiles.
    pub(super) dockerfiles: PathBuf,
    pub(super) engine: Option<String>,
    pub(super) registry: Option<String>,
    pub(super) image_cache: Option<Repository>,
    pub(super) image_cache_push: bool,
    pub(super) mirror: Option<String>,
    pub(super) index: Option<String>,
    pub(super) build_network: Option<String>,
    pub(super) cache: Option<PathBuf>,
    pub(super) allow_expired_release: bool,
}

impl Places {
    fn new(args: &Args, project: Arc<Project>, page: Page) -> Self {
        let defaults = &project.defaults;
        let or = |option: &Option<String>, default: &Option<String>| option.clone().or_else(|| default.clone());
        Places {
            dockerfiles: args.dockerfiles.clone().unwrap_or_else(|| project.dockerfiles.clone()),
            engine: args.engine.clone(),
            registry: or(&args.registry, &defaults.registry),
            image_cache: args.image_cache.clone(),
            image_cache_push: args.image_cache_push,
            mirror: or(&args.mirror, &defaults.mirror),
            index: or(&args.index, &defaults.index),
            build_network: or(&args.build_network, &defaults.build_network),
            cache: args.cache.clone(),
            allow_expired_release: args.allow_expired_release,
            page,
            project,
        }
    }

    /// The folder of reports: the one of the option, else the usual one or one in it. If the project has several pages, each has
    /// a folder in it.
    pub(super) fn report_dir(&self, option: Option<&Path>, within: &str) -> PathBuf {
        let usual = || self.project.defaults.report_dir.clone().unwrap_or_else(|| self.project.root.join("reports/out"));
        let of_page = |folder: PathBuf| if self.project.pages.len() > 1 { folder.join(&self.page.id) } else { folder };
        match option {
            Some(folder) => of_page(folder.to_owned()),
            None if within.is_empty() => of_page(usual()),
            None => of_page(usual()).join(within),
        }
    }
}

/// Every page that the options select and that has all the named scenarios.
pub(super) fn pages(args: &Args, on: &OnPage, named: &[&str]) -> Result<Vec<Places>, Failure> {
    let project = Arc::new(project(args)?);
    let pages = chosen(args, on, &project)?;
    let having = if pages.len() > 1 && !named.is_empty() { having(pages, named)? } else { pages };
    Ok(having.into_iter().map(|page| Places::new(args, Arc::clone(&project), page)).collect())
}

/// The only page that the options select and that has the named scenario.
pub(super) fn page(args: &Args, on: &OnPage, named: Option<&str>) -> Result<Places, Failure> {
    let mut pages = pages(args, on, named.as_slice())?;
    if let [_, _, ..] = pages.as_slice() {
        return Err(several(pages.iter().map(|places| &places.page)));
    }
    Ok(pages.remove(0))
}

/// The page that a file is an edition of, if the options do not say which page it is.
pub(super) fn page_of_file(args: &Args, on: &OnPage, file: &Path) -> Result<Places, Failure> {
    let mut pages = pages(args, on, &[])?;
    if pages.len() > 1 {
        let same =
            |edition: &Path| edition.canonicalize().is_ok_and(|edition| file.canonicalize().is_ok_and(|file| file == edition));
        let is_text = |text: &EditionText| matches!(text, EditionText::File(edition) if same(edition));
        let of_file = |places: &&Places| places.page.editions.iter().any(|edition| edition.text.as_ref().is_some_and(is_text));
        return match pages.iter().filter(of_file).collect::<Vec<_>>().as_slice() {
            [places] => Ok((*places).clone()),
            _ => Err(several(pages.iter().map(|places| &places.page))),
        };
    }
    Ok(pages.remove(0))
}

fn several<'a>(pages: impl Iterator<Item = &'a Page>) -> Failure {
    let ids: Vec<&str> = pages.map(|page| page.id.as_str()).collect();
    usage(Advice::new(
        format!("this is about one page, and there are {}", ids.len()),
        format!("choose one with `--page`: {}", quoted(ids, ", ")),
    ))
}

/// The project: of the option, else found from the folder of scenarios upwards if it is given, else from the working directory
/// upwards, else the default one.
fn project(args: &Args) -> Result<Project, Failure> {
    let here = load::find_project(Path::new(""));
    let (path, found) = match (&args.project, &args.scenarios) {
        (Some(path), _) if path.is_dir() => (Some(path.join(FILE)), Found::Option),
        (Some(path), _) => (Some(path.clone()), Found::Option),
        (None, Some(folder)) => match load::find_project(folder) {
            Some(path) if here.as_ref() != Some(&path) => (Some(path), Found::Scenarios),
            same => (same, Found::Search),
        },
        (None, None) => (here, Found::Search),
    };
    path.map_or_else(|| Ok(Project::default()), |path| load::project(&path, found).map_err(usage))
}

/// The selected pages. A folder of scenarios that is given takes the place of that of the page.
fn chosen(args: &Args, on: &OnPage, project: &Project) -> Result<Vec<Page>, Failure> {
    let mut pages = project.pages.clone();
    if let Some(id) = &on.page {
        let ids = project.pages.iter().map(|page| page.id.clone());
        pages.retain(|page| page.id == *id);
        if pages.is_empty() {
            return Err(usage(Advice::new(format!("the project has no page `{id}`"), among(id, ids))));
        }
    }
    let Some(folder) = &args.scenarios else { return Ok(pages) };
    match (pages.iter().find(|page| page.scenarios == *folder), pages.as_slice()) {
        (Some(page), _) => Ok(vec![page.clone()]),
        (None, [page]) => Ok(vec![page.in_folder(folder)]),
        (None, pages) => Err(several(pages.iter())),
    }
}

/// The pages that have all these scenarios. A name may be the beginning of an id.
fn having(pages: Vec<Page>, named: &[&str]) -> Result<Vec<Page>, Failure> {
    let ids = |page: &Page| -> Vec<String> {
        let files = fs::read_dir(&page.scenarios).into_iter().flatten().flatten().map(|entry| entry.path());
        let yaml = files.filter(|path| path.extension().is_some_and(|end| end == "yaml"));
        let shared = |path: &Path| ["common.yaml", FILE, load::REJECTED].iter().any(|name| path.ends_with(name));
        let scenarios = yaml.filter(|path| !page.ledgers().contains(&path.as_path()) && !shared(path));
        scenarios.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
    };
    let all: Vec<(Page, Vec<String>)> = pages.into_iter().map(|page| (ids(&page), page)).map(|(ids, page)| (page, ids)).collect();
    let exact = |ids: &[String], name: &str| ids.iter().any(|id| id == name);
    let begun = |ids: &[String], name: &str| ids.iter().any(|id| id.starts_with(name));
    for has in [&exact as &dyn Fn(&[String], &str) -> bool, &begun] {
        let found: Vec<Page> =
            all.iter().filter(|(_, ids)| named.iter().all(|name| has(ids, name))).map(|(page, _)| page.clone()).collect();
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let absent = named.iter().find(|name| !all.iter().any(|(_, ids)| begun(ids, name)));
    Err(usage(match absent {
        Some(name) => {
            let known = all.iter().flat_map(|(_, ids)| ids.iter().cloned());
            Advice::new(format!("no page has a scenario `{name}`"), among(name, known))
        }
        None => Advice::new("these scenarios are of different pages", "name the scenarios of one page at a time"),
    }))
}
