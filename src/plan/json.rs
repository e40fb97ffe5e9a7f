//! Plans as JSON, for very many cells: each part of a plan depends on few of the axes, so that it is made once for all cells
//! that agree on those. It says the same as serialising every plan, which a test holds for all cells there are.

use super::unusual_places;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write};

use serde::Serialize;

use super::{Filled, Images, capabilities, names, repeat};
use crate::model::cell::Cell;
use crate::model::claim::Ledger;
use crate::model::drift::Now;
use crate::model::expect::Check;
use crate::model::scenario::{Fidelity, Scenario, Source};
use crate::model::step::{Act, Step, Substitute};
use crate::model::when::When;
use crate::text::template;
use crate::text::template::Template;

/// Writes the plans of cells, given scenario by scenario, as a list with each on a line of its own.
///
/// # Errors
/// When it cannot be written, and as [`Images::check`].
pub fn write_list(cells: &[(&Scenario, Cell)], ledger: &Ledger, images: &mut Images<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut before = "[\n";
    for of_one in cells.chunk_by(|(one, _), (other, _)| std::ptr::eq(*one, *other)) {
        let mut writer = Writer::new(of_one[0].0, ledger, images);
        for (_, cell) in of_one {
            out.write_all(before.as_bytes())?;
            writer.write(cell, images, out)?;
            before = ",\n";
        }
    }
    out.write_all(if cells.is_empty() { b"[]\n" } else { b"\n]\n" })
}

/// The plans of one scenario's cells.
struct Writer<'a> {
    scenario: &'a Scenario,
    ledger: &'a Ledger,
    /// The options that name unusual folders.
    places: String,
    capabilities: BTreeMap<String, String>,
    parts: [Part<'a>; 8],
}

/// One part of a plan.
struct Part<'a> {
    name: &'static str,
    json: fn(&Filled<'_>) -> String,
    /// The axes on which it depends.
    axes: Vec<&'a str>,
    /// By their values.
    made: HashMap<String, String>,
}

/// What a plan has for itself.
#[derive(Serialize)]
struct Own<'a> {
    cell: &'a Cell,
    title: &'a str,
    section: &'a str,
    source: &'a Source,
    file: String,
    repeat: String,
    fidelity: Fidelity,
    reason: &'a str,
    capabilities: &'a BTreeMap<String, String>,
}

impl<'a> Writer<'a> {
    fn new(scenario: &'a Scenario, ledger: &'a Ledger, images: &Images<'_>) -> Self {
        let part = |name, needed: Needed<'a>, json| Part { name, json, axes: needed.axes(scenario), made: HashMap::new() };
        let steps = |steps: &'a [Step]| steps.iter().fold(Needed::default(), Needed::step).texts(&scenario.directory);
        let parts = [
            part("prepare", steps(&scenario.prepare), |cell| json(&cell.steps(&cell.scenario.prepare))),
            part("reproduce", steps(&scenario.reproduce), |cell| json(&cell.steps(&cell.scenario.reproduce))),
            part("workarounds", workarounds(scenario), |cell| json(&cell.workarounds())),
            part("resolved", steps(&scenario.resolved), |cell| json(&cell.steps(&cell.scenario.resolved))),
            part("control_verify", steps(&scenario.control.verify), |cell| json(&cell.steps(&cell.scenario.control.verify))),
            part("not_reproduced", not_reproduced(scenario), |cell| json(&cell.not_reproduced())),
            part("control_instead", control(scenario), |cell| json(&cell.control())),
            part("claims", claims(scenario), |cell| json(&cell.claims())),
        ];
        let places = unusual_places(scenario, images.catalog);
        Writer { scenario, ledger, places, capabilities: capabilities(scenario), parts }
    }

    fn write(&mut self, cell: &Cell, images: &mut Images<'_>, out: &mut impl Write) -> io::Result<()> {
        let scenario = self.scenario;
        let filled = Filled { scenario, ledger: self.ledger, like: &cell.axes, names: names(scenario, cell) };
        let [image, control] = images.json(scenario, &filled.names).map_err(io::Error::other)?;
        let own = json(&Own {
            cell,
            title: &scenario.title,
            section: &scenario.section,
            source: &scenario.source,
            file: scenario.file.display().to_string(),
            repeat: repeat(cell, &self.places),
            fidelity: filled.fidelity().fidelity,
            reason: &filled.fidelity().reason,
            capabilities: &self.capabilities,
        });
        // The last brace ends the plan.
        let own = own.strip_suffix('}').unwrap_or(&own);
        write!(out, "{own},\"image\":{image},\"control_image\":{control}")?;
        for part in &mut self.parts {
            let (name, json) = (part.name, part.of(&filled));
            // What is not there is left out, as in the plan itself.
            if json != "null" {
                write!(out, ",\"{name}\":{json}")?;
            }
        }
        write!(out, "}}")
    }
}

impl Part<'_> {
    fn of(&mut self, cell: &Filled<'_>) -> &str {
        // No value of an axis holds a line's end.
        let key: String = self.axes.iter().flat_map(|axis| [cell.like[*axis].as_str(), "\n"]).collect();
        self.made.entry(key).or_insert_with(|| (self.json)(cell))
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a plan is JSON")
}

fn workarounds(scenario: &Scenario) -> Needed<'_> {
    scenario.workarounds.iter().fold(known(scenario).texts(&scenario.directory), |needed, workaround| {
        let needed = needed.when(&workaround.when).texts(workaround.env.values().chain(&workaround.directory));
        let again = scenario.reproduce.iter().chain(&scenario.resolved).filter(|_| workaround.changes_what_follows());
        let needed = workaround.replace.values().fold(needed, Needed::substitute);
        workaround.steps.iter().chain(&workaround.verify).chain(again).fold(needed, Needed::step)
    })
}

fn not_reproduced(scenario: &Scenario) -> Needed<'_> {
    let stated = scenario.not_reproduced.iter();
    stated.fold(Needed::default(), |needed, stated| needed.when(&stated.when).texts([&stated.seen.0]))
}

fn control(scenario: &Scenario) -> Needed<'_> {
    let replace = &scenario.control.replace;
    let steps = scenario.prepare.iter().chain(&scenario.reproduce).filter(|_| !replace.is_empty());
    replace.values().fold(steps.fold(Needed::default(), Needed::step), Needed::substitute).texts(&scenario.directory)
}

fn claims(scenario: &Scenario) -> Needed<'_> {
    scenario.skipped.iter().fold(known(scenario), |needed, skip| needed.when(&skip.when))
}

fn known(scenario: &Scenario) -> Needed<'_> {
    scenario.known_drift.iter().fold(Needed::default(), |needed, known| match &known.seen {
        Now::Line(pattern) => needed.when(&known.when).texts([&pattern.0]),
        Now::Number { .. } => needed.when(&known.when),
    })
}

/// The names that something asks for: axes by its conditions, axes and values by its texts.
#[derive(Default)]
struct Needed<'a>(BTreeSet<&'a str>);

impl<'a> Needed<'a> {
    fn when(mut self, when: &'a When) -> Self {
        self.0.extend(when.0.keys().map(String::as_str));
        self
    }

    fn texts(mut self, texts: impl IntoIterator<Item = &'a Template>) -> Self {
        let names = texts.into_iter().flat_map(|text| template::names(&text.0).expect("a loaded template is closed"));
        self.0.extend(names);
        self
    }

    fn step(self, step: &'a Step) -> Self {
        let needed = match &step.act {
            Act::Run(text) | Act::Read(text) | Act::ReadWhole(text) | Act::Size(text) | Act::Ldd(text) | Act::Readelf(text) => {
                self.texts([text])
            }
            Act::Http(request) => self.texts([&request.path]).texts(&request.body),
        };
        let needed =
            needed.when(&step.when).texts(step.env.values().chain(step.capture.values()).chain(&step.directory).chain(&step.log));
        step.expect.iter().fold(needed, Needed::check)
    }

    fn substitute(self, other: &'a Substitute) -> Self {
        self.texts(other.run.iter().chain(&other.directory).chain(other.env.values()))
    }

    fn check(self, check: &'a Check) -> Self {
        let patterns = check.has.iter().chain(&check.lacks).chain(&check.reworded);
        self.when(&check.when).texts(patterns.map(|pattern| &pattern.0))
    }

    /// The axes of those names, and of what the values among them are made of, which stands before them.
    fn axes(self, scenario: &'a Scenario) -> Vec<&'a str> {
        let values = scenario.values.iter().rev();
        let needed =
            values.fold(self, |needed, (name, text)| if needed.0.contains(&name[..]) { needed.texts([text]) } else { needed });
        scenario.axes.iter().map(|axis| &axis.name[..]).filter(|name| needed.0.contains(name)).collect()
    }
}
