//! Plans the images of many cells. They share few layers, so each layer is planned once and cached.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write;

use super::names::{Names, names};
use crate::image::{Catalog, ImageError};
use crate::model::cell::Cell;
use crate::model::plan::{ImagePlan, LayerPlan};
use crate::model::scenario::{Layer, Scenario};
use crate::model::when::Axes;
use crate::text::template::fill;

pub struct Images<'a> {
    pub(super) catalog: &'a Catalog,
    /// The key consists of the dockerfile and the values of its arguments.
    layers: HashMap<String, LayerPlan>,
}

impl<'a> Images<'a> {
    pub fn new(catalog: &'a Catalog) -> Self {
        Images { catalog, layers: HashMap::new() }
    }

    /// The two images of a cell, as in its plan: with the defect, and healthy.
    pub fn of(&mut self, scenario: &Scenario, cell: &Cell) -> Result<[ImagePlan; 2], ImageError> {
        self.stacks(scenario, &names(scenario, cell), &cell.axes)
    }

    /// Plans the images of a cell and drops them.
    pub fn check(&mut self, scenario: &Scenario, cell: &Cell) -> Result<(), ImageError> {
        let names = names(scenario, cell);
        let stacks = scenario.image.iter().chain(&scenario.control.image);
        let mut stack = stacks.filter(|layer| layer.when.holds(&cell.axes));
        stack.try_for_each(|layer| self.layer(&fill(&layer.dockerfile, &names), &names).map(drop))
    }

    /// Every error in the images of a cell, each with the key of the scenario that refers to the layer.
    pub(crate) fn mistakes(&mut self, scenario: &Scenario, cell: &Cell) -> Vec<(String, ImageError)> {
        let names = names(scenario, cell);
        let mut mistakes = Vec::new();
        for (key, stack) in [("image", &scenario.image), ("control.image", &scenario.control.image)] {
            for (place, layer) in stack.iter().enumerate().filter(|(_, layer)| layer.when.holds(&cell.axes)) {
                let dockerfile = fill(&layer.dockerfile, &names);
                // A layer in the cache has no mistake.
                if self.layer(&dockerfile, &names).is_err() {
                    let errors = self.catalog.layer_or_all(&dockerfile, &names).err().unwrap_or_default();
                    mistakes.extend(errors.into_iter().map(|error| (format!("{key}[{place}]"), error)));
                }
            }
        }
        mistakes
    }

    /// The images of a cell. `axes` decide which dockerfiles are in them.
    pub(super) fn stacks(&mut self, scenario: &Scenario, names: &Names, axes: &Axes) -> Result<[ImagePlan; 2], ImageError> {
        let mut image = |stack: &[Layer]| -> Result<ImagePlan, ImageError> {
            let here = stack.iter().filter(|layer| layer.when.holds(axes));
            let layers = here.map(|layer| self.layer(&fill(&layer.dockerfile, names), names).cloned());
            Ok(ImagePlan { base: names["base"].clone(), layers: layers.collect::<Result<_, _>>()? })
        };
        Ok([image(&scenario.image)?, image(&scenario.control.image)?])
    }

    fn layer(&mut self, dockerfile: &str, names: &Names) -> Result<&LayerPlan, ImageError> {
        let mut key = dockerfile.to_owned();
        for value in self.catalog.taken(dockerfile, names)? {
            // The length keeps two lists of values with the same text apart.
            let _ = write!(key, " {}:{value}", value.len());
        }
        match self.layers.entry(key) {
            Entry::Occupied(layer) => Ok(layer.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(self.catalog.layer(dockerfile, names)?)),
        }
    }
}
