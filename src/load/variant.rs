//! Loads changed copies of a scenario by the same rules as the file itself, with the same ledger and shared file.

use serde_json::{Map, Value};

use super::diagnostic::{LoadErrors, Mistake};
use super::file::{COMMON, files, mistakes, parsed};
use super::locate::{End, position};
use super::lower::Setting;
use super::rejected::REJECTED;
use super::yaml::tree;
use crate::load::diagnostic::{File, Key};
use crate::load::{ledger, lower, raw};
use crate::model::claim::Ledger;
use crate::model::id::ScenarioId;
use crate::model::project::{Page, Project};
use crate::model::scenario::Scenario;

/// The scenarios of a page, from which changed copies can be loaded.
pub struct Variants {
    project: Project,
    page: Page,
    files: Vec<File>,
    ledger: Ledger,
    common: Option<File>,
    /// The named lists of steps in the shared file.
    lists: Map<String, Value>,
}

impl Variants {
    /// Reads the files again. The ledger and the shared file must be valid; the scenarios need not be.
    pub fn read(project: &Project, page: &Page) -> Result<Self, LoadErrors> {
        let files = files(page).map_err(|mistake| LoadErrors(vec![mistake]))?;
        let ledger = ledger::of_page(page, &files);
        let ledgers = page.ledgers();
        let (ledger_files, mut files): (Vec<File>, Vec<File>) =
            files.into_iter().partition(|file| ledgers.contains(&file.path.as_path()));
        let mut take = |name: &str| {
            let place = files.iter().position(|file| file.path == page.scenarios.join(name))?;
            Some(files.remove(place))
        };
        let common_file = take(COMMON);
        take(REJECTED);
        let lists = common_file.as_ref().and_then(|file| tree(file)?.get("steps")?.as_object().cloned());
        match ledger {
            Some(ledger) if !ledger_files.iter().any(File::flawed) => {
                let (project, page, lists) = (project.clone(), page.clone(), lists.unwrap_or_default());
                Ok(Variants { project, page, files, ledger, common: common_file, lists })
            }
            _ => Err(LoadErrors(ledger_files.into_iter().flat_map(mistakes).collect())),
        }
    }

    fn file(&self, id: &ScenarioId) -> Option<&File> {
        self.files.iter().find(|file| file.path == self.page.scenarios.join(format!("{id}.yaml")))
    }

    /// The scenario's file as plain data, with each `use` replaced by the steps of its list.
    pub fn tree(&self, id: &ScenarioId) -> Option<Value> {
        let mut value = tree(self.file(id)?)?;
        self.inline(&mut value);
        Some(value)
    }

    fn inline(&self, value: &mut Value) {
        match value {
            Value::Array(list) => {
                let named = |step: &Value| self.lists.get(step.get("use")?.as_str()?)?.as_array().cloned();
                *list = list.iter().flat_map(|step| named(step).unwrap_or_else(|| vec![step.clone()])).collect();
                list.iter_mut().for_each(|value| self.inline(value));
            }
            Value::Object(map) => map.values_mut().for_each(|value| self.inline(value)),
            _ => {}
        }
    }

    /// Loads a scenario from plain data.
    pub fn load(&self, id: &ScenarioId, tree: &Value) -> Result<Scenario, LoadErrors> {
        let common = self.common.as_ref().and_then(|file| Some((file, parsed::<raw::Common>(file, "Common")?)));
        let mut file = File::new(&self.page.scenarios.join(format!("{id}.yaml")));
        // JSON is YAML.
        file.text = serde_json::to_string_pretty(tree).expect("plain data is JSON");
        let raw = parsed::<raw::Scenario>(&file, "Scenario");
        let Variants { project, page, ledger, .. } = self;
        let setting = Setting { ledger, common: common.as_ref(), project, page };
        let scenario = raw.as_ref().map(|raw| lower::valid(raw, &file, setting));
        let notes: Vec<Mistake> = mistakes(file);
        match scenario {
            Some(scenario) if notes.is_empty() => Ok(scenario),
            _ => Err(LoadErrors(notes)),
        }
    }

    /// Line and column of a key path in the scenario's own file, or of its longest prefix that exists.
    pub fn position(&self, id: &ScenarioId, path: &[Key]) -> Option<(usize, usize)> {
        position(&self.file(id)?.text, path, End::Key)
    }
}
