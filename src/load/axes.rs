//! Axes, the cells that they form, and conditional rules. Each rule must name existing axes and values and hold in some
//! cell.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Place;
use super::raw;
use crate::model::keys;
use crate::model::keys::Ordered;
use crate::model::project::Project;
use crate::model::scenario::{Axis, FidelityRule};
use crate::model::when::{Exclude, When};
use crate::text::suggest::suggest;

/// Maximum number of combinations of one scenario's axes, before excludes.
const MOST_PRODUCTS: usize = 10_000;

/// The axes of a scenario, against which its rules are checked. If the axes are unknown it is empty, and rules are not
/// checked.
#[derive(Default)]
pub(super) struct Grid {
    pub(super) axes: Vec<Axis>,
    pub(super) exclude: Vec<Exclude>,
    /// Axis values of every cell.
    cells: Vec<BTreeMap<String, String>>,
}

impl Grid {
    /// The grid of these axes. Excludes may come from two files and apply in order.
    pub(super) fn new<'a>(
        (raw, place): (&keys::Axes, &Place<'_>),
        project: &Project,
        exclude: impl Iterator<Item = (Place<'a>, &'a raw::Exclude)>,
    ) -> Self {
        let axes = axes(raw, place);
        bases(&axes, place, project);
        let count = axes.iter().map(|axis| axis.values.len()).try_fold(1_usize, usize::checked_mul);
        let mut grid = Grid { axes, ..Grid::default() };
        if count.is_some_and(|count| count <= MOST_PRODUCTS) {
            grid.cells = products(&grid.axes);
        } else {
            place.note(format!("the axes make more than {MOST_PRODUCTS} cells"), "use fewer values, or several scenarios");
        }
        for (at, raw) in exclude {
            grid.exclude(&at, raw);
            if grid.cells.is_empty() && count.is_some_and(|count| count > 0 && count <= MOST_PRODUCTS) {
                at.note("no cell is left", "restrict its `when`, or that of a rule above");
                break;
            }
        }
        grid
    }

    fn exclude(&mut self, place: &Place<'_>, raw: &raw::Exclude) {
        let when = self.when(&raw.when, &place.key("when"));
        let before = self.cells.len();
        self.cells.retain(|cell| !when.holds(cell));
        if self.cells.len() == before && before > 0 && self.knows(&when) {
            place
                .note("excludes nothing", "the rules above already exclude all of these: remove this one, or correct its values");
        }
        self.exclude.push(Exclude { when, reason: raw.reason.0.clone() });
    }

    /// A condition. Reports axes and values that do not exist.
    fn when(&self, raw: &keys::When, place: &Place<'_>) -> When {
        for (name, values) in raw.iter().filter(|_| !self.axes.is_empty()) {
            let at = place.key(&name.0);
            let Some(axis) = self.axes.iter().find(|axis| axis.name == name.0) else {
                at.note(
                    format!("no axis is named `{}`", name.0),
                    suggest(&name.0, self.axes.iter().map(|axis| axis.name.as_str())),
                );
                continue;
            };
            for value in values.0.iter().filter(|value| !axis.values.contains(value)) {
                let known = axis.values.iter().map(String::as_str);
                at.note(format!("axis `{}` has no value `{value}`", axis.name), suggest(value, known));
            }
        }
        When(raw.iter().map(|(name, values)| (name.0.clone(), values.0.clone())).collect())
    }

    /// A condition. Reports it if it does not hold in any cell.
    pub(super) fn rule(&self, raw: &keys::When, place: &Place<'_>) -> When {
        let when = self.when(raw, &place.key("when"));
        if !self.cells.is_empty() && self.knows(&when) && !self.cells.iter().any(|cell| when.holds(cell)) {
            place.note("holds in no cell", "remove it, or correct its `when`; `exclude` is applied first");
        }
        when
    }

    /// Whether all axes and values of a condition exist. If not, that has been reported, and whether the condition
    /// holds has no meaning.
    fn knows(&self, when: &When) -> bool {
        when.0.iter().all(|(name, values)| {
            self.axes.iter().any(|axis| axis.name == *name && values.iter().all(|value| axis.values.contains(value)))
        })
    }

    /// Fidelity rules. Reports a cell without a rule, and a rule that is never the first to hold.
    pub(super) fn fidelity(&self, raw: &[raw::FidelityRule], place: &Place<'_>) -> Vec<FidelityRule> {
        let mut left: Vec<_> = self.cells.iter().collect();
        let mut rules = Vec::new();
        for (at, raw) in place.each(raw) {
            let when = self.rule(&raw.when, &at);
            let before = left.len();
            left.retain(|cell| !when.holds(cell));
            if left.len() == before && self.cells.iter().any(|cell| when.holds(cell)) {
                at.note("is never reached", "the rules above already match all its cells: move it up, or remove it");
            }
            rules.push(FidelityRule { when, fidelity: raw.fidelity, reason: raw.reason.0.clone() });
        }
        if let Some(cell) = left.first() {
            place.note(format!("no rule holds in {}", described(cell)), "end with a rule without `when`");
        }
        rules
    }

    pub(super) fn size(&self) -> usize {
        self.cells.len()
    }

    pub(super) fn cell(&self, wanted: impl Fn(&BTreeMap<String, String>) -> bool) -> Option<&BTreeMap<String, String>> {
        self.cells.iter().find(|cell| wanted(cell))
    }
}

/// A cell for messages: ``base `bookworm`, python `3.11` ``.
pub(super) fn described(cell: &BTreeMap<String, String>) -> String {
    cell.iter().map(|(axis, value)| format!("{axis} `{value}`")).collect::<Vec<_>>().join(", ")
}

fn axes(raw: &keys::Axes, place: &Place<'_>) -> Vec<Axis> {
    let Ordered(list) = raw;
    if !list.iter().any(|(name, _)| name == "base") {
        place.note("no axis is named `base`", "every cell starts from a base: add `base: [bookworm]`");
    }
    for (name, values) in list {
        let mut seen = BTreeSet::new();
        for (at, value) in place.key(name).each(&values.0) {
            if !seen.insert(value) {
                at.note(format!("value `{value}` is defined twice"), "keep one of the two");
            }
        }
    }
    list.iter().map(|(name, values)| Axis { name: name.clone(), values: values.0.clone() }).collect()
}

/// Reports a base that the project does not declare, if it declares any.
fn bases(axes: &[Axis], place: &Place<'_>, project: &Project) {
    let known = || project.bases.keys().map(String::as_str);
    for axis in axes.iter().filter(|axis| axis.name == "base" && !project.bases.is_empty()) {
        for (at, value) in place.key("base").each(&axis.values) {
            if !project.bases.contains_key(value) {
                let help: String = suggest(value, known()).into();
                at.note(format!("`bases` in `matrix.yaml` has no `{value}`"), format!("{help} Otherwise declare it there"));
            }
        }
    }
}

fn products(axes: &[Axis]) -> Vec<BTreeMap<String, String>> {
    axes.iter().fold(vec![BTreeMap::new()], |cells, axis| {
        let with = |cell: &BTreeMap<String, String>, value: &String| {
            cell.iter().map(|(axis, value)| (axis.clone(), value.clone())).chain([(axis.name.clone(), value.clone())]).collect()
        };
        cells.iter().flat_map(|cell| axis.values.iter().map(move |value| with(cell, value))).collect()
    })
}
