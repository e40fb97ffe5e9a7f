//! The files of a new project.

use std::path::PathBuf;

use crate::cli::start::Ci;
use crate::load;
use crate::model::keys::LONGEST_NAME;
use crate::page::draft::Draft;
use crate::page::{Kind, Page};
use crate::text::sanitize::one_line;
use crate::text::yaml::{self, quoted};

/// The file of the drafted ledger.
pub(super) const LEDGER: &str = "scenarios/claims.yaml";

/// The file of the schema of scenarios.
pub(crate) const SCHEMA: &str = "schema/scenario.json";

/// A page to write a ledger for.
pub(super) struct Given {
    pub(super) page: Page,
    /// Its file as seen from the project.
    pub(super) file: PathBuf,
    pub(super) draft: Draft,
}

/// What a new project is made from.
pub(super) struct Project {
    pub(super) name: String,
    pub(super) given: Option<Given>,
    pub(super) ci: Option<Ci>,
}

/// The example: paths and texts.
const EXAMPLE: [(&str, &str); 5] = [
    ("example/page.md", include_str!("start/page.md")),
    ("example/claims.yaml", include_str!("start/claims.yaml")),
    ("example/setting-locale-failed.yaml", include_str!("start/scenario.yaml")),
    ("dockerfiles/english-locale/Dockerfile", include_str!("start/english-locale.Dockerfile")),
    ("dockerfiles/utf-8-locale/Dockerfile", include_str!("start/utf-8-locale.Dockerfile")),
];

/// The comment before the page of the example, if it is not the only one.
const EXAMPLE_NOTE: &str = "  # The example. Delete it, and the folder `example`, when a scenario of your own passes.\n";

/// The paths and texts of the files of a project, in the order in which a reader needs them.
pub(super) fn files(project: &Project) -> Vec<(String, String)> {
    let mut files = vec![("matrix.yaml".to_owned(), project_file(project))];
    files.extend(project.given.iter().map(|given| (LEDGER.to_owned(), given.draft.yaml())));
    files.extend(EXAMPLE.map(|(path, text)| (path.to_owned(), text.to_owned())));
    files.push((SCHEMA.to_owned(), format!("{:#}\n", load::schema())));
    files.push(("schema/project.json".to_owned(), format!("{:#}\n", load::project_schema())));
    files.push((".gitignore".to_owned(), "/reports/\n".to_owned()));
    files.extend(project.ci.map(|ci| match ci {
        Ci::Github => (".github/workflows/matrix.yml".to_owned(), include_str!("start/github.yml").to_owned()),
        Ci::Gitlab => (".gitlab-ci.yml".to_owned(), include_str!("start/gitlab.yml").to_owned()),
    }));
    files
}

fn project_file(project: &Project) -> String {
    let name = quoted(&project.name);
    let page = project.given.as_ref().map_or(String::new(), |given| {
        let (title, file) = (quoted(&title(&given.page)), quoted(&one_line(&given.file.display().to_string())));
        let id = id(&given.page);
        format!("  - id: {id}\n    title: {title}\n    scenarios: scenarios\n    editions:\n      - id: current\n        file: {file}\n{EXAMPLE_NOTE}")
    });
    include_str!("start/matrix.yaml").replace("NAME", &name).replace("PAGE\n", &page)
}

/// The name of the file of a page in kebab-case, as the id of the page.
fn id(page: &Page) -> String {
    let name = page.path.file_stem().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    match words.collect::<Vec<_>>().join("-") {
        id if id.is_empty() || id == "example" || id.len() > LONGEST_NAME => "page".to_owned(),
        id => yaml::name(&id),
    }
}

/// The first heading of a page, or the name of its file.
fn title(page: &Page) -> String {
    let heading = page.blocks.iter().find(|block| matches!(block.kind, Kind::Heading(_))).map(|block| one_line(&block.text));
    let name = || page.path.file_stem().map(|name| one_line(&name.to_string_lossy().into_owned()));
    heading.or_else(name).unwrap_or_else(|| "The page".to_owned())
}
