//! Validates a scenario file as a whole: combines what the author wrote with what scenarios share.

use std::collections::{BTreeMap, BTreeSet};

use super::axes::Grid;
use super::diagnostic::{File, Place};
use super::limits::limits;
use super::replace::Among;
use super::scope::{Common, Inputs, LONGEST_TEXT, Names, Numbers, spliced};
use super::stack::{differs, stack};
use super::{capability, check_phases, coverage, measure, raw};
use crate::model::claim::{ClaimKind, Ledger};
use crate::model::drift::{Drift, KnownDrift, NotReproduced, Now};
use crate::model::expect::{Number, Operand};
use crate::model::id::{ClaimId, WorkaroundId};
use crate::model::project::{Page, Project};
use crate::model::scenario::{Axis, Control, Excuse, Layer, Scenario, Skip, Source};
use crate::model::workaround::Workaround;
use crate::text::suggest::suggest;
use crate::text::template::Template;

/// Maximum total size of the inputs of `prepare` and `reproduce`, in bytes: every pattern is compared with them.
const LONGEST_INPUTS: usize = 256 << 10;

/// What a scenario is validated against.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) common: Common<'a>,
    pub(super) project: &'a Project,
    pub(super) page: &'a Page,
}

/// Validates a scenario. Mistakes are reported in its file or in the shared one; if there are any, the returned value is
/// not a valid scenario.
pub(super) fn valid<'a>(raw: &'a raw::Scenario, file: &'a File, setting: Setting<'a>) -> Scenario {
    let Setting { ledger, common, project, page } = setting;
    let place = file.root();
    identity(raw, &place, ledger);
    edition(raw, &place, page);
    let grid = grid(raw, &place, common, project);
    let mut names = Names {
        common,
        values: (!grid.axes.is_empty()).then(BTreeMap::new),
        texts: BTreeMap::new(),
        inputs: Vec::new(),
        numbers: numbers(raw, &place, common),
        workarounds: raw.workarounds.iter().map(|workaround| workaround.id.0.as_str()).collect(),
        ledger,
        section: raw.section.0.as_str().into(),
        claims: raw.claims.as_deref(),
        grid: &grid,
        project,
    };
    let values = values(raw, &mut names, &grid.axes, &place.key("values"));
    // The steps that lead to the failure must not print its text themselves.
    let failing = Names { inputs: inputs(raw, &names, &place), ..names.clone() };
    names.in_time(raw, &place);
    names.first_read(&raw.prepare, &place.key("prepare"));
    let shared = common.into_iter().flat_map(|(file, common)| file.root().key("capabilities").each(&common.capabilities));
    let (prepare, reproduce) =
        (names.part(&raw.prepare, &place.key("prepare")), failing.part(&raw.reproduce, &place.key("reproduce")));
    let both = [("prepare", prepare.as_slice()), ("reproduce", reproduce.as_slice())];
    let image = stack(&raw.image, &names, &place.key("image"));
    let scenario = Scenario {
        id: raw.scenario.0.as_str().into(),
        file: file.path.clone(),
        title: raw.title.0.clone(),
        section: names.section.clone(),
        claims: claims(raw, &names, &place.key("claims")),
        source: Source { edition: raw.source.edition.0.clone(), heading: raw.source.heading.0.clone() },
        default: place.key("default").each(&raw.default).map(|(at, when)| grid.rule(when, &at)).collect(),
        fidelity: grid.fidelity(&raw.fidelity, &place.key("fidelity")),
        values,
        capabilities: capability::valid(shared.chain(place.key("capabilities").each(&raw.capabilities))),
        limits: limits(raw.limits.as_ref()),
        directory: raw.directory.as_ref().map(|text| names.template(&text.0, &place.key("directory"))),
        workarounds: workarounds(raw, &names, &both[1..], &place.key("workarounds")),
        resolved: names.part(&raw.resolved, &place.key("resolved")),
        control: names.control(raw, &both, &image, &place.key("control")),
        image,
        prepare,
        reproduce,
        skipped: skipped(raw, &names, &grid, &place.key("skipped")),
        known_drift: known_drift(raw, &failing, &grid, &place.key("known-drift")),
        not_reproduced: not_reproduced(raw, &failing, &grid, &place.key("not-reproduced")),
        excused_mutants: excuses(raw, &place.key("excused-mutants")),
        axes: grid.axes.clone(),
        exclude: grid.exclude.clone(),
    };
    check_phases::reproduce(&scenario.reproduce, &grid, &place);
    check_phases::resolved(&scenario.resolved, &grid, &place);
    coverage::check(&scenario, &grid, &place, ledger);
    names.measured(raw, &place);
    scenario
}

fn identity(raw: &raw::Scenario, place: &Place<'_>, ledger: &Ledger) {
    if raw.scenario.0 != place.file.stem() {
        let message = format!("scenario `{}` is in a file with another name", raw.scenario.0);
        place.key("scenario").note(message, format!("rename the file to `{}.yaml`", raw.scenario.0));
    }
    let sections = || ledger.sections.iter().map(|(id, _)| id.as_str());
    if !sections().any(|section| section == raw.section.0) {
        let message = format!("the ledger has no section `{}`", raw.section.0);
        place.key("section").note(message, suggest(&raw.section.0, sections()));
    } else if ledger.of_section(&raw.section.0.as_str().into()).next().is_none() {
        let message = format!("section `{}` has only drafts, which no run judges", raw.section.0);
        place.key("section").note(message, "remove `status: draft` in the ledger from the claims that this scenario decides");
    }
}

/// Reports an edition that the page does not have, if the project lists its editions.
fn edition(raw: &raw::Scenario, place: &Place<'_>, page: &Page) {
    let (edition, known) = (raw.source.edition.0.as_str(), || page.editions.iter().map(|edition| edition.id.as_str()));
    if known().next().is_some() && !known().any(|known| known == edition) {
        let message = format!("the page has no edition `{edition}` in `matrix.yaml`");
        place.key("source").key("edition").note(message, suggest(edition, known()));
    }
}

fn grid<'a>(raw: &'a raw::Scenario, place: &Place<'a>, common: Common<'a>, project: &Project) -> Grid {
    let own = place.key("exclude").each(&raw.exclude);
    match (&raw.cells, &raw.axes) {
        (Some(_), Some(_)) => place.key("axes").note("`cells` and `axes` exclude each other", "keep one of the two"),
        (None, None) => place.note("`cells` or `axes` is missing", "name a set of `common.yaml` as `cells`, or give the `axes`"),
        (None, Some(axes)) => return Grid::new((axes, &place.key("axes")), project, own),
        (Some(name), None) => {
            let sets = || common.into_iter().flat_map(|(file, common)| common.cells.iter().map(move |set| (*file, set)));
            if let Some((file, (_, cells))) = sets().find(|(_, (set, _))| set.0 == *name) {
                let at = file.root().key("cells").key(name);
                let exclude = at.key("exclude").each(&cells.exclude).chain(own);
                return Grid::new((&cells.axes, &at.key("axes")), project, exclude);
            }
            let message = format!("no set of cells is named `{name}` in `common.yaml`");
            place.key("cells").note(message, suggest(name, sets().map(|(_, (set, _))| set.0.as_str())));
        }
    }
    Grid::default()
}

fn numbers<'a>(raw: &'a raw::Scenario, place: &Place<'a>, common: Common<'a>) -> Numbers<'a> {
    let mut parts = vec![
        (place.key("prepare"), &raw.prepare),
        (place.key("reproduce"), &raw.reproduce),
        (place.key("resolved"), &raw.resolved),
        (place.key("control").key("verify"), &raw.control.verify),
    ];
    for (at, workaround) in place.key("workarounds").each(&raw.workarounds) {
        parts.extend([(at.key("steps"), &workaround.steps), (at.key("verify"), &workaround.verify)]);
    }
    let steps = parts.iter().flat_map(|(at, steps)| spliced(common, steps, at)).map(|(_, step)| step);
    let taken = |step: &'a raw::Step| {
        let captured = step.capture.keys().map(|name| name.0.as_str());
        captured.chain(step.actions.iter().filter_map(|action| action.kind().number()).map(|(name, _)| name))
    };
    let compared = |step: &'a raw::Step| {
        let operands = step.expect.iter().filter_map(|check| check.tests.number()).flat_map(Number::operands);
        operands.filter_map(|(_, operand)| match operand {
            Operand::Captured { name, .. } => name.rsplit('.').next(),
            Operand::Literal(_) => None,
        })
    };
    let steps: Vec<&raw::Step> = steps.collect();
    Numbers { taken: steps.iter().copied().flat_map(taken).collect(), compared: steps.into_iter().flat_map(compared).collect() }
}

/// The inputs of every step of `prepare` and `reproduce`, and of the substitutes for these steps.
fn inputs<'a>(raw: &'a raw::Scenario, names: &Names<'a>, place: &Place<'a>) -> Vec<Inputs> {
    let parts = [("prepare", &raw.prepare), ("reproduce", &raw.reproduce)];
    let steps = parts.into_iter().flat_map(|(part, steps)| spliced(names.common, steps, &place.key(part)));
    let name = |step: &raw::Step| step.name.as_ref().map(|name| name.0.clone()).unwrap_or_default();
    let mut inputs: Vec<Inputs> = steps.map(|(_, step)| (name(step), names.inputs(step))).collect();
    // Substitutes print into the same steps, where the expectations of the failure must no longer hold.
    for workaround in &raw.workarounds {
        let by = format!("workaround:{}", workaround.id.0);
        inputs.extend(names.inputs_instead(&workaround.replace, &by));
        inputs.push((format!("env` of `{by}"), names.lines(workaround.env.values())));
    }
    inputs.extend(names.inputs_instead(&raw.control.replace, "control"));
    if inputs.iter().flat_map(|(_, lines)| lines).map(String::len).sum::<usize>() > LONGEST_INPUTS {
        let message = format!("the input of the steps here and in `prepare` is longer than {LONGEST_INPUTS} bytes");
        place.key("reproduce").note(message, "make it shorter");
        return Vec::new();
    }
    inputs
}

/// Values in order: each may refer to axes and to the values above it.
fn values<'a>(raw: &'a raw::Scenario, names: &mut Names<'a>, axes: &'a [Axis], place: &Place<'_>) -> Vec<(String, Template)> {
    let longest = |axis: &Axis| axis.values.iter().map(String::len).max().unwrap_or_default();
    names.values.iter_mut().for_each(|known| known.extend(axes.iter().map(|axis| (axis.name.as_str(), longest(axis)))));
    let mut values = Vec::new();
    for (name, text) in &raw.values.0 {
        let at = place.key(name);
        if axes.iter().any(|axis| axis.name == *name) {
            at.note(format!("value `{name}` has the name of an axis"), "give it another name");
        }
        values.push((name.clone(), names.template(&text.0, &at)));
        names.texts.extend(names.filled(&text.0, LONGEST_TEXT).map(|text| (name.clone(), text)));
        let length = names.length(&text.0, &at);
        names.values.iter_mut().for_each(|known| known.extend([(name.as_str(), length)]));
    }
    values
}

impl<'a> Names<'a> {
    /// The control, which is the healthy environment. Without an image of its own it uses that of the scenario.
    fn control(&'a self, scenario: &'a raw::Scenario, steps: &Among<'_>, image: &[Layer], place: &Place<'a>) -> Control {
        let raw = &scenario.control;
        let replace = self.substitutes(&raw.replace, steps, &place.key("replace"));
        self.same(scenario, &replace, steps, place);
        let own = raw.image.as_ref().map(|own| stack(own, self, &place.key("image")));
        if let Some(own) = own.as_ref().filter(|_| replace.is_empty()) {
            differs(own, image, self.grid, &place.key("image"));
        }
        let verify = self.looked_at(&raw.verify, &place.key("verify"));
        Control { image: own.unwrap_or_else(|| image.to_vec()), replace, verify }
    }
}

fn workarounds<'a>(
    raw: &'a raw::Scenario,
    names: &'a Names<'a>,
    reproduce: &Among<'_>,
    place: &Place<'a>,
) -> Vec<Workaround<Template>> {
    let mut ids = BTreeSet::new();
    let mut all = Vec::new();
    for (at, raw) in place.each(&raw.workarounds) {
        if !ids.insert(&raw.id) {
            at.key("id").note(format!("two workarounds have the id `{}`", raw.id.0), "name each after its purpose");
        }
        let claim = names.claim(&raw.claim, &at.key("claim"));
        if claim.is_some_and(|claim| claim.kind == ClaimKind::Symptom) {
            at.key("claim").note("a workaround cannot decide a symptom", "give an expectation this `claim`");
        }
        for (at, step) in spliced(names.common, &raw.steps, &at.key("steps")) {
            for (at, check) in at.key("expect").each(&step.expect) {
                if check.claim.is_some() || !check.tests.only_exit() || !check.orphans.is_empty() || check.reworded.is_some() {
                    at.note(
                        "a step of a workaround can only expect an `exit`",
                        "move the inspection to `verify`, which the placebo also runs",
                    );
                }
            }
        }
        let workaround = Workaround {
            id: raw.id.0.as_str().into(),
            claim: raw.claim.as_str().into(),
            when: names.grid.rule(&raw.when, &at),
            directory: raw.directory.as_ref().map(|text| names.template(&text.0, &at.key("directory"))),
            env: names.environment(&raw.env, &at.key("env")),
            without: measure::without(&raw.without, &at.key("without")),
            steps: names.part(&raw.steps, &at.key("steps")),
            replace: names.substitutes(&raw.replace, reproduce, &at.key("replace")),
            verify: names.looked_at(&raw.verify, &at.key("verify")),
        };
        names.idle(&workaround, reproduce, &at);
        all.push(workaround);
    }
    all
}

fn skipped(raw: &raw::Scenario, names: &Names<'_>, grid: &Grid, place: &Place<'_>) -> Vec<Skip> {
    let skip = |(at, raw): (Place<'_>, &raw::Skip)| {
        names.claim(&raw.claim, &at.key("claim"));
        Skip { claim: raw.claim.as_str().into(), when: grid.rule(&raw.when, &at), reason: raw.reason.0.clone() }
    };
    place.each(&raw.skipped).map(skip).collect()
}

fn known_drift(scenario: &raw::Scenario, names: &Names<'_>, grid: &Grid, place: &Place<'_>) -> Vec<KnownDrift<Template>> {
    let drift = |(at, raw): (Place<'_>, &raw::KnownDrift)| {
        names.claim(&raw.claim, &at.key("claim"));
        KnownDrift {
            claim: raw.claim.as_str().into(),
            when: grid.rule(&raw.when, &at),
            drift: raw.drift,
            workaround: raw.workaround.as_deref().map(WorkaroundId::from),
            seen: now(raw, scenario.workarounds.iter(), names, &at),
            reason: raw.reason.0.clone(),
        }
    };
    place.each(&scenario.known_drift).map(drift).collect()
}

fn not_reproduced(raw: &raw::Scenario, names: &Names<'_>, grid: &Grid, place: &Place<'_>) -> Vec<NotReproduced<Template>> {
    let stated = |(at, raw): (Place<'_>, &raw::NotReproduced)| NotReproduced {
        when: grid.rule(&raw.when, &at),
        seen: names.telling(&raw.seen, &[], &at.key("seen")),
        reason: raw.reason.0.clone(),
    };
    place.each(&raw.not_reproduced).map(stated).collect()
}

fn excuses(raw: &raw::Scenario, place: &Place<'_>) -> Vec<Excuse> {
    let mut known = BTreeSet::new();
    let excuse = |(at, raw): (Place<'_>, &raw::Excuse)| {
        if !known.insert(raw.mutant.0.clone()) {
            at.key("mutant").note("this mutant is excused twice", "keep one of the two");
        }
        Excuse { mutant: raw.mutant.0.clone(), reason: raw.reason.0.clone() }
    };
    place.each(&raw.excused_mutants).map(excuse).collect()
}

/// The line or the bounds of a number that a known drift states: exactly one of the two.
fn now<'a>(
    raw: &raw::KnownDrift,
    of: impl Iterator<Item = &'a raw::Workaround>,
    names: &Names<'_>,
    place: &Place<'_>,
) -> Now<Template> {
    // A workaround may print its input.
    let workarounds = of.filter(|workaround| workaround.claim == raw.claim && raw.drift.is_of_workaround());
    let steps = workarounds.flat_map(|workaround| workaround.steps.iter().chain(&workaround.verify));
    let inputs: Vec<String> = steps.flat_map(|step| names.inputs(step)).collect();
    match (&raw.seen, raw.above, raw.below) {
        (Some(text), None, None) => Now::Line(names.telling(text, &inputs, &place.key("seen"))),
        (None, Some(above), Some(below)) if raw.drift == Drift::OffMeasure && above < below => Now::Number { above, below },
        _ => {
            let help = "add `seen`, or for `off-measure` both `above` and `below`, as the bounds of the actual number";
            place.note("lacks the text or number that is observed now", help);
            Now::Line(Template(String::new()))
        }
    }
}

/// The claims that the scenario decides: those it lists, or all claims of its section.
fn claims(raw: &raw::Scenario, names: &Names<'_>, place: &Place<'_>) -> Vec<ClaimId> {
    let listed = raw.claims.as_ref();
    for (at, id) in listed.into_iter().flat_map(|listed| place.each(listed)) {
        names.claim(id, &at);
    }
    let of_section = names.ledger.of_section(&names.section).map(|claim| claim.id.clone());
    of_section.filter(|id| listed.is_none_or(|listed| listed.iter().any(|listed| *id == **listed))).collect()
}
