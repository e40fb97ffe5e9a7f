//! The script: the phases and steps of a cell as a POSIX shell script that needs only the `docker` command. Its functions are in
//! `library.sh`; this module writes the calls.

use std::time::Duration;

use super::expected::{Again, Documented, Executed, Step, executed};
use crate::model::action::{CURL, PROGRAM};
use crate::model::limits::Limits;
use crate::model::observation::{Part, Phase};
use crate::model::plan::{CellPlan, phases};
use crate::model::record::CellRecord;
use crate::model::step;
use crate::run::REQUEST_END;
use crate::text::appended::{self, Place};
use crate::text::sanitize::one_line;
use crate::text::shell::quoted;
use crate::text::variables::exported;

const LIBRARY: &str = include_str!("library.sh");

/// The script that reproduces a cell as a run executed it. Without a run it executes every phase and compares nothing.
/// It starts from this image.
pub fn script(plan: &CellPlan, base: &str, ran: Option<&CellRecord>) -> String {
    let tag: String = plain(&plan.cell.id).chars().take(100).collect();
    let library = LIBRARY
        .replace("@ISOLATION@", &isolation(plan))
        .replace("@BLOCKS@", &(plan.limits.disk / 512).to_string())
        .replace("@BASE@", base)
        .replace("@IMAGE@", &format!("matrix-export/{}:{tag}", plain(&plan.cell.scenario)));
    let cell = one_line(&format!("{} {}", plan.cell.scenario, plan.cell.id));
    let title = one_line(&plan.title);
    let run = match ran {
        Some(ran) => format!("The run was on {}.", ran.started.strftime("%Y-%m-%d")),
        None => "Written without results of a run, so nothing is compared.".to_owned(),
    };
    let head = format!(
        "#!/bin/sh\n# Reproduces {cell}:\n# {title}. See README.md.\n#   ./reproduce.sh                         with {base}\n#   BASE_IMAGE=my-base ./reproduce.sh      with another base\n# Exit status: 0 everything compared is as in the run, 1 something differs, 2 trouble. {run}\n# shellcheck disable=SC2016,SC2317\n"
    );
    format!("{head}{library}{}\nfinish\n", phases(plan, ran))
}

/// The options that give a container the same limits and privileges as in a run.
pub(super) fn isolation(plan: &CellPlan) -> String {
    let capabilities: String = plan.kernel_capabilities().map(|name| format!(" --cap-add {name}")).collect();
    let Limits { memory, processes, cpu, .. } = plan.limits;
    let cpus = f64::from(cpu) / 1000.0;
    format!(
        "--network none --cap-drop ALL{capabilities} \\\n    --sysctl net.ipv4.ip_unprivileged_port_start=0 --security-opt no-new-privileges \\\n    --memory {memory} --memory-swap {memory} --shm-size {memory} --pids-limit {processes} --cpus {cpus} --init"
    )
}

fn phases(plan: &CellPlan, ran: Option<&CellRecord>) -> String {
    let (mut text, mut has_snapshot) = (String::new(), false);
    let places = plan.appended();
    for Executed { phase, steps } in executed(plan, ran) {
        if matches!(phase, Phase::Placebo | Phase::Workaround(_)) && !has_snapshot {
            text.push_str("\ntake_snapshot\n");
            has_snapshot = true;
        }
        let (name, what) = (plain(&phase.to_string()), quoted(&what(&phase)));
        text.push_str(&match phase {
            Phase::Prepare => format!("\nenter {name} {what} \"$defect\"\n"),
            Phase::Reproduce => format!("\nphase {name} {what}\n"),
            Phase::Placebo | Phase::Workaround(_) => format!("\nenter {name} {what} \"$snapshot\"\n"),
            Phase::Control => format!("\nenter {name} {what} \"$control\"\n"),
        });
        text.push_str(&begin(&places, &steps));
        if steps.iter().any(|step| step.plan.action.kind().is_request()) {
            text.push_str("client\n");
        }
        steps.iter().for_each(|step| text.push_str(&one_step(&places, step)));
    }
    text
}

fn what(phase: &Phase) -> String {
    match phase {
        Phase::Prepare => "documented steps that must succeed".to_owned(),
        Phase::Reproduce => "ends in the documented failure".to_owned(),
        Phase::Placebo => "the same again from the failed state, without a workaround".to_owned(),
        Phase::Workaround(id) => format!("workaround `{id}` from the failed state"),
        Phase::Control => "the same in the healthy environment".to_owned(),
    }
}

/// Records the state of the log files of which steps print only what was appended.
fn begin(places: &[Place], steps: &[Step]) -> String {
    let read: Vec<Place> = steps.iter().filter_map(|step| phases::appended(&step.plan)).collect();
    let files: Vec<_> = places.iter().enumerate().filter(|(_, place)| read.contains(place)).collect();
    match files.is_empty() {
        true => String::new(),
        false => format!("begin {}", here_document(&appended::look(files))),
    }
}

fn one_step(places: &[Place], Step { part, plan, expectations }: &Step) -> String {
    let path = quoted(&format!("{}/{}", folder(part), plain(&plan.name)));
    let exports = quoted(exported(&plan.env).trim_end());
    let directory = plan.directory.as_deref().map_or("''".to_owned(), quoted);
    // The program of matrix takes options of curl, and an export has no program.
    let command = here_document(&plan.command().replacen(PROGRAM, CURL, 1));
    let user = plan.user.as_ref().map_or(String::new(), |user| format!("as {}\n", quoted(user)));
    let expectations: String = expectations.iter().map(one_expectation).collect();
    format!("{}{user}step {path} {} {directory} {exports} {command}{expectations}", since(places, plan), seconds(plan))
}

fn since(places: &[Place], step: &step::Step<String>) -> String {
    let Some((directory, file)) = phases::appended(step) else { return String::new() };
    let number = places.iter().position(|place| *place == (directory.clone(), file.clone()));
    number.map_or(String::new(), |number| format!("since {number} {}\n", quoted(&file)))
}

fn seconds(step: &step::Step<String>) -> u64 {
    let more = if step.action.kind().is_request() { REQUEST_END } else { Duration::ZERO };
    (step.timeout + more).as_secs()
}

fn one_expectation(expectation: &Documented) -> String {
    let Documented { written, documented, observed, again } = expectation;
    let (call, more) = match again {
        Again::Nothing => ("documented", ""),
        Again::Text => ("again", ""),
        Again::Success => ("ends", " success"),
        Again::Failure => ("ends", " failure"),
    };
    format!("{call} {} {} {}{more}\n", quoted(&one_line(written)), quoted(documented), quoted(observed))
}

/// The text as standard input of a command.
fn here_document(text: &str) -> String {
    let mut end = "COMMAND".to_owned();
    while text.lines().any(|line| line == end) {
        end.push('_');
    }
    let text = text.strip_suffix('\n').unwrap_or(text);
    format!("<<'{end}'\n{text}\n{end}\n")
}

/// The folder of the part's steps, below that of the phase.
fn folder(part: &Part) -> String {
    match part {
        Part::Prepare => "prepare".to_owned(),
        Part::Reproduce => "reproduce".to_owned(),
        Part::Workaround(id) => format!("workaround-{}", plain(id)),
        Part::Resolved => "resolved".to_owned(),
        Part::Verify(id) => format!("verify-{}", plain(id)),
        Part::ControlVerify => "control-verify".to_owned(),
    }
}

/// A name without the characters that are invalid in a path or a tag.
fn plain(name: &impl AsRef<str>) -> String {
    name.as_ref().replace(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)), "-")
}
