//! The images of very many cells, which stack few layers: each layer is made once. It must not know what is done in them.

use std::collections::HashMap;
use std::fmt::Write;
use std::rc::Rc;

use super::names;
use super::step::Names;
use crate::image::{Catalog, ImageError};
use crate::model::cell::Cell;
use crate::model::plan::{ImagePlan, LayerPlan};
use crate::model::scenario::Scenario;
use crate::text::template::Template;
use crate::text::template::fill;

/// Images, and every layer that any of them had.
pub struct Images<'a> {
    pub(super) catalog: &'a Catalog,
    /// By the dockerfile and the values it takes.
    layers: HashMap<String, Rc<Layer>>,
}

struct Layer {
    plan: LayerPlan,
    json: String,
}

impl<'a> Images<'a> {
    /// Of these dockerfiles.
    pub fn new(catalog: &'a Catalog) -> Self {
        Images { catalog, layers: HashMap::new() }
    }

    /// The two images of a cell, as in its plan: with the defect, and healthy.
    ///
    /// # Errors
    /// As [`plan`](super::plan).
    pub fn of(&mut self, scenario: &Scenario, cell: &Cell) -> Result<[ImagePlan; 2], ImageError> {
        let plan = |layers: Vec<Rc<Layer>>| ImagePlan {
            base: cell.axes["base"].clone(),
            layers: layers.iter().map(|layer| layer.plan.clone()).collect(),
        };
        Ok(self.stacks(scenario, &names(scenario, cell))?.map(plan))
    }

    /// Whether the images of a cell can be planned.
    ///
    /// # Errors
    /// As [`plan`](super::plan).
    pub fn check(&mut self, scenario: &Scenario, cell: &Cell) -> Result<(), ImageError> {
        self.stacks(scenario, &names(scenario, cell)).map(drop)
    }

    /// All that keeps the images of a cell from being planned, each with the key of the scenario that asks for it.
    pub(crate) fn mistakes(&mut self, scenario: &Scenario, cell: &Cell) -> Vec<(String, ImageError)> {
        let names = names(scenario, cell);
        let mut mistakes = Vec::new();
        for (key, stack) in [("image", &scenario.image), ("control.image", &scenario.control.image)] {
            for (place, dockerfile) in stack.iter().enumerate() {
                let dockerfile = fill(dockerfile, &names);
                // One that was planned before has nothing wrong with it.
                if self.layer(&dockerfile, &names).is_err() {
                    let errors = self.catalog.layer_or_all(&dockerfile, &names).err().unwrap_or_default();
                    mistakes.extend(errors.into_iter().map(|error| (format!("{key}[{place}]"), error)));
                }
            }
        }
        mistakes
    }

    /// The two images as JSON.
    pub(super) fn json(&mut self, scenario: &Scenario, names: &Names) -> Result<[String; 2], ImageError> {
        let base = serde_json::to_string(&names["base"]).expect("text is JSON");
        let image = |layers: Vec<Rc<Layer>>| {
            let layers: Vec<&str> = layers.iter().map(|layer| layer.json.as_str()).collect();
            format!("{{\"base\":{base},\"layers\":[{}]}}", layers.join(","))
        };
        Ok(self.stacks(scenario, names)?.map(image))
    }

    fn stacks(&mut self, scenario: &Scenario, names: &Names) -> Result<[Vec<Rc<Layer>>; 2], ImageError> {
        let mut stack = |stack: &[Template]| -> Result<Vec<Rc<Layer>>, ImageError> {
            stack.iter().map(|dockerfile| self.layer(&fill(dockerfile, names), names)).collect()
        };
        Ok([stack(&scenario.image)?, stack(&scenario.control.image)?])
    }

    fn layer(&mut self, dockerfile: &str, names: &Names) -> Result<Rc<Layer>, ImageError> {
        let mut key = dockerfile.to_owned();
        for value in self.catalog.taken(dockerfile, names)? {
            // With its length, so that nothing in a value can be taken for the end of it.
            let _ = write!(key, " {}:{value}", value.len());
        }
        if let Some(layer) = self.layers.get(&key) {
            return Ok(Rc::clone(layer));
        }
        let plan = self.catalog.layer(dockerfile, names)?;
        let json = serde_json::to_string(&plan).expect("a plan is JSON");
        Ok(Rc::clone(self.layers.entry(key).or_insert(Rc::new(Layer { plan, json }))))
    }
}
