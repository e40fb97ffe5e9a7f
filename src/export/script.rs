//! The script: a plan's phases, steps and expectations as a POSIX shell script that asks only for the `docker` command.
//! What does the work is `library.sh`; this writes down what is to be done and what must be seen.

use super::checks::{self, Here};
use crate::image::Base;
use crate::model::observation::{Part, Phase};
use crate::model::plan::{CellPlan, StepPlan, appended};
use crate::run::{CPU, DISK, MEMORY, PROCESSES, REQUEST_END};
use crate::text::sanitize::one_line;
use crate::text::shell::quoted;
use crate::text::variables::exported;

const LIBRARY: &str = include_str!("library.sh");

/// The whole script.
pub(super) fn script(plan: &CellPlan, base: &Base) -> String {
    let cell = one_line(&format!("{} {}", plan.cell.scenario, plan.cell.id));
    let mut text = format!(
        "#!/bin/sh\n# Reproduces {cell}:\n# {}. README.md says more.\n#   ./reproduce.sh                         with {}\n#   BASE_IMAGE=my-base ./reproduce.sh      with another base\n# Exit status: 0 all is as expected, 1 it is not, 3 it could not be told.\n# shellcheck disable=SC2016\n",
        one_line(&plan.title),
        base.reference(None)
    );
    let isolation = isolation(plan);
    let blocks = (DISK / 512).to_string();
    text.push_str(&LIBRARY.replace("@ISOLATION@", &isolation).replace("@BLOCKS@", &blocks));
    text.push_str(&steps(plan));
    text.push_str(&checks::functions(plan));
    text.push_str(&course(plan, base));
    text.push_str(&checks::claims(plan));
    text
}

/// The options by which a container gets what one gets in a run, and no more.
pub(super) fn isolation(plan: &CellPlan) -> String {
    let capabilities: String = plan.kernel_capabilities().map(|name| format!(" --cap-add {name}")).collect();
    let cpus = f64::from(CPU) / 1000.0;
    format!(
        "--network none --cap-drop ALL{capabilities} \\\n    --sysctl net.ipv4.ip_unprivileged_port_start=0 --security-opt no-new-privileges \\\n    --memory {MEMORY} --memory-swap {MEMORY} --shm-size {MEMORY} --pids-limit {PROCESSES} --cpus {cpus} --init"
    )
}

/// One function for the steps of each part, as a part is executed in several phases; one more where a phase executes them in
/// another way.
fn steps(plan: &CellPlan) -> String {
    let here = Here { plan, phase: "$1" };
    let mut text = String::new();
    for List { part, steps, otherwise } in lists(plan) {
        let name = function(&part, otherwise.as_ref());
        let how = otherwise.map_or(String::new(), |phase| format!(", as `{phase}` does it"));
        text.push_str(&format!("\n# {name} PHASE: {}.\n{name}() {{\n", one_line(&(heading(&part) + &how))));
        match steps {
            [] => text.push_str("  :\n"),
            steps => steps.iter().for_each(|step| text.push_str(&one_step(here, &part, step))),
        }
        text.push_str("}\n");
    }
    text
}

/// Steps of one part as some phase executes them.
struct List<'a> {
    part: Part,
    steps: &'a [StepPlan],
    /// The phase, where others execute them in another way.
    otherwise: Option<Phase>,
}

/// Every part of the scenario in every way in which it is executed, once.
fn lists(plan: &CellPlan) -> Vec<List<'_>> {
    let mut found: Vec<List<'_>> = Vec::new();
    for phase in plan.phases() {
        for (part, steps) in plan.parts(&phase) {
            let known = found.iter().any(|other| other.part == part);
            if !found.iter().any(|other| other.part == part && other.steps == steps) {
                found.push(List { part, steps, otherwise: known.then(|| phase.clone()) });
            }
        }
    }
    found
}

/// The name of the function by which a phase executes a part.
fn called(plan: &CellPlan, (part, steps): (&Part, &[StepPlan])) -> String {
    let list = lists(plan).into_iter().find(|list| list.part == *part && list.steps == steps);
    function(part, list.and_then(|list| list.otherwise).as_ref())
}

fn one_step(here: Here<'_>, part: &Part, step: &StepPlan) -> String {
    let place = here.place(part, &step.name);
    let exports = quoted(exported(&step.env).trim_end());
    let directory = step.directory.as_deref().map_or("''".to_owned(), quoted);
    let mut end = "COMMAND".to_owned();
    while step.command.lines().any(|line| line == end) {
        end.push('_');
    }
    let read = appended::place(step).and_then(|place| appended::places(here.plan).iter().position(|known| *known == place));
    let since = read.map_or(String::new(), |number| {
        format!("  since \"{}\" {number} {}\n", here.phase, quoted(step.appended.as_deref().unwrap_or_default()))
    });
    let command = &step.command;
    let seconds = if step.http { step.timeout + REQUEST_END.as_secs() } else { step.timeout };
    let mut text = format!("{since}  step {place} {seconds} {directory} {exports} <<'{end}'\n{command}\n{end}\n");
    let tests = step.checks.iter().flat_map(|check| here.tests(part, step, check).unwrap_or_default());
    tests.for_each(|(words, test)| text.push_str(&format!("  show {} {test}\n", quoted(&words))));
    text.push_str(&match part {
        Part::Prepare => format!("  [ \"$1\" != prepare ] || passes {place} || return 1\n"),
        Part::Workaround(_) => format!("  passes {place} || return 1\n"),
        Part::Reproduce | Part::Resolved | Part::Verify(_) | Part::ControlVerify => String::new(),
    });
    text
}

/// Every part of the scenario, once.
pub(super) fn parts(plan: &CellPlan) -> Vec<(Part, &[StepPlan])> {
    let mut found: Vec<(Part, &[StepPlan])> = Vec::new();
    for phase in plan.phases() {
        for (part, steps) in plan.parts(&phase) {
            if found.iter().all(|(other, _)| *other != part) {
                found.push((part, steps));
            }
        }
    }
    found
}

fn heading(part: &Part) -> String {
    match part {
        Part::Prepare => "documented steps that must succeed".to_owned(),
        Part::Reproduce => "ends in the documented failure".to_owned(),
        Part::Workaround(id) => format!("what workaround `{id}` does"),
        Part::Resolved => "shows whether the problem has ended".to_owned(),
        Part::Verify(id) => format!("looks taken after workaround `{id}`"),
        Part::ControlVerify => "looks taken in the healthy environment".to_owned(),
    }
}

/// The name of a part's shell function, where a phase has its own: of that.
fn function(part: &Part, otherwise: Option<&Phase>) -> String {
    let phase = otherwise.map_or(String::new(), |phase| format!("_in_{}", phase_folder(phase)));
    format!("steps_{}{phase}", folder(part)).replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

/// The folder, below that of the phase, of what a part's steps show.
fn folder(part: &Part) -> String {
    match part {
        Part::Prepare => "prepare".to_owned(),
        Part::Reproduce => "reproduce".to_owned(),
        Part::Workaround(id) => format!("workaround-{}", plain(id)),
        Part::Resolved => "resolved".to_owned(),
        Part::Verify(id) => format!("shows-{}", plain(id)),
        Part::ControlVerify => "control-shows".to_owned(),
    }
}

/// A name with nothing in it that a path or a tag cannot hold.
pub(super) fn plain(name: &str) -> String {
    name.replace(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)), "-")
}

/// Where what a step shows is kept, below the folder of its phase.
pub(super) fn path(part: &Part, step: &str) -> String {
    format!("{}/{}", folder(part), plain(step))
}

/// The folder of a phase.
pub(super) fn phase_folder(phase: &Phase) -> String {
    plain(&phase.to_string())
}

/// What is done, in order.
fn course(plan: &CellPlan, base: &Base) -> String {
    let tag: String = plain(&plan.cell.id).chars().take(100).collect();
    let image = format!("matrix-export/{}:{tag}", plain(&plan.cell.scenario));
    let after: String = plan
        .phases()
        .iter()
        .filter(|phase| matches!(phase, Phase::Placebo | Phase::Workaround(_)))
        .map(|phase| entered(plan, phase, "\"$snapshot\"", "  "))
        .collect();
    format!(
        r#"
base_image=${{BASE_IMAGE:-{base}}}
defect={image}
control={image}-control
cd "$(dirname "$0")" || exit 3
[ ! -e sources/SHA256SUMS ] || (cd sources && sha256sum -c SHA256SUMS >/dev/null) || stop "an archive in sources/ is damaged"
rm -rf "$out"
build defect "$defect"
build control "$control"

{prepare}{reproduce}if [ "$prepared" -eq 1 ] && failed reproduce; then
  say "== the documented failure occurred; each of what follows starts from this state"
  snapshot=$("$docker" commit "$container") || stop "no snapshot could be taken"
{after}elif [ "$prepared" -eq 1 ]; then
  say "== the documented failure did not occur, so there is nothing to end"
fi
{healthy}leave
"#,
        base = base.reference(None),
        prepare = format_args!(
            "enter \"$defect\" prepare {}\n{}prepared=1\nsteps_prepare prepare || prepared=0\n",
            quoted("documented steps that must succeed"),
            begun(plan, &Phase::Prepare, "")
        ),
        reproduce = format_args!(
            "if [ \"$prepared\" -eq 1 ]; then\n  say \"== reproduce: ends in the documented failure\"\n{}  steps_reproduce reproduce\nfi\n",
            begun(plan, &Phase::Reproduce, "  ")
        ),
        healthy = entered(plan, &Phase::Control, "\"$control\"", ""),
    )
}

/// Asks what the files are like at which steps of a phase look, if any do.
fn begun(plan: &CellPlan, phase: &Phase, indent: &str) -> String {
    let steps = plan.parts(phase).into_iter().flat_map(|(_, steps)| steps);
    let looked: Vec<appended::Place> = steps.filter_map(appended::place).collect();
    let places = appended::places(plan);
    let files: Vec<_> = places.iter().enumerate().filter(|(_, place)| looked.contains(place)).collect();
    if files.is_empty() {
        return String::new();
    }
    format!("{indent}begin {} <<'COMMAND'\n{}COMMAND\n", phase_folder(phase), appended::look(files))
}

/// A phase in a container of its own.
fn entered(plan: &CellPlan, phase: &Phase, image: &str, indent: &str) -> String {
    let what = match phase {
        Phase::Placebo => "the same again with nothing done, which must fail again".to_owned(),
        Phase::Workaround(id) => format!("workaround `{id}` from the failed state"),
        Phase::Control => "the same in the healthy environment".to_owned(),
        Phase::Prepare | Phase::Reproduce => String::new(),
    };
    let name = phase_folder(phase);
    let calls = plan.parts(phase).into_iter().map(|(part, steps)| format!("{} {name}", called(plan, (&part, steps))));
    let calls: Vec<String> = calls.collect();
    let text = format!("{indent}enter {image} {name} {}\n{}", quoted(&what), begun(plan, phase, indent));
    match (phase, calls.as_slice()) {
        // A remedy that fails ends its phase.
        (Phase::Workaround(_), [remedy, rest @ ..]) => {
            let rest: String = rest.iter().map(|call| format!("{indent}  {call}\n")).collect();
            format!("{text}{indent}if {remedy}; then\n{rest}{indent}fi\n")
        }
        _ => calls.iter().fold(text, |text, call| format!("{text}{indent}{call}\n")),
    }
}
